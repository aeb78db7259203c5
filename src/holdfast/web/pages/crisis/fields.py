"""Fields of the forms of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.web.pages.organization.fields import MomentField


class LocalField(MomentField):
    """A day with its time as clocks show it at a place; the label names the zone. An hour that the clock leaves out in
    spring is refused, of one that it shows twice in autumn the first is taken."""

    def __init__(self, zone: ZoneInfo, *, label: Any, **more: Any) -> None:
        self.zone = zone
        city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
        super().__init__(label=f"{label} ({city})" if zone.key != "UTC" else f"{label} (UTC)", **more)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value
        found = forms.DateTimeField.to_python(self, value)
        if found is None:
            return None
        there = found.replace(tzinfo=self.zone)
        if there.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != found.replace(tzinfo=None):
            raise ValidationError(_("Clocks there never show this time: they are put forward over it."))
        return there.astimezone(UTC)


AGO = (
    ("0", gettext_lazy("just now")),
    ("5", gettext_lazy("5 minutes ago")),
    ("15", gettext_lazy("15 minutes ago")),
    ("30", gettext_lazy("half an hour ago")),
    ("60", gettext_lazy("an hour ago")),
    ("180", gettext_lazy("3 hours ago")),
    ("720", gettext_lazy("12 hours ago")),
    ("", gettext_lazy("not known")),
)


def ago_field(label: Any) -> forms.ChoiceField:
    """When something was, in the words that one has under stress; the exact time is entered later."""
    return forms.ChoiceField(label=label, choices=AGO, required=False)


def ago(said: str, now: datetime) -> datetime | None:
    return now - timedelta(minutes=int(said)) if said else None
