"""Which plans cover which process, and whether the critical functions are covered (A/63/359, 11; rules 1 and 24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from holdfast.organization.structure.models import Node, Supply
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.plans.models import Plan, PlanKind, PlanProcess
from holdfast.readiness.plans.upkeep import Standing, standings

Plans = Mapping[str, Sequence[Standing]]
"""The plans of each process, by the key of the process. A process that is not named has none."""


def plans_of_processes(on: date) -> dict[str, list[Standing]]:
    """The continuity plans of each process: of each line the version that counts on this day, else its newest draft,
    which covers nothing yet."""
    rows = Plan.objects.filter(kind=PlanKind.CONTINUITY).select_related("agreement", "unit").defer("agreement__record")
    counting = {plan.agreement.line: plan for plan in rows.in_force(on)}
    newest = [plan for plan in rows.newest() if plan.agreement.in_force_until is None]
    plans = [*counting.values(), *(plan for plan in newest if plan.agreement.line not in counting)]
    of_plan = standings(plans, on)
    found: dict[str, list[Standing]] = {}
    links = PlanProcess.objects.filter(plan__in=of_plan, node__is_function=False).order_by("node__key", "plan__key")
    for plan, process in links.values_list("plan", "node__key"):
        found.setdefault(process, []).append(of_plan[plan])
    return found


def covered_functions(on: date, plans: Plans | None = None) -> list[dict[str, Any]]:
    """The critical functions that stand on this day, in their order, with the processes that serve them and their
    plans. Covered: at least one process serves it, and each of its processes has an approved, tested, current plan with
    every task held. Tested: it has plans, and all of them are."""
    found = plans_of_processes(on) if plans is None else plans
    return [_covered(function, keys, found) for function, keys in serving(on)]


def serving(on: date) -> list[tuple[Node, list[str]]]:
    """The critical functions in their order, with the keys of the processes that serve each. Two queries."""
    standing = Node.objects.standing(on)
    of_function: dict[int, list[str]] = {}
    supplies = Supply.objects.filter(
        requirement__node__is_function=True, provider__kind=NodeKind.PROCESS, provider__in=standing.values("pk")
    )
    for function, process in (
        supplies.order_by("requirement__position", "position", "provider__key")
        .values_list("requirement__node", "provider__key")
        .iterator()
    ):
        keys = of_function.setdefault(function, [])
        if process not in keys:
            keys.append(process)
    return [(function, of_function.get(function.pk, [])) for function in standing.functions()]


COUNTED = ("approved", "tested", "current", "held", "stands")


def counted(processes: Sequence[str], plans: Plans) -> dict[str, int]:
    """How many of the processes have a plan (`planned`), and how many one that is approved, tested and so on. Of
    several plans of a process the one that comes nearest to covering it counts."""
    best = [max(found, key=_nearness) for process in processes if (found := plans.get(process, ()))]
    return {"planned": len(best), **{name: sum(1 for one in best if getattr(one, name)) for name in COUNTED}}


def _nearness(one: Standing) -> tuple[bool, int]:
    return one.stands, sum((one.approved, one.tested, one.current, one.held))


def _covered(function: Node, processes: list[str], plans: Plans) -> dict[str, Any]:
    of_each = [plans.get(process, ()) for process in processes]
    every = {one.plan.key: one for found in of_each for one in found}
    return {
        "id": function.key,
        "name": function.name,
        "processes": processes,
        "plans": sorted(every),
        "tested": bool(every) and all(one.tested for one in every.values()),
        "covered": bool(processes) and all(any(one.stands for one in found) for found in of_each),
    }
