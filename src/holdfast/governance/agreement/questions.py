"""What waits for somebody to review, decide or mend, by the rules of the organisation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from holdfast.governance.agreement.models import RECORD, Agreement
from holdfast.governance.settings.questions import in_force
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may


def waiting_for(user: Any, on: date) -> QuerySet[Agreement]:
    """The soonest due first."""
    if not isinstance(user, User):
        return Agreement.objects.none()
    authors_too = in_force(on).author_may_approve
    return Agreement.objects.waiting_for(user, on, records=may(user, RECORD), authors_too=authors_too)
