"""Who acts in a meeting: whoever runs the incident, and whoever sits there, whatever the roles."""

from __future__ import annotations

from django.utils.translation import gettext

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN
from holdfast.crisis.teams.models import As, Attendance, Meeting, MeetingState
from holdfast.crisis.teams.seating import acting
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed, may
from holdfast.organization.structure.models import Group, Holding, SeatHolding
from holdfast.organization.structure.models.groups import SeatRole


def is_own(by: Actor, row: Attendance) -> bool:
    return isinstance(by, User) and row.person is not None and row.person.user_id == by.pk


def counts_in(by: Actor, meeting: Meeting) -> Attendance | None:
    """The place for which this account counts in the meeting now."""
    return next((row for row in acting(meeting).values() if is_own(by, row)), None)


def is_in_the_chair(by: Actor, meeting: Meeting) -> bool:
    return meeting.chair is not None and is_own(by, meeting.chair)


def sits_in(by: Actor, incident: Incident, group: Group) -> bool:
    """Counts in a meeting of the body that is called or open, or was called to it on a seat."""
    if not isinstance(by, User):
        return False
    rows = Attendance.objects.filter(meeting__incident=incident, meeting__group=group, person__user=by)
    return rows.exclude(role=As.INVITED).exclude(meeting__state=MeetingState.CLOSED).exists()


def chairs(by: Actor, group: Group) -> bool:
    """Holds the chair or the alternate chair of the body today."""
    if not isinstance(by, User):
        return False
    today = clock.today()
    roles = (SeatRole.CHAIR, SeatRole.ALTERNATE_CHAIR)
    seats = SeatHolding.objects.as_of(today).filter(seat__group=group, seat__role__in=roles)
    posts = Holding.objects.as_of(today).filter(person__user=by).values("post")
    return seats.filter(person__user=by).exists() or seats.filter(post__in=posts).exists()


def runs(by: Actor, incident: Incident) -> bool:
    return may(by, RUN, incident)


def require_own_or_run(by: Actor, row: Attendance) -> None:
    """Raises NotAllowed for somebody else who neither presides nor runs the incident."""
    if not (is_own(by, row) or is_in_the_chair(by, row.meeting) or runs(by, row.meeting.incident)):
        raise NotAllowed(gettext("Only %(name)s, the chair or who runs the incident says this.") % {"name": row})


def require_seat_or_run(by: Actor, incident: Incident, group: Group) -> None:
    """Raises NotAllowed for somebody who neither sits in the body now nor runs the incident."""
    if not (runs(by, incident) or sits_in(by, incident, group)):
        said = gettext("Only who sits in %(group)s or runs the incident does this.")
        raise NotAllowed(said % {"group": group.acronym or group})


def require_chair_or_run(by: Actor, meeting: Meeting) -> None:
    """Raises NotAllowed for somebody who neither presides nor runs the incident."""
    if not (is_in_the_chair(by, meeting) or runs(by, meeting.incident)):
        raise NotAllowed(gettext("Only the chair or who runs the incident does this."))
