"""Whose turn it is: the one rule of who reviews, who decides and who mends, that steps, lists and inboxes ask.

Who has written a version does not decide on it, unless the scales in force let authors approve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from holdfast.governance.agreement.models import CHAIRS, RECORD, Agreement, Review, State
from holdfast.governance.settings.questions import in_force
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import may
from holdfast.organization.structure.holders import accounts_holding
from holdfast.organization.structure.models import SeatHolding


@dataclass
class Turn:
    """The active accounts that an agreement waits for. `unheard`: it is in review, and nobody is there who decides."""

    reviewers: list[User] = field(default_factory=list)
    deciders: list[User] = field(default_factory=list)
    menders: list[User] = field(default_factory=list)
    unheard: bool = False

    @property
    def users(self) -> set[User]:
        return {*self.reviewers, *self.deciders, *self.menders}


def turns(agreements: Iterable[Agreement], on: date) -> dict[int, Turn]:
    """By the id of the agreement; the number of questions does not grow with how many they are.

    Of what is in review: who was asked to review and has not answered; who decides by name, as holder of the post, as
    chair of the body or in the chair's stead; where none of those has an account, who enters such decisions. Of what
    was returned: who made it and who submitted it.
    """
    rows = list(agreements)
    reviewed = [row for row in rows if row.in_review]
    found = {row.pk: Turn() for row in rows}
    for review in Review.objects.filter(agreement__in=reviewed, answered_at=None).select_related("reviewer"):
        if review.reviewer.is_active:
            found[review.agreement_id].reviewers.append(review.reviewer)
    authors_too = bool(reviewed) and in_force(on).author_may_approve
    named = _named(reviewed, on)
    recorders: list[User] | None = None
    for row in reviewed:
        barred = set() if authors_too else writers_of(row)
        turn = found[row.pk]
        turn.deciders = [user for user in named[row.pk] if user.pk not in barred]
        if not turn.deciders:
            recorders = recorders if recorders is not None else _recorders()
            turn.deciders = [user for user in recorders if user.pk not in barred and may(user, RECORD, row)]
            turn.unheard = not turn.deciders
    for row in rows:
        if row.state == State.DRAFT and row.returned_at is not None:
            found[row.pk].menders = _active(row.author, row.submitted_by)
    return found


def is_named(by: Actor, agreement: Agreement, on: date) -> bool:
    """Whether the decision is theirs: by name, as holder of the post, as chair of the body; of a post and a body also
    theirs who enter such decisions."""
    if not isinstance(by, User):
        return True
    if agreement.approver_id is not None:
        return agreement.approver_id == by.pk
    return may(by, RECORD, agreement) or by in _named([agreement], on)[agreement.pk]


def is_barred(by: Actor, agreement: Agreement, on: date) -> bool:
    """Whether they have written it, and may not decide on it therefore."""
    return isinstance(by, User) and by.pk in writers_of(agreement) and not in_force(on).author_may_approve


def writers_of(agreement: Agreement, writers: Collection[int] | None = None) -> set[int]:
    """The ids of the accounts that made this version, changed it or a part of it, or submitted it."""
    wrote = {*(agreement.writers if writers is None else writers), agreement.author_id, agreement.submitted_by_id}
    return {pk for pk in wrote if pk is not None}


def _named(agreements: list[Agreement], on: date) -> dict[int, list[User]]:
    """Who decides by name, post or body, whether they have written it or not."""
    bodies = {row.approver_body_id for row in agreements} - {None}
    chairs: dict[int, list[SeatHolding]] = defaultdict(list)
    if bodies:
        seats = SeatHolding.objects.as_of(on).filter(seat__group__in=bodies, seat__role__in=CHAIRS)
        for chair in seats.select_related("seat", "person__user").order_by("pk"):
            chairs[chair.seat.group_id].append(chair)
    posts = {row.approver_post_id for row in agreements}
    posts |= {chair.post_id for seated in chairs.values() for chair in seated}
    holders = accounts_holding(posts, on) if posts - {None} else {}
    found: dict[int, list[User]] = {}
    for row in agreements:
        users = _active(row.approver)
        users += holders.get(row.approver_post_id or 0, [])
        seated = chairs.get(row.approver_body_id or 0, [])
        users += _active(*(chair.person.user for chair in seated if chair.person is not None))
        for chair in seated:
            users += holders.get(chair.post_id or 0, [])
        found[row.pk] = list(dict.fromkeys(users))
    return found


def _recorders() -> list[User]:
    roles = Q(grants__role__in=PERMISSIONS[RECORD].roles)
    return list(User.objects.filter(roles, is_active=True).distinct().order_by("pk"))


def _active(*users: User | None) -> list[User]:
    return list(dict.fromkeys(user for user in users if user is not None and user.is_active))
