"""The cascade of one scenario, and what is read off it: docs/methods/cascade.md."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from holdfast.engine import grid, kernel
from holdfast.engine.deadlock import deadlocks
from holdfast.engine.limits import Summary
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.twin import Node, Twin

Steps = list[tuple[int, int]]
"""(second, millionths) of each change of a level; it is ONE before the first."""


@dataclass(frozen=True)
class Outage:
    """A process below its minimum level. Times in seconds; ``open`` if it lasts to the horizon, its ``end`` then."""

    start: int
    end: int
    open: bool
    cause: list[tuple[str, int]]

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class ProcessAnswer:
    """What is read off one process. Times in seconds, ``cost`` per category in the category's unit."""

    outages: list[Outage]
    first_down: int | None
    longest_outage: int
    downtime: int
    rto_missed: bool
    mtpd_breached: bool
    breach_at: int | None
    cost: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Hours in place of seconds, as the ``cascade`` command prints it."""
        return {
            "outages": [
                {
                    "start": grid.hours(outage.start),
                    "end": grid.hours(outage.end),
                    "open": outage.open,
                    "cause": [[node, grid.hours(time)] for node, time in outage.cause],
                }
                for outage in self.outages
            ],
            "first_down": None if self.first_down is None else grid.hours(self.first_down),
            "longest_outage": grid.hours(self.longest_outage),
            "downtime": grid.hours(self.downtime),
            "rto_missed": self.rto_missed,
            "mtpd_breached": self.mtpd_breached,
            "breach_at": None if self.breach_at is None else grid.hours(self.breach_at),
            "cost": self.cost,
        }


@dataclass(frozen=True)
class Claim:
    """A pool's fallback that was on in either run: what it asks for and what it is granted. ``node`` is the claimant.

    Weights in the unit of the pool. Granted less than its weight it is a contention.
    """

    pool: str
    fallback: str
    node: str
    weight: float
    granted: float


@dataclass(frozen=True)
class Cascade:
    """The answer for one scenario. The kernel's arrays are kept as they come; what is asked for by name is made of them
    when it is asked for: a sweep that reads a summary off each of thousands of scenarios makes nothing else."""

    twin: Twin
    scenario: Scenario
    outages: kernel.Ints
    """[outage, (kernel's number of the process, start, end)], each process's together and in order of time."""
    claims: list[Claim]
    """By pool id and, in a pool, in the order of the grants: who claimed first, and each by rank."""
    deadlocks: list[list[str]]
    unsettled: list[list[str]]
    _steps: tuple[kernel.Ints, kernel.Ints, kernel.Ints, kernel.Ints]
    _links: kernel.Ints

    @cached_property
    def contentions(self) -> list[Claim]:
        """The claims that were granted less than they asked for."""
        return [claim for claim in self.claims if claim.granted < claim.weight]

    @cached_property
    def summary(self) -> Summary:
        """What is read off the processes that were down, as arrays."""
        return self.twin.limits.summary(self.outages)

    @cached_property
    def levels(self) -> dict[str, Steps]:
        """The changes of each node that was touched; the others are well throughout."""
        ids, (node, count, time, value) = self.twin.numbered_ids, self._steps
        moved = count > 0
        after = np.cumsum(count)[moved]
        steps = list(zip(time.tolist(), value.tolist(), strict=True))
        return {
            ids[number]: steps[stop - many : stop]
            for number, many, stop in zip(node[moved].tolist(), count[moved].tolist(), after.tolist(), strict=True)
        }

    @cached_property
    def processes(self) -> Mapping[str, ProcessAnswer]:
        """What is read off each process, also where nothing happened to it."""
        return _Processes(self)

    def level(self, node: str, second: int) -> float:
        """The level of a node at a second, 0 to 1."""
        steps = self.levels.get(node, [])
        k = bisect_right(steps, second, key=lambda step: step[0])
        return steps[k - 1][1] / grid.ONE if k else 1.0

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast cascade --json``: hours and levels between 0 and 1."""
        nodes: dict[str, Any] = {}
        for node in self.twin.nodes:
            steps = self.levels.get(node.id, [])
            level = [[time / grid.HOUR, value / grid.ONE] for time, value in steps]
            if not level or level[0][0]:
                level.insert(0, [0.0, 1.0])
            nodes[node.id] = {"level": level}
            if (answer := self.processes.get(node.id)) is not None:
                nodes[node.id].update(answer.as_json())
        return {
            "nodes": nodes,
            "contentions": [vars(contention) for contention in self.contentions],
            "deadlocks": self.deadlocks,
            "unsettled": self.unsettled,
        }


class _Processes(Mapping[str, ProcessAnswer]):
    """The answers of the processes by id, each made when it is asked for."""

    def __init__(self, cascade: Cascade) -> None:
        self._cascade = cascade
        self._place = {number: k for k, number in enumerate(cascade.summary.node.tolist())}
        links = cascade._links[:, 2]
        self._link = np.searchsorted(links, np.arange(len(cascade.outages) + 1))
        self._made: dict[str, ProcessAnswer] = {}

    def __iter__(self) -> Iterator[str]:
        return (node.id for node in self._cascade.twin.nodes if node.kind == "process")

    def __len__(self) -> int:
        return sum(node.kind == "process" for node in self._cascade.twin.nodes)

    def __getitem__(self, key: str) -> ProcessAnswer:
        if key not in self._made:
            twin = self._cascade.twin
            place = twin.place[key]
            if twin.nodes[place].kind != "process":
                raise KeyError(key)
            down = self._place.get(int(twin.model.number_of[place]))
            self._made[key] = _well(twin.nodes[place]) if down is None else self._down(twin.nodes[place], down)
        return self._made[key]

    def _down(self, node: Node, place: int) -> ProcessAnswer:
        found, ids = self._cascade.summary, self._cascade.twin.numbered_ids
        end = grid.seconds(self._cascade.scenario.horizon)
        outages = []
        first, last = int(found.rows[place]), int(found.rows[place + 1])
        for row, (_, start, stop) in enumerate(self._cascade.outages[first:last].tolist(), first):
            chain = self._cascade._links[self._link[row] : self._link[row + 1], :2].tolist()
            outages.append(Outage(start, stop, stop == end, [(ids[number], time) for number, time in chain]))
        breach = int(found.breach_at[place])
        return ProcessAnswer(
            outages=outages,
            first_down=int(found.first_down[place]),
            longest_outage=int(found.longest[place]),
            downtime=int(found.downtime[place]),
            rto_missed=bool(found.rto_missed[place]),
            mtpd_breached=breach >= 0,
            breach_at=None if breach < 0 else breach,
            cost={category: float(found.cost[category][place]) for category in node.impact or {}},
        )


def _well(node: Node) -> ProcessAnswer:
    """The answer of a process that was never down."""
    return ProcessAnswer([], None, 0, 0, False, False, None, dict.fromkeys(node.impact or {}, 0.0))


def cascade(twin: Twin, scenario: Scenario) -> Cascade:
    """What the hits of ``scenario`` do to ``twin`` up to its horizon."""
    model, ids = twin.model, twin.numbered_ids
    with model.workspace() as workspace:
        workspace.run(*hit_arrays(twin, scenario.hits), grid.seconds(scenario.horizon))
        steps = node, count, _, value = workspace.levels()
        outages = workspace.outages()
        links = workspace.causes()
        on, granted = (array.tolist() for array in workspace.fallbacks())
        held = workspace.unsettled().tolist()
    moved = count > 0
    last_level = value[np.cumsum(count)[moved] - 1]
    first, last = model.arrays["first"], model.arrays["last"]
    return Cascade(
        twin,
        scenario,
        outages,
        _claims(twin, on, granted),
        deadlocks(twin, node[moved], last_level, granted),
        sorted(sorted(ids[k] for k in range(first[i], last[i])) for i in held),
        steps,
        links,
    )


def hit_arrays(twin: Twin, hits: list[Hit]) -> tuple[kernel.Ints, kernel.Ints, kernel.Ints, kernel.Ints]:
    """(node, level, start, end) [hit], as the kernel takes them."""
    rows = [
        (
            twin.model.number_of[twin.place[hit.node]],
            grid.ONE - grid.millionths(hit.loss),
            grid.seconds(hit.start),
            grid.NEVER
            if hit.duration is None
            else min(grid.seconds(hit.start) + grid.seconds(hit.duration), grid.NEVER),
        )
        for hit in hits
    ]
    node, level, start, end = np.array(rows, np.int32).reshape(-1, 4).T
    return node, level, start, end


def _claims(twin: Twin, on: list[int], granted: list[int]) -> list[Claim]:
    model = twin.model
    arrays = model.arrays
    found = []
    for p in sorted(range(len(twin.pools)), key=lambda p: twin.pools[p].id):
        ranked = arrays["pool_fb"][arrays["pool_of"][p] : arrays["pool_of"][p + 1]].tolist()
        for f in sorted(ranked, key=lambda f: on[f] != 1):
            weight = int(arrays["fb_weight"][f])
            if not on[f]:
                continue
            claimant = twin.nodes[model.file_order[arrays["req_node"][arrays["fb_req"][f]]]]
            found.append(
                Claim(
                    twin.pools[p].id,
                    model.fallback_ids[f],
                    claimant.id,
                    weight / grid.THOUSAND,
                    granted[f] / grid.THOUSAND,
                )
            )
    return found
