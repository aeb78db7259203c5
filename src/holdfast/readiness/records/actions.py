"""Vital records and their copies: written down, changed, ended, copied."""

from __future__ import annotations

from datetime import date, datetime
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Node, Post
from holdfast.organization.structure.saving import change, create, end
from holdfast.readiness.records.models import RecordCopy, VitalRecord
from holdfast.readiness.records.rights import EDIT


class VitalRecordFields(DescribedFields, total=False):
    owner: Post | None
    system: Node | None
    medium: str
    classification: str
    retention: str
    rpo: Fact | None
    valid_from: date | None
    valid_until: date | None


class RecordCopyFields(DescribedFields, total=False):
    original: bool
    medium: str
    site: Site | None
    place: str
    every: float | None
    last_copied: datetime | None
    how: str
    reached_within: Fact | None
    through: Node | None
    valid_from: date | None
    valid_until: date | None


@act("vital_record.create", EDIT, label=_("write down a vital record"))
def create_vital_record(by: Actor, *, key: str, node: Node, **fields: Unpack[VitalRecordFields]) -> VitalRecord:
    """Raises ValidationError for a node that is no record, or that stands here already."""
    if found := VitalRecord.objects.filter(node=node).first():
        said = gettext("“%(record)s” is written down already, as %(key)s.")
        raise ValidationError({"node": said % {"record": found, "key": found.key}})
    return create(VitalRecord(key=key, node=node, **fields), by)


@act("vital_record.edit", EDIT, label=_("change a vital record"), on="record")
def edit_vital_record(
    by: Actor, record: VitalRecord, *, version: int, **changes: Unpack[VitalRecordFields]
) -> VitalRecord:
    return change(record, changes, VitalRecordFields.__annotations__, by)


@act("vital_record.end", EDIT, label=_("end a vital record"), on="record")
def end_vital_record(by: Actor, record: VitalRecord, *, version: int, on: date) -> VitalRecord:
    """It is vital no more from this day. Its copies and its history stay."""
    return end(record, on, by)


@act("record_copy.create", EDIT, label=_("add a copy of a vital record"), under="record")
def add_copy(by: Actor, *, key: str, record: VitalRecord, **fields: Unpack[RecordCopyFields]) -> RecordCopy:
    return create(RecordCopy(key=key, record=record, **fields), by)


@act("record_copy.edit", EDIT, label=_("change a copy of a vital record"), on="copy")
def edit_copy(by: Actor, copy: RecordCopy, *, version: int, **changes: Unpack[RecordCopyFields]) -> RecordCopy:
    return change(copy, changes, RecordCopyFields.__annotations__, by)


@act("record_copy.made", EDIT, label=_("record that a vital record was copied"), on="copy")
def record_copying(by: Actor, copy: RecordCopy, *, version: int, at: datetime) -> RecordCopy:
    """The copy is from this moment on as new as it then was. Raises ValidationError for an original, and for a time
    before the one that stands there."""
    if copy.last_copied is not None and at < copy.last_copied:
        raise ValidationError({"at": gettext("It was copied later than that already.")})
    return change(copy, {"last_copied": at}, {"last_copied"}, by)


@act("record_copy.end", EDIT, label=_("end a copy of a vital record"), on="copy")
def end_copy(by: Actor, copy: RecordCopy, *, version: int, on: date) -> RecordCopy:
    """There is no such copy from this day on."""
    return end(copy, on, by)
