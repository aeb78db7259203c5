"""Groups with their seats, who sits there, their tasks; the focal points of units."""

from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from ninja import Schema

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.actions import groups
from holdfast.organization.structure.models import FocalPoint, Group, GroupTask, Seat, SeatHolding
from holdfast.web.api.places import DATES, EDIT, Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import names_of
from holdfast.web.api.tables import Table, offer, offer_act


class SittingOut(Schema):
    """Who holds a seat, or stands in: a person or a post."""

    id: int
    version: int
    role: str
    person: str | None
    post: str | None
    name: str
    valid_from: date | None
    valid_until: date | None


class GroupSeatOut(Schema):
    key: str
    version: int
    number: int
    title: str
    role: str
    unit: str | None
    valid_from: date | None
    valid_until: date | None
    holdings: list[SittingOut]


def _with_seats(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    """With the seats and who sits there; `as_of` asks them too."""
    seats = Seat.objects.select_related("unit").order_by("number", "pk")
    holdings = SeatHolding.objects.select_related("person", "post").order_by("-role", "valid_from", "pk")
    if as_of is not None:
        seats, holdings = seats.as_of(as_of), holdings.as_of(as_of)
    seats = visible(seats, user, None).prefetch_related(
        Prefetch("holdings", visible(holdings, user, None), to_attr="seen_holdings")
    )
    return rows.prefetch_related(Prefetch("seats", seats, to_attr="seen_seats"))


def _seats(group: Any) -> dict[str, Any]:
    return {"seats": [_seat(seat) for seat in group.seen_seats]}


def _seat(seat: Any) -> dict[str, Any]:
    return {
        "key": seat.key,
        "version": seat.version,
        "number": seat.number,
        "title": seat.title,
        "role": seat.role,
        "unit": seat.unit.key if seat.unit else None,
        "valid_from": seat.valid_from,
        "valid_until": seat.valid_until,
        "holdings": [_sitting(holding) for holding in seat.seen_holdings],
    }


def _sitting(holding: Any) -> dict[str, Any]:
    return {
        "id": holding.pk,
        "version": holding.version,
        "role": holding.role,
        "person": holding.person.key if holding.person else None,
        "post": holding.post.key if holding.post else None,
        "name": str(holding.holder),
        "valid_from": holding.valid_from,
        "valid_until": holding.valid_until,
    }


_GROUP = names_of(groups.GroupFields)
_SEAT = names_of(groups.SeatFields)
_TASK = names_of(groups.TaskFields)
_SITTING = ("seat", "person", "post", "role", *DATES)
_FOCAL = ("unit", "person", "post", "role", *DATES)

GROUPS = Table(
    name="groups",
    one="group",
    model=Group,
    fields=_GROUP,
    permission=EDIT,
    create=groups.create_group,
    create_fields=_GROUP,
    change=groups.edit_group,
    change_fields=_GROUP,
    filters=("kind", "parent", "unit", "site"),
    sorts=("name", "kind", "valid_from"),
    order=("name",),
    search=("name", "acronym", "key"),
    prepare=_with_seats,
    more=_seats,
    extra={"seats": (list[GroupSeatOut], ...)},
)
SEATS = Table(
    name="seats",
    one="seat",
    model=Seat,
    fields=("group", *_SEAT),
    permission=EDIT,
    create=groups.create_seat,
    create_fields=("group", *_SEAT),
    change=groups.edit_seat,
    change_fields=_SEAT,
    filters=("group", "unit", "role"),
    sorts=("number", "title", "valid_from"),
    order=("group__key", "number"),
    search=("title", "key"),
)
SITTINGS = Table(
    name="seat-holdings",
    one="seat-holding",
    model=SeatHolding,
    fields=_SITTING,
    permission=EDIT,
    create=groups.hold_seat,
    create_fields=_SITTING,
    filters=("seat", "person", "post", "role"),
    sorts=DATES,
    order=("seat__key", "valid_from"),
)
TASKS = Table(
    name="tasks",
    one="task",
    model=GroupTask,
    fields=("group", *_TASK),
    permission=EDIT,
    create=groups.create_task,
    create_fields=("group", *_TASK),
    change=groups.edit_task,
    change_fields=_TASK,
    filters=("group", "unit", "seat"),
    sorts=("letter", "position"),
    order=("group__key", "letter", "position"),
    search=("text", "key"),
)
FOCAL_POINTS = Table(
    name="focal-points",
    one="focal-point",
    model=FocalPoint,
    fields=_FOCAL,
    permission=EDIT,
    create=groups.name_focal_point,
    create_fields=_FOCAL,
    filters=("unit", "person", "post", "role"),
    sorts=DATES,
    order=("unit__path", "valid_from"),
)


def routes() -> Routes:
    made = Routes(tags=["Groups"])
    offer(made, GROUPS)
    offer(made, SEATS)
    sitting = offer(made, SITTINGS)
    offer_act(made, SITTINGS, sitting, "end", Ending, groups.end_seat_holding, "End the holding of a seat")
    offer(made, TASKS)
    focal = offer(made, FOCAL_POINTS)
    offer_act(made, FOCAL_POINTS, focal, "end", Ending, groups.end_focal_point, "End a focal point")
    return made
