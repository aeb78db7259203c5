"""After an incident or an exercise: what those who were there say, the review, findings that are put right, and times
that were measured, with which the model reckons once somebody has accepted them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from click.testing import CliRunner
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.commands.twin import twin
from holdfast.crisis.drills.actions import end_exercise, record_result, start_exercise
from holdfast.crisis.incidents.actions import close_incident, declare_incident, enter_phase, merge_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reviews import actions as acts
from holdfast.crisis.reviews.drawing import draw_timeline
from holdfast.crisis.reviews.measuring import MEASURES, Measured
from holdfast.crisis.reviews.models import IncidentFinding, Measurement
from holdfast.crisis.reviews.report import review_document
from holdfast.crisis.reviews.telling import due_of, follow, tell_reviews
from holdfast.crisis.reviews.timeline import LANES, Drawn, Lane, Line, timeline_of
from holdfast.governance.improvement.actions import begin_action, report_action, verify_action
from holdfast.governance.notices.models import Notice
from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.evidence.fact import Basis, stated
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.models import Node
from holdfast.readiness.exercises import actions as exercises
from holdfast.readiness.exercises.models import Exercise
from holdfast.readiness.plans import actions as plans
from holdfast.readiness.plans.documents.setting import pdf_of, word_of
from holdfast.readiness.plans.models import Plan, PlanTest
from tests.cast import TEST, Cast, user
from tests.crisis.exercising import planned, started

REVIEW = {"participants": "COG", "summary": "It burnt and was put out.", "root_causes": "A cable."}


def now(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


@pytest.fixture
def over(fire: Incident) -> Incident:
    """The fire is out."""
    close_incident(TEST, fire, version=fire.version, reason="It is out.")
    return now(fire)


def test_a_shift_says_at_once_what_went_well_and_what_did_not(fire: Incident) -> None:
    with pytest.raises(ValidationError, match="who was present"):
        acts.write_hot_review(TEST, incident=fire, present=" ", went_well="All.")
    with pytest.raises(ValidationError, match="went well"):
        acts.write_hot_review(TEST, incident=fire, present="COG")
    acts.write_hot_review(TEST, incident=fire, present="COG", went_badly="The telephone list was old.")
    acts.write_hot_review(TEST, incident=fire, present="Night shift", went_well="The call tree.")
    assert fire.hot_reviews.count() == 2
    assert fire.log.entries.filter(kind="review.hot").count() == 2


def test_the_review_begins_after_the_end_and_stays_once_it_is_agreed(fire: Incident) -> None:
    with pytest.raises(ValidationError, match="once it is closed"):
        acts.begin_review(TEST, incident=fire, **REVIEW)
    close_incident(TEST, fire, version=fire.version, reason="It is out.")
    review = acts.begin_review(TEST, incident=now(fire), summary="It burnt.")
    with pytest.raises(ValidationError, match="begun already"):
        acts.begin_review(TEST, incident=now(fire))
    with pytest.raises(ValidationError, match="Write this first"):
        acts.agree_review(TEST, review, version=review.version)
    acts.edit_review(TEST, review, version=1, **REVIEW)
    with pytest.raises(Conflict):
        acts.edit_review(TEST, review, version=1, summary="Another.")
    finding = acts.add_finding(TEST, incident=now(fire), text="No key.")
    chief = user("chief", "crisis_team")
    agreed = acts.agree_review(chief, review, version=2)
    assert (agreed.state, agreed.agreed_by) == ("agreed", chief)
    for change in (
        lambda: acts.edit_review(TEST, review, version=agreed.version, summary="Another."),
        lambda: acts.add_finding(TEST, incident=now(fire), text="More."),
        lambda: acts.edit_finding(TEST, finding, version=1, text="Less."),
        lambda: acts.agree_review(TEST, review, version=agreed.version),
    ):
        with pytest.raises(ValidationError, match="agreed"):
            change()


def test_who_may_write_and_agree_and_who_may_not(cast: Cast, over: Incident) -> None:
    for role in ("process_owner", "staff", "auditor"):
        with pytest.raises(NotAllowed):
            acts.begin_review(user(role, role), incident=over)
    focal = user("focal", "focal_point")
    review = acts.begin_review(focal, incident=over, **REVIEW)
    with pytest.raises(NotAllowed):
        acts.agree_review(focal, review, version=1)
    with pytest.raises(NotAllowed):
        acts.add_finding(user("geneva", "unit_head", unit=cast.units["unog"]), incident=over, text="No key.")


# Findings are put right.


def test_a_finding_goes_into_a_corrective_action_and_round_to_its_end(cast: Cast, over: Incident) -> None:
    due = clock.today() + timedelta(days=10)
    finding = acts.add_finding(
        TEST, incident=over, text="The fallback venue was locked.", cause="One key.", severity="major", about="site",
        site=cast.sites["conference-room-a"], owner=cast.posts["chief-fcsd"], due=due,
    )  # fmt: skip
    raised = acts.raise_from_finding(TEST, finding, version=1, title="Have two keys")
    action = raised.action
    assert action is not None
    assert (action.title, action.finding, action.cause) == (
        "Have two keys",
        "The fallback venue was locked.",
        "One key.",
    )
    assert (action.grade, action.owner_post, action.due) == ("major", cast.posts["chief-fcsd"], due)
    assert (action.origin_kind, action.origin_title) == ("incident", over.title)
    assert action.origin_address == f"{over.address}afterwards/"
    assert action.site == cast.sites["conference-room-a"]
    for again in (
        lambda: acts.raise_from_finding(TEST, finding, version=raised.version),
        lambda: acts.edit_finding(TEST, finding, version=raised.version, text="Other."),
        lambda: acts.remove_finding(TEST, finding, version=raised.version),
    ):
        with pytest.raises(ValidationError, match="by an action already"):
            again()
    action = begin_action(TEST, action, version=action.version)
    action = report_action(TEST, action, version=action.version, proof="Two keys lie with the guards.")
    verify_action(TEST, action, version=action.version, effect="Tried.")
    assert IncidentFinding.objects.get().action.state == "closed"


def test_what_an_exercise_finds_says_that_it_was_an_exercise(cast: Cast) -> None:
    drill = started(cast)
    finding = acts.add_finding(TEST, incident=drill, text="Nobody knew the fallback.", owner=cast.posts["chief-fcsd"])
    action = acts.raise_from_finding(TEST, finding, version=1).action
    assert action is not None
    assert (action.origin_kind, action.unit) == ("exercise", cast.units["fcsd"])
    assert action.origin_address == f"/drill/{drill.key}/afterwards/"


def test_a_finding_names_what_it_is_about_and_who_puts_it_right(cast: Cast, over: Incident) -> None:
    with pytest.raises(ValidationError, match="Say which"):
        acts.add_finding(TEST, incident=over, text="It was late.", about="process")
    with pytest.raises(ValidationError, match="something else"):
        acts.add_finding(TEST, incident=over, text="It was late.", about="team", node=cast.nodes["building"],
                         group=cast.groups["cog"])  # fmt: skip
    loose = acts.add_finding(TEST, incident=over, text="It was late.", about="process", node=cast.nodes["building"])
    with pytest.raises(ValidationError, match="who puts it right"):
        acts.raise_from_finding(TEST, loose, version=1)
    assert [row.number for row in over.findings.all()] == [1]


# Measured times.


def twin_restart(key: str, tmp_path: Path) -> float:
    """What `holdfast twin` says of the restart of a node."""
    out = tmp_path / "twin.json"
    result = CliRunner().invoke(twin, ["--out", str(out)])
    assert result.exit_code == 0, result.output
    nodes = json.loads(out.read_text())["nodes"]
    return next(float(node["restart"]) for node in nodes if node["id"] == key)


def test_an_accepted_measurement_changes_the_twin_and_a_proposed_or_refused_one_does_not(
    cast: Cast, over: Incident, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building = edit_node(
        TEST, cast.nodes["building"], version=cast.nodes["building"].version,
        restart_promised=stated(2.0, "h", "The contract"),
    )  # fmt: skip
    monkeypatch.setattr("holdfast.commands.twin.ready_database", lambda: None)
    assert twin_restart("building", tmp_path) == 2.0
    refused = acts.propose_measurement(
        TEST, incident=over, node=cast.nodes["geneva-meetings"], hours=99.0, said="A guess."
    )
    row = acts.propose_measurement(TEST, incident=over, node=building, hours=5.0, said="By the log.")
    assert twin_restart("building", tmp_path) == 2.0
    acts.refuse_measurement(TEST, refused, version=1, reason="Nobody was there.")
    owner = user("owner", "process_owner", unit=cast.units["fcsd"])
    accepted = acts.accept_measurement(owner, row, version=1)
    assert (accepted.state, accepted.decided_by, accepted.before) == ("accepted", owner, None)
    assert twin_restart("building", tmp_path) == 5.0
    fact = Node.objects.get(pk=building.pk).restart_measured
    assert (fact.basis, fact.as_of, fact.entered_by) == (Basis.MEASURED, clock.today(), "owner")
    assert over.key in fact.source
    assert Node.objects.get(key="geneva-meetings").restart_measured is None
    with pytest.raises(ValidationError, match="accepted already"):
        acts.refuse_measurement(owner, accepted, version=accepted.version, reason="No.")


def test_the_next_measurement_takes_the_place_of_the_last_and_knows_it(cast: Cast, over: Incident) -> None:
    first = acts.propose_measurement(TEST, incident=over, node=cast.nodes["building"], hours=5.0, said="By the log.")
    acts.accept_measurement(TEST, first, version=1)
    drill = started(cast)
    second = acts.propose_measurement(TEST, incident=drill, node=cast.nodes["building"], hours=3.0, said="Stopwatch.")
    with pytest.raises(ValidationError, match="why it is not the figure"):
        acts.accept_measurement(TEST, second, version=1, hours=4.0)
    done = acts.accept_measurement(TEST, second, version=1, hours=4.0, reason="The watch was late.")
    assert done.before is not None
    assert (done.hours, done.before["value"]) == (4.0, 5.0)
    fact = Node.objects.get(key="building").restart_measured
    assert fact.value == 4.0
    assert "EXERCISE" in fact.source


def test_who_may_not_change_the_process_does_not_accept_for_it(cast: Cast, over: Incident) -> None:
    row = acts.propose_measurement(TEST, incident=over, node=cast.nodes["building"], hours=5.0, said="By the log.")
    for asker in (
        user("cog", "crisis_team"), user("head", "unit_head"),
        user("other", "process_owner", unit=cast.units["unog"]),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            acts.accept_measurement(asker, row, version=1)
    owner = user("owner", "process_owner", unit=cast.units["fcsd"])
    assert visible(Measurement.objects.all(), owner).get() == row, "whoever answers for the process sees it"


def test_what_was_measured_is_gathered_again_and_not_twice(cast: Cast, over: Incident) -> None:
    building, said = cast.nodes["building"], [3.0]
    MEASURES["try"] = lambda incident: [Measured(building, said[0], "Tasks.")]
    try:
        acts.begin_review(TEST, incident=over)
        acts.gather_measurements(TEST, incident=over)
        said[0] = 4.0
        acts.gather_measurements(TEST, incident=over)
        row = Measurement.objects.get()
        assert (row.hours, row.version) == (4.0, 2)
        acts.refuse_measurement(TEST, row, version=2, reason="No.")
        said[0] = 5.0
        acts.gather_measurements(TEST, incident=over)
        assert Measurement.objects.get().hours == 4.0
    finally:
        del MEASURES["try"]


# Results of an exercise in the tests of its plans.


def decided_plan(cast: Cast) -> Plan:
    """A crisis management plan that counts."""
    plan = plans.create_plan(
        TEST, key="fire-plan", title="Fire plan", kind="crisis", crisis="fire", unit=cast.units["fcsd"],
        site=cast.sites["unhq"], owner=cast.posts["chief-fcsd"],
    )  # fmt: skip
    for name in ("purpose", "scope", "life", "activation", "communication"):
        plans.write_section(TEST, plan=plan, section=name, language="en", text="Said.")
    role = plans.create_role(TEST, plan=plan, name="Head", post=cast.posts["chief-fcsd"])
    plans.create_task(TEST, plan=plan, title="Call the brigade", role=role, low=0.5, likely=1.0, high=2.0)
    plan = plans.submit_plan(TEST, plan, version=plan.version, approver=user("approver", "unit_head"))
    return plans.approve_plan(TEST, plan, version=plan.version, on=clock.today(), reason="Agreed.")


def test_what_an_exercise_showed_is_recorded_once_among_the_tests_of_the_plan(cast: Cast) -> None:
    plan = decided_plan(cast)
    exercise = planned(cast, kind="functional")
    exercises.try_plan(TEST, exercise=exercise, plan=plan)
    drill = start_exercise(TEST, exercise)
    running = Exercise.objects.get()
    exercises.judge_objective(TEST, running.objectives.get(), version=1, met="missed", evidence="Two hours.")
    exercises.observe(TEST, exercise=running, at=drill.moment(), kind="weakness", text="The list of telephones is old.")
    ended = end_exercise(TEST, running, reason="All is played.")
    test = PlanTest.objects.get()
    assert (test.plan, test.kind, test.held, test.on) == (plan, "functional", False, clock.today())
    assert "The list of telephones is old." in test.found
    assert "Two hours." in test.found
    tried = ended.plans.get()
    assert tried.test == test
    with pytest.raises(ValidationError, match="recorded already"):
        record_result(TEST, tried, version=tried.version, held=True)
    lanes = {lane.name: lane.lines for lane in timeline_of(now(drill))}
    assert [line.label for line in lanes["tasks"]] == ["T1 Call the brigade"]
    assert all(line.planned for line in lanes["injects"])


def test_who_may_not_write_the_plan_ends_the_exercise_and_another_records_it(cast: Cast) -> None:
    plan = decided_plan(cast)
    exercise = planned(cast, unit=cast.units["unog"], site=None)
    exercises.try_plan(TEST, exercise=exercise, plan=plan)
    geneva = user("geneva", "focal_point", unit=cast.units["unog"])
    start_exercise(geneva, exercise)
    end_exercise(geneva, Exercise.objects.get(), reason="Played.", held={"fire-plan": True})
    tried = Exercise.objects.get().plans.get()
    assert (tried.held, tried.test, PlanTest.objects.count()) == (True, None, 0)
    with pytest.raises(NotAllowed):
        record_result(geneva, tried, version=tried.version, held=True)
    record_result(user("buildings", "focal_point", unit=cast.units["fcsd"]), tried, version=tried.version, held=True)
    assert PlanTest.objects.get().held


# Reminders.


def test_a_review_is_due_three_and_thirty_days_after_the_end_until_it_is_written(over: Incident) -> None:
    ended = over.closed_at.astimezone(over.zone).date()
    assert due_of(over) == (ended + timedelta(days=3), ended + timedelta(days=30))
    tell_reviews(TEST, over)
    due = dict(Notice.objects.open().values_list("kind", "due"))
    assert due == {"review.hot": ended + timedelta(days=3), "review.full": ended + timedelta(days=30)}
    acts.write_hot_review(TEST, incident=over, present="COG", went_well="All.")
    assert set(Notice.objects.open().values_list("kind", flat=True)) == {"review.full"}
    review = acts.begin_review(TEST, incident=over, **REVIEW)
    acts.agree_review(TEST, review, version=1)
    assert not Notice.objects.open().exists()


class Quiet:
    def progress(self, *given: object) -> None:
        pass


def test_every_night_all_that_ended_is_remembered_but_not_what_went_on_elsewhere(cast: Cast, fire: Incident) -> None:
    smoke = declare_incident(TEST, title="Smoke")
    merge_incident(TEST, smoke, version=smoke.version, into=fire, reason="One fire.")
    follow(TEST, Quiet())
    assert not Notice.objects.open().exists()
    close_incident(TEST, fire, version=now(fire).version, reason="Out.")
    follow(TEST, Quiet())
    follow(TEST, Quiet())
    assert sorted(Notice.objects.open().values_list("source", flat=True)) == [
        f"hot-review:{fire.key}", f"review:{fire.key}",
    ]  # fmt: skip


def test_an_exercise_is_reviewed_by_the_days_of_the_world_not_of_its_story(cast: Cast) -> None:
    drill = started(cast, story_starts=datetime(2009, 3, 10, 11, tzinfo=UTC))
    end_exercise(TEST, Exercise.objects.get(), reason="Played.")
    hot, _full = due_of(now(drill))
    assert hot is not None
    assert hot >= clock.today() + timedelta(days=2)
    notice = Notice.objects.open().get(kind="review.hot")
    assert notice.title.startswith("EXERCISE")
    assert notice.address == f"/drill/{drill.key}/afterwards/"


# The timeline and the report.


def test_phases_follow_each_other_on_the_timeline_up_to_the_end(fire: Incident) -> None:
    enter_phase(TEST, fire, version=fire.version, phase="response")
    close_incident(TEST, fire, version=now(fire).version, reason="Out.")
    lanes = {lane.name: lane.lines for lane in timeline_of(now(fire))}
    first, second = lanes["phases"]
    assert first.actual is not None
    assert second.actual is not None
    assert first.actual[1] == second.actual[0]
    assert second.actual[1] == now(fire).closed_at
    assert not any(line.open for line in lanes["phases"])


def test_injects_that_still_wait_are_on_no_timeline(cast: Cast) -> None:
    drill = started(cast)
    assert "injects" not in {lane.name for lane in timeline_of(drill)}


def test_another_part_of_the_room_draws_its_lane(over: Incident) -> None:
    lane = Lane("try", "Try", lambda incident: [Line("A meeting", actual=(incident.began, incident.began))])
    LANES.append(lane)
    try:
        assert [one.label for one in timeline_of(over)][-1] == "Try"
        drawn = draw_timeline(over, timeline_of(over))
        assert drawn is not None
        assert "A meeting" in drawn.svg
    finally:
        LANES.remove(lane)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6))
def test_whatever_is_on_it_the_timeline_is_well_formed_and_within_its_frame(
    lines: list[tuple[str, int, int]],
) -> None:
    begin = clock.now()
    incident = Incident(title="Fire", real=True, started_at=begin, reported_at=begin, closed_at=begin)
    spans = [
        Line(label, planned=(begin + timedelta(seconds=a), begin + timedelta(seconds=a + b)), points=(begin,))
        for label, a, b in lines
    ]
    drawn = draw_timeline(incident, [Drawn("try", "Try <&>", spans)] if spans else [])
    if not spans:
        assert drawn is None
        return
    assert drawn is not None
    for bar in Tree.fromstring(drawn.svg).iter("rect"):
        assert 230 <= float(bar.get("x", "0")) <= float(bar.get("x", "0")) + float(bar.get("width", "0")) <= 720


@pytest.mark.parametrize("real", [True, False])
def test_the_report_says_on_every_page_whether_it_was_an_exercise(cast: Cast, fire: Incident, real: bool) -> None:
    incident = fire if real else started(cast)
    acts.add_finding(TEST, incident=incident, text="No key.", owner=cast.posts["chief-fcsd"])
    document = review_document(now(incident))
    said = json.dumps(document.as_json())
    assert ("EXERCISE" in document.eyebrow, "EXERCISE" in document.foot) == (not real, not real)
    assert ("EXERCISE" in said) is not real
    assert "No key." in said
    assert now(incident).log.head in said


def test_the_review_is_had_as_pdf_and_as_word(cast: Cast) -> None:
    document = review_document(started(cast))
    assert pdf_of(document).startswith(b"%PDF-")
    assert word_of(document).startswith(b"PK")
