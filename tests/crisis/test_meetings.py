"""A body is convened, answers, meets where it can, has a chair and a quorum, and each seat counts once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from holdfast.crisis.incidents.actions import close_incident, declare_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rules.actions import approve_rules, draft_rules
from holdfast.crisis.rules.content import Rules
from holdfast.crisis.teams.actions import (
    answer_call,
    arrive,
    begin_meeting,
    call_alternate,
    choose_chair,
    close_meeting,
    convene,
    invite,
    leave,
    move_meeting,
    stand_in,
    tick_task,
)
from holdfast.crisis.teams.calling import officials
from holdfast.crisis.teams.models import Attendance, GroupTaskState, Meeting
from holdfast.crisis.teams.seating import (
    acting,
    attendance_of,
    is_quorate,
    open_meeting,
    seated_elsewhere,
    seats_present,
)
from holdfast.crisis.teams.venues import SITES_OUT, venues_of
from holdfast.governance.notices.models import Notice
from holdfast.organization import clock
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions import groups, people
from holdfast.organization.structure.models import GroupTask, Person, Post, Seat, SeatHolding
from tests.cast import TEST, Cast, again, user
from tests.crisis.bodies import Bodies, meets


def kinds(incident: Incident) -> list[str]:
    return list(incident.log.entries.order_by("number").values_list("kind", flat=True))


def now_of(meeting: Meeting) -> Meeting:
    return Meeting.objects.get(pk=meeting.pk)


def in_the_chair(meeting: Meeting) -> str:
    return str(now_of(meeting).chair or "")


@pytest.fixture
def out(fire: Incident):
    """The picture knows that the Headquarters buildings cannot be used."""
    known = {"unhq": "the building burns"}
    told = lambda incident: known if incident.pk == fire.pk else {}  # noqa: E731
    SITES_OUT.append(told)
    yield known
    SITES_OUT.remove(told)


def test_convening_calls_every_seat_tells_the_accounts_and_freezes_the_quorum(bodies: Bodies, fire: Incident) -> None:
    """Rule 58."""
    chief = user("chief", "crisis_team")
    meeting = convene(chief, incident=fire, group=bodies.cog, because="Fire.")
    assert (meeting.number, meeting.state, meeting.seats, meeting.quorum) == (1, "called", 3, 2)
    assert str(meeting.venue) == "Conference Room A"
    called = {row.seat.key: row.name for row in Attendance.objects.filter(meeting=meeting)}
    assert called == {
        "cog-1": "Under-Secretary-General for Safety and Security",
        "cog-6": "Member for conference management",
        "cog-7": "Chief of facilities",
    }
    notices = Notice.objects.open().filter(kind="meeting.called")
    assert {notice.user.username for notice in notices} == {"cog-1", "cog-6", "cog-7"}
    assert all("Conference Room A" in notice.words for notice in notices)
    assert {notice.address for notice in notices} == {f"/crisis/{fire.key}/meetings/1/answer/"}
    entry = fire.log.entries.get(kind="meeting.convened")
    assert (entry.author, entry.body["quorum"], len(entry.body["called"])) == ("chief", 2, 3)
    draft = draft_rules(TEST, content={**Rules().as_json(), "quorum": {"cog": 3}})
    approve_rules(TEST, draft, version=1, valid_from=clock.today(), reason="Because.")
    bodies.comes(meeting, "cog-1", "cog-7")
    assert (now_of(meeting).quorum, is_quorate(now_of(meeting))) == (2, True)
    other = declare_incident(TEST, title="Flood", site=bodies.cast.sites["unhq"])
    later = convene(TEST, incident=other, group=bodies.cog, clash_because="The same people deal with both.")
    assert (later.quorum, later.rules) == (3, 1)


def test_being_called_opens_the_incident_whatever_the_role_and_nothing_else(bodies: Bodies, fire: Incident) -> None:
    member = bodies.accounts["cog-7"]
    other = declare_incident(TEST, title="Elsewhere", site=bodies.cast.sites["geneva"])
    assert not visible(Incident.objects.all(), member).exists()
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    assert list(visible(Incident.objects.all(), again(member))) == [fire]
    assert visible(Attendance.objects.all(), again(member)).count() == 3
    with pytest.raises(NotAllowed):
        convene(member, incident=fire, group=bodies.sept)
    with pytest.raises(NotAllowed):
        answer_call(member, bodies.place(meeting, "cog-6"), answer="coming", minutes=5)
    with pytest.raises(NotAllowed):
        arrive(bodies.accounts["sept-1"], bodies.place(meeting, "cog-6"))
    assert other.key not in {one.key for one in visible(Incident.objects.all(), again(member))}


def test_a_body_meets_once_at_a_time_in_an_incident(bodies: Bodies, fire: Incident) -> None:
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    with pytest.raises(ValidationError, match="meets already"):
        convene(TEST, incident=fire, group=bodies.cog)
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.create(incident=fire, group=bodies.cog, number=2, called_at=clock.now(), quorum=1, seats=1)
    assert open_meeting(fire, bodies.cog) == meeting
    close_meeting(TEST, meeting, summary="Done.")
    assert open_meeting(fire, bodies.cog) is None
    assert convene(TEST, incident=fire, group=bodies.cog).number == 2


def test_coming_joining_remotely_and_not_coming_are_answers_and_settle_the_call(bodies: Bodies, fire: Incident) -> None:
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    coming = answer_call(bodies.accounts["cog-7"], bodies.place(meeting, "cog-7"), answer="coming", minutes=20)
    assert coming.expected_at - coming.answered_at == timedelta(minutes=20)
    answer_call(bodies.accounts["cog-6"], bodies.place(meeting, "cog-6"), answer="remote")
    assert {one.user.username for one in Notice.objects.open().filter(kind="meeting.called")} == {"cog-1"}
    with pytest.raises(ValidationError):
        answer_call(bodies.accounts["cog-6"], bodies.place(meeting, "cog-6"), answer="coming", minutes=-1)
    assert kinds(fire)[-2:] == ["meeting.answered", "meeting.answered"]


def test_the_alternate_is_called_at_once_when_the_member_cannot(bodies: Bodies, fire: Incident) -> None:
    """Rule 42."""
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    answer_call(bodies.accounts["cog-7"], bodies.place(meeting, "cog-7"), answer="cannot")
    alternate = bodies.place(meeting, "cog-7 alt")
    assert (alternate.role, alternate.seat.key) == ("alternate", "cog-7")
    assert Notice.objects.open().filter(user=bodies.accounts["cog-7 alt"], kind="meeting.called").exists()
    bodies.comes(meeting, "cog-7 alt")
    assert seats_present(now_of(meeting)) == {Seat.objects.get(key="cog-7").pk}
    answer_call(bodies.accounts["cog-6"], bodies.place(meeting, "cog-6"), answer="cannot")
    assert fire.log.entries.filter(kind="meeting.nobody").get().body["seat"] == "cog-6"


def test_the_alternate_is_called_with_the_others_where_the_member_is_absent_or_cannot_be_reached(
    bodies: Bodies, fire: Incident
) -> None:
    people.link_account(TEST, bodies.people["cog-7"], version=bodies.people["cog-7"].version, user=None)
    meeting = convene(TEST, incident=fire, group=bodies.cog, absent=[Post.objects.get(key="usg-safety")])
    rows = {row.name: row for row in Attendance.objects.filter(meeting=meeting)}
    assert "Under-Secretary-General for Safety and Security" not in rows
    assert rows["Director of security"].called_because == "the member is absent"
    assert rows["Deputy chief of facilities"].called_because == "the member cannot be reached"
    assert rows["Chief of facilities"].called_because == ""


def test_a_post_that_nobody_is_known_to_hold_is_called_by_its_title(cast: Cast, fire: Incident) -> None:
    meeting = convene(TEST, incident=fire, group=cast.groups["cog"])
    row = Attendance.objects.get(meeting=meeting, seat__key="cog-7")
    assert (row.name, row.person) == ("Chief, Facilities and Commercial Services Division", None)
    assert fire.log.entries.get(kind="meeting.convened").body["nobody_for"] == [
        "Department for General Assembly and Conference Management"
    ]
    arrive(TEST, row)
    assert len(seats_present(now_of(meeting))) == 1


def test_a_member_and_the_alternate_count_once_and_the_member_counts(bodies: Bodies, fire: Incident) -> None:
    meeting = meets(bodies, fire, "cog", "cog-1", absent=[bodies.people["cog-7"]])
    bodies.comes(meeting, "cog-7 alt")
    assert acting(now_of(meeting))[Seat.objects.get(key="cog-7").pk].name == "Deputy chief of facilities"
    stand_in(bodies.accounts["cog-7"], meeting, seat=Seat.objects.get(key="cog-7"), person=bodies.people["cog-7"])
    counting = acting(now_of(meeting))
    assert len(counting) == 2
    assert counting[Seat.objects.get(key="cog-7").pk].name == "Chief of facilities"
    leave(bodies.accounts["cog-7"], bodies.place(meeting, "cog-7"))
    assert acting(now_of(meeting))[Seat.objects.get(key="cog-7").pk].name == "Deputy chief of facilities"


def test_one_person_fills_one_seat_and_the_one_where_that_fills_most(bodies: Bodies, fire: Incident) -> None:
    deputy = bodies.people["cog-7 alt"]
    groups.hold_seat(TEST, Seat.objects.get(key="cog-6"), person=deputy, role="alternate")
    second = people.create_person(TEST, key="second", name="Second deputy")
    groups.hold_seat(TEST, Seat.objects.get(key="cog-6"), person=second, role="alternate")
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    for seat in ("cog-6", "cog-7"):
        stand_in(TEST, meeting, seat=Seat.objects.get(key=seat), person=deputy)
    assert len(seats_present(now_of(meeting))) == 1
    stand_in(TEST, meeting, seat=Seat.objects.get(key="cog-6"), person=second)
    counting = {Seat.objects.get(pk=seat).key: row.name for seat, row in acting(now_of(meeting)).items()}
    assert counting == {"cog-6": "Second deputy", "cog-7": "Deputy chief of facilities"}


def test_only_a_designated_alternate_stands_in_and_others_are_invited_and_never_count(
    bodies: Bodies, fire: Incident
) -> None:
    """Rules 43 and 53."""
    meeting = meets(bodies, fire, "cog", "cog-1")
    guest = bodies.people["sept-1"]
    with pytest.raises(ValidationError, match="invite them instead"):
        stand_in(TEST, meeting, seat=Seat.objects.get(key="cog-7"), person=guest)
    invite(bodies.accounts["cog-1"], meeting, people=[guest])
    row = bodies.place(meeting, "sept-1")
    assert (row.role, row.seat) == ("invited", None)
    assert Notice.objects.open().filter(user=bodies.accounts["sept-1"], kind="meeting.called").exists()
    bodies.comes(meeting, "sept-1")
    assert (len(seats_present(now_of(meeting))), is_quorate(now_of(meeting))) == (1, False)
    with pytest.raises(ValidationError):
        invite(TEST, meeting, people=[guest])
    with pytest.raises(NotAllowed):
        invite(bodies.accounts["sept-1"], meeting, people=[bodies.people["sept-2"]])


def test_losing_the_quorum_and_getting_it_back_stand_in_the_log(bodies: Bodies, fire: Incident) -> None:
    meeting = meets(bodies, fire, "cog", "cog-1", "cog-7")
    before = fire.moment()
    leave(bodies.accounts["cog-7"], bodies.place(meeting, "cog-7"), because="Called away.")
    after = fire.moment()
    bodies.comes(meeting, "cog-7")
    told = [kind for kind in kinds(fire) if "quorate" in kind]
    assert told == ["meeting.quorate", "meeting.not_quorate", "meeting.quorate"]
    now = now_of(meeting)
    assert [is_quorate(now, at) for at in (before, after, fire.moment())] == [True, False, True]


def test_the_chair_is_the_chairs_then_the_alternate_chairs_then_who_stands_in(bodies: Bodies, fire: Incident) -> None:
    meeting = convene(TEST, incident=fire, group=bodies.sept, absent=[bodies.people["sept-1"]])
    bodies.comes(meeting, "sept-1 alt")
    assert in_the_chair(meeting) == "Deputy Chef de Cabinet"
    bodies.comes(meeting, "sept-2")
    assert in_the_chair(meeting) == "Under-Secretary-General for Management"
    stand_in(TEST, meeting, seat=Seat.objects.get(key="sept-1"), person=bodies.people["sept-1"])
    assert in_the_chair(meeting) == "Chef de Cabinet"


def test_a_chair_lost_in_mid_meeting_is_followed_at_once_and_it_is_logged(bodies: Bodies, fire: Incident) -> None:
    meeting = meets(bodies, fire, "cog", "cog-1", "cog-6", "cog-7")
    assert in_the_chair(meeting) == "Under-Secretary-General for Safety and Security"
    leave(bodies.accounts["cog-1"], bodies.place(meeting, "cog-1"))
    assert now_of(meeting).chair is None
    assert fire.log.entries.filter(kind="meeting.without_chair").count() == 1
    with pytest.raises(ValidationError, match="why"):
        choose_chair(bodies.accounts["cog-6"], meeting, attendance=bodies.place(meeting, "cog-6"), because=" ")
    with pytest.raises(ValidationError, match="who is here"):
        choose_chair(
            bodies.accounts["cog-6"], meeting, attendance=bodies.place(meeting, "cog-1"), because="The chair left."
        )
    choose_chair(
        bodies.accounts["cog-6"], meeting, attendance=bodies.place(meeting, "cog-6"), because="The chair left."
    )
    assert in_the_chair(meeting) == "Member for conference management"
    stand_in(TEST, meeting, seat=Seat.objects.get(key="cog-1"), person=bodies.people["cog-1 alt"])
    assert in_the_chair(meeting) == "Director of security"
    with pytest.raises(ValidationError, match="in the chair by the seat"):
        choose_chair(TEST, meeting, attendance=bodies.place(meeting, "cog-6"), because="Another.")
    who = [entry.body["name"] for entry in fire.log.entries.filter(kind="meeting.chaired").order_by("number")]
    assert who == ["Under-Secretary-General for Safety and Security", "Member for conference management",
                   "Director of security"]  # fmt: skip


def test_the_policy_team_meets_in_one_of_its_venues_and_members_are_told(bodies: Bodies, fire: Incident) -> None:
    """Rule 50."""
    with pytest.raises(ValidationError, match="say why it cannot be used"):
        convene(TEST, incident=fire, group=bodies.sept, venue=bodies.site("conference-room-a"))
    assert str(convene(TEST, incident=fire, group=bodies.sept, venue=bodies.site("conference-room-b")).venue) == (
        "Conference Room B"
    )
    assert all("Conference Room B" in one.words for one in Notice.objects.open().filter(kind="meeting.called"))


def test_both_bodies_meet_outside_when_headquarters_cannot_be_used(bodies: Bodies, fire: Incident, out: dict) -> None:
    """Rule 59."""
    assert venues_of(bodies.cog, fire).main_is_out
    cog = convene(TEST, incident=fire, group=bodies.cog)
    assert (cog.venue.key, cog.instead_of.key) == ("unis", "conference-room-a")
    assert cog.venue_because == "Conference Room A cannot be used: the building burns"
    with pytest.raises(ValidationError, match="taken by COG 1"):
        convene(TEST, incident=fire, group=bodies.sept)
    sept = convene(TEST, incident=fire, group=bodies.sept, clash_because="It has two rooms for us.")
    assert sept.venue.key == "unis"
    close_meeting(TEST, cog, summary="Done.")
    with pytest.raises(ValidationError, match="known to be out"):
        convene(TEST, incident=fire, group=bodies.cog, venue=bodies.site("conference-room-a"))
    out["new-york"] = "the city is flooded"
    with pytest.raises(ValidationError, match="No venue"):
        convene(TEST, incident=fire, group=bodies.cog)


def test_without_a_picture_the_convener_says_why_it_meets_outside(bodies: Bodies, fire: Incident) -> None:
    with pytest.raises(ValidationError, match="say why it cannot be used"):
        convene(TEST, incident=fire, group=bodies.cog, venue=bodies.site("unis"))
    meeting = convene(TEST, incident=fire, group=bodies.cog, venue=bodies.site("unis"), venue_because="No way in.")
    assert (meeting.instead_of.key, meeting.venue_because) == ("conference-room-a", "No way in.")


def test_two_incidents_that_want_one_room_and_the_same_people_are_shown_and_the_chair_settles_it(
    bodies: Bodies, fire: Incident
) -> None:
    convene(TEST, incident=fire, group=bodies.cog)
    flood = declare_incident(TEST, title="Flood in the basement", site=bodies.cast.sites["unhq"])
    chief = user("chief", "crisis_team")
    with pytest.raises(ValidationError, match=r"taken by COG 1 \(Fire in the Headquarters complex\)"):
        convene(chief, incident=flood, group=bodies.cog)
    with pytest.raises(ValidationError, match="Only the chair"):
        convene(chief, incident=flood, group=bodies.cog, clash_because="We share it.")
    assert not Meeting.objects.filter(incident=flood).exists()
    convene(TEST, incident=flood, group=bodies.cog, venue=bodies.site("unis"), venue_because="The room is taken.")
    meeting = open_meeting(flood, bodies.cog)
    assert meeting is not None
    elsewhere = seated_elsewhere(meeting)
    assert {str(one) for one in elsewhere[bodies.people["cog-7"].pk]} == {"COG 1"}
    assert flood.log.entries.filter(kind="meeting.double").count() == 3
    chair = bodies.accounts["cog-1"]
    bodies.comes(meeting, "cog-1")
    with pytest.raises(ValidationError, match="taken by"):
        move_meeting(chair, now_of(meeting), venue=bodies.site("conference-room-a"), because="Both in one room.")
    moved = move_meeting(
        chair, now_of(meeting), venue=bodies.site("conference-room-a"), because="Both.", clash_because="One crisis."
    )
    assert (moved.venue.key, moved.clash_because) == ("conference-room-a", "One crisis.")


def test_nobody_leaves_before_he_came_when_the_clock_is_set_back_an_hour(
    bodies: Bodies, fire: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    meeting = meets(bodies, fire, "cog", "cog-1", "cog-6", "cog-7")
    monkeypatch.setattr(clock, "now", lambda: noon - timedelta(hours=1))
    assert is_quorate(now_of(meeting))
    row = leave(bodies.accounts["cog-6"], bodies.place(meeting, "cog-6"))
    assert row.left_at == row.arrived_at == noon
    assert len(seats_present(now_of(meeting))) == 2
    closed = close_meeting(bodies.accounts["cog-1"], now_of(meeting), summary="Done.")
    assert (closed.closed_at, len(seats_present(now_of(closed)))) == (noon - timedelta(hours=1), 2)
    numbers = list(fire.log.entries.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_meeting_is_closed_with_what_came_of_it_and_the_incident_is_not_closed_before(
    bodies: Bodies, fire: Incident
) -> None:
    meeting = meets(bodies, fire, "cog", "cog-1", "cog-7")
    with pytest.raises(ValidationError, match="COG 1 is not closed"):
        close_incident(TEST, Incident.objects.get(pk=fire.pk), version=1, reason="Over.")
    with pytest.raises(ValidationError, match="what came of it"):
        close_meeting(bodies.accounts["cog-1"], meeting, summary="")
    with pytest.raises(NotAllowed):
        close_meeting(bodies.accounts["cog-7"], meeting, summary="Done.")
    close_meeting(bodies.accounts["cog-1"], meeting, summary="The fire is out.")
    assert not Notice.objects.open().filter(kind="meeting.called").exists()
    with pytest.raises(ValidationError, match="is closed"):
        arrive(TEST, bodies.place(meeting, "cog-6"))
    assert fire.log.entries.get(kind="meeting.closed").body["here"] == [
        "Under-Secretary-General for Safety and Security", "Chief of facilities"]  # fmt: skip


def test_the_chair_calls_the_alternate_of_a_member_who_does_not_answer(bodies: Bodies, fire: Incident) -> None:
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    bodies.comes(meeting, "cog-1")
    call_alternate(bodies.accounts["cog-1"], bodies.place(meeting, "cog-7"), because="No answer for ten minutes.")
    assert bodies.place(meeting, "cog-7 alt").called_because == "No answer for ten minutes."
    with pytest.raises(ValidationError, match="no alternate"):
        call_alternate(bodies.accounts["cog-1"], bodies.place(meeting, "cog-7"), because="Again.")
    with pytest.raises(NotAllowed):
        call_alternate(bodies.accounts["cog-6"], bodies.place(meeting, "cog-7"), because="I say so.")


def test_the_tasks_of_the_operations_group_are_ticked_off_with_their_owners(bodies: Bodies, fire: Incident) -> None:
    """Rules 55 and 57."""
    task = GroupTask.objects.get(key="cog-e-1")
    with pytest.raises(NotAllowed):
        tick_task(bodies.accounts["cog-6"], incident=fire, task=task)
    convene(TEST, incident=fire, group=bodies.cog)
    row = tick_task(bodies.accounts["cog-6"], incident=fire, task=task, note="Interpreters are on their way.")
    assert (row.done, row.user, row.task.seat.key) == (True, bodies.accounts["cog-6"], "cog-6")
    tick_task(TEST, incident=fire, task=task, done=False)
    assert (GroupTaskState.objects.get().done, GroupTaskState.objects.count()) == (False, 1)
    assert [entry.body["done"] for entry in fire.log.entries.filter(kind="task.ticked").order_by("number")] == [
        True, False]  # fmt: skip


def test_any_body_of_a_duty_station_meets_and_the_officials_of_the_place_are_known(cast: Cast) -> None:
    nairobi = declare_incident(TEST, title="Unrest", site=cast.sites["nairobi"])
    group = groups.create_group(TEST, key="nairobi-team", name="Nairobi team", kind="response",
                                site=cast.sites["nairobi"], quorum=1)  # fmt: skip
    with pytest.raises(ValidationError, match="no seats"):
        convene(TEST, incident=nairobi, group=group)
    seat = groups.create_seat(TEST, key="n-1", group=group, number=1, title="Head", role="chair")
    groups.create_seat(TEST, key="n-2", group=group, number=2, title="Member")
    head = people.create_person(TEST, key="head", name="Head of the office", site=cast.sites["nairobi"])
    groups.hold_seat(TEST, seat, person=head)
    people.begin_duty(TEST, head, kind="duty_officer", site=cast.sites["nairobi"])
    meeting = convene(TEST, incident=nairobi, group=group)
    assert (meeting.quorum, meeting.venue) == (1, None)
    assert [duty.person for duty in officials(nairobi.site, clock.today())] == [head]
    assert officials(cast.sites["geneva"], clock.today()) == []


def test_opening_says_how_many_are_here_and_my_place_is_found(bodies: Bodies, fire: Incident) -> None:
    meeting = convene(TEST, incident=fire, group=bodies.cog)
    bodies.comes(meeting, "cog-7")
    opened = begin_meeting(bodies.accounts["cog-7"], meeting)
    assert fire.log.entries.get(kind="meeting.opened").body == {"number": 1, "here": 1, "quorate": False}
    assert attendance_of(bodies.accounts["cog-7"], opened) == bodies.place(meeting, "cog-7")
    assert attendance_of(bodies.accounts["sept-1"], opened) is None
    with pytest.raises(ValidationError, match="It is open"):
        begin_meeting(TEST, opened)


def test_who_left_the_organisation_is_not_called(bodies: Bodies, fire: Incident) -> None:
    gone = bodies.people["cog-7 alt"]
    people.edit_person(TEST, gone, version=gone.version, valid_until=clock.today())
    people.link_account(
        TEST, Person.objects.get(pk=bodies.people["cog-7"].pk), version=bodies.people["cog-7"].version, user=None
    )
    convene(TEST, incident=fire, group=bodies.cog)
    assert not Attendance.objects.filter(person=gone).exists()
    assert SeatHolding.objects.filter(person=gone).exists()
