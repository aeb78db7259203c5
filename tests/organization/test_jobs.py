"""Work in the background: asked for with an act, claimed once, held by a lease, cancelled, tried again, repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from holdfast.organization import clock
from holdfast.organization.accounts.acts import ACTS, act
from holdfast.organization.accounts.models import Event as Record
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.jobs import periodic, registry
from holdfast.organization.jobs.actions import MOST_ARGUMENTS, cancel_job, enqueue, retry_job
from holdfast.organization.jobs.leased import claim, end_abandoned, finish, give_back, held, renew
from holdfast.organization.jobs.models import Job, Worker, last_beat
from holdfast.organization.jobs.registry import JOBS, job
from holdfast.organization.jobs.running import Cancelled, LeaseLost, Running, Stopping
from holdfast.organization.jobs.worker import Crew
from tests.cast import TEST, user
from tests.organization.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

SAID: list[Any] = []
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def jobs() -> Iterator[None]:
    """Jobs of these tests, taken away again."""
    before = dict(JOBS)
    SAID.clear()

    @job("try.say", label="say")
    def say(by: Any, *, what: str = "") -> dict[str, str]:
        SAID.append((str(getattr(by, "name", "")), what))
        return {"said": what}

    @job("try.fail", label="fail", most_attempts=2)
    def fail(by: Any) -> None:
        SAID.append("tried")
        raise RuntimeError("the printer is on fire")

    @job("try.refuse", label="refuse")
    def refuse(by: Any) -> None:
        raise ValidationError("There is no paper.")

    @job("try.count", label="count", takes_context=True)
    def count(by: Any, context: Running, *, to: int) -> None:
        for number in range(context.done, to):
            context.checkpoint(number + 1, to)
            SAID.append(number)

    @job("try.odd", label="odd")
    def odd(by: Any) -> Any:
        return "a text"

    yield
    JOBS.clear()
    JOBS.update(before)


def now(asked: Job) -> Job:
    return Job.objects.get(pk=asked.pk)


def expire(asked: Job) -> None:
    """As if its worker had been silent for long."""
    Job.objects.filter(pk=asked.pk).update(lease_until=PAST)


def due(asked: Job) -> None:
    Job.objects.filter(pk=asked.pk).update(run_after=PAST)


def test_a_job_is_done_on_behalf_of_who_asked_and_its_outcome_is_kept() -> None:
    engineer = user("engineer")
    asked = enqueue("try.say", {"what": "good morning"}, by=engineer)
    assert Crew().run_one()
    ended = now(asked)
    assert (ended.state, ended.outcome, ended.attempts) == ("done", {"said": "good morning"}, 1)
    assert ended.finished_at is not None
    assert ended.lease_until is None
    assert SAID == [("engineer", "good morning")]
    assert not Crew().run_one()


def test_a_job_goes_with_the_act_that_asked_for_it() -> None:
    @act("try.ask", "directory.view", label="ask")
    def ask(by: Any, *, fails: bool) -> None:
        enqueue("try.say", by=by)
        if fails:
            raise ValidationError("No.")

    try:
        with pytest.raises(ValidationError):
            ask(TEST, fails=True)
        assert not Job.objects.exists()
        ask(TEST, fails=False)
        assert Job.objects.count() == 1
    finally:
        del ACTS["try.ask"]


def test_higher_priorities_go_first_then_what_has_waited_longest_and_nothing_before_its_time() -> None:
    for what, priority in (("second", 0), ("first", 10), ("third", 0), ("last", -5)):
        enqueue("try.say", {"what": what}, by=TEST, priority=priority)
    enqueue("try.say", {"what": "tomorrow"}, by=TEST, priority=100, run_after=clock.now() + timedelta(days=1))
    crew = Crew()
    while crew.run_one():
        pass
    assert [what for _by, what in SAID] == ["first", "second", "third", "last"]


def test_a_worker_for_some_queues_lets_the_others_be() -> None:
    other = enqueue("try.say", by=TEST, queue_name="slow")
    crew = Crew(queues=["default"])
    assert not crew.run_one()
    assert now(other).state == "waiting"
    assert Crew(queues=["slow"]).run_one()


def test_of_many_workers_that_claim_at_once_each_gets_jobs_of_its_own() -> None:
    for _each in range(20):
        enqueue("try.say", by=TEST)
    found = at_once(*(lambda name=f"w{n}": [row.pk for row in claim(Job, name, most=5)] for n in range(8)))
    taken = [pk for rows in found for pk in rows]
    assert len(taken) == len(set(taken)) == 20
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


def test_a_lease_that_ran_out_goes_to_another_and_the_first_can_change_nothing_any_more() -> None:
    asked = enqueue("try.say", by=TEST)
    (first,) = claim(Job, "first")
    assert claim(Job, "second") == []
    expire(asked)
    (second,) = claim(Job, "second")
    assert (second.attempts, second.leased_by) == (2, "second")
    assert renew(first) is None
    assert not finish(first, "done", outcome={"said": "too late"})  # type: ignore[arg-type]
    assert not give_back(first)
    with pytest.raises(LeaseLost):
        Running(first).checkpoint(1)
    assert now(asked).outcome is None
    assert held(second).exists()
    assert finish(second, "done")  # type: ignore[arg-type]


def test_a_lease_that_is_renewed_holds() -> None:
    asked = enqueue("try.say", by=TEST)
    (mine,) = claim(Job, "mine")
    expire(asked)
    assert renew(mine) is False
    assert claim(Job, "other") == []


def test_a_job_that_is_lost_with_its_worker_each_time_fails_and_says_so() -> None:
    asked = enqueue("try.fail", by=TEST)
    for _attempt in range(2):
        assert claim(Job, "unlucky")
        expire(asked)
    assert claim(Job, "unlucky") == []
    assert end_abandoned(Job, "Its worker was lost.") == 1
    assert (now(asked).state, now(asked).error) == ("failed", "Its worker was lost.")


def test_a_job_that_fails_is_tried_again_after_a_while_and_then_fails() -> None:
    asked = enqueue("try.fail", by=TEST)
    assert Crew().run_one()
    waiting = now(asked)
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert waiting.run_after > clock.now()
    assert "the printer is on fire" in waiting.error
    assert not Crew().run_one()
    due(asked)
    assert Crew().run_one()
    assert (now(asked).state, now(asked).attempts) == ("failed", 2)
    assert SAID == ["tried", "tried"]


def test_what_an_act_refuses_is_not_tried_again() -> None:
    asked = enqueue("try.refuse", by=TEST)
    Crew().run_one()
    assert (now(asked).state, now(asked).attempts, now(asked).error) == ("failed", 1, "There is no paper.")


def test_a_job_goes_on_where_the_last_attempt_kept_count() -> None:
    asked = enqueue("try.count", {"to": 5}, by=TEST)
    Job.objects.filter(pk=asked.pk).update(done=3)
    Crew().run_one()
    assert SAID == [3, 4]
    assert (now(asked).done, now(asked).total, now(asked).share) == (5, 5, 100)


def test_a_checkpoint_is_taken_back_with_the_work_that_it_counts() -> None:
    enqueue("try.count", {"to": 5}, by=TEST)
    (mine,) = claim(Job, "mine")
    with pytest.raises(RuntimeError), transaction.atomic():
        Running(mine).checkpoint(1, 5)
        raise RuntimeError
    assert now(mine).done == 0


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_runs_at_its_next_check() -> None:
    waiting, running = enqueue("try.say", by=TEST), enqueue("try.count", {"to": 5}, by=TEST, priority=1)
    cancel_job(TEST, waiting)
    assert now(waiting).state == "cancelled"
    (mine,) = claim(Job, "mine")
    context = Running(mine)
    cancel_job(TEST, running)
    context.check()
    context.renew()
    with pytest.raises(Cancelled):
        context.check()
    assert [event.act for event in Record.objects.filter(kind="job")] == ["job.cancel", "job.cancel"]
    assert not Crew().run_one()


def test_a_cancelled_job_whose_worker_is_lost_ends_and_is_not_begun_again() -> None:
    asked = enqueue("try.say", by=TEST)
    claim(Job, "mine")
    cancel_job(TEST, asked)
    expire(asked)
    assert claim(Job, "other") == []
    end_abandoned(Job, "lost")
    assert now(asked).state == "cancelled"


def test_what_has_ended_is_not_cancelled() -> None:
    asked = enqueue("try.say", by=TEST)
    Crew().run_one()
    with pytest.raises(ValidationError, match="ended already"):
        cancel_job(TEST, now(asked))


def test_a_failed_or_cancelled_job_starts_again_with_all_its_attempts() -> None:
    failed, cancelled = enqueue("try.refuse", by=TEST), enqueue("try.say", by=TEST)
    cancel_job(TEST, cancelled)
    Crew().run_one()
    for asked in (failed, cancelled):
        retry_job(TEST, now(asked))
        fresh = now(asked)
        assert (fresh.state, fresh.attempts, fresh.error, fresh.cancel_asked) == ("waiting", 0, "", False)
    assert Crew().run_one()


def test_a_job_that_waits_for_its_next_attempt_can_be_hurried() -> None:
    asked = enqueue("try.say", by=TEST, run_after=clock.now() + timedelta(days=1))
    retry_job(TEST, asked)
    assert Crew().run_one()


def test_what_is_done_or_runs_is_not_started_again() -> None:
    asked = enqueue("try.say", by=TEST)
    claim(Job, "mine")
    with pytest.raises(ValidationError, match="is running"):
        retry_job(TEST, now(asked))
    expire(asked)
    Crew().run_one()
    with pytest.raises(ValidationError, match="is done"):
        retry_job(TEST, now(asked))


def test_a_worker_that_is_to_end_gives_the_job_back_uncounted() -> None:
    asked = enqueue("try.count", {"to": 5}, by=TEST)
    crew = Crew()
    crew.stop.set()
    crew.run_one()
    assert (now(asked).state, now(asked).attempts) == ("waiting", 0)
    stop = Event()
    stop.set()
    with pytest.raises(Stopping):
        Running(now(asked), stop).check()


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("no.such", {}, "There is no job"),
        ("os.system", {"command": "rm -rf /"}, "There is no job"),
        ("try.say", ["what"], "wanted values by name"),
        ("try.say", "what", "wanted values by name"),
        ("try.say", {"else": 1}, "unexpected keyword"),
        ("try.count", {}, "missing a required"),
        ("try.count", {"context": 1, "to": 1}, "multiple values"),
        ("try.odd", {}, "wanted a dictionary"),
    ],
)
def test_a_row_that_cannot_be_done_fails_with_a_message_and_stops_nobody(name: str, arguments: Any, said: str) -> None:
    at = clock.now()
    bad = Job(name=name, arguments=arguments, system="x", enqueued_at=at, run_after=at, priority=9, most_attempts=1)
    bad.save()
    good = enqueue("try.say", by=TEST)
    crew = Crew()
    assert crew.run_one()
    assert crew.run_one()
    assert (now(bad).state, now(good).state) == ("failed", "done")
    assert said in now(bad).error


@pytest.mark.parametrize(
    ("name", "more", "field"),
    [
        ("no.such", {}, "name"),
        ("try.say", {"kwargs": {"else": 1}}, "kwargs"),
        ("try.say", {"kwargs": {"what": object()}}, "kwargs"),
        ("try.say", {"kwargs": {"what": float("nan")}}, "kwargs"),
        ("try.say", {"kwargs": {"what": "a\0b"}}, "kwargs"),
        ("try.say", {"kwargs": {"what": "x" * MOST_ARGUMENTS}}, "kwargs"),
        ("try.say", {"priority": 101}, "priority"),
        ("try.say", {"queue_name": "No; DROP TABLE"}, "queue_name"),
        ("try.say", {"run_after": datetime(2030, 1, 1)}, "run_after"),  # noqa: DTZ001 - that is what is wrong
    ],
)
def test_what_cannot_be_asked_for_is_refused_at_its_field(name: str, more: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        enqueue(name, more.pop("kwargs", None), by=TEST, **more)
    assert set(refused.value.message_dict) == {field}
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"name": "say"},
        {"name": "try.say"},
        {"queue_name": "Q"},
        {"priority": 101},
        {"most_attempts": 0},
        {"at": "6:00"},
        {"at": "24:00"},
        {"every": timedelta(seconds=1)},
        {"at": "06:00", "every": timedelta(hours=1)},
    ],
)
def test_a_job_that_cannot_be_declared_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+\.?\w*"):
        job(**({"name": "try.new", "label": "new"} | more))


def test_a_set_time_is_one_slot_for_all_workers() -> None:
    job("try.nightly", label="nightly", at="06:00")(lambda by: None)
    declared = JOBS["try.nightly"]
    found = at_once(*(lambda: periodic.plan(declared) for _each in range(6)))
    assert len({tuple(slots) for slots in found}) == 1, found
    assert Job.objects.filter(name="try.nightly").count() == 1
    Crew().run_one()
    periodic.plan(declared)
    assert not Crew().run_one(), "the same slot is not done twice"


def test_the_set_time_is_the_latest_that_has_come() -> None:
    job("try.daily", label="daily", at="06:00")(lambda by: None)
    job("try.often", label="often", every=timedelta(minutes=10))(lambda by: None)
    daily, often = JOBS["try.daily"], JOBS["try.often"]
    assert daily.slot(datetime(2026, 3, 2, 5, 59, tzinfo=UTC)) == datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
    assert daily.slot(datetime(2026, 3, 2, 6, 0, tzinfo=UTC)) == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    assert often.slot(datetime(2026, 3, 2, 6, 19, 59, tzinfo=UTC)) == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"at": "06:05"}, "every day at 06:05 UTC"),
        ({"every": timedelta(minutes=10)}, "every 10 minutes"),
        ({"every": timedelta(minutes=1)}, "every minute"),
        ({"every": timedelta(hours=1)}, "every hour"),
        ({"every": timedelta(hours=6)}, "every 6 hours"),
        ({}, ""),
    ],
)
def test_set_times_are_said_in_words(given: dict[str, Any], said: str) -> None:
    job("try.times", label="times", **given)(lambda by: None)
    assert JOBS["try.times"].rhythm == said


def test_old_jobs_go_and_what_failed_stays_longer() -> None:
    for name, days, state in (
        ("old", 31, "done"),
        ("new", 29, "done"),
        ("bad", 31, "failed"),
        ("worse", 181, "failed"),
    ):
        asked = enqueue("try.say", {"what": name}, by=TEST)
        Job.objects.filter(pk=asked.pk).update(state=state, finished_at=clock.now() - timedelta(days=days))
    Worker(name="gone", begun_at=PAST, beat_at=PAST).save()
    enqueue("jobs.sweep", by=TEST, priority=50)
    Crew().run_one()
    assert sorted(left.arguments.get("what", "") for left in Job.objects.all()) == ["", "bad", "new"]
    assert not Worker.objects.exists()


def test_a_worker_shows_that_it_lives() -> None:
    assert last_beat() is None
    crew = Crew()
    crew.tend()
    assert Worker.objects.alive().get().name == crew.name
    assert last_beat() is not None


def test_one_sees_ones_own_jobs_and_administrators_and_auditors_all() -> None:
    mine, others = user("mine", Role.FOCAL_POINT), user("other")
    enqueue("try.say", by=mine)
    enqueue("try.say", by=others)
    enqueue("try.say", by=TEST)
    assert visible(Job.objects.all(), mine).count() == 1
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        assert visible(Job.objects.all(), user(role, role)).count() == 3


def test_one_cancels_ones_own_jobs_and_nobody_elses() -> None:
    mine, other = user("mine"), user("other")
    asked = enqueue("try.say", by=mine)
    with pytest.raises(NotAllowed):
        cancel_job(other, asked)
    cancel_job(mine, asked)


def test_a_job_of_somebody_whose_account_was_closed_finds_that_out() -> None:
    gone = user("gone")

    @job("try.who", label="who")
    def who(by: Any) -> dict[str, bool]:
        return {"active": by.is_active}

    asked = enqueue("try.who", by=gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    Crew().run_one()
    assert now(asked).outcome == {"active": False}


def test_the_claim_asks_the_index_of_what_is_open() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by the size of the table.")
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM organization_job WHERE state IN ('waiting', 'running')"
            " AND (state = 'waiting' OR attempts < most_attempts) ORDER BY priority DESC, run_after, id LIMIT 1"
        )
        assert "organization_job_next" in str(cursor.fetchall())


def test_the_registry_runs_nothing_but_what_is_declared() -> None:
    assert set(JOBS) >= {"jobs.sweep"}
    assert all(callable(each.call) for each in JOBS.values())
    assert registry.check_queue("default")
