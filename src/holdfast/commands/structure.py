"""Questions to the organisation in the database in use: ``functions``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import BadInput

if TYPE_CHECKING:
    from holdfast.organization.structure.models import Node


@dataclass(frozen=True)
class Plan:
    """What a plan's state says about the process that it is for. `held`: every task of it has somebody."""

    key: str
    approved: bool
    tested: bool
    current: bool
    held: bool

    @property
    def stands(self) -> bool:
        return self.approved and self.tested and self.current and self.held


Plans = Mapping[str, Sequence[Plan]]
"""The plans of each process, by the key of the process. A process that is not named has none."""


@click.command("functions")
@click.option("--at", "at", metavar="DATE", help="The day that is asked for, as 2008-10-01; default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def functions(at: str | None, as_json: bool) -> None:
    """The critical functions, in their order: which processes serve each, and whether plans cover it.

    Covered: at least one process serves it, and each of its processes has an approved, tested, current plan with every
    task held.
    """
    ready_database()
    from holdfast.organization import clock

    try:
        on = date.fromisoformat(at) if at else clock.today()
    except ValueError:
        raise BadInput(f"--at: wanted a date such as 2008-10-01, got “{at}”") from None
    found = covered_functions(on, {})
    if as_json:
        click.echo(json.dumps({"functions": found}, ensure_ascii=False))
        return
    for function in found:
        count = len(function["processes"])
        state = "covered" if function["covered"] else "tested, not covered" if function["tested"] else "not covered"
        click.echo(f"{function['id']}  {function['name']}: {count} process{'' if count == 1 else 'es'}, {state}")
    if not found:
        click.echo("No critical function is named.")


def covered_functions(on: date, plans: Plans) -> list[dict[str, Any]]:
    """The critical functions that stand on this day, in their order, with the processes that serve them and their
    plans. Two queries."""
    from holdfast.organization.structure.models import Node, Supply
    from holdfast.organization.structure.models.nodes import NodeKind

    standing = Node.objects.standing(on)
    serving: dict[int, list[str]] = {}
    supplies = Supply.objects.filter(
        requirement__node__is_function=True, provider__kind=NodeKind.PROCESS, provider__in=standing.values("pk")
    )
    for function, process in (
        supplies.order_by("requirement__position", "position", "provider__key")
        .values_list("requirement__node", "provider__key")
        .iterator()
    ):
        keys = serving.setdefault(function, [])
        if process not in keys:
            keys.append(process)
    return [_covered(function, serving.get(function.pk, []), plans) for function in standing.functions()]


def _covered(function: Node, processes: list[str], plans: Plans) -> dict[str, Any]:
    of_each = [plans.get(process, ()) for process in processes]
    every = {plan.key: plan for found in of_each for plan in found}
    return {
        "id": function.key,
        "name": function.name,
        "processes": processes,
        "plans": sorted(every),
        "tested": bool(every) and all(plan.tested for plan in every.values()),
        "covered": bool(processes) and all(any(plan.stands for plan in found) for found in of_each),
    }
