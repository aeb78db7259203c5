"""Scales: a draft is made from those in force, changed, and approved from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.settings.models import EDIT, ScaleState, ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import Installation, User
from holdfast.organization.structure.models import Group
from holdfast.organization.structure.saving import change, create, end, remove_all


class ScaleFields(TypedDict, total=False):
    title: str
    content: dict[str, Any]
    note: str


@act("scales.draft", EDIT, label=_("draft new scales"), whole=True)
def draft_scales(by: Actor, *, key: str = "", **fields: Unpack[ScaleFields]) -> ScaleVersion:
    """A new draft, from the scales in force where `content` is not given. Raises ValidationError."""
    _hold()
    number = next_number()
    content = fields.get("content") or in_force(clock.today()).as_json()
    draft = ScaleVersion(
        key=key or f"scales-{number}",
        number=number,
        title=fields.get("title") or gettext("Scales, version %(number)s") % {"number": number},
        content=content,
        note=fields.get("note", ""),
        author=by if isinstance(by, User) else None,
    )
    return create(draft, by)


@act("scales.edit", EDIT, label=_("change a draft of scales"), on="scales")
def edit_scales(by: Actor, scales: ScaleVersion, *, version: int, **changes: Unpack[ScaleFields]) -> ScaleVersion:
    _refuse_approved(scales)
    return change(scales, changes, ScaleFields.__annotations__, by)


@act("scales.approve", EDIT, label=_("approve scales"), on="scales")
def approve_scales(
    by: Actor, scales: ScaleVersion, *, version: int, valid_from: date, reason: str, body: Group | None = None
) -> ScaleVersion:
    """In force from this day on; the version before ends there. Raises ValidationError where a later version is in
    force from an earlier day on, or where the reason is missing."""
    _hold()
    _refuse_approved(scales)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why, or by which decision.")})
    before = ScaleVersion.objects.filter(state=ScaleState.APPROVED, valid_until=None).first()
    if before is not None:
        if valid_from <= before.valid_from:
            said = gettext("“%(title)s” is in force from %(day)s on: these can only follow later.")
            raise ValidationError({"valid_from": said % {"title": before, "day": before.valid_from}})
        end(before, valid_from, by)
        note(replaces=before.key)
    approval: dict[str, Any] = {
        "state": ScaleState.APPROVED,
        "valid_from": valid_from,
        "reason": reason.strip(),
        "body": body,
        "approver": by if isinstance(by, User) else None,
        "approved_at": clock.now(),
    }
    return change(scales, approval, approval, by)


@act("scales.discard", EDIT, label=_("discard a draft of scales"), on="scales")
def discard_scales(by: Actor, scales: ScaleVersion, *, version: int) -> ScaleVersion:
    _refuse_approved(scales)
    remove_all([scales], by)
    return scales


def next_number() -> int:
    """Never given twice, also not that of a draft which was discarded."""
    return (ScaleVersion.history.aggregate(last=Max("number"))["last"] or 0) + 1


def _refuse_approved(scales: ScaleVersion) -> None:
    if scales.is_approved:
        said = gettext("“%(title)s” was approved on %(day)s and stays as it is: draft a new version.")
        raise ValidationError(said % {"title": scales, "day": (scales.approved_at or clock.now()).date()})


def _hold() -> None:
    """One at a time gets a number or comes into force, whichever draft it is about."""
    Installation.objects.select_for_update().get_or_create(pk=1)
