"""Groups, seats, who sits there, tasks; the focal points of units."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.actions.people import Dates, refuse_overlap
from holdfast.organization.structure.models import (
    FocalPoint,
    Group,
    GroupTask,
    Person,
    Post,
    Seat,
    SeatHolding,
    TaskPartner,
)
from holdfast.organization.structure.models.groups import FocalRole, HoldingRole
from holdfast.organization.structure.saving import change, create, end, remove_all


class GroupFields(DescribedFields, total=False):
    name: str
    acronym: str
    names: dict[str, str]
    kind: str
    terms: list[dict[str, Any]]
    parent: Group | None
    unit: Unit | None
    site: Site | None
    meets_every: str
    quorum: int | None
    needs_alternates: bool
    valid_from: date | None
    valid_until: date | None


class SeatFields(DescribedFields, total=False):
    number: int
    title: str
    unit: Unit | None
    role: str
    valid_from: date | None
    valid_until: date | None


class TaskFields(DescribedFields, total=False):
    letter: str
    position: int
    text: str
    unit: Unit | None
    seat: Seat | None
    valid_from: date | None
    valid_until: date | None


@act("group.create", "structure.edit", label=_("make a group"))
def create_group(by: Actor, *, key: str, **fields: Unpack[GroupFields]) -> Group:
    return create(Group(key=key, **fields), by)


@act("group.edit", "structure.edit", label=_("change a group"), on="group")
def edit_group(by: Actor, group: Group, *, version: int, **changes: Unpack[GroupFields]) -> Group:
    parent = changes.get("parent")
    while parent is not None:
        if parent.pk == group.pk:
            raise ValidationError({"parent": gettext("A group cannot stand under its own part.")})
        parent = parent.parent
    return change(group, changes, GroupFields.__annotations__, by)


@act("seat.create", "structure.edit", label=_("make a seat"), under="group")
def create_seat(by: Actor, *, key: str, group: Group, **fields: Unpack[SeatFields]) -> Seat:
    """Refused where its number, or the chair, is another seat's on one of its days."""
    seat = Seat(key=key, group=group, **fields)
    _check_seat(seat)
    return create(seat, by)


@act("seat.edit", "structure.edit", label=_("change a seat"), on="seat")
def edit_seat(by: Actor, seat: Seat, *, version: int, **changes: Unpack[SeatFields]) -> Seat:
    change(seat, changes, SeatFields.__annotations__, by)
    _check_seat(seat)
    return seat


@act("seat.hold", "structure.edit", label=_("fill a seat"), under="seat")
def hold_seat(
    by: Actor,
    seat: Seat,
    *,
    person: Person | None = None,
    post: Post | None = None,
    role: str = HoldingRole.HOLDER,
    **dates: Unpack[Dates],
) -> SeatHolding:
    """Puts a person or a post on a seat, or names the alternate. A seat has one holder at a time, and nobody is the
    alternate of himself."""
    list(Seat.objects.select_for_update().filter(pk=seat.pk))
    holding = SeatHolding(seat=seat, person=person, post=post, role=role, **dates)
    others = SeatHolding.objects.filter(seat=seat)
    if role == HoldingRole.HOLDER:
        refuse_overlap(holding, others.filter(role=HoldingRole.HOLDER), gettext("the seat"))
    refuse_overlap(holding, others.filter(person=person, post=post), gettext("the seat, or stands in for it,"))
    return create(holding, by)


@act("seat.leave", "structure.edit", label=_("leave a seat"), on="holding")
def end_seat_holding(by: Actor, holding: SeatHolding, *, version: int, on: date) -> SeatHolding:
    return end(holding, on, by)


@act("task.create", "structure.edit", label=_("give a task to a group"), under="group")
def create_task(by: Actor, *, key: str, group: Group, **fields: Unpack[TaskFields]) -> GroupTask:
    return create(GroupTask(key=key, group=group, **fields), by)


@act("task.edit", "structure.edit", label=_("change a task of a group"), on="task")
def edit_task(by: Actor, task: GroupTask, *, version: int, **changes: Unpack[TaskFields]) -> GroupTask:
    return change(task, changes, TaskFields.__annotations__, by)


@act("task.join", "structure.edit", label=_("add a unit to a task"), under="task")
def join_task(by: Actor, task: GroupTask, unit: Unit) -> TaskPartner:
    if TaskPartner.objects.filter(task=task, unit=unit).exists():
        raise ValidationError({"unit": gettext("%(unit)s takes part already.") % {"unit": unit}})
    return create(TaskPartner(task=task, unit=unit), by)


@act("task.part", "structure.edit", label=_("take a unit off a task"), on="partner")
def leave_task(by: Actor, partner: TaskPartner) -> TaskPartner:
    remove_all([partner], by)
    return partner


@act("focal_point.name", "structure.edit", label=_("name a focal point"), under="unit")
def name_focal_point(
    by: Actor,
    unit: Unit,
    *,
    person: Person | None = None,
    post: Post | None = None,
    role: str = FocalRole.FOCAL,
    **dates: Unpack[Dates],
) -> FocalPoint:
    """A unit has one focal point at a time, and nobody is the alternate of himself."""
    list(Unit.objects.select_for_update().filter(pk=unit.pk))
    point = FocalPoint(unit=unit, person=person, post=post, role=role, **dates)
    others = FocalPoint.objects.filter(unit=unit)
    if role == FocalRole.FOCAL:
        refuse_overlap(point, others.filter(role=FocalRole.FOCAL), gettext("this part"))
    refuse_overlap(point, others.filter(person=person, post=post), gettext("this part, or stands in for it,"))
    return create(point, by)


@act("focal_point.end", "structure.edit", label=_("end a focal point"), on="point")
def end_focal_point(by: Actor, point: FocalPoint, *, version: int, on: date) -> FocalPoint:
    return end(point, on, by)


def _check_seat(seat: Seat) -> None:
    seat.check_row()
    list(Group.objects.select_for_update().filter(pk=seat.group_id))
    others = Seat.objects.filter(group=seat.group).exclude(pk=seat.pk).overlapping(seat.valid_from, seat.valid_until)
    if other := others.filter(number=seat.number).first():
        raise ValidationError({"number": gettext("This is the number of “%(other)s”.") % {"other": other.title}})
    if seat.role == "chair" and (other := others.filter(role="chair").first()):
        raise ValidationError({"role": gettext("The chair is “%(other)s”.") % {"other": other.title}})
