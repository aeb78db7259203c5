"""What to restore first: for each thing that is out, and for what has to come back together, the cascade without it.

Pure: no database, no clock. docs/methods/forecast.md says what is tried and how it is ranked. When crews and the hours
of repairs are known, `engine.restoration` finds the best order; here only what is out is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from holdfast.crisis.picture.outs import Out
from holdfast.crisis.picture.runs import NEVER, Read, read_arrays
from holdfast.engine import grid
from holdfast.engine.cascade import cascade, hit_arrays
from holdfast.engine.limits import Longs
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.twin import Twin

MOST_ALONE = 300
"""Things tried alone; of more, those that end a binding chain come first, then those with the longest loss."""
MOST_TARGETS = 12
"""Processes for which it is asked what has to come back together."""
MOST_TOGETHER = 12
"""Things that have to come back together for one process, at the most."""
MOST_SAID = 8


@dataclass(frozen=True)
class Gain:
    """Nodes that, back at once, spare breaches that are still ahead: ``spares`` by id, critical functions first.

    ``hours`` of downtime of processes fewer, ``cost`` per category less, both until the horizon.
    """

    nodes: tuple[str, ...]
    spares: tuple[str, ...]
    functions: int
    hours: float
    cost: dict[str, float]

    @property
    def rank(self) -> tuple[float, ...]:
        """Most first, counted per thing that has to be restored: functions spared, processes spared, hours."""
        many = len(self.nodes)
        return (-self.functions / many, -len(self.spares) / many, -self.hours / many, many)


@dataclass
class _Asking:
    twin: Twin
    hits: list[Hit]
    now: int
    horizon: int
    functions: frozenset[str]
    base: Read = field(init=False)
    breaches: Longs = field(init=False)

    def __post_init__(self) -> None:
        self.arrays = hit_arrays(self.twin, self.hits)
        self.base = self.run(())
        self.breaches = self.base.breaches_after(self.now)

    def run(self, back: Iterable[str]) -> Read:
        """With these nodes back at once."""
        node, level, start, end = self.arrays
        numbers = [self.twin.model.number_of[self.twin.place[one]] for one in back]
        cut = np.where(np.isin(node, numbers), np.minimum(end, self.now), end)
        some = cut > start
        return read_arrays(self.twin, (node[some], level[some], start[some], cut[some]), self.horizon)

    def binding(self, process: str, back: set[str]) -> str | None:
        """What holds a process down from now on if these are back: the end of its chain in what of the hits lies ahead,
        as if all had been well until now. The chain of its real outage leads to what began it, back or not."""
        ahead = []
        for hit in self.hits:
            start = max(grid.seconds(hit.start), self.now)
            end = grid.NEVER if hit.duration is None else grid.seconds(hit.start) + grid.seconds(hit.duration)
            if hit.node not in back and end > start:
                length = None if hit.duration is None else grid.hours(end - start)
                ahead.append(Hit(hit.node, hit.loss, grid.hours(start), length))
        outages = cascade(self.twin, Scenario(ahead, grid.hours(self.horizon))).processes[process].outages
        return outages[0].cause[-1][0] if outages and outages[0].cause else None

    def gain(self, back: Sequence[str]) -> Gain | None:
        found = self.run(back)
        ids = self.twin.numbered_ids
        spared = np.flatnonzero((self.breaches < NEVER) & (found.breaches_after(self.now) >= NEVER))
        spares = sorted(
            (ids[number] for number in spared.tolist()),
            key=lambda one: (one not in self.functions, self.breaches[self._number(one)], one),
        )
        fewer = (self.base.downtime_after(self.now) - found.downtime_after(self.now)) / grid.HOUR
        if not spares and fewer <= 0:
            return None
        cost = {
            name: float(self.base.summary.cost[name].sum() - found.summary.cost[name].sum())
            for name in self.twin.limits.categories
        }
        return Gain(tuple(back), tuple(spares), sum(one in self.functions for one in spares), fewer, cost)

    def _number(self, node: str) -> int:
        return int(self.twin.model.number_of[self.twin.place[node]])


def restore_first(
    twin: Twin, outs: Sequence[Out], hits: list[Hit], now: int, horizon: int, functions: frozenset[str]
) -> list[Gain]:
    """What would spare most if it were back at once, best first; nothing where nothing would help."""
    asking = _Asking(twin, hits, now, horizon, functions)
    ahead = [hit for hit in hits if hit.duration is None or grid.seconds(hit.start) + grid.seconds(hit.duration) > now]
    out = list(dict.fromkeys(hit.node for hit in ahead))
    if not out:
        return []
    candidates: dict[tuple[str, ...], None] = {}
    for back in _together(asking, set(out)):
        candidates[tuple(sorted(back))] = None
    ends = {node for back in candidates for node in back}
    alone = sorted(out, key=lambda node: node not in ends)[:MOST_ALONE]
    for node in alone:
        candidates.setdefault((node,))
    reported: dict[str, set[str]] = {}
    for one in outs:
        if one.shared and one.node in set(out):
            reported.setdefault(one.shared, set()).add(one.node)
    for nodes in reported.values():
        if len(nodes) > 1:
            candidates.setdefault(tuple(sorted(nodes)))
    gains = [gain for back in candidates if (gain := asking.gain(back)) is not None]
    gains.sort(key=lambda gain: (*gain.rank, gain.nodes))
    return gains[:MOST_SAID]


def _together(asking: _Asking, out: set[str]) -> Iterable[set[str]]:
    """For the breaches ahead, critical functions and the soonest first: what has to come back together, found by
    bringing back what ends the binding chain until the process no longer breaches. Small, not proved the smallest."""
    ids = asking.twin.numbered_ids
    numbers = np.flatnonzero(asking.breaches < NEVER).tolist()
    numbers.sort(key=lambda number: (ids[number] not in asking.functions, asking.breaches[number], ids[number]))
    for number in numbers[:MOST_TARGETS]:
        back: set[str] = set()
        for _ in range(MOST_TOGETHER):
            root = asking.binding(ids[number], back)
            if root is None or root not in out or root in back:
                break
            back.add(root)
            if asking.run(back).breaches_after(asking.now)[number] >= NEVER:
                yield back
                break


__all__ = ["Gain", "restore_first"]
