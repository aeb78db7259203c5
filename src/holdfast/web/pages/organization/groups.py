"""Groups: the list, the page of one as of a day, its seats, tasks and venues."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.rows import valid_on
from holdfast.organization.structure.actions.groups import (
    create_group,
    create_seat,
    create_task,
    edit_group,
    edit_seat,
    edit_task,
    end_seat_holding,
    hold_seat,
    join_task,
    leave_task,
)
from holdfast.organization.structure.actions.relations import edit_relation, remove_relation
from holdfast.organization.structure.holes import VIEW as SEE_HOLES
from holdfast.organization.structure.holes import HoleKind, holes
from holdfast.organization.structure.models import (
    Group,
    GroupTask,
    Relation,
    Seat,
    SeatHolding,
    SiteAlternate,
    TaskPartner,
    VenueUse,
)
from holdfast.organization.structure.models.groups import GroupKind, HoldingRole

from .editing import form_of, free_key, no_form, until_form
from .fields import RowField, rows_of
from .links import Reach
from .listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter
from .nouns import MadeForm, Making, Noun, Step
from .units import EVIDENCE, changed_relation, relate_to

HOLES = frozenset(
    {
        HoleKind.SEAT_WITHOUT_HOLDER,
        HoleKind.SEAT_WITHOUT_ALTERNATE,
        HoleKind.TASK_WITHOUT_SEAT,
        HoleKind.GROUP_WITHOUT_CHAIR,
        HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR,
    }
)
SEAT = ("number", "title", "unit", "role", "valid_from", "valid_until", *EVIDENCE)
TASK = ("letter", "position", "text", "unit", "seat", "valid_from", "valid_until", *EVIDENCE)


def tell(group: Group, user: Any, on: date) -> dict[str, Any]:
    """The page of a group as of a day: its seats with who holds them and who stands in, its tasks with their seats."""
    holdings = visible(SeatHolding.objects.filter(seat__group=group), user).select_related("person", "post", "seat")
    every = list(holdings.order_by("seat__number", "role", "valid_from"))
    now: dict[tuple[int, str], list[SeatHolding]] = defaultdict(list)
    for holding in every:
        if holding.is_valid_on(on):
            now[holding.seat_id, holding.role].append(holding)
    seats = visible(Seat.objects.filter(group=group), user).select_related("unit", "group").order_by("number", "pk")
    all_seats = list(seats)
    tasks = (
        visible(GroupTask.objects.filter(group=group).as_of(on), user)
        .select_related("unit", "seat", "group")
        .prefetch_related(Prefetch("partners", TaskPartner.objects.select_related("unit")))
        .order_by("letter", "position", "pk")
    )
    found = (
        [h for h in holes(on, user, HOLES) if _group_of(h.row) == group.pk] if may_somewhere(user, SEE_HOLES) else []
    )
    venues = VenueUse.objects.filter(group=group).as_of(on).select_related("venue").order_by("-purpose")
    alternates = SiteAlternate.objects.filter(group=group).as_of(on).select_related("site", "alternate")
    return {
        "seats": [
            {
                "seat": seat,
                "holders": now[seat.pk, HoldingRole.HOLDER],
                "alternates": now[seat.pk, HoldingRole.ALTERNATE],
            }
            for seat in all_seats
            if seat.is_valid_on(on)
        ],
        "other_seats": [seat for seat in all_seats if not seat.is_valid_on(on)],
        "other_holdings": [holding for holding in every if not holding.is_valid_on(on)],
        "changes": _changes(all_seats, every),
        "tasks": list(tasks),
        "venues": list(visible(venues, user)),
        "site_alternates": list(visible(alternates, user)),
        "out": list(visible(Relation.objects.filter(from_group=group), user).select_related("to_unit", "to_group")),
        "into": list(visible(Relation.objects.filter(to_group=group), user).select_related("from_unit", "from_group")),
        "children": list(visible(Group.objects.filter(parent=group).as_of(on), user).order_by("name")),
        "reach": Reach(user, [holding.person for holding in every]),
        "holes": found,
        "on": on,
    }


def _group_of(row: Any) -> int | None:
    return row.pk if isinstance(row, Group) else getattr(row, "group_id", None)


def _changes(seats: list[Seat], holdings: list[SeatHolding]) -> list[date]:
    """The days on which the composition changed, the last first."""
    days = {day for row in (*seats, *holdings) for day in (row.valid_from, row.valid_until) if day is not None}
    return sorted(days, reverse=True)[:12]


def _held(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(SeatHolding, ("role", "person", "post", "valid_from", "valid_until"), user)


def _new_seat(row: Any, part: Any, user: Any) -> MadeForm:
    last = Seat.objects.filter(group=row).order_by("-number").values_list("number", flat=True).first() or 0
    return form_of(Seat, SEAT, user, None, number=last + 1)


def _new_task(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(GroupTask, TASK, user)
    return _own_seats(fields, row, user), values


def _changed_task(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(GroupTask, TASK, user, part)
    return _own_seats(fields, row, user), values


def _own_seats(fields: Any, group: Group, user: Any) -> Any:
    """A task is carried by a seat of its own group."""
    old = fields["seat"]
    seat = RowField(rows_of(Seat, user, group=group), current=old.current, label=old.label, required=False)
    return {**fields, "seat": seat}


def _partner(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(TaskPartner, ("unit",), user)


def _relation(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(Relation, ("kind", "to_unit", "to_group", "rests_on", "valid_from", "paragraphs", "note"), user)


def _make_seat(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    key = free_key(Seat, f"{row.key}-{cleaned['number']}")
    create_seat(by, key=key, group=row, **cleaned)


def _make_task(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    key = free_key(GroupTask, f"{row.key}-{cleaned['letter']}-{cleaned['position']}")
    create_task(by, key=key, group=row, **cleaned)


STEPS = (
    Step(
        "add-seat", _("Add a seat"), _("Add"), "structure.edit", _new_seat, _make_seat, back="seats",
    ),
    Step(
        "change-seat", _("Change this seat"), _("Save"), "structure.edit",
        lambda row, part, user: form_of(Seat, SEAT, user, part),
        lambda by, row, part, version, cleaned: edit_seat(by, part, version=version, **cleaned),
        on=Seat, within="group", back="seats",
    ),
    Step(
        "fill-seat", _("Fill this seat, or name its alternate"), _("Save"), "structure.edit", _held,
        lambda by, row, part, version, cleaned: hold_seat(by, part, **cleaned),
        on=Seat, within="group", back="seats",
        says=_("A person or a post, one of the two; a post serves whoever holds it."),
    ),
    Step(
        "leave-seat", _("End this holding of a seat"), _("End it"), "structure.edit",
        until_form(_("First day without")),
        lambda by, row, part, version, cleaned: end_seat_holding(by, part, version=version, on=cleaned["on"]),
        on=SeatHolding, within="seat__group", back="seats", ends=True,
    ),
    Step(
        "add-task", _("Add a task"), _("Add"), "structure.edit", _new_task, _make_task, back="tasks",
    ),
    Step(
        "change-task", _("Change this task"), _("Save"), "structure.edit", _changed_task,
        lambda by, row, part, version, cleaned: edit_task(by, part, version=version, **cleaned),
        on=GroupTask, within="group", back="tasks",
    ),
    Step(
        "join-task", _("Add a unit to this task"), _("Add"), "structure.edit", _partner,
        lambda by, row, part, version, cleaned: join_task(by, part, cleaned["unit"]),
        on=GroupTask, within="group", back="tasks",
    ),
    Step(
        "leave-task", _("Take this unit off the task"), _("Take off"), "structure.edit", no_form,
        lambda by, row, part, version, cleaned: leave_task(by, part),
        on=TaskPartner, within="task__group", back="tasks", ends=True,
    ),
    Step(
        "relate", _("Relate it to a unit or a group"), _("Relate"), "structure.edit", _relation,
        lambda by, row, part, version, cleaned: relate_to(by, row, cleaned), back="relations",
    ),
    Step(
        "change-relation", _("Change this relation"), _("Save"), "structure.edit", changed_relation,
        lambda by, row, part, version, cleaned: edit_relation(by, part, version=version, **cleaned),
        on=Relation, within="origin", back="relations",
    ),
    Step(
        "remove-relation", _("Remove this relation"), _("Remove it"), "structure.edit", no_form,
        lambda by, row, part, version, cleaned: remove_relation(by, part, version=version),
        on=Relation, within="origin", back="relations", ends=True,
        says=_("It is taken away as never having been; to end it from a day on, change it instead."),
    ),
)  # fmt: skip


def _prepare(rows: Any, user: Any, on: date) -> Any:
    seats = valid_on(on, "seats__")
    chair = Prefetch("seats", Seat.objects.as_of(on).filter(role="chair"), to_attr="chairs_now")
    return (
        rows.select_related("unit", "site", "parent")
        .annotate(
            seats_now=Count("seats", filter=seats, distinct=True),
            tasks_now=Count("tasks", filter=valid_on(on, "tasks__"), distinct=True),
        )
        .prefetch_related(chair)
    )


def period(said: str) -> str:
    """`P3M` in words."""
    if not said:
        return ""
    count = int(said[1:-1])
    words = {
        "D": ngettext("%(n)s day", "%(n)s days", count),
        "W": ngettext("%(n)s week", "%(n)s weeks", count),
        "M": ngettext("%(n)s month", "%(n)s months", count),
        "Y": ngettext("%(n)s year", "%(n)s years", count),
    }
    return words[said[-1]] % {"n": count}


GROUPS = Noun(
    slug="groups",
    name="group",
    model=Group,
    rows=Group.objects.all,
    one=_("group"),
    many=_("Groups"),
    lead=_("The standing bodies: their terms of reference, who sits there, and what each does in a crisis."),
    view="directory.view",
    edit="structure.edit",
    listing=Listing(
        columns=(
            Column("name", _("Group"), lambda group: group, ("name",)),
            Column("acronym", _("Acronym"), lambda group: group.acronym, ("acronym",)),
            Column("kind", _("Kind"), lambda group: group.get_kind_display(), ("kind",)),
            Column("chair", _("Chair"), lambda group: [seat.title for seat in group.chairs_now]),
            Column("seats", _("Seats"), lambda group: group.seats_now, ("seats_now",), number=True),
            Column("tasks", _("Tasks"), lambda group: group.tasks_now, ("tasks_now",), number=True),
            Column("meets", _("Meets every"), lambda group: period(group.meets_every), ("meets_every",)),
            Column("unit", _("Unit"), lambda group: group.unit, ("unit__name",)),
            Column("site", _("Site"), lambda group: group.site, ("site__name",)),
        ),
        filters=(choice_filter("kind", _("Kind"), GroupKind), unit_filter(), site_filter(), TAG, OWN),
        search=("name", "acronym", "key"),
        prepare=_prepare,
    ),
    tell=tell,
    related=("unit", "site", "parent"),
    making=Making(
        (
            "name",
            "acronym",
            "kind",
            "parent",
            "unit",
            "site",
            "terms",
            "meets_every",
            "quorum",
            "needs_alternates",
            "valid_from",
            "valid_until",
            "names",
            *EVIDENCE,
        ),
        create_group,
        edit_group,
    ),
    steps=STEPS,
    parts=((Seat, "group"), (SeatHolding, "seat__group"), (GroupTask, "group"), (Relation, "from_group")),
    empty=_("There is no group yet. Make the first one, or take in a workbook."),
)
