"""The cascade of one scenario, and what is read off it: docs/methods/cascade.md."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from holdfast.engine import grid, kernel
from holdfast.engine.deadlock import deadlocks
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
class Contention:
    """A fallback that was on and got less of its pool than it asked for. ``node`` is the one that claims it."""

    pool: str
    fallback: str
    node: str
    weight: float
    granted: float


@dataclass(frozen=True)
class Cascade:
    """The answer for one scenario. ``levels`` holds the nodes that it touched, the others are well throughout."""

    twin: Twin
    scenario: Scenario
    levels: dict[str, Steps]
    processes: dict[str, ProcessAnswer]
    contentions: list[Contention]
    deadlocks: list[list[str]]
    unsettled: list[list[str]]

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


def cascade(twin: Twin, scenario: Scenario) -> Cascade:
    """What the hits of ``scenario`` do to ``twin`` up to its horizon."""
    model, ids = twin.model, twin.numbered_ids
    end = grid.seconds(scenario.horizon)
    with model.workspace() as workspace:
        workspace.run(*_hits(twin, scenario.hits), end)
        node, count, time, value = workspace.levels()
        downs = [column.tolist() for column in workspace.outages().T]
        links = [column.tolist() for column in workspace.causes().T]
        on, granted = (array.tolist() for array in workspace.fallbacks())
        held = workspace.unsettled().tolist()

    chains: list[list[tuple[str, int]]] = [[] for _ in downs[0]]
    for number, moment, row in zip(*links, strict=True):
        chains[row].append((ids[number], moment))
    outages: dict[str, list[Outage]] = defaultdict(list)
    for number, start, stop, chain in zip(*downs, chains, strict=True):
        outages[ids[number]].append(Outage(start, stop, stop == end, chain))
    processes = dict(_well(twin))
    for key, found in outages.items():
        processes[key] = _read_off(twin.nodes[twin.place[key]], found)
    moved = count > 0
    after = np.cumsum(count)[moved]
    steps = list(zip(time.tolist(), value.tolist(), strict=True))
    levels = {
        ids[number]: steps[stop - many : stop]
        for number, many, stop in zip(node[moved].tolist(), count[moved].tolist(), after.tolist(), strict=True)
    }
    first, last = model.arrays["first"], model.arrays["last"]
    return Cascade(
        twin,
        scenario,
        levels,
        processes,
        _contentions(twin, on, granted),
        deadlocks(twin, node[moved], value[after - 1], granted),
        sorted(sorted(ids[k] for k in range(first[i], last[i])) for i in held),
    )


@lru_cache(maxsize=8)
def _well(twin: Twin) -> dict[str, ProcessAnswer]:
    """The answer of each process of a twin to which nothing happens."""
    return {node.id: _read_off(node, []) for node in twin.nodes if node.kind == "process"}


def _hits(twin: Twin, hits: list[Hit]) -> tuple[kernel.Ints, kernel.Ints, kernel.Ints, kernel.Ints]:
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


def _read_off(node: Node, outages: list[Outage]) -> ProcessAnswer:
    rto, mtpd = (None if hours is None else grid.seconds(hours) for hours in (node.rto, node.mtpd))
    breach = next((outage for outage in outages if mtpd is not None and outage.length > mtpd), None)
    return ProcessAnswer(
        outages=outages,
        first_down=outages[0].start if outages else None,
        longest_outage=max((outage.length for outage in outages), default=0),
        downtime=sum(outage.length for outage in outages),
        rto_missed=rto is not None and any(outage.length > rto for outage in outages),
        mtpd_breached=breach is not None,
        breach_at=None if breach is None or mtpd is None else breach.start + mtpd,
        cost={
            category: sum((impact(points, outage.length) for outage in outages), 0.0)
            for category, points in (node.impact or {}).items()
        },
    )


def impact(points: list[tuple[float, float]], length: int) -> float:
    """What an outage of ``length`` seconds costs: linear between points (hours, value), the last value after them."""
    place = bisect_right(points, length, key=_second_of)
    if place == len(points):
        return float(points[-1][1])
    (h0, v0), (h1, v1) = points[place - 1], points[place]
    t0, t1 = grid.seconds(h0), grid.seconds(h1)
    return float(v0 + (v1 - v0) * (length - t0) / (t1 - t0))


def _second_of(point: tuple[float, float]) -> int:
    return grid.seconds(point[0])


def _contentions(twin: Twin, on: list[int], granted: list[int]) -> list[Contention]:
    """In the order of pool ids and, in a pool, in that of the grants: who claimed first, and each by rank."""
    model = twin.model
    arrays = model.arrays
    found = []
    for p in sorted(range(len(twin.pools)), key=lambda p: twin.pools[p].id):
        ranked = arrays["pool_fb"][arrays["pool_of"][p] : arrays["pool_of"][p + 1]].tolist()
        for f in sorted(ranked, key=lambda f: on[f] != 1):
            weight = int(arrays["fb_weight"][f])
            if not on[f] or granted[f] >= weight:
                continue
            claimant = twin.nodes[model.file_order[arrays["req_node"][arrays["fb_req"][f]]]]
            found.append(
                Contention(
                    twin.pools[p].id,
                    model.fallback_ids[f],
                    claimant.id,
                    weight / grid.THOUSAND,
                    granted[f] / grid.THOUSAND,
                )
            )
    return found
