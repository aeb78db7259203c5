"""Plans under way, their tasks, and what is given out of pools in an incident."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.rights import RUN, VIEW
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun
from holdfast.crisis.tasks.questions import way_of
from holdfast.crisis.tasks.rights import TASK
from holdfast.organization.structure.models import Person
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, named
from holdfast.web.api.tables import Table, offer, offer_act
from holdfast.web.permissions import needs


class Seen(Schema):
    """The version that was seen."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Reason(Seen):
    reason: Text


class Block(Seen):
    """What blocks the task, and what would help."""

    why: Text
    helps: Text = ""


class Why(Seen):
    why: Text


class How(Seen):
    how: Text = ""


class Finish(Seen):
    """`verified` is wanted where the plan says how success is verified."""

    verified: Text = ""
    note: Text = ""


class Failure(Seen):
    found: Text


class Approval(Seen):
    """`instead` is wanted of who decides in place of the one that the plan names."""

    instead: Text = ""


class Assignment(Seen):
    to: Key
    why: Text = ""


class DueAt(Seen):
    due: datetime
    why: Text


class TaskAhead(Schema):
    """When a task went on or will, by the clock of the incident; null: open."""

    task: str
    start: datetime | None
    finish: datetime | None
    planned_start: datetime | None
    planned_finish: datetime | None
    slack: float
    critical: bool
    will_be_late: bool
    waits_for: str


class ProcessBack(Schema):
    """When the tasks bring a process back; `misses_*` is the share of 1,000 draws that pass the limit."""

    process: str
    planned: datetime | None
    likely: datetime | None
    low: datetime | None
    high: datetime | None
    is_back: bool
    rto_at: datetime | None
    mtpd_at: datetime | None
    misses_rto: float
    misses_mtpd: float


class HeldUp(Schema):
    task: str
    waiting: int
    critical: bool
    blocked: bool


class RunForecast(Schema):
    plan_run: str
    as_of: datetime
    done: int
    tasks: list[TaskAhead]
    processes: list[ProcessBack]
    held_up_by: list[HeldUp]
    ends_at: datetime | None


RUNS = Table(
    name="plans-under-way",
    one="plan-under-way",
    model=PlanRun,
    fields=("incident", "plan", "within", "began_at", "state", "ended_at"),
    permission=RUN,
    create=lambda by, *, incident, plan: acts.start_plan(by, incident, plan),
    create_fields=("incident", "plan"),
    filters=("incident", "plan", "state"),
    sorts=("began_at",),
    order=("began_at", "key"),
)
ACTIVE_TASKS = Table(
    name="active-tasks",
    one="active-task",
    model=ActiveTask,
    fields=(
        "incident", "run", "task", "code", "title", "details", "role", "post", "alternate", "owner", "low", "likely",
        "high", "after", "due", "process", "site", "approver", "approved_at", "verification", "verified", "way_back",
        "failures", "state", "why", "helps", "ready_at", "accepted_at", "started_at", "done_at",
    ),
    permission=RUN,
    create=acts.add_task,
    create_fields=("incident", "title", "details", "owner", "due", "run"),
    filters=("incident", "run", "state", "owner", "process"),
    sorts=("due", "state"),
    order=("incident__key", "due", "key"),
    search=("title", "code"),
)  # fmt: skip
GIVEN = Table(
    name="given-places",
    one="given-place",
    model=Given,
    fields=("incident", "pool", "amount", "process", "task", "unit", "person", "since", "until", "ended_at", "reason"),
    permission=RUN,
    create=acts.give_out,
    create_fields=("incident", "pool", "amount", "process", "task", "unit", "person", "since", "until", "reason"),
    filters=("incident", "pool", "process", "task", "unit"),
    sorts=("since",),
    order=("incident__key", "since", "pk"),
)


def _seen(act: Callable[..., Any]) -> Callable[..., Any]:
    """An act that looks for itself whether what was seen is still so."""

    def call(by: Any, row: Any, *, version: int, **more: Any) -> Any:
        return act(by, row, seen=version, **more)

    return call


def _assign(by: Any, task: ActiveTask, *, version: int, to: str, why: str = "") -> ActiveTask:
    return acts.assign_task(by, task, version=version, to=named(Person, to, by), why=why)


@needs(VIEW, on=PlanRun)
def forecast(request: HttpRequest, key: Key) -> Any:
    """What the facts make of a plan under way: when each task ends, when each process is back, what holds it up."""
    check_address(request, set())
    run = RUNS.row(request.user, key)
    way = way_of(run)
    by_code = {task.code: task for task in way.tasks}
    tasks = [
        {
            "task": task.key,
            "start": way.when(slot.start),
            "finish": way.when(slot.finish),
            "planned_start": None if task.planned_start is None else run.at(task.planned_start),
            "planned_finish": None if task.planned_finish is None else run.at(task.planned_finish),
            "slack": slot.slack,
            "critical": task.is_open and slot.critical,
            "will_be_late": way.will_be_late(task),
            "waits_for": by_code[slot.behind].key if slot.behind else "",
        }
        for task, slot in ((task, way.slots[task.code]) for task in way.tasks)
    ]
    names = ("planned", "likely", "low", "high", "is_back", "rto_at", "mtpd_at", "misses_rto", "misses_mtpd")
    return {
        "plan_run": run.key,
        "as_of": way.now,
        "done": way.done,
        "tasks": tasks,
        "processes": [
            {"process": one.process.key, **{name: getattr(one, name) for name in names}} for one in way.backs
        ],
        "held_up_by": [
            {"task": task.key, "waiting": one.waiting, "critical": one.critical, "blocked": one.blocked}
            for task, one in way.holding
        ],
        "ends_at": way.ends_at,
    }


def routes() -> Routes:
    made = Routes(tags=["Plans under way"])
    run = offer(made, RUNS)
    offer_act(made, RUNS, run, "stand-down", Reason, acts.stand_down_plan, "Stand a plan down")
    made.add_api_operation(
        "/plans-under-way/{key}/forecast", ["GET"], forecast, response=RunForecast,
        summary="Forecast a plan under way", operation_id="forecast_plan_under_way",
    )  # fmt: skip
    task = offer(made, ACTIVE_TASKS)
    for verb, body, act, summary in (
        ("accept", Seen, acts.accept_task, "Accept a task"),
        ("start", Seen, acts.begin_task, "Begin a task"),
        ("finish", Finish, acts.finish_task, "Say that a task is done"),
        ("fail", Failure, acts.fail_task, "Say that a step failed"),
        ("block", Block, acts.block_task, "Say that a task is blocked"),
        ("unblock", How, acts.unblock_task, "Say that a task goes on"),
        ("hand-on", Why, acts.decline_task, "Say that one cannot do a task"),
        ("take-over", Seen, acts.take_over_task, "Take over a task"),
        ("let-begin", Approval, acts.approve_task, "Let a step begin"),
    ):
        offer_act(made, ACTIVE_TASKS, task, verb, body, _seen(act), summary, permission=TASK)
    offer_act(made, ACTIVE_TASKS, task, "not-needed", Reason, _seen(acts.skip_task), "Say that a task is not needed")
    offer_act(made, ACTIVE_TASKS, task, "assign", Assignment, _assign, "Give a task to somebody")
    offer_act(made, ACTIVE_TASKS, task, "move", DueAt, acts.set_due, "Move when a task is due")
    given = offer(made, GIVEN)
    offer_act(made, GIVEN, given, "give-back", Seen, acts.take_back, "Take back places of a pool")
    return made


__all__ = ["ACTIVE_TASKS", "GIVEN", "RUNS", "routes"]
