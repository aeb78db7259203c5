"""The library of threats."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.actions.hazards import create_threat, edit_threat, end_threat
from holdfast.analysis.risk.models import Cause, Environment, Hazard, Origin, Threat
from holdfast.organization.accounts.scope import visible
from holdfast.web.pages.organization.editing import until_form
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE


def causes_in_words(causes: list[str]) -> str:
    """The causes of disruption, in the order of the list of five."""
    return ", ".join(str(name).lower() for value, name in Cause.choices if value in causes)


def threat_options(rows: Any, user: Any) -> list[tuple[str, str]]:
    """The threats to narrow a list by."""
    return list(Threat.objects.order_by("position", "name").values_list("key", "name"))


def of_threat(rows: Any, value: str, user: Any) -> Any:
    """Raises LookupError."""
    if not Threat.objects.filter(key=value).exists():
        raise LookupError(value)
    return rows.filter(threat__key=value)


def tell(threat: Threat, user: Any, on: date) -> dict[str, Any]:
    hazards = visible(Hazard.objects.filter(threat=threat).as_of(on), user).select_related("site")
    return {"hazards": list(hazards.order_by("site__name", "name")), "causes": causes_in_words(threat.causes)}


def _prepare(rows: Any, user: Any, on: date) -> Any:
    counted = visible(Hazard.objects.as_of(on), user).filter(threat=OuterRef("pk")).order_by().values("threat")
    return rows.annotate(hazard_count=Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0))


THREATS = Noun(
    slug="threats",
    name="threat",
    room="risk",
    model=Threat,
    rows=Threat.objects.all,
    one=_("threat"),
    many=_("Threats"),
    lead=_("What an assessment asks about: the eight threats of the report and what the organisation has added."),
    view="directory.view",
    edit="risk.edit",
    listing=Listing(
        columns=(
            Column("name", _("Threat"), lambda threat: threat, ("name",)),
            Column("environment", _("Environment"), lambda threat: threat.get_environment_display(), ("environment",)),
            Column("origin", _("Origin"), lambda threat: threat.get_origin_display(), ("origin",)),
            Column("causes", _("Interrupts through"), lambda threat: causes_in_words(threat.causes)),
            Column("hazards", _("Hazards"), lambda threat: threat.hazard_count, ("hazard_count",), number=True),
            Column("paragraphs", _("Paragraphs"), lambda threat: threat.paragraphs),
        ),
        filters=(
            choice_filter("environment", _("Environment"), Environment),
            choice_filter("origin", _("Origin"), Origin),
            TAG,
            OWN,
        ),
        search=("name", "key", "description"),
        order=("position", "name"),
        prepare=_prepare,
    ),
    tell=tell,
    making=Making(
        (
            "name",
            "environment",
            "origin",
            "causes",
            "description",
            "position",
            "valid_from",
            "valid_until",
            *EVIDENCE,
        ),
        create_threat,
        edit_threat,
    ),
    steps=(
        Step(
            "end",
            _("Take this threat from the library"),
            _("End it"),
            "risk.edit",
            until_form(_("First day without it")),
            lambda by, row, part, version, cleaned: end_threat(by, row, version=version, on=cleaned["on"]),
            says=_("Assessments ask about it no more from this day. What was said of it stays."),
            ends=True,
        ),
    ),
    empty=_("There is no threat yet. Add the first one, or take in a workbook."),
)
