"""Seats are given out once, whoever asks for them; exercises take none that exist."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from holdfast.crisis.incidents.actions import declare_incident, standing_open
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun
from holdfast.crisis.tasks.pools import Use, most, pools_of
from holdfast.organization import clock
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.actions.nodes import create_pool
from holdfast.organization.structure.models import Node, Pool
from holdfast.readiness.plans.actions import edit_task
from holdfast.readiness.plans.models import PlanTask
from tests import cast as made
from tests.cast import TEST, Cast, user
from tests.crisis.under_way import agreed, exercise, seats, staff, written
from tests.organization.test_at_once import at_once, kinds


def test_more_than_there_is_takes_a_reason_at_any_moment(cast: Cast, fire: Incident) -> None:
    pool, here = seats(cast, 5), {"process": cast.nodes["building"]}
    now = fire.moment()
    later, end = now + timedelta(hours=2), now + timedelta(hours=4)
    acts.give_out(TEST, incident=fire, pool=pool, amount=4, since=later, until=end, **here)
    acts.give_out(TEST, incident=fire, pool=pool, amount=5, until=later, **here)
    with pytest.raises(ValidationError, match="7 of 5 seats"):
        acts.give_out(TEST, incident=fire, pool=pool, amount=2, since=later - timedelta(minutes=1), **here)
    over = acts.give_out(TEST, incident=fire, pool=pool, amount=2, since=later, reason="Two share a desk.", **here)
    assert over.reason == "Two share a desk."
    fine = acts.give_out(TEST, incident=fire, pool=pool, amount=3, since=end, reason="Not needed.", **here)
    assert fine.reason == "", "a reason for what fits is none"
    assert fire.log.entries.filter(kind="places.given").count() == 4


def test_what_should_have_come_back_and_has_not_is_still_out(
    cast: Cast, fire: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, here = seats(cast, 1), {"unit": cast.units["fcsd"]}
    first = acts.give_out(TEST, incident=fire, pool=pool, amount=1, until=fire.moment() + timedelta(hours=1), **here)
    then = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: then)
    with pytest.raises(ValidationError, match="2 of 1 seats"):
        acts.give_out(TEST, incident=fire, pool=pool, amount=1, **here)
    acts.take_back(TEST, first, version=first.version)
    acts.give_out(TEST, incident=fire, pool=pool, amount=1, **here)


def test_real_incidents_share_what_there_is_and_an_exercise_counts_by_itself(cast: Cast, fire: Incident) -> None:
    pool, here = seats(cast, 5), {"process": cast.nodes["building"]}
    flood, drill = declare_incident(TEST, title="Flood"), exercise(TEST, title="A drill")
    acts.give_out(TEST, incident=fire, pool=pool, amount=4, **here)
    acts.give_out(TEST, incident=drill, pool=pool, amount=5, **here)
    with pytest.raises(ValidationError, match="6 of 5"):
        acts.give_out(TEST, incident=flood, pool=pool, amount=2, **here)
    acts.give_out(TEST, incident=flood, pool=pool, amount=1, **here)
    (of_fire,), (of_drill,) = pools_of(fire), pools_of(drill)
    assert (of_fire.now, of_fire.away, of_fire.free) == (4, 1, 0)
    assert (of_drill.now, of_drill.away, of_drill.free) == (5, 5, 0), "what is really in use is shown and not counted"


def test_what_is_given_stands_for_what_the_plan_counted_on(cast: Cast, fire: Incident) -> None:
    staff(cast)
    pool = seats(cast, 5)
    plan = written(cast)
    start = PlanTask.objects.get(plan=plan, code="T2")
    edit_task(TEST, start, version=start.version, claims=[(pool, 4.0)])
    run = acts.start_plan(TEST, fire, agreed(plan))
    (now,) = pools_of(fire)
    assert (now.planned, now.now, now.short) == (4, 0, 0)
    task = ActiveTask.objects.get(run=run, code="T2")
    given = acts.give_out(TEST, incident=fire, pool=pool, amount=3, task=task)
    (now,) = pools_of(fire)
    assert (now.planned, now.now, now.wanted) == (0, 3, 3)
    assert any("3 seats" in said for said in standing_open(fire))
    run = PlanRun.objects.get(pk=run.pk)
    acts.stand_down_plan(TEST, run, version=run.version, reason="Over.")
    assert Given.objects.get(pk=given.pk).ended_at is not None, "what was given for its tasks comes back"
    assert standing_open(fire) == []


def test_seats_go_to_somebody_and_only_who_runs_the_incident_gives_them(cast: Cast, fire: Incident) -> None:
    pool = seats(cast, 5)
    with pytest.raises(ValidationError, match="Say for whom"):
        acts.give_out(TEST, incident=fire, pool=pool, amount=1)
    with pytest.raises(NotAllowed):
        acts.give_out(user("auditor", "auditor"), incident=fire, pool=pool, amount=1, unit=cast.units["fcsd"])
    with pytest.raises(ValidationError):
        acts.give_out(TEST, incident=fire, pool=pool, amount=-1, unit=cast.units["fcsd"])


def test_the_most_at_one_time_is_found_between_beginnings() -> None:
    now = clock.now()
    uses = [Use(2, now, now + timedelta(hours=2)), Use(3, now + timedelta(hours=1), None)]
    assert most(uses, now, None) == (5, now + timedelta(hours=1))
    assert most(uses, now + timedelta(hours=2), None) == (3, now + timedelta(hours=2))
    assert most(uses, now - timedelta(hours=2), now) == (0, now - timedelta(hours=2))


@pytest.mark.django_db(transaction=True)
def test_of_two_incidents_that_want_the_last_seat_at_once_exactly_one_gets_it() -> None:
    cast = made.secretariat()
    pool = create_pool(TEST, key="seats", name="Seats", capacity=seats_fact(), unit=cast.units["fcsd"])
    node = Node.objects.get(key="building")
    incidents = [declare_incident(TEST, title=title) for title in ("Fire", "Flood")]
    found = at_once(
        *(
            lambda one=one: acts.give_out(TEST, incident=one, pool=Pool.objects.get(pk=pool.pk), amount=1, process=node)
            for one in incidents
        )
    )
    assert kinds(found) == ["Given", "ValidationError"], found
    assert Given.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_say_done_at_once_one_entry_is_written_and_what_follows_begins_once() -> None:
    cast = made.secretariat()
    staff(cast)
    fire = declare_incident(TEST, title="Fire")
    run = acts.start_plan(TEST, fire, agreed(written(cast)))
    acts.finish_task(TEST, ActiveTask.objects.get(run=run, code="T1"))
    two, three = (ActiveTask.objects.get(run=run, code=code) for code in ("T2", "T3"))
    calls = [lambda one=one: acts.finish_task(TEST, one, seen=one.version) for one in (two, two, three, three)]
    assert set(kinds(at_once(*calls))) == {"ActiveTask"}
    assert fire.log.entries.filter(kind="task.done").count() == 3
    assert ActiveTask.objects.get(run=run, code="T4").state == "assigned", "whoever was last let it begin"


def seats_fact() -> object:
    from holdfast.organization.evidence.fact import assumed

    return assumed(1, "seats")
