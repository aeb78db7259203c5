"""Who holds posts on a day: as persons, and as accounts that can be told and asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Holding, Person


def persons_holding(posts: Iterable[int | None], on: date) -> dict[int, list[Person]]:
    """The persons who hold these posts on this day and still are there, by the id of the post, in the order of their
    names. One query."""
    found: dict[int, list[Person]] = defaultdict(list)
    holdings = Holding.objects.as_of(on).filter(post__in=_known(posts)).select_related("person")
    for holding in holdings.order_by("person__name", "pk"):
        if holding.person.is_valid_on(on):
            found[holding.post_id].append(holding.person)
    return found


def accounts_holding(posts: Iterable[int | None], on: date) -> dict[int, list[User]]:
    """The active accounts of those who hold these posts on this day, by the id of the post, each once. One query."""
    found: dict[int, list[User]] = defaultdict(list)
    holdings = Holding.objects.as_of(on).filter(post__in=_known(posts)).select_related("person__user")
    for holding in holdings.order_by("pk"):
        user = holding.person.user
        if user is not None and user.is_active and user not in found[holding.post_id]:
            found[holding.post_id].append(user)
    return found


def _known(posts: Iterable[int | None]) -> set[int]:
    return {pk for pk in posts if pk is not None}
