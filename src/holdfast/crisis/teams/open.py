"""What of the meetings has to be settled before an incident is closed."""

from __future__ import annotations

from django.utils.translation import gettext

from holdfast.crisis.incidents.actions import CLOSING
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.teams.models import Meeting, MeetingState


def meetings_open(incident: Incident) -> list[str]:
    rows = Meeting.objects.filter(incident=incident).exclude(state=MeetingState.CLOSED).select_related("group")
    return [gettext("%(meeting)s is not closed") % {"meeting": one} for one in rows]


CLOSING.append(meetings_open)
