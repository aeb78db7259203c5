"""Who sits in a meeting: for which seat each counts, whether they are enough, and who is in the chair.

A member and the alternate count once. Where both are there the member counts, and the alternate watches. One person
counts for one seat, however many he could stand in for; who stands in where is chosen so that as many seats as possible
are filled.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.teams.models import As, Attendance, Meeting, MeetingState
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Group
from holdfast.organization.structure.models.groups import SeatRole

_CHAIRS = (
    (SeatRole.CHAIR, As.HOLDER),
    (SeatRole.ALTERNATE_CHAIR, As.HOLDER),
    (SeatRole.CHAIR, As.ALTERNATE),
    (SeatRole.ALTERNATE_CHAIR, As.ALTERNATE),
)
"""Who presides, the first who is there: the chair, the alternate chair, then who stands in for either."""


def attendances(meeting: Meeting) -> list[Attendance]:
    """All who were called, by seat."""
    return list(
        Attendance.objects.filter(meeting=meeting)
        .select_related("meeting__incident", "meeting__group", "seat__group", "person__user", "post")
        .order_by("seat__number", "-role", "pk")
    )


def acting(
    meeting: Meeting, at: datetime | None = None, rows: Iterable[Attendance] | None = None
) -> dict[int, Attendance]:
    """By the id of the seat who counts for it, now or at a time by the clock of the incident."""
    if at is None and meeting.closed_at is not None:
        at = meeting.closed_at
    if meeting.closed_at is not None and at is not None and at > meeting.closed_at:
        return {}
    here = [row for row in (rows if rows is not None else attendances(meeting)) if row.seat_id and _is_here(row, at)]
    found: dict[int, Attendance] = {}
    taken: dict[tuple[str, int], int] = {}
    for row in here:
        if row.role == As.HOLDER and row.seat_id not in found and row.who not in taken:
            assert row.seat_id is not None
            found[row.seat_id], taken[row.who] = row, row.seat_id
    standing = [row for row in here if row.role == As.ALTERNATE and row.who not in taken]
    for row in standing:
        _place(row.who, standing, found, set())
    return found


def _is_here(row: Attendance, at: datetime | None) -> bool:
    # What ended the meeting ended everybody's presence; at that very moment they still were there.
    if at is not None and at == row.meeting.closed_at:
        return row.is_here()
    return row.is_here(at)


def _place(who: tuple[str, int], rows: list[Attendance], found: dict[int, Attendance], tried: set[int]) -> bool:
    """Gives somebody who stands in a seat of those he may have, moving another to a second of hers where that helps."""
    if any(row.who == who for row in found.values()) and not tried:
        return True
    for row in rows:
        seat = row.seat_id
        if row.who != who or seat is None or seat in tried:
            continue
        tried.add(seat)
        holder = found.get(seat)
        if holder is None:
            found[seat] = row
            return True
        if holder.role == As.ALTERNATE and _place(holder.who, rows, found, tried):
            found[seat] = row
            return True
    return False


def seats_present(meeting: Meeting, at: datetime | None = None) -> set[int]:
    """The ids of the seats that somebody counts for."""
    return set(acting(meeting, at))


def is_quorate(meeting: Meeting, at: datetime | None = None) -> bool:
    return len(seats_present(meeting, at)) >= meeting.quorum


def attendance_of(by: object, meeting: Meeting) -> Attendance | None:
    """The place of this account in the meeting: first where it counts, else the first it was called to."""
    if not isinstance(by, User):
        return None
    rows = [row for row in attendances(meeting) if row.person is not None and row.person.user_id == by.pk]
    counting = {row.pk for row in acting(meeting).values()}
    return next((row for row in rows if row.pk in counting), rows[0] if rows else None)


def open_meeting(incident: Incident, group: Group) -> Meeting | None:
    """The meeting of this body that is called or open."""
    return (
        Meeting.objects.filter(incident=incident, group=group)
        .exclude(state=MeetingState.CLOSED)
        .select_related("incident", "group", "venue", "chair")
        .first()
    )


def by_right_in_the_chair(counting: dict[int, Attendance]) -> Attendance | None:
    """Of those who count, the one who presides by the seat: None where neither chair nor alternate chair is filled."""
    for seat_role, role in _CHAIRS:
        for row in counting.values():
            if row.seat is not None and (row.seat.role, row.role) == (seat_role, role):
                return row
    return None


def seated_elsewhere(meeting: Meeting) -> dict[int, list[Meeting]]:
    """By the id of the person, the other meetings under way that they were called to as well."""
    called = Attendance.objects.filter(meeting=meeting, person__isnull=False).values("person")
    others = (
        Attendance.objects.filter(person__in=called)
        .exclude(meeting=meeting)
        .exclude(meeting__state=MeetingState.CLOSED)
        .exclude(answer="cannot")
        .filter(left_at=None)
        .select_related("meeting__incident", "meeting__group")
    )
    found: dict[int, list[Meeting]] = {}
    for row in others:
        assert row.person_id is not None
        if row.meeting not in found.setdefault(row.person_id, []):
            found[row.person_id].append(row.meeting)
    return found
