"""What of decisions and activations has to be settled before an incident is closed."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext

from holdfast.crisis.decisions.models import SEALED, Activation, ActivationState, Decision, DecisionState
from holdfast.crisis.incidents.actions import CLOSING
from holdfast.crisis.incidents.models import Incident


def decisions_open(incident: Incident) -> list[str]:
    found = []
    rows = Decision.objects.filter(incident=incident).select_related("passed_to").order_by("number")
    for one in rows.exclude(state__in=SEALED):
        found.append(gettext("decision %(number)d is %(state)s") % {
            "number": one.number, "state": one.get_state_display()})  # fmt: skip
    for one in rows.filter(Q(passed_to__isnull=False), state=DecisionState.ADOPTED, received_at=None):
        said = gettext("%(group)s has not confirmed decision %(number)d")
        assert one.passed_to is not None
        found.append(said % {"group": one.passed_to.acronym or one.passed_to, "number": one.number})
    for one in rows.filter(~Q(alone_because=""), state=DecisionState.ADOPTED, confirmed_at=None):
        if not hasattr(one, "replaced_by"):
            found.append(gettext("urgent decision %(number)d is not confirmed by the body") % {"number": one.number})
    for row in Activation.objects.filter(
        incident=incident, state__in=[ActivationState.REQUESTED, ActivationState.ACTIVE]
    ):
        found.append(gettext("%(what)s: %(state)s") % {"what": row, "state": row.get_state_display()})
    return found


CLOSING.append(decisions_open)
