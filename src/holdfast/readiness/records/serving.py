"""Which processes a record, or the system that keeps it, serves; which critical functions these serve; and the limits
that follow.

A process that needs the record itself is one of its processes; so is one that needs it by way of resources (a system
that reads it). What such a process supplies to other processes does not count them in: of functions it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from holdfast.organization.evidence.fact import Fact
from holdfast.organization.structure.models import Node, Supply
from holdfast.organization.structure.models.nodes import NodeKind


@dataclass(frozen=True)
class Served:
    """Processes and functions, each in the order of their keys."""

    processes: tuple[Node, ...]
    functions: tuple[Node, ...]

    @cached_property
    def mtpd(self) -> Fact | None:
        """The shortest MTPD of the processes, where one is known."""
        return shortest(process.mtpd for process in self.processes)

    @cached_property
    def rpo(self) -> Fact | None:
        """The strictest RPO of the processes, where one is known."""
        return shortest(process.rpo for process in self.processes)


class Chains:
    """What draws on what, as of a day: two queries for any number of questions."""

    def __init__(self, on: date) -> None:
        self.nodes: dict[int, Node] = {
            node.pk: node for node in Node.objects.standing(on).select_related("unit", "site")
        }
        self._above: dict[int, list[int]] = defaultdict(list)
        for above, below in Supply.objects.values_list("requirement__node", "provider").iterator():
            if above in self.nodes and below in self.nodes:
                self._above[below].append(above)

    def served(self, starts: Iterable[int]) -> Served:
        """What is served by these nodes together."""
        processes = self._climb(starts, through=lambda node: node.kind != NodeKind.PROCESS)
        found = [self.nodes[pk] for pk in processes if self.nodes[pk].kind == NodeKind.PROCESS]
        direct = [node for node in found if not node.is_function]
        above = self._climb([node.pk for node in direct], through=lambda node: not node.is_function)
        functions = [self.nodes[pk] for pk in {*above, *(node.pk for node in found)} if self.nodes[pk].is_function]
        return Served(_by_key(direct), _by_key(functions))

    def _climb(self, starts: Iterable[int], through: object) -> set[int]:
        """All that is reached upwards; what `through` refuses is reached, and not climbed from."""
        seen: set[int] = set()
        front = [pk for pk in starts if pk in self.nodes]
        begun = set(front)
        while front:
            pk = front.pop()
            if pk not in begun and not through(self.nodes[pk]):  # type: ignore[operator]
                continue
            for above in self._above[pk]:
                if above not in seen:
                    seen.add(above)
                    front.append(above)
        return seen


def shortest(facts: Iterable[Fact | None]) -> Fact | None:
    """The smallest of some figures; None where none has a value."""
    known = [fact for fact in facts if fact is not None and fact.value is not None]
    return min(known, key=lambda fact: fact.value or 0.0, default=None)


def _by_key(nodes: Collection[Node]) -> tuple[Node, ...]:
    return tuple(sorted(nodes, key=lambda node: node.key))
