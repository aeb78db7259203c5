"""An activation sets its plans under way, and standing it down ends what is open of them."""

from __future__ import annotations

import pytest

from holdfast.crisis.decisions.activation import grant_activation, stand_down
from holdfast.crisis.decisions.models import Activation
from holdfast.crisis.incidents.actions import declare_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun
from holdfast.crisis.tasks.questions import progress_of
from holdfast.readiness.plans.models import Plan
from tests.cast import TEST, Cast
from tests.crisis.under_way import agreed, seats, staff, written


@pytest.fixture
def plans(cast: Cast) -> tuple[Plan, Plan]:
    """A plan and one that is a part of it, both in force."""
    staff(cast)
    whole = agreed(written(cast, "office"))
    return whole, agreed(written(cast, "annex", part_of=whole))


def granted(fire: Incident, *plans: Plan) -> Activation:
    from holdfast.crisis.decisions.activation import ask_continuity, consult

    asked = ask_continuity(TEST, incident=fire, reason="The tower is lost.", plans=plans, expected_hours=48.0)
    consult(TEST, Activation.objects.get(pk=asked.pk), who="Chef de Cabinet", said="Agreed.")
    grant_activation(TEST, Activation.objects.get(pk=asked.pk), alone_because="No time.")
    return Activation.objects.get(pk=asked.pk)


def test_the_plans_go_under_way_with_the_activation_parts_within_their_whole(
    plans: tuple[Plan, Plan], fire: Incident
) -> None:
    whole, part = plans
    activation = granted(fire, part, whole)
    runs = {run.plan_id: run for run in PlanRun.objects.filter(activation=activation)}
    assert runs[part.pk].within == runs[whole.pk]
    progress = progress_of(activation)
    assert (progress.tasks, progress.done, progress.without_owner) == (8, 0, 0)
    acts.finish_task(TEST, ActiveTask.objects.get(run=runs[whole.pk], code="T1"))
    assert progress_of(activation).done == 1
    assert progress_of(granted(declare_incident(TEST, title="Flood"), whole)).tasks == 4


def test_stood_down_the_open_tasks_end_and_their_seats_come_back(
    plans: tuple[Plan, Plan], fire: Incident, cast: Cast
) -> None:
    whole, part = plans
    activation = granted(fire, whole)
    run = PlanRun.objects.get(activation=activation)
    annex = acts.start_plan(TEST, fire, part)
    task = ActiveTask.objects.get(run=run, code="T2")
    for_task = acts.give_out(TEST, incident=fire, pool=seats(cast, 5), amount=2, task=task)
    for_unit = acts.give_out(TEST, incident=fire, pool=for_task.pool, amount=1, unit=cast.units["fcsd"])
    acts.finish_task(TEST, ActiveTask.objects.get(run=run, code="T1"))
    stand_down(TEST, activation, reason="The tower is open.")
    states = dict(ActiveTask.objects.filter(run=run).values_list("code", "state"))
    assert states == {"T1": "done", "T2": "stood_down", "T3": "stood_down", "T4": "stood_down"}
    assert PlanRun.objects.get(pk=annex.pk).state == "running", "what was set under way by itself goes on"
    assert Given.objects.get(pk=for_task.pk).ended_at is not None
    assert Given.objects.get(pk=for_unit.pk).ended_at is None, "what a unit has is asked about at the end"
