"""Plans of an import: no plan part of itself, no call tree that leads back, no tasks that wait for each other, and
parts that belong to the plan they stand in.

The acts ask the same of one row (`readiness.plans.actions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext

from holdfast.exchange.preview import Item
from holdfast.readiness.plans.actions.plans import RECOVERED
from holdfast.readiness.plans.graph import Circle, Work, in_order
from holdfast.readiness.plans.models import (
    Plan,
    PlanKind,
    PlanProcess,
    PlanRole,
    PlanTask,
    TaskAfter,
    key_in,
)

Trouble = Callable[[Item, str, str], None]


def check_plans(items: Iterable[Item], trouble: Trouble) -> None:
    """Asks the rules that concern several rows of a plan."""
    by_kind: dict[type[Any], list[Item]] = defaultdict(list)
    for item in items:
        if not item.broken:
            by_kind[type(item.row)].append(item)
    for item in by_kind[Plan]:
        if _leads_back(item.row, "part_of"):
            trouble(item, "part_of", gettext("A plan is no part of itself, nor of its own parts."))
    for item in by_kind[PlanRole]:
        if _leads_back(item.row, "called_by"):
            trouble(item, "called_by", gettext("The call tree would lead back to this role."))
    for item in (*by_kind[PlanRole], *by_kind[PlanTask]):
        if item.new and item.row.key != key_in(item.row.plan, item.row.code):
            said = gettext("Wanted “%(key)s”: the key of the plan, a dot, and the code.")
            trouble(item, "key", said % {"key": key_in(item.row.plan, item.row.code)})
    for item in by_kind[PlanProcess]:
        _check_process(item, trouble)
    _check_brought_back(by_kind, trouble)
    _check_order(by_kind[TaskAfter], trouble)


def _leads_back(row: Any, name: str) -> bool:
    seen: set[int] = {id(row)}
    above = getattr(row, name)
    while above is not None:
        if id(above) in seen or (above.pk is not None and above.pk == row.pk):
            return True
        seen.add(id(above))
        above = getattr(above, name)
    return False


def _check_process(item: Item, trouble: Trouble) -> None:
    plan, node = item.row.plan, item.row.node
    if plan.kind == PlanKind.CRISIS:
        trouble(item, "node", gettext("A crisis management plan serves life and property, not a process."))
    elif plan.kind == PlanKind.CONTINUITY and (node.kind != "process" or node.is_function):
        trouble(item, "node", gettext("A continuity plan is for processes."))
    elif plan.kind == PlanKind.ICT and node.kind not in RECOVERED:
        trouble(item, "node", gettext("A recovery plan is for applications and infrastructure."))


def _check_brought_back(by_kind: dict[type[Any], list[Item]], trouble: Trouble) -> None:
    """A task brings back only what its plan is for."""
    asked = [item for item in by_kind[PlanTask] if item.row.process is not None]
    plans = {item.row.plan_id for item in asked if item.row.plan_id is not None}
    there = set(PlanProcess.objects.filter(plan__in=plans).values_list("plan__key", "node__key"))
    there |= {(item.row.plan.key, item.row.node.key) for item in by_kind[PlanProcess]}
    for item in asked:
        if (item.row.plan.key, item.row.process.key) not in there:
            said = gettext("The plan is not for %(process)s: add it to the plan first.")
            trouble(item, "process", said % {"process": item.row.process})


def _check_order(items: list[Item], trouble: Trouble) -> None:
    of_plan: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        of_plan[item.row.task.plan.key].append(item)
    for key, links in of_plan.items():
        waits: dict[str, set[str]] = defaultdict(set)
        known = TaskAfter.objects.filter(task__plan__key=key).values_list("task__key", "after__key")
        for task, after in (*known, *((item.row.task.key, item.row.after.key) for item in links)):
            waits[task].add(after)
            waits.setdefault(after, set())
        try:
            in_order(Work(task, 0.0, 0.0, 0.0, tuple(sorted(after))) for task, after in waits.items())
        except Circle as circle:
            said = gettext("These tasks would wait for each other: %(codes)s.")
            last = next(item for item in reversed(links) if item.row.task.key in circle.codes)
            trouble(last, "after", said % {"codes": str(circle)})
