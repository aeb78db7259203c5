"""Who is in an exercise, as accounts that can be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from holdfast.organization.accounts.models import User
from holdfast.organization.structure.holders import accounts_holding
from holdfast.organization.structure.models import SeatHolding
from holdfast.readiness.exercises.models import Exercise, TakesPartAs


def accounts_in(exercise: Exercise, on: date, roles: Iterable[str] = (TakesPartAs.PLAYER,)) -> list[User]:
    """The accounts of those who take part in one of these ways: who holds the posts, and who sits in the groups or
    stands in there, each once, in the order of their names."""
    parts = list(exercise.participants.filter(role__in=list(roles)))
    seats = SeatHolding.objects.as_of(on).filter(seat__group__in=[part.group_id for part in parts if part.group_id])
    holdings = list(seats.select_related("person__user"))
    posts = [part.post_id for part in parts] + [holding.post_id for holding in holdings]
    found = {user.pk: user for users in accounts_holding(posts, on).values() for user in users}
    for holding in holdings:
        user = holding.person.user if holding.person is not None else None
        if user is not None and user.is_active:
            found[user.pk] = user
    return sorted(found.values(), key=lambda user: (user.name, user.pk))
