"""What belongs to each phase (A/63/359, 28 to 30, figure, annexes I and II): what is done, and on which page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from holdfast.readiness.plans.models import Phase

BELONGS: dict[Phase, tuple[tuple[str | Promise, str], ...]] = {
    Phase.INCIDENT: (
        (_("Find out what happened, where and since when"), "edit"),
        (_("Say what is out, as far as it is known"), "picture"),
        (_("Convene the operations group"), "meetings"),
    ),
    Phase.RESPONSE: (
        (_("The operations group activates the crisis management plan"), "decisions"),
        (_("The policy team is convened where policy is needed"), "meetings"),
        (_("Life and property first: the tasks of the crisis management plan"), "tasks"),
    ),
    Phase.INSTRUCTIONS: (
        (_("Staff are told what has happened and what to do"), "decisions"),
        (_("A situation report is issued"), "reports"),
    ),
    Phase.ACTIVATION: (
        (_("What breaches when, and for how long functions are expected to stop"), "picture"),
        (_("After consulting the policy team, the operations group asks for the continuity plans"), "decisions"),
    ),
    Phase.CONTINUITY: (
        (_("The tasks of the continuity plans, and the seats and licences given out"), "tasks"),
        (_("What to restore first"), "picture"),
        (_("Situation reports at their times"), "reports"),
    ),
    Phase.RECONSTITUTION: (
        (_("What works again is reported, and seen against the forecast"), "picture"),
        (_("The way back to normal work, task by task"), "tasks"),
    ),
    Phase.STAND_DOWN: (
        (_("Plans are stood down, meetings closed"), "decisions"),
        (_("The hot review is written while all is fresh"), "afterwards"),
    ),
}
"""By phase: the thing to do, and the end of the name of the page where it is done."""
