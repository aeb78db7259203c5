"""What the tasks of an incident come to: how far each plan is, when each process is back, what holds it up, what was
measured. Asked on reading; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isinf

from django.utils.functional import cached_property

from holdfast.crisis.decisions.models import Activation
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.questions import newest_picture
from holdfast.crisis.tasks.forecast import Ahead, Fact, Holding, Range, ahead, holding_up, ranges
from holdfast.crisis.tasks.models import ENDED, ActiveTask, Given, PlanRun, TaskState
from holdfast.crisis.tasks.moving import family
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Node
from holdfast.readiness.plans.facts import figures_of

FOREVER = 24.0 * 366 * 100


@dataclass(frozen=True)
class Back:
    """When the tasks bring a process back. Times are by the incident's clock; None where it is open. `down_since` is
    when its limits began to count; `misses_*`: the share of the draws that pass the limit."""

    process: Node
    planned: datetime | None
    likely: datetime | None
    low: datetime | None
    high: datetime | None
    is_back: bool
    down_since: datetime
    rto: float | None
    mtpd: float | None
    misses_rto: float
    misses_mtpd: float

    @property
    def rto_at(self) -> datetime | None:
        return None if self.rto is None else self.down_since + timedelta(hours=self.rto)

    @property
    def mtpd_at(self) -> datetime | None:
        return None if self.mtpd is None else self.down_since + timedelta(hours=self.mtpd)

    @property
    def over_mtpd(self) -> bool:
        return self.mtpd_at is not None and (self.likely is None or self.likely > self.mtpd_at)

    @property
    def over_rto(self) -> bool:
        return self.rto_at is not None and (self.likely is None or self.likely > self.rto_at)


@dataclass
class Way:
    """A plan under way, with what its facts make of it at `now`."""

    run: PlanRun
    tasks: list[ActiveTask]
    now: datetime
    down: dict[int, datetime] = field(default_factory=dict)

    @cached_property
    def hour(self) -> float:
        """Now, in hours from activation; where it was ended, the hour of its end."""
        return max(0.0, self.run.hours(self.run.ended_at or self.now))

    @cached_property
    def facts(self) -> list[Fact]:
        return [fact_of(task, self.run) for task in self.tasks]

    @cached_property
    def slots(self) -> dict[str, Ahead]:
        return ahead(self.facts, self.hour)

    @cached_property
    def holding(self) -> list[tuple[ActiveTask, Holding]]:
        by_code = {task.code: task for task in self.tasks}
        return [(by_code[one.code], one) for one in holding_up(self.facts, self.hour)]

    @cached_property
    def end(self) -> Range | None:
        return ranges(self.facts, self.hour, {"end": [task.code for task in self.tasks]}).get("end")

    @cached_property
    def ends_at(self) -> datetime | None:
        return self.when(self.end.likely) if self.end is not None else None

    @cached_property
    def planned_end(self) -> datetime | None:
        ends = [task.planned_finish for task in self.tasks if task.planned_finish is not None]
        return self.run.at(max(ends)) if ends else None

    @property
    def done(self) -> int:
        return sum(1 for task in self.tasks if task.state in (TaskState.DONE, TaskState.NOT_NEEDED))

    @property
    def late(self) -> list[ActiveTask]:
        return [task for task in self.tasks if task.is_late(self.now)]

    @property
    def blocked(self) -> list[ActiveTask]:
        return [task for task in self.tasks if task.state == TaskState.BLOCKED]

    @property
    def gaps(self) -> list[ActiveTask]:
        return [task for task in self.tasks if task.is_open and task.owner_id is None]

    @property
    def percent(self) -> int:
        return round(100 * self.done / len(self.tasks)) if self.tasks else 0

    @property
    def behind(self) -> timedelta | None:
        """How much later than planned all is done by now; None where that is open."""
        if self.ends_at is None or self.planned_end is None:
            return None
        return self.ends_at - self.planned_end

    def when(self, hours: float) -> datetime | None:
        return None if isinf(hours) or hours > FOREVER else self.run.at(hours)

    def will_be_late(self, task: ActiveTask) -> bool:
        slot = self.slots.get(task.code)
        return task.is_open and slot is not None and (slot.open or self.run.at(slot.finish) > task.due + _SECOND)

    @cached_property
    def backs(self) -> list[Back]:
        """The processes that its tasks bring back, in the order of its tasks."""
        codes: dict[int, list[str]] = {}
        nodes: dict[int, Node] = {}
        for task in self.tasks:
            if task.process is not None and task.state not in (TaskState.NOT_NEEDED, TaskState.STOOD_DOWN):
                codes.setdefault(task.process.pk, []).append(task.code)
                nodes[task.process.pk] = task.process
        found, limits = {}, {}
        for pk, node in nodes.items():
            since = self.down.get(pk, self.run.incident.began)
            figures = figures_of(node)
            rto, mtpd = (_value(figures["rto"]), _value(figures["mtpd"]))
            found[pk] = (since, rto, mtpd)
            offset = self.run.hours(since)
            limits[str(pk)] = [offset + limit for limit in (rto, mtpd) if limit is not None]
        drawn = ranges(self.facts, self.hour, {str(pk): codes[pk] for pk in codes}, limits=limits)
        by_code = {task.code: task for task in self.tasks}
        told = []
        for pk, node in nodes.items():
            since, rto, mtpd = found[pk]
            one = drawn[str(pk)]
            late = list(one.late)
            planned = [end for code in codes[pk] if (end := by_code[code].planned_finish) is not None]
            told.append(
                Back(
                    process=node,
                    planned=self.run.at(max(planned)) if planned else None,
                    likely=self.when(one.likely),
                    low=self.when(one.p10),
                    high=self.when(one.p90),
                    is_back=all(by_code[code].state == TaskState.DONE for code in codes[pk]),
                    down_since=since,
                    rto=rto,
                    mtpd=mtpd,
                    misses_rto=late.pop(0) if rto is not None else 0.0,
                    misses_mtpd=late.pop(0) if mtpd is not None else 0.0,
                )
            )
        return told


_SECOND = timedelta(seconds=1)


def fact_of(task: ActiveTask, run: PlanRun) -> Fact:
    """What has become of a task, in hours from the activation of its plan."""
    started = None if task.started_at is None else run.hours(task.started_at)
    finished = run.hours(task.done_at) if task.state in ENDED and task.done_at is not None else None
    return Fact(task.work, started, finished, task.state == TaskState.BLOCKED)


def tasks_of(incident: Incident) -> list[ActiveTask]:
    """All tasks of the incident, and of those that it took in, with what is shown of each: three queries."""
    rows = ActiveTask.objects.filter(incident__in=family(incident))
    return list(
        rows.select_related(
            "incident", "run__plan", "run__incident", "owner__user", "post", "alternate", "process", "site"
        ).order_by("run__began_at", "run", "position", "code")
    )


def ways_of(incident: Incident, tasks: Sequence[ActiveTask] | None = None) -> list[Way]:
    """The plans under way and those that were, in the order of their activation."""
    rows = tasks_of(incident) if tasks is None else tasks
    down = down_since(incident)
    runs: dict[int, Way] = {}
    for run in PlanRun.objects.filter(incident__in=family(incident)).select_related("plan", "incident__site"):
        runs[run.pk] = Way(run, [], run.incident.moment(), down)
    for task in rows:
        if task.run_id in runs:
            runs[task.run_id].tasks.append(task)
    return list(runs.values())


def way_of(run: PlanRun) -> Way:
    """One plan under way."""
    return next(way for way in ways_of(run.incident) if way.run.pk == run.pk)


def down_since(incident: Incident) -> dict[int, datetime]:
    """Since when each process is down, by its id, as the newest picture has it; others count from the beginning."""
    picture = newest_picture(incident)
    told = picture.answer.get("processes", []) if picture is not None and picture.answer else []
    keys = {one["key"]: one["first_down"] for one in told if one.get("first_down")}
    ids = dict(Node.objects.filter(key__in=keys).values_list("key", "pk"))
    return {ids[key]: datetime.fromisoformat(at) for key, at in keys.items() if key in ids}


def my_tasks(user: User, incident: Incident, on: object) -> list[ActiveTask]:
    """The tasks of the incident that are this account's to do: those that it has first."""
    rows = ActiveTask.objects.filter(incident__in=family(incident)).of_user(user, on)  # type: ignore[arg-type]
    return list(rows.select_related("incident", "run__plan", "owner__user", "site", "process").order_by("due", "pk"))


@dataclass(frozen=True)
class Progress:
    """How far plans are: counts of tasks, and when all is likely to be done."""

    tasks: int
    done: int
    late: int
    blocked: int
    without_owner: int
    ends_at: datetime | None


def progress_of_runs(runs: Iterable[PlanRun]) -> Progress:
    """Over several plans of one incident."""
    wanted = {run.pk for run in runs}
    incidents = {run.incident for run in runs}
    ways = [way for incident in incidents for way in ways_of(incident) if way.run.pk in wanted]
    ends = [way.ends_at for way in ways]
    return Progress(
        tasks=sum(len(way.tasks) for way in ways),
        done=sum(way.done for way in ways),
        late=sum(len(way.late) for way in ways),
        blocked=sum(len(way.blocked) for way in ways),
        without_owner=sum(len(way.gaps) for way in ways),
        ends_at=None if not ends or None in ends else max(end for end in ends if end is not None),
    )


def progress_of(activation: Activation) -> Progress:
    """Of the plans that went under way with an activation."""
    return progress_of_runs(PlanRun.objects.filter(activation=activation).select_related("incident"))


def measured_hours(task: ActiveTask) -> float | None:
    """How long it really took, from the first beginning to the end; None where that is not known."""
    return task.measured_hours


def measured_by_process(incident: Incident) -> dict[Node, float]:
    """How long each process was down until the tasks had brought it back, in hours by the incident's clock: those of
    which every task is done."""
    down = down_since(incident)
    ends: dict[Node, list[ActiveTask]] = {}
    for task in tasks_of(incident):
        if task.process is not None and task.state != TaskState.NOT_NEEDED:
            ends.setdefault(task.process, []).append(task)
    found = {}
    for node, tasks in ends.items():
        times = [task.done_at for task in tasks if task.state == TaskState.DONE and task.done_at is not None]
        if len(times) == len(tasks):
            found[node] = (max(times) - down.get(node.pk, incident.began)).total_seconds() / 3600
    return found


def still_open(incident: Incident) -> tuple[int, list[Given]]:
    """Open tasks, and places that are still out."""
    incidents = family(incident)
    tasks = ActiveTask.objects.open().filter(incident__in=incidents).count()
    out = Given.objects.filter(incident__in=incidents, ended_at=None).select_related(
        "pool", "task", "process", "unit", "person"
    )
    return tasks, list(out)


def _value(fact: object) -> float | None:
    return getattr(fact, "value", None)
