"""Scales: a draft is made from those in force, changed, and approved from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.settings import versions
from holdfast.governance.settings.models import EDIT, ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.structure.models import Group
from holdfast.organization.structure.saving import change


class ScaleFields(TypedDict, total=False):
    title: str
    content: dict[str, Any]
    note: str


@act("scales.draft", EDIT, label=_("draft new scales"), whole=True)
def draft_scales(by: Actor, *, key: str = "", **fields: Unpack[ScaleFields]) -> ScaleVersion:
    """A new draft, from the scales in force where `content` is not given. Raises ValidationError."""
    fields["content"] = fields.get("content") or in_force(clock.today()).as_json()
    title = gettext("Scales, version %(number)s")
    return versions.drafted(by, ScaleVersion, stem="scales", key=key, title_of=title, **fields)


@act("scales.edit", EDIT, label=_("change a draft of scales"), on="scales")
def edit_scales(by: Actor, scales: ScaleVersion, *, version: int, **changes: Unpack[ScaleFields]) -> ScaleVersion:
    versions.refuse_approved(scales)
    return change(scales, changes, ScaleFields.__annotations__, by)


@act("scales.approve", EDIT, label=_("approve scales"), on="scales")
def approve_scales(
    by: Actor, scales: ScaleVersion, *, version: int, valid_from: date, reason: str, body: Group | None = None
) -> ScaleVersion:
    """In force from this day on; the version before ends there. Raises ValidationError where a later version is in
    force from an earlier day on, or where the reason is missing."""
    return versions.approved(by, scales, valid_from=valid_from, reason=reason, body=body)


@act("scales.discard", EDIT, label=_("discard a draft of scales"), on="scales")
def discard_scales(by: Actor, scales: ScaleVersion, *, version: int) -> ScaleVersion:
    return versions.discarded(by, scales)


def next_number() -> int:
    """Never given twice, also not that of a draft which was discarded."""
    return versions.next_number(ScaleVersion)
