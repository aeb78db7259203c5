"""Many runs of one twin: the courses and the draws, each read off as far as a forecast needs it.

Pure: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from holdfast.crisis.picture.outs import Out, drawn_hits
from holdfast.engine import kernel
from holdfast.engine.cascade import hit_arrays
from holdfast.engine.limits import Longs, Summary
from holdfast.engine.sampling import Years
from holdfast.engine.scenario import Hit
from holdfast.engine.twin import Twin

NEVER = 2**40
"""Later than every second of a run."""


@dataclass(frozen=True)
class Read:
    """What one run says. ``table`` [outage, (kernel's number of the process, start, end)]; seconds."""

    twin: Twin
    table: Longs
    horizon: int

    @cached_property
    def summary(self) -> Summary:
        return self.twin.limits.summary(self.table)

    def breaches(self) -> Longs:
        """[kernel's number] when each process breaches its MTPD first, NEVER where it does not."""
        found = np.full(len(self.twin.nodes), NEVER, np.int64)
        summary = self.summary
        passed = summary.breach_at >= 0
        found[summary.node[passed]] = summary.breach_at[passed]
        return found

    def breaches_after(self, now: int) -> Longs:
        """[kernel's number] as ``breaches``, of the outages that go on after ``now`` and breach then."""
        found = np.full(len(self.twin.nodes), NEVER, np.int64)
        node, start, end = self.table.T
        at = start + self.twin.limits.mtpd[node]
        some = (end > at) & (at > now)
        np.minimum.at(found, node[some], at[some])
        return found

    def backs(self, now: int) -> Longs:
        """[kernel's number] when the outage ends that each process is in at ``now``, or else comes to next: NEVER where
        it lasts to the horizon, -1 where there is none."""
        found = np.full(len(self.twin.nodes), -1, np.int64)
        node, _, end = self.table.T
        ahead = end > now
        whose, first = np.unique(node[ahead], return_index=True)
        ends = end[ahead][first]
        found[whose] = np.where(ends >= self.horizon, NEVER, ends)
        return found

    def downtime_after(self, now: int) -> int:
        """Seconds that processes are down after ``now``, all together."""
        _, start, end = self.table.T
        return int(np.maximum(end - np.maximum(start, now), 0).sum())

    def cost(self, category: str, until: int | None = None) -> NDArray[np.float64]:
        """[outage] its cost; with ``until``, of what of it lies before that."""
        node, start, end = self.table.T
        if until is None:
            return self.twin.limits.cost(category, node, end - start)
        length = np.minimum(end, until) - start
        return np.where(length > 0, self.twin.limits.cost(category, node, np.maximum(length, 0)), 0.0)


def read(twin: Twin, hits: Sequence[Hit], horizon: int) -> Read:
    """One run of the hits."""
    return read_arrays(twin, hit_arrays(twin, list(hits)), horizon)


def read_arrays(twin: Twin, arrays: tuple[kernel.Ints, ...], horizon: int) -> Read:
    """As ``read``, of hits as the kernel takes them."""
    node, level, start, end = arrays
    with twin.model.workspace() as workspace:
        workspace.run(node, level, start, end, horizon)
        return Read(twin, workspace.outages().astype(np.int64).reshape(-1, 3), horizon)


@dataclass(frozen=True)
class Spread:
    """What the draws say. [draw, kernel's number]; ``cost`` per category [draw]."""

    breach: Longs
    back: Longs
    cost: dict[str, NDArray[np.float64]]

    def between(self, column: Longs) -> tuple[int | None, int | None]:
        """The 10th and the 90th percentile of some draws, by nearest rank; None for one that is NEVER."""
        if not len(column):
            return None, None
        ordered = np.sort(column)
        low, high = (int(ordered[rank(len(ordered), share)]) for share in (10, 90))
        return (None if low >= NEVER else low), (None if high >= NEVER else high)

    def breach_of(self, number: int) -> tuple[int | None, int | None, float]:
        """(10th percentile, 90th percentile, share of the draws in which it breaches)."""
        column = self.breach[:, number]
        return *self.between(column), float((column < NEVER).mean()) if len(column) else 0.0

    def back_of(self, number: int) -> tuple[int | None, int | None]:
        """Of the draws in which it is down at the moment or later."""
        column = self.back[:, number]
        return self.between(column[column >= 0])


def rank(count: int, percent: int) -> int:
    """The place of a percentile by nearest rank: the smallest that has at least so many at or below it."""
    return max(-(-count * percent // 100) - 1, 0)


def spread(
    twin: Twin, outs: Sequence[Out], more: Sequence[Hit], now: int, horizon: int, seed: int, draws: int
) -> Spread:
    """``draws`` runs, in which the outages, their ends, and the restarts and activations that are given as ranges are
    drawn; ``more`` are hits of every draw. A draw hangs on its address alone: seed, what is drawn, whose, number."""
    own, years = _with_own_times(twin)
    breach = np.full((draws, len(twin.nodes)), NEVER, np.int64)
    back = np.full((draws, len(twin.nodes)), -1, np.int64)
    cost = {name: np.zeros(draws) for name in twin.limits.categories}
    for draw in range(draws):
        if years is not None:
            _draw_times(own, years, seed, draw)
        found = read(own, [*drawn_hits(outs, now, seed, draw), *more], horizon)
        breach[draw], back[draw] = found.breaches(), found.backs(now)
        for name in cost:
            cost[name][draw] = found.summary.cost[name].sum()
    return Spread(breach, back, cost)


def _with_own_times(twin: Twin) -> tuple[Twin, Years | None]:
    """A twin whose restarts and activations may be changed while others use this one; itself where none is a range."""
    uncertain = any(
        isinstance(node.restart, dict)
        or any(isinstance(f.activation, dict) for requirement in node.requirements for f in requirement.fallbacks)
        for node in twin.nodes
    )
    if not uncertain:
        return twin, None
    model = twin.model
    own = Twin(twin.source, twin.nodes, twin.pools, twin.place)
    own.__dict__["model"] = kernel.Model(
        file_order=model.file_order,
        number_of=model.number_of,
        minimum=model.minimum,
        fallback_ids=model.fallback_ids,
        fallback_pools=model.fallback_pools,
        **{
            name: array.copy() if name in ("restart", "fb_activation") else array
            for name, array in model.arrays.items()
        },
    )
    return own, Years(twin, [])


def _draw_times(own: Twin, years: Years, seed: int, draw: int) -> None:
    found = years.draw(seed, draw)
    arrays = own.model.arrays
    for node, second in found.restarts.items():
        arrays["restart"][own.model.number_of[own.place[node]]] = second
    number = {one: k for k, one in enumerate(own.model.fallback_ids)}
    for fallback, second in found.activations.items():
        arrays["fb_activation"][number[fallback]] = second


__all__ = ["NEVER", "Read", "Spread", "rank", "read", "read_arrays", "spread"]
