"""What waits for somebody to review, decide or mend, by the rules of the organisation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from holdfast.governance.agreement.models import RECORD, Agreement
from holdfast.governance.settings.questions import in_force
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import may
from holdfast.organization.places.models import Site, Unit


def waiting_for(user: Any, on: date) -> QuerySet[Agreement]:
    """The soonest due first."""
    if not isinstance(user, User):
        return Agreement.objects.none()
    authors_too = in_force(on).author_may_approve
    return Agreement.objects.waiting_for(user, on, records=may(user, RECORD), authors_too=authors_too)


ASKED = frozenset({Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER, Role.UNIT_HEAD, Role.FOCAL_POINT, Role.CRISIS_TEAM})
"""The roles whose holders are asked to review and to decide."""


def who_may_be_asked(unit: Unit | None, site: Site | None) -> list[User]:
    """The active accounts that have such a role in the whole organisation, on the unit or above it, or on the site or
    around it."""
    where = Q(grants__unit=None, grants__site=None)
    for tree, place in (("unit", unit), ("site", site)):
        if place is not None:
            where |= Q(**{f"grants__{tree}__key__in": [key for key in place.path.split("/") if key]})
    return list(
        User.objects.filter(where, grants__role__in=ASKED, is_active=True).distinct().order_by("name", "username")
    )
