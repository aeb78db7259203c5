"""Bodies are convened, answer, arrive and leave, get a chair, move, close; their tasks are ticked off. Every act writes
into the log of the incident, in its own transaction, and holds the meeting, so that quorum and chair are one truth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.actions import refuse_ended, tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN, SIT
from holdfast.crisis.rules.questions import in_force, quorum_of
from holdfast.crisis.teams import calling
from holdfast.crisis.teams.models import Answer, As, Attendance, GroupTaskState, Meeting, MeetingState
from holdfast.crisis.teams.rights import chairs, require_chair_or_run, require_own_or_run, require_seat_or_run
from holdfast.crisis.teams.seating import acting, attendances, by_right_in_the_chair, is_quorate, seated_elsewhere
from holdfast.crisis.teams.venues import clash_said, meetings_at, venues_of, why_out
from holdfast.governance.notices.raising import settle_notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Group, GroupTask, Person, Post, Seat
from holdfast.organization.structure.saving import change, create, save_all

MOST_MINUTES = 24 * 60


@act("meeting.convene", RUN, label=_("convene a body"), under="incident")
def convene(
    by: Actor,
    *,
    incident: Incident,
    group: Group,
    venue: Site | None = None,
    because: str = "",
    invited: Iterable[Person | Post] = (),
    absent: Iterable[Person | Post] = (),
    venue_because: str = "",
    clash_because: str = "",
) -> Meeting:
    """Calls the body together: the holder of every seat, the alternate where the holder is `absent` or cannot be
    reached, and those invited. Without a `venue` it is the main one, or the alternate where the main is known to be
    out. Raises ValidationError for a body that meets already, a venue elsewhere without a reason, and a venue that
    another meeting has, unless the chair of the body accepts that with a reason."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    refuse_ended(incident)
    today = clock.today()
    if not group.is_valid_on(today):
        raise ValidationError({"group": gettext("“%(group)s” is no body of today.") % {"group": group}})
    held = Meeting.objects.filter(incident=incident, group=group).exclude(state=MeetingState.CLOSED).first()
    if held is not None:
        said = gettext("%(group)s meets already, called at %(at)s.")
        raise ValidationError({"group": said % {"group": group, "at": _said_at(incident, held.called_at)}})
    places = calling.places_of(group, today)
    if not places:
        raise ValidationError({"group": gettext("“%(group)s” has no seats: it cannot meet.") % {"group": group}})
    rules = in_force(today)
    meeting = Meeting(
        incident=incident,
        group=group,
        number=(Meeting.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0) + 1,
        because=because.strip(),
        called_at=incident.moment(),
        called_by=by if isinstance(by, User) else None,
        seats=len(places),
        quorum=quorum_of(rules, group, len(places)),
        rules=rules.number,
    )
    _settle_venue(by, meeting, venue, venue_because, clash_because)
    create(meeting, by)
    away = {("person" if isinstance(one, Person) else "post", one.pk) for one in absent}
    away |= {
        one.who
        for place in places
        for one in (*place.holders, *place.alternates)
        if one.post is not None and ("post", one.post.pk) in away
    }
    calls = [(one, place.seat, why) for place in places for one, why in calling.wanted_for(place, away)]
    rows = calling.call(by, meeting, calls)
    guests = calling.call(by, meeting, [(one, None, "") for one in calling.guests_of(invited, today)])
    empty = [str(place.seat.title) for place in places if not any(row.seat_id == place.seat.pk for row in rows)]
    body = {
        "number": meeting.number,
        "group": group.key,
        "venue": meeting.venue and meeting.venue.key,
        "instead_of": meeting.instead_of and meeting.instead_of.key,
        "venue_because": meeting.venue_because,
        "clash_because": meeting.clash_because,
        "because": meeting.because,
        "quorum": meeting.quorum,
        "seats": meeting.seats,
        "rules": meeting.rules,
        "called": [
            {"seat": row.seat and row.seat.key, "name": row.name, "as": row.role, "why": row.called_because}
            for row in (*rows, *guests)
        ],
        "nobody_for": empty,
    }
    said = gettext("%(group)s convened: %(called)d called, quorum %(quorum)d of %(seats)d, %(where)s")
    where = str(meeting.venue) if meeting.venue is not None else gettext("remotely")
    tell(by, incident, "meeting.convened", said % {
        "group": group.acronym or group, "called": len(rows) + len(guests), "quorum": meeting.quorum,
        "seats": meeting.seats, "where": where,
    }, body=body)  # fmt: skip
    _tell_double(by, meeting)
    note(called=len(rows) + len(guests), nobody_for=empty)
    return meeting


@act("meeting.invite", SIT, label=_("invite to a meeting"), on="meeting")
def invite(by: Actor, meeting: Meeting, *, people: Iterable[Person | Post], version: int | None = None) -> Meeting:
    """Others join as the case requires (annexes I.3, II.2). They are never counted. By the chair, or who runs the
    incident."""
    _refuse_over(meeting)
    require_chair_or_run(by, meeting)
    rows = calling.call(by, meeting, [(one, None, "") for one in calling.guests_of(people, clock.today())])
    if not rows:
        raise ValidationError({"people": gettext("They were called already, or nobody of this name is here.")})
    names = [row.name for row in rows]
    tell(by, meeting.incident, "meeting.invited", gettext("%(meeting)s: invited %(names)s") % {
        "meeting": meeting, "names": ", ".join(names)}, body={"number": meeting.number, "names": names})  # fmt: skip
    return meeting


@act("meeting.answer", SIT, label=_("answer a call to a meeting"), on="attendance")
def answer_call(
    by: Actor, attendance: Attendance, *, answer: str, minutes: int | None = None, version: int | None = None
) -> Attendance:
    """Coming in so many minutes, joining remotely, or not at all: then the alternate is called at once. Raises
    ValidationError."""
    meeting = _held(attendance)
    require_own_or_run(by, attendance)
    said = Answer(answer)
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
        raise ValidationError({"minutes": gettext("Wanted minutes, up to a day.")})
    if attendance.is_here() and said == Answer.CANNOT:
        raise ValidationError({"answer": gettext("%(name)s is here: say that they leave.") % {"name": attendance}})
    now = meeting.incident.moment()
    expected = now + timedelta(minutes=minutes or 0) if said != Answer.CANNOT else None
    changes = {"answer": said, "answered_at": now, "expected_at": expected}
    change(attendance, changes, changes, by)
    calling.answered(by, attendance)
    words = {
        Answer.COMING: gettext("%(name)s comes in %(minutes)d min") % {"name": attendance, "minutes": minutes or 0},
        Answer.REMOTE: gettext("%(name)s joins remotely") % {"name": attendance},
        Answer.CANNOT: gettext("%(name)s cannot come") % {"name": attendance},
    }[said]
    _say(by, meeting, "meeting.answered", words, attendance, {"answer": said.value, "minutes": minutes})
    if said == Answer.CANNOT:
        _call_alternate(by, attendance, gettext("the member cannot come"))
    return attendance


@act("meeting.call_alternate", SIT, label=_("call an alternate"), on="attendance")
def call_alternate(by: Actor, attendance: Attendance, *, because: str, version: int | None = None) -> Attendance:
    """The member does not answer or cannot be reached: the alternate is called. By the chair, or who runs the
    incident. Raises ValidationError where there is none."""
    meeting = _held(attendance)
    require_chair_or_run(by, meeting)
    if not because.strip():
        raise ValidationError({"because": gettext("Say why the alternate is called.")})
    if not _call_alternate(by, attendance, because.strip()):
        raise ValidationError(gettext("This seat has no alternate who was not called yet."))
    return attendance


@act("meeting.arrive", SIT, label=_("arrive in a meeting"), on="attendance")
def arrive(by: Actor, attendance: Attendance, *, remote: bool = False, version: int | None = None) -> Attendance:
    """In the room from now on, or connected to it."""
    meeting = _held(attendance)
    require_own_or_run(by, attendance)
    if attendance.is_here():
        raise ValidationError(gettext("%(name)s is here.") % {"name": attendance})
    before = _state(meeting)
    stays = list(attendance.stays)
    if attendance.arrived_at is not None and attendance.left_at is not None:
        stays.append([attendance.arrived_at.isoformat(), attendance.left_at.isoformat()])
    changes = {"arrived_at": meeting.incident.moment(), "left_at": None, "remote": remote, "stays": stays}
    change(attendance, changes, changes, by)
    calling.answered(by, attendance)
    words = gettext("%(name)s joined remotely") if remote else gettext("%(name)s arrived")
    _say(by, meeting, "meeting.arrived", words % {"name": attendance}, attendance, {"remote": remote})
    _settle(by, meeting, before)
    _tell_double(by, meeting, attendance)
    return attendance


@act("meeting.leave", SIT, label=_("leave a meeting"), on="attendance")
def leave(by: Actor, attendance: Attendance, *, because: str = "", version: int | None = None) -> Attendance:
    """Not in the room any more. Whoever was in the chair is followed at once."""
    meeting = _held(attendance)
    require_own_or_run(by, attendance)
    if not attendance.is_here():
        raise ValidationError(gettext("%(name)s is not here.") % {"name": attendance})
    before = _state(meeting)
    assert attendance.arrived_at is not None
    # The clock may have been set back: nobody leaves before he came.
    left = max(meeting.incident.moment(), attendance.arrived_at)
    change(attendance, {"left_at": left}, {"left_at"}, by)
    _say(by, meeting, "meeting.left", gettext("%(name)s left") % {"name": attendance}, attendance,
         {"because": because.strip()})  # fmt: skip
    _settle(by, meeting, before)
    return attendance


@act("meeting.seat", SIT, label=_("stand in on a seat"), on="meeting")
def stand_in(
    by: Actor,
    meeting: Meeting,
    *,
    seat: Seat,
    person: Person | None = None,
    post: Post | None = None,
    version: int | None = None,
) -> Attendance:
    """A member or a designated alternate who was not called is here (annexes I.3, II.3). Raises ValidationError for
    anybody else: they are invited, and do not count."""
    _refuse_over(meeting)
    own = isinstance(by, User) and person is not None and person.user_id == by.pk
    if not own:
        require_chair_or_run(by, meeting)
    role = calling.may_sit(seat, person, post, clock.today())
    if seat.group_id != meeting.group_id or not role:
        said = gettext("%(who)s is neither member nor designated alternate there: invite them instead.")
        raise ValidationError({"seat": said % {"who": person or post}})
    row = next(
        (one for one in attendances(meeting) if one.seat_id == seat.pk and _is(one, person, post)),
        None,
    )
    if row is None:
        row = Attendance(
            meeting=meeting, seat=seat, person=person, post=post, role=role, called_at=meeting.incident.moment()
        )
        save_all([row], by)
        _say(by, meeting, "meeting.stands_in", gettext("%(name)s takes the seat “%(seat)s”") % {
            "name": row, "seat": seat.title}, row, {})  # fmt: skip
    return arrive(by, row)


@act("meeting.open", SIT, label=_("open a meeting"), on="meeting")
def begin_meeting(by: Actor, meeting: Meeting, *, version: int | None = None) -> Meeting:
    """Opens it. Without a quorum it may talk but not decide; the log says which. By whoever sits there."""
    _refuse_over(meeting)
    require_seat_or_run(by, meeting.incident, meeting.group)
    if meeting.state == MeetingState.OPEN:
        raise ValidationError(gettext("It is open."))
    changes = {"state": MeetingState.OPEN, "opened_at": meeting.incident.moment()}
    change(meeting, changes, changes, by)
    here = len(acting(meeting))
    tell(by, meeting.incident, "meeting.opened", gettext("%(meeting)s opened: %(here)d of %(seats)d seats here") % {
        "meeting": meeting, "here": here, "seats": meeting.seats,
    }, body={"number": meeting.number, "here": here, "quorate": here >= meeting.quorum})  # fmt: skip
    return meeting


@act("meeting.chair", SIT, label=_("choose who is in the chair"), on="meeting")
def choose_chair(
    by: Actor, meeting: Meeting, *, attendance: Attendance, because: str, version: int | None = None
) -> Meeting:
    """One of those present presides, where neither chair nor alternate chair is filled. Raises ValidationError
    otherwise, and without a reason."""
    _refuse_over(meeting)
    require_seat_or_run(by, meeting.incident, meeting.group)
    counting = acting(meeting)
    by_right = by_right_in_the_chair(counting)
    if by_right is not None:
        said = gettext("%(name)s is in the chair by the seat.")
        raise ValidationError({"attendance": said % {"name": by_right}})
    if attendance.pk not in {row.pk for row in counting.values()}:
        raise ValidationError({"attendance": gettext("Only somebody who is here and counts for a seat presides.")})
    if not because.strip():
        raise ValidationError({"because": gettext("Say why this one presides.")})
    changes = {"chair": attendance, "chair_because": because.strip()}
    change(meeting, changes, changes, by)
    _say(by, meeting, "meeting.chaired", gettext("%(name)s is in the chair, chosen by those present") % {
        "name": attendance}, attendance, {"because": because.strip()})  # fmt: skip
    return meeting


@act("meeting.move", SIT, label=_("move a meeting"), on="meeting")
def move_meeting(
    by: Actor,
    meeting: Meeting,
    *,
    venue: Site | None,
    because: str,
    clash_because: str = "",
    version: int | None = None,
) -> Meeting:
    """To another place, or away from any; those who were called are told. Raises ValidationError without a reason."""
    _refuse_over(meeting)
    require_chair_or_run(by, meeting)
    if not because.strip():
        raise ValidationError({"because": gettext("Say why it moves.")})
    before = meeting.venue
    names = ("venue", "instead_of", "venue_because", "clash_because")
    if venue is not None:
        _settle_venue(by, meeting, venue, because, clash_because)
    else:
        meeting.venue, meeting.instead_of, meeting.venue_because, meeting.clash_because = None, before, because, ""
    change(meeting, {name: getattr(meeting, name) for name in names}, names, by)
    for row in attendances(meeting):
        if not row.answer and not row.is_here():
            calling.tell_called(by, row)
    where = str(venue) if venue is not None else gettext("remotely")
    tell(by, meeting.incident, "meeting.moved", gettext("%(meeting)s moves: %(where)s") % {
        "meeting": meeting, "where": where,
    }, body={"number": meeting.number, "from": before and before.key, "to": venue and venue.key,
             "because": because.strip()})  # fmt: skip
    return meeting


@act("meeting.close", SIT, label=_("close a meeting"), on="meeting")
def close_meeting(by: Actor, meeting: Meeting, *, summary: str, version: int | None = None) -> Meeting:
    """It is over; `summary` says what came of it. By the chair, or who runs the incident. Raises ValidationError."""
    _refuse_over(meeting)
    require_chair_or_run(by, meeting)
    if not summary.strip():
        raise ValidationError({"summary": gettext("Say what came of it.")})
    changes = {"state": MeetingState.CLOSED, "closed_at": meeting.incident.moment(), "summary": summary.strip()}
    here = [row.name for row in acting(meeting).values()]
    change(meeting, changes, changes, by)
    settle_notice(by, calling.source_of(meeting))
    tell(by, meeting.incident, "meeting.closed", gettext("%(meeting)s closed: %(summary)s") % {
        "meeting": meeting, "summary": summary.strip()[:300],
    }, body={"number": meeting.number, "summary": summary.strip(), "here": here})  # fmt: skip
    return meeting


@act("meeting.tick", SIT, label=_("tick off a task of a body"), under="incident")
def tick_task(by: Actor, *, incident: Incident, task: GroupTask, done: bool = True, note: str = "") -> GroupTaskState:
    """A task of the body's terms is seen to in this incident, or is not after all (annex II, 4)."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    refuse_ended(incident)
    require_seat_or_run(by, incident, task.group)
    said = {"done": done, "at": incident.moment(), "user": by if isinstance(by, User) else None, "note": note.strip()}
    row = GroupTaskState.objects.select_for_update().filter(incident=incident, task=task).first()
    if row is None:
        row = GroupTaskState(incident=incident, task=task, **said)
        save_all([row], by)
    else:
        change(row, said, said, by)
    words = gettext("Done: (%(letter)s) %(task)s") if done else gettext("Not done after all: (%(letter)s) %(task)s")
    tell(by, incident, "task.ticked", words % {"letter": task.letter, "task": task.text},
         body={"task": task.key, "done": done, "note": note.strip()})  # fmt: skip
    return row


def _settle_venue(by: Actor, meeting: Meeting, venue: Site | None, why: str, clash_why: str) -> None:
    """Says where it meets. Raises ValidationError."""
    known = venues_of(meeting.group, meeting.incident)
    chosen = venue if venue is not None else known.first
    if chosen is None and (known.main or known.alternate):
        reasons = "; ".join(f"{site}: {known.out[site.key]}" for site in (*known.main, *known.alternate))
        raise ValidationError({"venue": gettext("No venue of the body can be used (%(why)s): name another.") % {
            "why": reasons}})  # fmt: skip
    meeting.venue, meeting.instead_of, meeting.venue_because, meeting.clash_because = chosen, None, why.strip(), ""
    if chosen is None:
        return
    out = why_out([chosen], meeting.incident)
    if chosen.key in out and not why.strip():
        said = gettext("%(venue)s is known to be out: %(why)s. Say why it meets there.")
        raise ValidationError({"venue_because": said % {"venue": chosen, "why": out[chosen.key]}})
    if known.main and chosen not in known.main:
        meeting.instead_of = known.main[0]
        if not meeting.venue_because and known.main_is_out:
            said = gettext("%(venue)s cannot be used: %(why)s")
            meeting.venue_because = said % {"venue": known.main[0], "why": known.out[known.main[0].key]}
        if not meeting.venue_because:
            said = gettext("The main venue is %(venue)s: say why it cannot be used.")
            raise ValidationError({"venue_because": said % {"venue": known.main[0]}})
    # Two bodies that are convened into one room at once: the second waits here, and finds the first.
    Site.objects.select_for_update(no_key=True).get(pk=chosen.pk)
    others = meetings_at(chosen, meeting)
    if others:
        said = clash_said(chosen, others)
        if not clash_why.strip():
            wanted = gettext("%(taken)s Take another venue, or let the chair accept it with a reason.")
            raise ValidationError({"clash_because": wanted % {"taken": said}})
        if isinstance(by, User) and not chairs(by, meeting.group):
            raise ValidationError(
                {"clash_because": gettext("%(taken)s Only the chair accepts this.") % {"taken": said}}
            )
        meeting.clash_because = clash_why.strip()


def _held(attendance: Attendance) -> Meeting:
    """The meeting, held to the end of the transaction. Raises ValidationError for one that is over."""
    meeting = Meeting.objects.select_for_update().get(pk=attendance.meeting_id)
    attendance.meeting = meeting
    _refuse_over(meeting)
    return meeting


def _refuse_over(meeting: Meeting) -> None:
    refuse_ended(meeting.incident)
    if meeting.is_over:
        raise ValidationError(gettext("%(meeting)s is closed.") % {"meeting": meeting})


def _is(row: Attendance, person: Person | None, post: Post | None) -> bool:
    return (person is not None and row.person == person) or (person is None and row.person is None and row.post == post)


def _state(meeting: Meeting) -> bool:
    return is_quorate(meeting)


def _settle(by: Actor, meeting: Meeting, was_quorate: bool) -> None:
    """After somebody came or went: who presides, and whether they still are enough; both into the log."""
    counting = acting(meeting)
    by_right = by_right_in_the_chair(counting)
    still = meeting.chair_id if meeting.chair_id in {row.pk for row in counting.values()} else None
    chair = by_right or next((row for row in counting.values() if row.pk == still), None)
    if (chair.pk if chair is not None else None) != meeting.chair_id:
        changes = {"chair": chair, "chair_because": ""}
        change(meeting, changes, changes, by)
        if chair is not None:
            _say(by, meeting, "meeting.chaired", gettext("%(name)s is in the chair") % {"name": chair}, chair, {})
        else:
            tell(by, meeting.incident, "meeting.without_chair", gettext(
                "%(meeting)s has nobody in the chair: those present choose one") % {"meeting": meeting},
                body={"number": meeting.number})  # fmt: skip
    quorate = len(counting) >= meeting.quorum
    if quorate != was_quorate:
        words = gettext("%(meeting)s is quorate") if quorate else gettext("%(meeting)s is not quorate any more")
        tell(by, meeting.incident, "meeting.quorate" if quorate else "meeting.not_quorate",
             words % {"meeting": meeting},
             body={"number": meeting.number, "here": len(counting), "quorum": meeting.quorum})  # fmt: skip


def _call_alternate(by: Actor, attendance: Attendance, why: str) -> bool:
    """Calls the alternates of a member's seat. Gives whether anybody was called."""
    if attendance.seat is None or attendance.role != As.HOLDER:
        return False
    meeting = attendance.meeting
    found = calling.alternates_for(attendance.seat, clock.today(), attendances(meeting))
    rows = calling.call(by, meeting, [(one, attendance.seat, why) for one in found])
    for row in rows:
        _say(by, meeting, "meeting.called", gettext("%(name)s called as alternate: %(why)s") % {
            "name": row, "why": why}, row, {})  # fmt: skip
    if not rows:
        tell(by, meeting.incident, "meeting.nobody", gettext("Nobody is left to call for “%(seat)s”") % {
            "seat": attendance.seat.title}, body={"number": meeting.number, "seat": attendance.seat.key})  # fmt: skip
    return bool(rows)


def _tell_double(by: Actor, meeting: Meeting, arrived: Attendance | None = None) -> None:
    """Somebody wanted in two meetings at once stands in the log."""
    for person, others in seated_elsewhere(meeting).items():
        if arrived is not None and arrived.person_id != person:
            continue
        row = next(one for one in attendances(meeting) if one.person_id == person)
        said = gettext("%(name)s is called to %(meeting)s and to %(others)s at once")
        names = ", ".join(f"{one} ({one.incident})" for one in others)
        _say(by, meeting, "meeting.double", said % {"name": row, "meeting": meeting, "others": names}, row,
             {"others": [one.stable_key for one in others]})  # fmt: skip


def _say(by: Actor, meeting: Meeting, kind: str, words: str, row: Attendance, more: dict[str, object]) -> None:
    body = {"number": meeting.number, "name": row.name, "seat": row.seat and row.seat.key, "as": row.role, **more}
    tell(by, meeting.incident, kind, words, body=body)


def _said_at(incident: Incident, at: datetime) -> str:
    return f"{at.astimezone(incident.zone):%H:%M} {incident.zone.key}"
