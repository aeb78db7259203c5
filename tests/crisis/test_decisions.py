"""Decisions are proposed, put, voted on seat by seat, sealed with the picture of the moment, passed on and received."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.crisis.decisions.actions import (
    adopt_decision,
    confirm_decision,
    decide_alone,
    edit_decision,
    propose_decision,
    put_decision,
    receive_decision,
    reject_decision,
    speak,
    withdraw_decision,
)
from holdfast.crisis.decisions.forecast import FREEZE
from holdfast.crisis.decisions.models import Decision, Urgent
from holdfast.crisis.incidents.actions import standing_open
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.teams.actions import begin_meeting, convene, leave, stand_in
from holdfast.crisis.teams.models import Meeting
from holdfast.governance.notices.models import Notice
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.models import Seat
from tests.cast import TEST
from tests.crisis.bodies import Bodies, meets


@dataclass
class Shot:
    """A picture as far as decisions read it."""

    number: int = 7
    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    input_hash: str = "abc"
    answer: dict[str, Any] = field(default_factory=dict)


def down_for(hours: int | None) -> Shot:
    """One critical function is interrupted from noon on, for so long; None: beyond the forecast."""
    back = None if hours is None else datetime(2026, 3, 1 + (12 + hours) // 24, (12 + hours) % 24, tzinfo=UTC)
    process = {
        "key": "assets", "name": "Protection of staff and assets", "function": True,
        "first_down": "2026-03-01T12:00:00+00:00", "back_at": back and back.isoformat(),
    }  # fmt: skip
    other = {"key": "building", "name": "Building", "function": False, "first_down": None, "back_at": None}
    return Shot(answer={"processes": [process, other]})


@pytest.fixture
def picture():
    """What the picture shows; a test may put another one there."""
    shown = {"now": down_for(48)}
    take = lambda _by, _incident: shown["now"]  # noqa: E731
    before = list(FREEZE)
    FREEZE[:] = [take]
    yield shown
    FREEZE[:] = before


def put(bodies: Bodies, incident: Incident, group: str = "cog", **fields: Any) -> Decision:
    body = bodies.sept if group == "sept" else bodies.cog
    fields.setdefault("title", "Close the building")
    decision = propose_decision(TEST, incident=incident, group=body, **fields)
    return put_decision(TEST, decision)


def test_a_decision_is_proposed_put_voted_on_and_sealed_with_the_picture(
    bodies: Bodies, fire: Incident, picture: dict
) -> None:
    """Rule 52."""
    meets(bodies, fire, "cog", "cog-1", "cog-6", "cog-7")
    one, six, seven = (bodies.accounts[name] for name in ("cog-1", "cog-6", "cog-7"))
    decision = propose_decision(seven, incident=fire, group=bodies.cog, title="Close the building", text="All floors.")
    with pytest.raises(NotAllowed):
        put_decision(seven, decision)
    put_decision(one, decision)
    speak(six, decision, stand="against")
    speak(seven, decision, stand="for")
    speak(one, decision, stand="for")
    sealed = adopt_decision(one, decision, outcome="Two of three.")
    assert (sealed.state, sealed.seats_present, sealed.decided_by) == ("adopted", 3, one)
    assert (sealed.forecast["picture"], sealed.forecast["hours"]) == (7, 48.0)
    assert sealed.forecast["functions"][0]["name"] == "Protection of staff and assets"
    entry = fire.log.entries.get(kind="decision.adopted")
    assert entry.body["voices"] == {"cog-1": "for", "cog-6": "against", "cog-7": "for"}
    assert entry.body["forecast"]["hash"] == "abc"


def test_a_sealed_decision_is_never_edited_and_a_new_one_replaces_it(bodies: Bodies, fire: Incident) -> None:
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    sealed = adopt_decision(TEST, put(bodies, fire))
    for attempt in (
        lambda: edit_decision(TEST, sealed, version=sealed.version, title="Open the building"),
        lambda: withdraw_decision(TEST, sealed, outcome="No."),
        lambda: put_decision(TEST, sealed),
        lambda: speak(TEST, sealed, stand="against", seat=Seat.objects.get(key="cog-1")),
        lambda: decide_alone(TEST, sealed, because="Now."),
    ):
        with pytest.raises(ValidationError, match="sealed: propose a new one"):
            attempt()
    assert Decision.objects.get(pk=sealed.pk).title == "Close the building"
    new = propose_decision(TEST, incident=fire, group=bodies.cog, title="Open the building", replaces=sealed)
    assert (new.replaces, sealed.replaced_by) == (sealed, new)
    with pytest.raises(ValidationError, match="replaces it already"):
        propose_decision(TEST, incident=fire, group=bodies.cog, title="Another", replaces=sealed)
    with pytest.raises(ValidationError, match="not decided yet"):
        propose_decision(TEST, incident=fire, group=bodies.cog, title="Another", replaces=new)


def test_wording_changes_until_it_is_put(bodies: Bodies, fire: Incident) -> None:
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    decision = propose_decision(TEST, incident=fire, group=bodies.cog, title="Close it")
    decision = edit_decision(bodies.accounts["cog-6"], decision, version=1, title="Close the building")
    assert decision.title == "Close the building"
    decision = put_decision(TEST, decision)
    with pytest.raises(ValidationError, match="was put"):
        edit_decision(TEST, decision, version=decision.version, title="Else")
    with pytest.raises(NotAllowed):
        propose_decision(bodies.accounts["sept-1"], incident=fire, group=bodies.cog, title="Ours")


def test_alternate_and_member_both_voting_is_one_voice_and_the_members(bodies: Bodies, fire: Incident) -> None:
    meeting = meets(bodies, fire, "cog", "cog-1", absent=[bodies.people["cog-7"]])
    bodies.comes(meeting, "cog-7 alt")
    decision = put(bodies, fire)
    alternate, member = bodies.accounts["cog-7 alt"], bodies.accounts["cog-7"]
    speak(alternate, decision, stand="for")
    stand_in(member, Meeting.objects.get(pk=meeting.pk), seat=Seat.objects.get(key="cog-7"),
             person=bodies.people["cog-7"])  # fmt: skip
    with pytest.raises(ValidationError, match="You watch"):
        speak(alternate, decision, stand="for")
    speak(member, decision, stand="against")
    voice = decision.voices.get()
    assert (voice.stand, voice.attendance.name) == ("against", "Chief of facilities")
    assert fire.log.entries.filter(kind="decision.voice").count() == 2
    with pytest.raises(ValidationError, match="0 for and 1 against"):
        adopt_decision(TEST, decision)
    assert reject_decision(TEST, decision, outcome="Not now.").state == "rejected"


def test_without_a_quorum_a_meeting_decides_nothing(bodies: Bodies, fire: Incident) -> None:
    meeting = meets(bodies, fire, "cog", "cog-1", "cog-7")
    decision = put(bodies, fire)
    leave(TEST, bodies.place(meeting, "cog-7"))
    with pytest.raises(ValidationError, match="not quorate: 1 of 2"):
        adopt_decision(bodies.accounts["cog-1"], decision)
    with pytest.raises(ValidationError, match="not quorate"):
        reject_decision(bodies.accounts["cog-1"], decision, outcome="No.")
    with pytest.raises(ValidationError, match="Nobody is here"):
        speak(bodies.accounts["cog-1"], decision, stand="for", seat=Seat.objects.get(key="cog-7"))
    with pytest.raises(NotAllowed):
        speak(bodies.accounts["cog-6"], decision, stand="for")
    assert Decision.objects.get().state == "put"


def test_only_the_chair_enters_the_voice_of_another_seat(bodies: Bodies, fire: Incident) -> None:
    meets(bodies, fire, "cog", "cog-1", "cog-6", "cog-7")
    decision = put(bodies, fire)
    with pytest.raises(NotAllowed):
        speak(bodies.accounts["cog-6"], decision, stand="for", seat=Seat.objects.get(key="cog-7"))
    speak(bodies.accounts["cog-1"], decision, stand="abstains", seat=Seat.objects.get(key="cog-7"))
    assert decision.voices.get().user == bodies.accounts["cog-1"]


@pytest.mark.parametrize("example", Urgent.values)
def test_the_chair_decides_alone_in_urgency_and_the_body_confirms_later(
    bodies: Bodies, fire: Incident, example: str
) -> None:
    """Rule 49."""
    convene(TEST, incident=fire, group=bodies.sept)
    chair = bodies.accounts["sept-1"]
    decision = propose_decision(chair, incident=fire, group=bodies.sept, kind="urgent", example=example, title="Now")
    with pytest.raises(ValidationError, match="could not wait"):
        decide_alone(chair, decision, because=" ")
    stranger = propose_decision(TEST, incident=fire, group=bodies.cog, title="Else")
    with pytest.raises(NotAllowed):
        decide_alone(chair, stranger, because="It burns.")
    withdraw_decision(TEST, stranger, outcome="Not ours.")
    decide_alone(chair, decision, because="It burns.")
    assert "urgent decision 1 is not confirmed by the body" in standing_open(fire)
    with pytest.raises(ValidationError, match="no open meeting"):
        confirm_decision(chair, decision)
    meeting = Meeting.objects.get(group=bodies.sept)
    bodies.comes(meeting, "sept-1", "sept-2")
    begin_meeting(chair, meeting)
    confirmed = confirm_decision(chair, decision)
    assert (confirmed.awaits_confirmation, confirmed.confirmed_in) == (False, meeting)
    assert not [said for said in standing_open(fire) if "urgent" in said]


def test_a_political_question_goes_to_the_secretary_general_with_advice(bodies: Bodies, fire: Incident) -> None:
    """Rule 45."""
    meets(bodies, fire, "sept", "sept-1", "sept-2")
    with pytest.raises(ValidationError, match="with advice"):
        propose_decision(TEST, incident=fire, group=bodies.sept, kind="political", title="Leave the city?")
    decision = put(bodies, fire, "sept", kind="political", title="Leave the city?", advice="Stay, and say so.")
    assert adopt_decision(bodies.accounts["sept-1"], decision).advice == "Stay, and say so."
    assert fire.log.entries.get(kind="decision.adopted").body["advice"] == "Stay, and say so."


def test_the_policy_team_decides_on_measures_and_directs_resources_and_the_operations_group_does_not(
    bodies: Bodies, fire: Incident
) -> None:
    """Rules 46 and 47."""
    meets(bodies, fire, "sept", "sept-1", "sept-2")
    measure = put(bodies, fire, "sept", kind="measure", title="Screening at the gates")
    assert adopt_decision(TEST, measure).get_kind_display() == "measure recommended by the emergency task force"
    with pytest.raises(ValidationError, match="which office"):
        propose_decision(TEST, incident=fire, group=bodies.sept, kind="resources", title="Ten engineers")
    to = bodies.cast.units["fcsd"]
    directed = adopt_decision(TEST, put(bodies, fire, "sept", kind="resources", title="Ten engineers", office=to))
    assert directed.office == to
    for kind in ("political", "measure", "resources", "passed"):
        with pytest.raises(ValidationError, match="Only a policy team"):
            propose_decision(TEST, incident=fire, group=bodies.cog, kind=kind, title="Ours", advice="A", office=to)
    with pytest.raises(ValidationError, match="comes with an activation"):
        propose_decision(TEST, incident=fire, group=bodies.cog, kind="crisis", title="Activate")


def test_a_passed_decision_stays_open_until_somebody_of_the_operations_group_confirms_it(
    bodies: Bodies, fire: Incident
) -> None:
    """Rule 48."""
    meets(bodies, fire, "sept", "sept-1", "sept-2")
    cog = convene(TEST, incident=fire, group=bodies.cog)
    decision = adopt_decision(TEST, put(bodies, fire, "sept", kind="passed", title="No meetings tomorrow"))
    assert (decision.passed_to, decision.awaits_receipt) == (bodies.cog, True)
    assert "COG has not confirmed decision 1" in standing_open(fire)
    assert Notice.objects.open().filter(kind="decision.receive", user=bodies.accounts["cog-7"]).exists()
    with pytest.raises(NotAllowed):
        receive_decision(bodies.accounts["sept-1"], decision)
    received = receive_decision(bodies.accounts["cog-7"], decision)
    assert (received.received_by, received.awaits_receipt) == (bodies.accounts["cog-7"], False)
    assert not Notice.objects.open().filter(kind="decision.receive").exists()
    assert not [said for said in standing_open(fire) if "confirmed" in said]
    with pytest.raises(ValidationError, match="no receipt"):
        receive_decision(bodies.accounts["cog-6"], decision)
    assert cog.state == "called"
