"""Who does an action, and who is told when it is late."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.organization.accounts.models import Grant, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.holders import accounts_holding


def doer_of(action: CorrectiveAction, on: date) -> User | None:
    """The account of the owner, or of the person who holds the owner's post on this day; None where there is none."""
    if action.owner_person is not None:
        return _active(action.owner_person.user)
    return next(iter(accounts_holding([action.owner_post_id], on).get(action.owner_post_id or 0, ())), None)


def doers_of(actions: list[CorrectiveAction], on: date) -> dict[int, User | None]:
    """The same of many, in one question: by the id of the action. Their persons are read along."""
    holders = accounts_holding({action.owner_post_id for action in actions}, on)
    return {
        action.pk: _active(action.owner_person.user)
        if action.owner_person is not None
        else next(iter(holders.get(action.owner_post_id or 0, ())), None)
        for action in actions
    }


def heads_of(unit: Unit | None) -> list[User]:
    """The heads of a unit; where nobody is head of it, those of the nearest unit above."""
    if unit is None:
        return []
    grants = _holding(Role.UNIT_HEAD, unit, None)
    nearest = max((len(grant.unit.path) for grant in grants if grant.unit is not None), default=0)
    return _users([grant for grant in grants if grant.unit is not None and len(grant.unit.path) == nearest])


def managers_of(unit: Unit | None, site: Site | None) -> list[User]:
    """The programme managers of a unit or a site, and of the whole organisation."""
    return _users(_holding(Role.PROGRAMME_MANAGER, unit, site, whole=True))


def _holding(role: Role, unit: Unit | None, site: Site | None, *, whole: bool = False) -> list[Grant]:
    places = Q(unit__isnull=True, site__isnull=True) if whole else Q(pk__in=())
    if unit is not None:
        places |= Q(unit__key__in=_keys(unit.path))
    if site is not None:
        places |= Q(site__key__in=_keys(site.path))
    return list(
        Grant.objects.filter(places, role=role, user__is_active=True).select_related("user", "unit").order_by("pk")
    )


def _keys(path: str) -> list[str]:
    return [key for key in path.split("/") if key]


def _users(grants: list[Grant]) -> list[User]:
    return list({grant.user_id: grant.user for grant in grants}.values())


def _active(user: User | None) -> User | None:
    return user if user is not None and user.is_active else None
