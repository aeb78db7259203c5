"""What all plans together would take of the pools if they were activated at once: the tasks, and the fallbacks that
plans count on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.analysis.strategy.models import READY, Fallback, FallbackState
from holdfast.readiness.plans.graph import Circle, Slot, Work, schedule
from holdfast.readiness.plans.models import Plan, PlanTask, TaskClaim

COUNTED_ON = READY | {FallbackState.CHOSEN}
"""The states of fallbacks that plans count on."""


@dataclass(frozen=True)
class Claimed:
    """Who takes how much of a pool from when until when; hours from activation, None: without an end."""

    who: str
    amount: float
    start: float
    end: float | None


def claims_on(pools: Collection[int], on: date, also: Plan | None = None) -> dict[int, list[Claimed]]:
    """By the id of the pool all that would draw on it: the fallbacks that are counted on, and the tasks of the plans in
    force, and of `also` in place of the version of its line that is in force. Each plan is scheduled once."""
    found: dict[int, list[Claimed]] = defaultdict(list)
    fallbacks = Fallback.objects.ready(on, COUNTED_ON).filter(pool__in=pools)
    for fallback in fallbacks.select_related("requirement__node"):
        start = (fallback.activation.value if fallback.activation else None) or 0.0
        lasts = fallback.endurance.value if fallback.endurance else None
        end = None if lasts is None else start + lasts
        found[fallback.pool_id].append(Claimed(str(fallback.requirement.node), fallback.weight.value, start, end))
    counting = Plan.objects.in_force(on)
    plans = {plan.pk: plan for plan in counting.filter(tasks__claims__pool__in=pools).distinct()}
    if also is not None:
        plans = {pk: plan for pk, plan in plans.items() if plan.agreement.line != also.agreement.line}
        plans[also.pk] = also
    slots = {pk: slots_of(plan.task_rows()) for pk, plan in plans.items()}
    claims = TaskClaim.objects.filter(pool__in=pools, task__plan__in=plans).select_related("task")
    for claim in claims.order_by("task__plan", "task__position", "task__code"):
        plan, slot = plans[claim.task.plan_id], slots[claim.task.plan_id].get(claim.task.code)
        if slot is not None:
            found[claim.pool_id or 0].append(Claimed(f"{plan}: {claim.task}", claim.amount, slot.start, slot.finish))
    return found


def slots_of(tasks: Sequence[PlanTask]) -> dict[str, Slot]:
    """The tasks in time; nothing where they wait for each other."""
    try:
        return schedule(works_of(tasks))
    except Circle:
        return {}


def works_of(tasks: Sequence[PlanTask]) -> list[Work]:
    return [Work(task.code, task.low, task.likely, task.high, tuple(task.after)) for task in tasks]


def most_at_once(claims: Sequence[Claimed]) -> tuple[float, float]:
    """The most that is claimed at one time, and when that is first so."""
    best, when = 0.0, 0.0
    for at in sorted({claim.start for claim in claims}):
        taken = sum(claim.amount for claim in claims if claim.start <= at and (claim.end is None or at < claim.end))
        if taken > best:
            best, when = taken, at
    return best, when
