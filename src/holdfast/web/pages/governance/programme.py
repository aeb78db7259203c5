"""The programme at a glance: the policy in force, how far the units are, what waits to be agreed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.governance.agreement.models import VIEW as SEE_AGREEMENTS
from holdfast.governance.agreement.models import Agreement, State
from holdfast.governance.agreement.questions import waiting_for
from holdfast.governance.gates.gates import standings
from holdfast.governance.gates.models import VIEW as SEE_STEPS
from holdfast.governance.policy.acknowledging import readers, to_acknowledge
from holdfast.governance.policy.models import FOLLOW, VIEW, Policy
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Unit
from holdfast.web.permissions import needs

from .steps import bars


@needs(VIEW)
@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """What the reader may see of it."""
    user: Any = request.user
    today = clock.today()
    policies = list(
        Policy.objects.in_force(today).select_related(
            "unit", "agreement__approver", "agreement__approver_post", "agreement__approver_body"
        )
    )
    roles = {grant.role for grant in user.granted}
    context: dict[str, Any] = {
        "policies": policies,
        "unread": to_acknowledge(user, today),
        "waiting": waiting_for(user, today).count(),
        "scales": in_force(today),
        "lead": _lead(policies),
    }
    if roles & PERMISSIONS[SEE_STEPS].roles:
        units = visible(Unit.objects.as_of(today).filter(in_scope=True), user, SEE_STEPS).order_by("path")
        found = standings(units, today)
        context |= {"bars": bars(found), "units": len(found)}
    if roles & PERMISSIONS[SEE_AGREEMENTS].roles:
        context["in_review"] = visible(Agreement.objects.filter(state=State.IN_REVIEW), user).count()
    if roles & PERMISSIONS[FOLLOW].roles:
        followed = readers(today, user)
        context |= {"accounts": len(followed), "done": sum(1 for reader in followed if reader.done)}
    return render(request, "governance/programme.html", context)


def _lead(policies: list[Policy]) -> str:
    if not policies:
        return _("No policy is in force. It is the first of the five steps: all else follows from it.")
    first = policies[0].agreement
    said = _("“%(policy)s” is in force, adopted by %(body)s on %(day)s.")
    day = formats.date_format(first.decided_on, "j F Y") if first.decided_on is not None else ""
    return said % {"policy": policies[0], "body": first.approves, "day": day}
