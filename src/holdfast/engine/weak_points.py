"""Weak points: every node of a twin lost alone, ranked by the processes that it takes past their MTPD.

docs/methods/weak-points.md says what is asked and how it is ranked; the cascade itself is docs/methods/cascade.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid
from holdfast.engine.errors import InputError
from holdfast.engine.kernel import Ints
from holdfast.engine.reading import number
from holdfast.engine.scenario import HORIZON
from holdfast.engine.sweeps import Cancelled, in_threads, rank
from holdfast.engine.twin import Twin

if TYPE_CHECKING:
    from holdfast.engine.cluster import Cluster

Longs = NDArray[np.int64]

# So many nodes are lost in one call of the kernel: often enough asked whether to stop, and no call is felt.
_IN_ONE_CALL = 2_000
# Below so many nodes a second thread costs more than it brings.
_WORTH_THREADS = 4_000


@dataclass(frozen=True)
class WeakPoint:
    """What the loss of one node does: the ids of the processes breached, the first second of a breach, and the cost of
    all outages per category, in the category's unit."""

    node: str
    breached: list[str]
    first_breach_at: int | None
    cost: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Hours in place of seconds."""
        at = self.first_breach_at
        return {
            "node": self.node,
            "breached": self.breached,
            "first_breach_at": None if at is None else grid.hours(at),
            "cost": self.cost,
        }


@dataclass(frozen=True)
class WeakPoints:
    """All nodes in order of rank, as arrays: what is asked for by name is made when it is asked for.

    ``order`` [rank] is a place in the twin's file; the others are by place: ``breached`` the number of processes,
    ``first`` the second of the first breach or -1, ``cost`` [place, category]; the processes themselves, as places, are
    ``processes[rows[place]:][: breached[place]]``.
    """

    twin: Twin
    category: str | None
    categories: tuple[str, ...]
    order: Ints
    breached: Ints
    first: Ints
    cost: NDArray[np.float64]
    rows: Longs
    processes: Ints

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[WeakPoint]:
        return (self[rank] for rank in range(len(self.order)))

    def __getitem__(self, rank: int) -> WeakPoint:
        place = int(self.order[rank])
        nodes, first = self.twin.nodes, int(self.first[place])
        row = int(self.rows[place])
        broken = [nodes[k].id for k in self.processes[row : row + int(self.breached[place])].tolist()]
        return WeakPoint(
            nodes[place].id,
            sorted(broken),
            None if first < 0 else first,
            dict(zip(self.categories, self.cost[place].tolist(), strict=True)),
        )

    @property
    def breaching(self) -> int:
        """How many nodes breach anything: those are the first of the ranking."""
        return int(np.count_nonzero(self.breached))

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast weak-points --json``."""
        return {"nodes": [point.as_json() for point in self]}


def weak_points(
    twin: Twin,
    duration: float,
    horizon: float = HORIZON,
    category: str | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    cluster: Cluster | None = None,
) -> WeakPoints:
    """Every node alone lost from 0 for ``duration`` hours, each a full cascade up to ``horizon`` hours.

    Ranked by the number of processes breached, then by the cost in ``category`` (the first by code point if None), both
    falling, then by id. ``workers`` threads (None: as many as there are processors, where the twin is worth it);
    the answer does not depend on their number, nor on a ``cluster`` that holds the same model. ``progress(done, of)``
    counts parts of the sweep and is called from this thread; ``cancelled()`` is asked between them.

    Raises InputError for figures out of range and for a category that the twin does not have, Cancelled.
    """
    end, until = lost_until(duration, horizon)
    plan = twin.plan
    categories = plan.categories
    if category is None:
        category = categories[0] if categories else None
    elif category not in categories:
        raise InputError("--category", f"wanted {_one_of(categories)}, got “{category}”", twin.source)
    n = len(twin.nodes)
    starts = range(0, n, _IN_ONE_CALL)

    def part(start: int) -> tuple[Any, ...]:
        with plan.sweep() as sweep:
            return sweep.weak_points(np.arange(start, min(start + _IN_ONE_CALL, n), dtype=np.int32), end, until)

    if cluster is not None:
        from holdfast.engine.cluster import points_of

        pieces = [(start, min(start + _IN_ONE_CALL, n), end, until) for start in starts]
        parts = cluster.map(points_of, pieces, progress, cancelled)
    else:
        parts = in_threads(part, starts, threads(workers, n >= _WORTH_THREADS), progress, cancelled)
    nothing = np.zeros(0, np.int32)
    breached, first, processes = (np.concatenate([nothing, *(one[k] for one in parts)]) for k in (0, 1, 3))
    cost = np.concatenate([np.zeros((0, len(categories))), *(one[2] for one in parts)])
    return _ranked(twin, category, categories, breached, first, cost, processes)


def _ranked(
    twin: Twin,
    category: str | None,
    categories: tuple[str, ...],
    breached: Ints,
    first: Ints,
    cost: NDArray[np.float64],
    processes: Ints,
) -> WeakPoints:
    """From the kernel's numbering to places of the file, in order of rank."""
    model = twin.model
    number_of, rank_of_id = model.number_of, model.arrays["id_rank"]
    rows = np.cumsum(breached) - breached
    ranking = rank(breached, None if category is None else cost[:, categories.index(category)], rank_of_id)
    # np.take is several times faster here than an array in brackets.
    return WeakPoints(
        twin,
        category,
        categories,
        np.take(model.file_order, ranking),
        np.take(breached, number_of),
        np.take(first, number_of),
        np.take(cost, number_of, axis=0),
        np.take(rows, number_of),
        np.take(model.file_order, processes),
    )


def lost_until(duration: float, horizon: float) -> tuple[int, int]:
    """(the second after the last of a loss from 0 on, the horizon in seconds). Raises InputError."""
    number(duration, "--duration", "", above=0)
    number(horizon, "--horizon", "", above=0, most=grid.MOST_HORIZON)
    until = grid.seconds(horizon)
    if not until:
        raise InputError("--horizon", "wanted at least a second")
    return grid.seconds(duration), until


def threads(workers: int | None, worth_it: bool = True) -> int:
    """How many threads: those asked for, else as many as processors where the work is worth it."""
    if workers is not None:
        return max(1, workers)
    return len(os.sched_getaffinity(0)) if worth_it and hasattr(os, "sched_getaffinity") else 1


def _one_of(names: tuple[str, ...]) -> str:
    return "one of " + ", ".join(names) if names else "none, for the twin has no impact"


__all__ = ["Cancelled", "WeakPoint", "WeakPoints", "weak_points"]
