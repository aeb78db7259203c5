"""A plan that is activated becomes tasks of people, with clocks; what they do is logged, and nothing is lost when two
press at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.crisis.incidents.actions import close_incident, declare_incident, merge_incident, standing_open
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.actions.starting import parts_of, start_among
from holdfast.crisis.tasks.models import ActiveTask, PlanRun
from holdfast.crisis.tasks.questions import measured_by_process, measured_hours, my_tasks, tasks_of, way_of, ways_of
from holdfast.governance.notices.models import Notice
from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions import people
from holdfast.organization.structure.models import Holding
from tests.cast import TEST, Cast, user
from tests.crisis.under_way import Clock, agreed, exercise, staff, written

NIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def accounts(cast: Cast) -> dict[str, User]:
    return staff(cast)


@pytest.fixture
def run(cast: Cast, accounts: dict[str, User], fire: Incident, monkeypatch: Any) -> PlanRun:
    plan = agreed(written(cast))
    return acts.start_plan(TEST, fire, plan)


@pytest.fixture
def hand(monkeypatch: Any) -> Clock:
    return Clock(monkeypatch, clock.now())


def task(run: PlanRun, code: str) -> ActiveTask:
    return ActiveTask.objects.get(run=run, code=code)


def states(run: PlanRun) -> dict[str, str]:
    return dict(ActiveTask.objects.filter(run=run).values_list("code", "state"))


def said(incident: Incident) -> list[str]:
    return list(incident.log.entries.order_by("number").values_list("kind", flat=True))


def for_whom(one: ActiveTask) -> set[tuple[str, str]]:
    rows = Notice.objects.open().filter(source__endswith=f":{one.key}")
    return {(notice.kind, notice.user.username if notice.user else notice.permission) for notice in rows}


def test_each_task_has_who_holds_the_post_a_time_by_the_plan_and_its_place_in_the_order(run: PlanRun) -> None:
    assert states(run) == {"T1": "assigned", "T2": "waiting", "T3": "waiting", "T4": "waiting"}
    assert [(one.code, str(one.owner)) for one in tasks_of(run.incident)] == [
        ("T1", "Chief of facilities"),
        ("T2", "Chief of facilities"),
        ("T3", "Head of safety"),
        ("T4", "Head of safety"),
    ]
    due = {one.code: (one.due - run.began_at) / timedelta(hours=1) for one in tasks_of(run.incident)}
    assert due == {"T1": 1.0, "T2": 3.0, "T3": 1.5, "T4": 4.5}
    assert for_whom(task(run, "T1")) == {("crisis.task", "of-chief-fcsd")}
    assert not for_whom(task(run, "T2")), "who waits is not called yet"
    assert said(run.incident)[-1] == "task.plan_started"


def test_where_nobody_holds_the_post_the_alternate_has_it_and_where_nobody_does_it_is_a_gap(
    cast: Cast, accounts: dict[str, User], fire: Incident
) -> None:
    plan = agreed(written(cast))
    for holding in Holding.objects.filter(post=cast.posts["chief-fcsd"]):
        people.end_holding(TEST, holding, version=holding.version, on=clock.today())
    run = acts.start_plan(TEST, fire, plan)
    assert str(task(run, "T1").owner) == "Head of safety"
    for holding in Holding.objects.filter(post=cast.posts["usg-safety"]):
        people.end_holding(TEST, holding, version=holding.version, on=clock.today())
    second = declare_incident(TEST, title="Flood")
    gap = task(acts.start_plan(TEST, second, plan), "T1")
    assert (gap.state, gap.owner) == ("ready", None)
    assert for_whom(gap) == {("crisis.gap", "incident.run")}
    assert "4 tasks have nobody" in second.log.entries.get(kind="task.plan_started").text


def test_what_is_done_lets_the_next_begin_and_the_plan_is_done_when_all_of_it_is(
    run: PlanRun, accounts: dict[str, User]
) -> None:
    chief, safety = accounts["chief-fcsd"], accounts["usg-safety"]
    acts.accept_task(chief, task(run, "T1"))
    acts.begin_task(chief, task(run, "T1"))
    acts.finish_task(chief, task(run, "T1"))
    assert states(run) == {"T1": "done", "T2": "assigned", "T3": "assigned", "T4": "waiting"}
    assert for_whom(task(run, "T3")) == {("crisis.task", "of-usg-safety")}
    assert not for_whom(task(run, "T1"))
    acts.finish_task(safety, task(run, "T3"))
    assert states(run)["T4"] == "waiting"
    acts.finish_task(chief, task(run, "T2"))
    assert states(run)["T4"] == "assigned"
    acts.finish_task(safety, task(run, "T4"))
    run.refresh_from_db()
    assert run.state == "done" and run.ended_at is not None
    assert [kind for kind in said(run.incident) if kind.startswith("task.")] == [
        "task.plan_started", "task.accepted", "task.begun", *["task.done"] * 4,
    ]  # fmt: skip


def test_who_has_a_task_does_it_whatever_the_role_and_nobody_else_does(
    run: PlanRun, accounts: dict[str, User], cast: Cast
) -> None:
    safety, stranger = accounts["usg-safety"], user("stranger", "staff")
    assert {one.code for one in visible(ActiveTask.objects.all(), stranger)} == set()
    assert not visible(Incident.objects.all(), safety).exists(), "staff do not see the incident"
    assert {one.code for one in visible(ActiveTask.objects.all(), safety)} == {"T1", "T2", "T3", "T4"}, (
        "who stands in sees what he stands in for"
    )
    for by in (stranger, user("auditor", "auditor"), user("reader", "unit_head", unit=cast.units["fcsd"])):
        for call in (acts.accept_task, acts.begin_task, acts.finish_task, acts.take_over_task):
            with pytest.raises(NotAllowed):
                call(by, task(run, "T1"))
    with pytest.raises(NotAllowed):
        acts.skip_task(safety, task(run, "T3"), reason="I would rather not.")
    with pytest.raises(NotAllowed):
        acts.add_task(safety, incident=run.incident, title="More", due=clock.now())
    acts.accept_task(user("cog", "crisis_team"), task(run, "T1"))
    assert task(run, "T1").state == "accepted"


def test_ones_tasks_are_ones_own_and_those_that_one_stands_in_for(run: PlanRun, accounts: dict[str, User]) -> None:
    mine = my_tasks(accounts["usg-safety"], run.incident, clock.today())
    assert {one.code for one in mine} == {"T1", "T2", "T3", "T4"}
    assert my_tasks(user("stranger", "staff"), run.incident, clock.today()) == []


def test_done_twice_is_done_once(run: PlanRun, accounts: dict[str, User]) -> None:
    seen = task(run, "T1")
    acts.finish_task(accounts["chief-fcsd"], seen, seen=seen.version)
    acts.finish_task(accounts["usg-safety"], seen, seen=seen.version)
    assert said(run.incident).count("task.done") == 1
    assert task(run, "T1").version == seen.version + 1


def test_who_presses_on_what_has_changed_is_told_and_nothing_is_lost(run: PlanRun, accounts: dict[str, User]) -> None:
    seen = task(run, "T1")
    acts.block_task(accounts["chief-fcsd"], seen, seen=seen.version, why="No telephone.", helps="A radio.")
    with pytest.raises(Conflict) as told:
        acts.finish_task(accounts["usg-safety"], seen, seen=seen.version)
    assert {one.field for one in told.value.differences} >= {"state", "why"}
    assert (task(run, "T1").state, task(run, "T1").helps) == ("blocked", "A radio.")
    assert for_whom(task(run, "T1")) == {("crisis.task", "of-chief-fcsd"), ("crisis.blocked", "incident.run")}
    acts.unblock_task(accounts["chief-fcsd"], task(run, "T1"), how="A radio came.")
    assert task(run, "T1").state == "assigned"
    assert for_whom(task(run, "T1")) == {("crisis.task", "of-chief-fcsd")}


def test_what_blocks_and_what_fails_has_a_reason(run: PlanRun) -> None:
    for call in (
        lambda: acts.block_task(TEST, task(run, "T1"), why=" "),
        lambda: acts.decline_task(TEST, task(run, "T1"), why=""),
        lambda: acts.fail_task(TEST, task(run, "T1"), found=""),
        lambda: acts.skip_task(TEST, task(run, "T1"), reason=""),
    ):
        with pytest.raises(ValidationError, match="Say w"):
            call()


def test_who_cannot_hands_it_to_who_stands_in_and_may_still_be_given_it_back(
    run: PlanRun, accounts: dict[str, User], cast: Cast
) -> None:
    chief = accounts["chief-fcsd"]
    acts.begin_task(chief, task(run, "T1"))
    acts.decline_task(chief, task(run, "T1"), why="I am in hospital.")
    one = task(run, "T1")
    assert (str(one.owner), one.state, str(one.cannot)) == ("Head of safety", "assigned", "Chief of facilities")
    assert one.first_at is not None, "that it was begun is not forgotten"
    acts.decline_task(accounts["usg-safety"], one, why="Nor can I.")
    assert str(task(run, "T1").owner) == "Chief of facilities"
    one = task(run, "T1")
    acts.assign_task(TEST, one, version=one.version, to=cast.people["usg-safety"], why="Back from the field.")
    assert (str(task(run, "T1").owner), task(run, "T1").state) == ("Head of safety", "assigned")
    acts.take_over_task(chief, task(run, "T1"))
    assert (str(task(run, "T1").owner), task(run, "T1").state) == ("Chief of facilities", "accepted")


def test_what_is_begun_out_of_order_is_done_and_the_log_says_so(run: PlanRun) -> None:
    acts.begin_task(TEST, task(run, "T4"))
    assert task(run, "T4").state == "doing"
    entry = run.incident.log.entries.get(kind="task.begun")
    assert entry.body["before"] == ["T2", "T3"]
    assert "out of order" in entry.text


def test_what_is_not_needed_lets_the_rest_go_on(run: PlanRun) -> None:
    acts.skip_task(TEST, task(run, "T1"), reason="They are all here.")
    assert (states(run)["T2"], states(run)["T3"]) == ("assigned", "assigned")
    acts.finish_task(TEST, task(run, "T2"))
    with pytest.raises(ValidationError, match="not needed"):
        acts.finish_task(TEST, task(run, "T1"))


def test_a_step_of_recovery_waits_for_its_approval_is_verified_and_has_a_way_back(
    cast: Cast, accounts: dict[str, User], fire: Incident
) -> None:
    chief, safety = accounts["chief-fcsd"], accounts["usg-safety"]
    run = acts.start_plan(TEST, fire, agreed(written(cast, "power", kind="ict")))
    acts.finish_task(chief, task(run, "T1"))
    assert ("crisis.approve", "of-usg-safety") in for_whom(task(run, "T2"))
    with pytest.raises(ValidationError, match="not been let begin by: Safety"):
        acts.begin_task(chief, task(run, "T2"))
    with pytest.raises(ValidationError, match="Say why you decide in place of"):
        acts.approve_task(user("cog", "crisis_team"), task(run, "T2"))
    acts.approve_task(safety, task(run, "T2"))
    acts.begin_task(chief, task(run, "T2"))
    with pytest.raises(ValidationError, match="Two users sign in"):
        acts.finish_task(chief, task(run, "T2"))
    acts.fail_task(chief, task(run, "T2"), found="Nobody can sign in.")
    step, back = task(run, "T2"), ActiveTask.objects.get(run=run, task=None)
    assert (step.state, step.failures, step.after, step.approved_at) == ("waiting", 1, ["T1", back.code], None)
    assert (back.details, back.state, str(back.owner)) == (
        "Switch back to the old system.", "assigned", "Chief of facilities",
    )  # fmt: skip
    acts.finish_task(chief, back)
    assert task(run, "T2").state == "accepted", "who accepted it tries again"
    acts.approve_task(user("lead", "crisis_team"), task(run, "T2"), instead="Safety cannot be reached.")
    acts.begin_task(chief, task(run, "T2"))
    acts.finish_task(chief, task(run, "T2"), verified="Both signed in.")
    assert (task(run, "T2").state, task(run, "T2").verified) == ("done", "Both signed in.")


def test_a_task_beside_the_plan_has_an_owner_and_a_time(run: PlanRun, cast: Cast, accounts: dict[str, User]) -> None:
    due = run.incident.moment() + timedelta(hours=2)
    extra = acts.add_task(TEST, incident=run.incident, title="Fetch the keys", due=due, owner=cast.people["usg-safety"])
    assert (extra.run, extra.state, extra.due) == (None, "assigned", due)
    assert for_whom(extra) == {("crisis.task", "of-usg-safety")}
    acts.set_due(TEST, extra, version=extra.version, due=due + timedelta(hours=1), why="The road is closed.")
    acts.finish_task(accounts["usg-safety"], ActiveTask.objects.get(pk=extra.pk))
    assert said(run.incident)[-3:] == ["task.added", "task.due", "task.done"]


def test_parts_of_a_plan_go_along_with_it(cast: Cast, accounts: dict[str, User], fire: Incident) -> None:
    whole = agreed(written(cast, "office"))
    part = agreed(written(cast, "annex", part_of=whole))
    other = agreed(written(cast, "other"))
    assert parts_of(whole, clock.today()) == [part]
    with pytest.raises(ValidationError, match="no part"):
        acts.start_plan(TEST, fire, whole, parts=[other])
    run = acts.start_plan(TEST, fire, whole, parts=[part])
    assert [(one.plan, one.within) for one in PlanRun.objects.order_by("pk")] == [(whole, None), (part, run)]
    with pytest.raises(ValidationError, match="under way already"):
        acts.start_plan(TEST, fire, part)
    assert start_among(TEST, fire, [part, other])[0].plan == other, "what is under way goes on"


def test_only_what_counts_is_set_under_way_in_earnest_and_any_version_is_tried_in_an_exercise(
    cast: Cast, accounts: dict[str, User], fire: Incident
) -> None:
    draft = written(cast)
    with pytest.raises(ValidationError, match="does not count"):
        acts.start_plan(TEST, fire, draft)
    tried = acts.start_plan(TEST, exercise(TEST, title="A drill"), draft)
    assert states(tried)["T1"] == "assigned"
    assert Notice.objects.open().get(source__endswith=task(tried, "T1").key).title == "EXERCISE: Call the team"


def test_in_an_exercise_tasks_go_by_its_clock_at_its_pace(cast: Cast, accounts: dict[str, User], hand: Clock) -> None:
    shows = datetime(2030, 5, 1, 6, 0, tzinfo=UTC)
    drill = exercise(TEST, title="A drill", shows=shows, pace=10.0)
    run = acts.start_plan(TEST, drill, written(cast))
    assert (run.began_at, task(run, "T1").due) == (shows, shows + timedelta(hours=1))
    acts.begin_task(TEST, task(run, "T1"))
    hand.passes(minutes=3)
    assert not task(run, "T1").is_late(drill.moment())
    hand.passes(minutes=4)
    assert task(run, "T1").is_late(drill.moment()), "seven minutes of ours are 70 of its own"
    acts.finish_task(TEST, task(run, "T1"))
    assert measured_hours(task(run, "T1")) == pytest.approx(7 / 6)


def test_over_the_night_when_clocks_change_hours_stay_hours(cast: Cast, accounts: dict[str, User], hand: Clock) -> None:
    """In New York the clock goes from 01:59 to 03:00 on 8 March 2026: a task of two hours takes two hours."""
    hand.at = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    draft = written(cast)
    site = cast.sites["new-york"]
    from holdfast.organization.structure.actions import places

    places.edit_site(TEST, site, version=site.version, time_zone="America/New_York")
    drill = exercise(TEST, title="A drill", site=cast.sites["unhq"])
    run = acts.start_plan(TEST, drill, draft)
    zone = Incident.objects.get(pk=drill.pk).zone
    assert f"{task(run, 'T1').due.astimezone(zone):%H:%M}" == "03:30"
    acts.begin_task(TEST, task(run, "T1"))
    hand.passes(hours=1)
    acts.finish_task(TEST, task(run, "T1"))
    assert measured_hours(task(run, "T1")) == 1.0
    assert way_of(PlanRun.objects.get(pk=run.pk)).behind == timedelta(0)


def test_the_plan_from_here_on_says_when_the_process_is_back_and_what_holds_it_up(
    run: PlanRun, cast: Cast, hand: Clock
) -> None:
    acts.begin_task(TEST, task(run, "T1"))
    hand.at = run.began_at + timedelta(hours=1.5)
    acts.finish_task(TEST, task(run, "T1"))
    acts.begin_task(TEST, task(run, "T2"))
    way = way_of(run)
    (back,) = way.backs
    assert back.process == cast.nodes["building"]
    assert back.planned == run.began_at + timedelta(hours=3)
    assert abs(back.likely - run.began_at - timedelta(hours=3.5)) < timedelta(seconds=5)
    assert back.low < back.likely < back.high
    assert abs(way.behind - timedelta(minutes=30)) < timedelta(seconds=5)
    acts.block_task(TEST, task(run, "T2"), why="No power.")
    way = way_of(run)
    assert (way.backs[0].likely, way.backs[0].misses_mtpd, way.ends_at) == (None, 1.0, None)
    assert [(one.code, held.blocked, held.waiting) for one, held in way.holding] == [("T2", True, 1), ("T3", False, 1)]
    hand.passes(hours=1)
    assert [one.code for one in way_of(run).late] == ["T3"]


def test_what_was_measured_is_from_the_beginning_of_the_outage_to_the_end_of_the_last_task(
    run: PlanRun, cast: Cast, hand: Clock
) -> None:
    assert measured_by_process(run.incident) == {}
    hand.at = run.incident.began + timedelta(hours=5)
    for code in ("T1", "T2"):
        acts.finish_task(TEST, task(run, code))
    assert measured_by_process(run.incident) == {cast.nodes["building"]: 5.0}
    assert measured_hours(task(run, "T2")) is None, "nobody said when it was begun"


def test_a_plan_that_is_stood_down_ends_its_tasks_and_the_incident_can_be_closed(run: PlanRun) -> None:
    assert "4 tasks are open" in standing_open(run.incident)
    with pytest.raises(ValidationError, match="4 tasks are open"):
        close_incident(TEST, run.incident, version=run.incident.version, reason="It is out.")
    acts.stand_down_plan(TEST, run, version=run.version, reason="The alarm was false.")
    assert set(states(run).values()) == {"stood_down"}
    assert not Notice.objects.open().filter(source__contains="crisis-").exists()
    assert standing_open(run.incident) == []


def test_tasks_of_an_incident_that_was_merged_go_on_in_the_other(
    run: PlanRun, accounts: dict[str, User], cast: Cast
) -> None:
    other = declare_incident(TEST, title="Unrest", site=cast.sites["unhq"])
    fire = run.incident
    merge_incident(TEST, fire, version=fire.version, into=other, reason="One and the same.")
    other.refresh_from_db()
    assert [way.run for way in ways_of(other)] == [run]
    length = fire.log.entries.count()
    acts.finish_task(accounts["chief-fcsd"], task(run, "T1"))
    assert (fire.log.entries.count(), said(other)[-1]) == (length, "task.done"), "its log has ended"
    assert "3 tasks are open" in standing_open(other)


def test_nothing_is_done_in_an_incident_that_is_over(run: PlanRun) -> None:
    close_incident(TEST, run.incident, version=run.incident.version, reason="It is out.", anyway=True)
    for call in (
        lambda: acts.accept_task(TEST, task(run, "T1")),
        lambda: acts.finish_task(TEST, task(run, "T1")),
        lambda: acts.skip_task(TEST, task(run, "T1"), reason="No."),
    ):
        with pytest.raises(ValidationError, match="closed"):
            call()
    assert states(run)["T1"] == "assigned"
