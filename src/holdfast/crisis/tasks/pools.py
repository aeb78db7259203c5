"""What is given out of pools, moment by moment, against what there is; and against what the plans counted on.

Real incidents draw on the same places, so all that are open count together. An exercise gives out nothing that exists:
it counts by itself, by its own clock, and is shown beside what is really in use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from holdfast.analysis.strategy.models import Fallback
from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun, RunState
from holdfast.crisis.tasks.moving import family
from holdfast.organization import clock
from holdfast.organization.structure.models import Pool
from holdfast.readiness.plans.claims import COUNTED_ON
from holdfast.readiness.plans.models import PlanProcess, TaskClaim

FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Use:
    """So much from when until when (None: nobody knows)."""

    amount: float
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Counted:
    """What the plans counted on: by whom, how much, and whether something was really given for it."""

    who: str
    amount: float
    given: bool


@dataclass
class PoolNow:
    """A pool in an incident. `given` is all that is out now and of which sort: here, elsewhere in real incidents."""

    pool: Pool
    here: list[Given] = field(default_factory=list)
    elsewhere: list[Given] = field(default_factory=list)
    past: list[Given] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    now: float = 0.0
    away: float = 0.0
    peak: float = 0.0
    peak_at: datetime | None = None
    shared: bool = True
    """Whether what is out elsewhere takes of what there is here: not in an exercise."""

    @property
    def capacity(self) -> float:
        return float(self.pool.capacity.value or 0.0)

    @property
    def free(self) -> float:
        return self.capacity - self.now - (self.away if self.shared else 0.0)

    @property
    def planned(self) -> float:
        """What the plans still count on and nothing was given for."""
        return sum(one.amount for one in self.counted if not one.given)

    @property
    def wanted(self) -> float:
        """What is out, and what is still counted on: the given stands for what the plan claimed."""
        return self.capacity - self.free + self.planned

    @property
    def short(self) -> float:
        return max(0.0, self.wanted - self.capacity)


def out_of(pools: Collection[int], incident: Incident) -> QuerySet[Given]:
    """What counts against these pools for an incident: of all real ones under way, or of this exercise alone."""
    rows = Given.objects.filter(pool__in=pools)
    if not incident.real:
        return rows.filter(incident=incident)
    # What a merged incident gave out is still out; of a closed one only what it was closed with.
    live = Q(incident__state__in=(IncidentState.OPEN, IncidentState.MERGED)) | Q(ended_at=None)
    return rows.filter(live, incident__real=True)


def most(uses: Iterable[Use], since: datetime, until: datetime | None) -> tuple[float, datetime]:
    """The most that is out at one time within [since, until), and when that is first so."""
    end = until or FOR_EVER
    within = [use for use in uses if use.since < end and (use.until is None or use.until > since)]
    best, when = 0.0, since
    for at in sorted({since, *(max(use.since, since) for use in within)}):
        taken = sum(use.amount for use in within if use.since <= at and (use.until is None or at < use.until))
        if taken > best + 1e-9:
            best, when = taken, at
    return best, when


def uses_of(rows: Iterable[Given], now: datetime) -> list[Use]:
    """What is out; what should have come back and has not is out still."""
    return [Use(one.amount, one.since, _ends(one, now)) for one in rows]


def _ends(one: Given, now: datetime) -> datetime | None:
    if one.ended_at is not None or one.until is None or one.until > now:
        return one.ends
    return None


def pools_of(incident: Incident) -> list[PoolNow]:
    """The pools that the incident has to do with: what is out, what its plans counted on. Most wanting first."""
    now = incident.moment()
    incidents = family(incident)
    running = list(PlanRun.objects.filter(incident__in=incidents, state=RunState.RUNNING))
    own = list(Given.objects.filter(incident__in=incidents).select_related("pool", "task", "process", "unit", "person"))
    found: dict[int, PoolNow] = {}

    def of(pool: Pool) -> PoolNow:
        return found.setdefault(pool.pk, PoolNow(pool, shared=incident.real))

    for one in own:
        (of(one.pool).past if one.ended_at is not None else of(one.pool).here).append(one)
    _count(running, own, of)
    real = Given.objects.filter(pool__in=found, incident__real=True, ended_at=None).exclude(incident__in=incidents)
    for one in real.select_related("pool", "incident", "task", "process", "unit", "person"):
        of(one.pool).elsewhere.append(one)
    world = clock.now()
    counting: dict[int, list[Given]] = defaultdict(list)
    for one in out_of(list(found), incident):
        counting[one.pool_id].append(one)
    for pk, pool in found.items():
        pool.now = sum(one.amount for one in pool.here if one.since <= now)
        pool.away = sum(one.amount for one in pool.elsewhere if one.since <= world)
        pool.peak, pool.peak_at = most(uses_of(counting[pk], now), now, None)
    return sorted(found.values(), key=lambda one: (-one.short, one.pool.name))


def _count(running: Sequence[PlanRun], own: Sequence[Given], of: Callable[[Pool], PoolNow]) -> None:
    """What the plans under way counted on: claims of open tasks, and fallbacks of their processes."""
    out = [one for one in own if one.ended_at is None]
    for_task = {(one.pool_id, one.task_id) for one in out if one.task_id}
    for_process = {(one.pool_id, one.process_id) for one in out if one.process_id}
    claims: dict[int, list[TaskClaim]] = defaultdict(list)
    tasks = list(ActiveTask.objects.open().filter(run__in=running).exclude(task=None).order_by("run", "position"))
    rows = TaskClaim.objects.filter(pool__isnull=False, task__in=[task.task_id for task in tasks])
    for claim in rows.select_related("pool"):
        claims[claim.task_id].append(claim)
    for task in tasks:
        for claim in claims[task.task_id or 0]:
            given = (claim.pool_id, task.pk) in for_task or (claim.pool_id, task.process_id) in for_process
            of(claim.pool).counted.append(Counted(f"{task.code} {task}", claim.amount, given))  # type: ignore[arg-type]
    nodes = PlanProcess.objects.filter(plan__in=[run.plan_id for run in running]).values("node")
    fallbacks = Fallback.objects.ready(clock.today(), COUNTED_ON).filter(
        pool__isnull=False, requirement__node__in=nodes
    )
    for fallback in fallbacks.select_related("pool", "requirement__node").order_by("pk"):
        given = (fallback.pool_id, fallback.requirement.node_id) in for_process
        who = str(fallback.requirement.node)
        of(fallback.pool).counted.append(Counted(who, float(fallback.weight.value or 0.0), given))
