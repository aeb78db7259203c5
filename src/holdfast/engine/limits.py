"""RTO, MTPD and impact over time of all processes in flat arrays, and what outages mean against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid

if TYPE_CHECKING:
    from holdfast.engine.twin import Node

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

NONE = 2**40
"""A limit that is not given: longer than every outage. Seconds."""

_APART = 2**31
"""Longer than any time on a curve, so that curves stand one behind the other on one line of whole numbers."""


@dataclass(frozen=True)
class _Curves:
    """One category's curves, end to end. ``curve`` [node] is -1 without one; ``end`` [curve] is the place after it."""

    curve: Longs
    end: Longs
    key: Longs
    second: Longs
    value: Floats

    def cost(self, node: Longs, length: Longs) -> Floats:
        """[outage]: linear between the points, the last value after the last; 0 for a node without a curve."""
        curve = self.curve[node]
        after = np.searchsorted(self.key, np.maximum(curve, 0) * _APART + length, "right")
        before = after - 1
        # Past the end of its curve an outage costs the last value: both points are then the same one.
        after = np.where(after == self.end[curve], before, after)
        t0, t1, v0, v1 = self.second[before], self.second[after], self.value[before], self.value[after]
        found = v0 + (v1 - v0) * (length - t0) / np.maximum(t1 - t0, 1)
        return np.where(curve < 0, 0.0, found)


@dataclass(frozen=True)
class Summary:
    """What is read off the processes that were down, one place each: seconds, and ``cost`` in each category's unit.

    ``rows`` [process + 1] says where its outages stand in the table of outages. ``breach_at`` is -1 without a breach.
    """

    node: Longs
    rows: Longs
    first_down: Longs
    longest: Longs
    downtime: Longs
    rto_missed: NDArray[np.bool_]
    breach_at: Longs
    cost: dict[str, Floats]

    @property
    def breached(self) -> NDArray[np.bool_]:
        """Whether an outage is longer than the process's MTPD."""
        return self.breach_at >= 0


class Limits:
    """The limits of a twin's processes, in the kernel's numbering."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.rto = np.array([NONE if node.rto is None else grid.seconds(node.rto) for node in nodes], np.int64)
        self.mtpd = np.array([NONE if node.mtpd is None else grid.seconds(node.mtpd) for node in nodes], np.int64)
        categories = sorted({name for node in nodes for name in node.impact or {}})
        self._curves = {name: _laid_out(nodes, name) for name in categories}

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of impact, by code point."""
        return tuple(self._curves)

    def cost(self, category: str, node: Longs, length: Longs) -> Floats:
        """[outage] what outages of these nodes (kernel's numbers) and lengths (seconds) cost in a category."""
        return self._curves[category].cost(node, length)

    def least(self, category: str) -> float:
        """The least that any outage costs in a category that some node has."""
        return float(self._curves[category].value.min())

    def points(self) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """All curves, a node's side by side: (where each starts [node x category + 1], (second, value) [point]).

        Of a node without a curve in a category the start is that of the next.
        """
        kinds, n = len(self._curves), len(self.mtpd)
        count = np.zeros((n, kinds), np.int64)
        places, seconds, values = [], [], []
        for k, curves in enumerate(self._curves.values()):
            node = np.flatnonzero(curves.curve >= 0)  # curves are numbered in the order of their nodes
            count[node, k] = np.diff(curves.end, prepend=0)
            places.append(np.repeat(node * kinds + k, count[node, k]))
            seconds.append(curves.second)
            values.append(curves.value)
        starts = np.concatenate(([0], np.cumsum(count.ravel()))).astype(np.int32)
        points = np.zeros(int(starts[-1]), np.dtype([("second", np.int64), ("value", np.float64)]))
        if kinds:
            order = np.argsort(np.concatenate(places), kind="stable")
            points["second"], points["value"] = np.concatenate(seconds)[order], np.concatenate(values)[order]
        return starts, points

    def summary(self, outages: NDArray[Any]) -> Summary:
        """Of the kernel's outages [outage, (node, start, end)]: each node's stand together, in order of time."""
        table = outages.astype(np.int64)
        node, start, length = table[:, 0], table[:, 1], table[:, 2] - table[:, 1]
        new = np.flatnonzero(np.diff(node, prepend=-1))
        rows = np.append(new, len(table))
        of = node[new]
        if not len(new):
            nothing = np.zeros(0, np.int64)
            cost = {name: np.zeros(0) for name in self._curves}
            return Summary(of, rows, nothing, nothing, nothing, nothing > 0, nothing, cost)
        # Starts grow, so the first breach is the earliest.
        breach = np.where(length > self.mtpd[node], start + self.mtpd[node], NONE)
        first_breach = np.minimum.reduceat(breach, new)
        longest = np.maximum.reduceat(length, new)
        return Summary(
            node=of,
            rows=rows,
            first_down=start[new],
            longest=longest,
            downtime=np.add.reduceat(length, new),
            rto_missed=longest > self.rto[of],
            breach_at=np.where(first_breach == NONE, -1, first_breach),
            cost={name: np.add.reduceat(curves.cost(node, length), new) for name, curves in self._curves.items()},
        )


def _laid_out(nodes: Sequence[Node], category: str) -> _Curves:
    curve = np.full(len(nodes), -1, np.int64)
    end: list[int] = []
    second: list[int] = []
    value: list[float] = []
    for number, node in enumerate(nodes):
        points = (node.impact or {}).get(category)
        if points is None:
            continue
        curve[number] = len(end)
        second += [grid.seconds(hours) for hours, _ in points]
        value += [amount for _, amount in points]
        end.append(len(second))
    seconds = np.array(second, np.int64)
    ends = np.array(end, np.int64)
    of = np.searchsorted(ends, np.arange(len(second)), "right")
    return _Curves(curve, ends, of * _APART + seconds, seconds, np.array(value, np.float64))
