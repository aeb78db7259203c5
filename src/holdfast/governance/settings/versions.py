"""What all settings in versions share: drafts, the one in force, and those that were.

A version is drafted from the one in force, changed while it is a draft, and approved from a day on; from then on it is
never changed, and what was done by it names its number.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, note
from holdfast.organization.accounts.models import Installation, User
from holdfast.organization.rows import Keyed, Valid, ValidQuerySet
from holdfast.organization.structure.models import Group
from holdfast.organization.structure.saving import change, create, end, remove_all

V = TypeVar("V", bound="Version")


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")


class VersionQuerySet(ValidQuerySet):
    def in_force(self, on: date) -> Any:
        """The approved version of this date, or None."""
        return self.filter(state=VersionState.APPROVED).as_of(on).order_by("-valid_from").first()

    def drafts(self) -> Self:
        return self.filter(state=VersionState.DRAFT)


class Version(Valid, Keyed):
    """One version of a kind of settings. An approved one is in force from `valid_from` until the next one is."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=300)
    content = models.JSONField(_("content"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    note = models.TextField(_("note"), blank=True, default="", help_text=_("What is new in this version, and why."))
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    body = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by the body")
    )
    approver = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approval entered by")
    )
    approved_at = models.DateTimeField(_("approval entered"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, default="")

    class Meta(Valid.Meta):
        abstract = True
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="%(app_label)s_%(class)s_state"),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT, valid_from=None)
                | Q(state=VersionState.APPROVED, valid_from__isnull=False, approved_at__isnull=False),
                name="%(app_label)s_%(class)s_approved_since",
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=VersionState.APPROVED, valid_until=None),
                name="%(app_label)s_%(class)s_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_approved(self) -> bool:
        return self.state == VersionState.APPROVED


def drafted(by: Actor, kind: type[V], *, stem: str, title_of: str, key: str = "", **fields: Any) -> V:
    """A new draft; `stem` begins its key and `title_of` holds %(number)s. Inside an act. Raises ValidationError."""
    hold()
    number = next_number(kind)
    draft = kind(
        key=key or f"{stem}-{number}",
        number=number,
        author=by if isinstance(by, User) else None,
        **{**fields, "title": fields.get("title") or title_of % {"number": number}},
    )
    return create(draft, by)


def approved(by: Actor, row: V, *, valid_from: date, reason: str, body: Group | None = None) -> V:
    """In force from this day on; the version before ends there. Raises ValidationError where a later version is in
    force from an earlier day on, or where the reason is missing."""
    hold()
    refuse_approved(row)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why, or by which decision.")})
    kind = type(row)
    before = kind._default_manager.filter(state=VersionState.APPROVED, valid_until=None).first()
    if before is not None:
        if before.valid_from is not None and valid_from <= before.valid_from:
            said = gettext("“%(title)s” is in force from %(day)s on: these can only follow later.")
            raise ValidationError({"valid_from": said % {"title": before, "day": before.valid_from}})
        end(before, valid_from, by)
        note(replaces=before.key)
    approval: dict[str, Any] = {
        "state": VersionState.APPROVED,
        "valid_from": valid_from,
        "reason": reason.strip(),
        "body": body,
        "approver": by if isinstance(by, User) else None,
        "approved_at": clock.now(),
    }
    return change(row, approval, approval, by)


def discarded(by: Actor, row: V) -> V:
    refuse_approved(row)
    remove_all([row], by)
    return row


def next_number(kind: type[Version]) -> int:
    """Never given twice, also not that of a draft which was discarded."""
    history: Any = kind.history  # type: ignore[attr-defined]
    return (history.aggregate(last=Max("number"))["last"] or 0) + 1


def refuse_approved(row: Version) -> None:
    if row.is_approved:
        said = gettext("“%(title)s” was approved on %(day)s and stays as it is: draft a new version.")
        raise ValidationError(said % {"title": row, "day": (row.approved_at or clock.now()).date()})


def hold() -> None:
    """One at a time gets a number or comes into force, whichever draft it is about."""
    Installation.objects.select_for_update().get_or_create(pk=1)
