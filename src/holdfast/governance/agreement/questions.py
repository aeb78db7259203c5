"""What waits for somebody to review, decide or mend, and who may be asked to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

from holdfast.governance.agreement.models import Agreement
from holdfast.governance.agreement.turns import turns
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Site, Unit


def waiting_for(user: Any, on: date) -> QuerySet[Agreement]:
    """What waits for this user, the soonest due first: a review asked of her, a decision that is hers, what was
    returned to her. Notices are raised by the same rule."""
    if not isinstance(user, User):
        return Agreement.objects.none()
    found = turns(Agreement.objects.awaited(), on)
    hers = Agreement.objects.filter(pk__in=[pk for pk, turn in found.items() if user in turn.users])
    return hers.order_by(F("due").asc(nulls_last=True), "submitted_at", "pk")


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
