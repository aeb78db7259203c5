"""Holes: what is missing for the organisation to know who does what. Each kind is one query, whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.acts import place_of
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Row, valid_on
from holdfast.organization.structure.models import (
    FocalPoint,
    Group,
    GroupTask,
    Holding,
    Node,
    Post,
    Requirement,
    Seat,
    SeatHolding,
    Supply,
)
from holdfast.organization.structure.models.groups import FocalRole, HoldingRole, SeatRole
from holdfast.organization.structure.models.nodes import NodeKind

VIEW = "structure.view"


class HoleKind(models.TextChoices):
    SEAT_WITHOUT_HOLDER = "seat_without_holder", _("seat without holder")
    SEAT_WITHOUT_ALTERNATE = "seat_without_alternate", _("seat without alternate")
    TASK_WITHOUT_SEAT = "task_without_seat", _("task without a seat")
    GROUP_WITHOUT_CHAIR = "group_without_chair", _("body without chair")
    GROUP_WITHOUT_ALTERNATE_CHAIR = "group_without_alternate_chair", _("body without alternate chair")
    UNIT_WITHOUT_FOCAL_POINT = "unit_without_focal_point", _("unit without focal point")
    UNIT_WITHOUT_ALTERNATE = "unit_without_alternate_focal_point", _("unit without alternate focal point")
    POST_VACANT = "critical_post_vacant", _("critical post that nobody holds")
    PROCESS_WITHOUT_UNIT = "process_without_unit", _("process without unit")
    PROCESS_WITHOUT_OWNER = "process_without_owner", _("process without owner")
    PROCESS_WITHOUT_REQUIREMENT = "process_without_requirement", _("process that requires nothing")
    FUNCTION_WITHOUT_PROCESS = "function_without_process", _("critical function that no process serves")
    REQUIREMENT_SHORT = "requirement_short", _("requirement that what is in use cannot meet")


@dataclass(frozen=True)
class Hole:
    """Something missing: of which kind, on which row, in words. `unit` and `site` are the ids of where it is."""

    kind: HoleKind
    row: Row
    message: str
    unit: int | None
    site: int | None


def holes(on: date, seen_by: Asker, kinds: frozenset[HoleKind] | None = None) -> list[Hole]:
    """The holes as of a date that `seen_by` may know of, by kind and then by name. `kinds` limits the question."""
    found: list[Hole] = []
    for kind, ask in _QUESTIONS.items():
        if kinds is not None and kind not in kinds:
            continue
        for row, message in ask(on, seen_by):
            found.append(Hole(kind, row, message, *place_of(row)))
    return found


Found = Iterator[tuple[Row, str]]


def _now(model: type[Any], on: date) -> QuerySet[Any]:
    return model._default_manager.as_of(on)  # type: ignore[no-any-return]


def _seats(on: date, by: Asker, role: HoldingRole) -> QuerySet[Seat]:
    held = _now(SeatHolding, on).filter(seat=OuterRef("pk"), role=role)
    seats = _now(Seat, on).filter(valid_on(on, "group__")).filter(~Exists(held))
    return (
        visible(seats, by, VIEW)
        .select_related("group", "group__unit", "group__site", "unit")
        .order_by("group__name", "number", "pk")
    )


def _seats_without_holder(on: date, by: Asker) -> Found:
    for seat in _seats(on, by, HoldingRole.HOLDER):
        yield seat, gettext("%(group)s, seat %(number)s (%(seat)s): nobody sits there.") % _words(seat)


def _seats_without_alternate(on: date, by: Asker) -> Found:
    for seat in _seats(on, by, HoldingRole.ALTERNATE).filter(group__needs_alternates=True):
        yield seat, gettext("%(group)s, seat %(number)s (%(seat)s): no alternate is named.") % _words(seat)


def _words(seat: Seat) -> dict[str, Any]:
    return {"group": seat.group, "number": seat.number, "seat": seat.title}


def _tasks_without_seat(on: date, by: Asker) -> Found:
    seated = _now(Seat, on).filter(pk=OuterRef("seat"))
    tasks = _now(GroupTask, on).filter(valid_on(on, "group__")).filter(~Exists(seated))
    for task in (
        visible(tasks, by, VIEW)
        .select_related("group", "group__unit", "group__site", "unit")
        .order_by("group__name", "letter", "position", "pk")
    ):
        words = {"group": task.group, "letter": task.letter, "unit": task.unit or gettext("nobody"), "text": task.text}
        yield task, gettext("%(group)s, task (%(letter)s): %(unit)s has it, and has no seat: %(text)s") % words


def _groups_without(on: date, by: Asker, role: SeatRole) -> QuerySet[Group]:
    seats = _now(Seat, on).filter(group=OuterRef("pk"))
    groups = _now(Group, on).filter(Exists(seats)).filter(~Exists(seats.filter(role=role)))
    return visible(groups, by, VIEW).select_related("unit", "site").order_by("name", "pk")


def _groups_without_chair(on: date, by: Asker) -> Found:
    for group in _groups_without(on, by, SeatRole.CHAIR):
        yield group, gettext("%(group)s has no chair.") % {"group": group}


def _groups_without_alternate_chair(on: date, by: Asker) -> Found:
    for group in _groups_without(on, by, SeatRole.ALTERNATE_CHAIR).filter(needs_alternates=True):
        yield group, gettext("%(group)s has no alternate chair.") % {"group": group}


def _units_without(on: date, by: Asker, role: FocalRole) -> QuerySet[Unit]:
    named = _now(FocalPoint, on).filter(unit=OuterRef("pk"), role=role)
    units = _now(Unit, on).filter(in_scope=True).filter(~Exists(named))
    return visible(units, by, VIEW).select_related("site").order_by("path")


def _units_without_focal_point(on: date, by: Asker) -> Found:
    for unit in _units_without(on, by, FocalRole.FOCAL):
        yield unit, gettext("%(unit)s has no focal point.") % {"unit": unit}


def _units_without_alternate(on: date, by: Asker) -> Found:
    for unit in _units_without(on, by, FocalRole.ALTERNATE):
        yield unit, gettext("%(unit)s has no alternate focal point.") % {"unit": unit}


def _vacant_posts(on: date, by: Asker) -> Found:
    held = _now(Holding, on).filter(post=OuterRef("pk"))
    posts = _now(Post, on).filter(critical=True).filter(~Exists(held))
    for post in visible(posts, by, VIEW).select_related("unit", "site").order_by("title", "pk"):
        yield post, gettext("%(post)s is critical, and nobody holds it.") % {"post": post}


def _processes(on: date, by: Asker) -> QuerySet[Node]:
    processes = Node.objects.standing(on).processes()
    return visible(processes, by, VIEW).select_related("unit", "site").order_by("name", "pk")


def _processes_without_unit(on: date, by: Asker) -> Found:
    for process in _processes(on, by).filter(unit=None):
        yield process, gettext("%(process)s belongs to no unit.") % {"process": process}


def _processes_without_owner(on: date, by: Asker) -> Found:
    for process in _processes(on, by).filter(owner_person=None, owner_post=None):
        yield process, gettext("%(process)s has no owner.") % {"process": process}


def _processes_without_requirement(on: date, by: Asker) -> Found:
    for process in _processes(on, by).filter(requirements=None):
        yield process, gettext("%(process)s requires nothing: nothing but itself could stop it.") % {"process": process}


def _functions_without_process(on: date, by: Asker) -> Found:
    serving = Supply.objects.filter(requirement__node=OuterRef("pk"), provider__kind=NodeKind.PROCESS).filter(
        provider__in=Node.objects.standing(on).values("pk")
    )
    functions = Node.objects.standing(on).filter(is_function=True).filter(~Exists(serving))
    found = visible(functions, by, VIEW).select_related("unit", "site")
    for function in found.order_by(models.F("position").asc(nulls_last=True), "name", "pk"):
        yield function, gettext("No process serves %(function)s.") % {"function": function}


def _requirements_short(on: date, by: Asker) -> Found:
    # Added in the database, so compared with half a thousandth to spare.
    standing = Node.objects.standing(on).values("pk")
    there = (
        Supply.objects.filter(requirement=OuterRef("pk"), provider__in=standing)
        .order_by()
        .values("requirement")
        .annotate(total=Sum("weight"))
        .values("total")
    )
    short = (
        Requirement.objects.filter(node__in=standing)
        .annotate(there=models.functions.Coalesce(models.Subquery(there), 0.0))
        .filter(there__lt=models.F("needs") - 0.0005)
    )
    for requirement in (
        visible(short, by, VIEW)
        .select_related("node", "node__unit", "node__site")
        .order_by("node__name", "position", "pk")
    ):
        yield (
            requirement,
            gettext("%(requirement)s: needs %(needs)g, and what is in use gives %(there)g.")
            % {
                "requirement": requirement,
                "needs": requirement.needs,
                "there": requirement.there,
            },
        )


_QUESTIONS: dict[HoleKind, Callable[[date, Asker], Found]] = {
    HoleKind.SEAT_WITHOUT_HOLDER: _seats_without_holder,
    HoleKind.SEAT_WITHOUT_ALTERNATE: _seats_without_alternate,
    HoleKind.TASK_WITHOUT_SEAT: _tasks_without_seat,
    HoleKind.GROUP_WITHOUT_CHAIR: _groups_without_chair,
    HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR: _groups_without_alternate_chair,
    HoleKind.UNIT_WITHOUT_FOCAL_POINT: _units_without_focal_point,
    HoleKind.UNIT_WITHOUT_ALTERNATE: _units_without_alternate,
    HoleKind.POST_VACANT: _vacant_posts,
    HoleKind.PROCESS_WITHOUT_UNIT: _processes_without_unit,
    HoleKind.PROCESS_WITHOUT_OWNER: _processes_without_owner,
    HoleKind.PROCESS_WITHOUT_REQUIREMENT: _processes_without_requirement,
    HoleKind.FUNCTION_WITHOUT_PROCESS: _functions_without_process,
    HoleKind.REQUIREMENT_SHORT: _requirements_short,
}

__all__ = ["Hole", "HoleKind", "holes"]
