"""Whether an exercise is as broad as the report wants it: departments and offices, ICT and other support together
(A/63/359, 26), coordinated with the funds and programmes at the place (54), with something to show."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext

from holdfast.organization.places.models import Unit, UnitKind
from holdfast.organization.structure.models import Node, SeatHolding
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.exercises.models import Exercise, TakesPartAs

ICT = (NodeKind.APPLICATION, NodeKind.INFRASTRUCTURE)


def units_in(exercise: Exercise, on: date) -> set[int]:
    """The units of those who take part: of the posts, of the groups, of their seats and of who sits there."""
    parts = list(exercise.participants.filter(role=TakesPartAs.PLAYER).select_related("post", "group"))
    found = {part.who.unit_id for part in parts if part.who is not None}
    groups = [part.group_id for part in parts if part.group_id is not None]
    holdings = SeatHolding.objects.as_of(on).filter(seat__group__in=groups).select_related("seat", "post", "person")
    for holding in holdings:
        found |= {holding.seat.unit_id, getattr(holding.holder, "unit_id", None)}
    return {pk for pk in found if pk is not None}


def lacking(exercise: Exercise, on: date) -> list[str]:
    """What is missing before it is held, in words; nothing is refused for it."""
    units = units_in(exercise, on)
    found = []
    if not exercise.objectives.exists():
        found.append(gettext("No objective says what is to be shown."))
    if not exercise.plans.exists():
        found.append(gettext("No plan is tried: none counts as tested afterwards."))
    if len(units) < 2:
        found.append(gettext("A test involves departments and offices together (26): only one unit takes part."))
    if not Node.objects.filter(unit__in=units, kind__in=ICT).exists():
        found.append(gettext("A test involves ICT (26): no unit that runs a system takes part."))
    funds = Unit.objects.as_of(on).filter(kind=UnitKind.FUND_OR_PROGRAMME)
    here = funds.filter(Q(site=exercise.site)) if exercise.site_id is not None else funds.none()
    if here.exists() and not here.filter(pk__in=units).exists():
        found.append(
            gettext("Exercises are coordinated with the funds and programmes of the place (54): none takes part.")
        )
    return found
