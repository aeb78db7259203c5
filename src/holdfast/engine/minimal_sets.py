"""Minimal sets: which losses together are enough to take a process past its MTPD, while no part of them is.

docs/methods/minimal-sets.md says what is asked and why the short cuts taken here change no answer.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid, kernel
from holdfast.engine.cones import claimants, cone, part, pools_in
from holdfast.engine.errors import InputError
from holdfast.engine.limits import NONE
from holdfast.engine.scenario import HORIZON
from holdfast.engine.sweeps import Cancelled, Layers, in_threads
from holdfast.engine.twin import Twin
from holdfast.engine.weak_points import lost_until, threads

Bools = NDArray[np.bool_]
Base = tuple[int, ...]

MOST_ORDER = 8
# Bases asked in one piece by one thread, and how many sets make a second thread worth its start.
_IN_ONE_PIECE = 64
_WORTH_THREADS = 200_000


def minimal_sets(
    twin: Twin,
    target: str,
    duration: float,
    order: int = 3,
    horizon: float = HORIZON,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[list[str]]:
    """The sets of at most ``order`` nodes whose loss breaches ``target``'s MTPD while that of no proper subset does.

    All of a set are lost from 0 for ``duration`` hours. Ids by code point; sets by size and then by ids.

    Exact, pools included: the answer is that of trying all sets of the whole twin. ``progress(done, of)`` counts parts
    of the present size of sets, and ``cancelled()`` is asked between them.

    Raises InputError for a target that is no process and for figures out of range, Cancelled.
    """
    end, until = lost_until(duration, horizon)
    place = twin.place.get(target)
    if place is None:
        raise InputError("--target", f"there is no node “{target}”", twin.source)
    node = twin.nodes[place]
    if node.kind != "process":
        raise InputError("--target", f"wanted a process, but “{target}” is of kind {node.kind}", twin.source)
    if not 1 <= order <= MOST_ORDER:
        raise InputError("--order", f"wanted a whole number from 1 to {MOST_ORDER}, got {order}")
    if node.mtpd is None:
        return []
    return _Search(twin, place, end, until).run(order, workers, progress, cancelled)


class _Search:
    """Sets are tuples of numbers that grow: those of the target's cone in the kernel's numbering of the cone, then the
    nodes outside it that can matter through a pool."""

    def __init__(self, twin: Twin, place: int, end: int, until: int) -> None:
        inside = cone(twin, [place])
        self.cone = part(twin, inside)
        self.model = self.cone.model
        self.count = self.model.nodes
        self.target = int(self.model.number_of[self.cone.place[twin.nodes[place].id]])
        mtpd = twin.nodes[place].mtpd
        self.mtpd = NONE if mtpd is None else grid.seconds(mtpd)
        self.end, self.until = end, until
        self.ids = list(self.cone.numbered_ids)
        contended = claimants(twin)
        relevant = pools_in(twin, inside, contended)
        self.pools = _Pools(twin, self, relevant, contended) if relevant else None
        if self.pools is not None:
            self.ids += self.pools.outside
        self.found: list[Base] = []
        self.completes: dict[Base, set[int]] = {}  # what makes a base, or a part of it, a set that was found
        self._idle: list[Layers] = []
        self._lock = threading.Lock()

    @contextmanager
    def layers(self) -> Iterator[Layers]:
        with self._lock:
            layers = self._idle.pop() if self._idle else None
        layers = layers or Layers(self.model, self.end, self.until)
        try:
            yield layers
        finally:
            self._idle.append(layers)

    def run(
        self,
        order: int,
        workers: int | None,
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> list[list[str]]:
        for size in range(1, order + 1):
            bases = [base for base in itertools.combinations(range(len(self.ids)), size - 1) if self.is_open(base)]
            pieces = [bases[k : k + _IN_ONE_PIECE] for k in range(0, len(bases), _IN_ONE_PIECE)]
            many = threads(workers, len(bases) * self.count > _WORTH_THREADS)
            fresh = [one for found in in_threads(self.piece, pieces, many, progress, cancelled) for one in found]
            self.found += fresh
            for one in fresh:
                for k, last in enumerate(one):
                    self.completes.setdefault(one[:k] + one[k + 1 :], set()).add(last)
        sets = [sorted(self.ids[k] for k in one) for one in self.found]
        return sorted(sets, key=lambda ids: (len(ids), ids))

    def is_open(self, base: Base) -> bool:
        """Whether a base may grow into a minimal set: nothing in it is enough already, and it starts in the cone."""
        if base and base[0] >= self.count:
            return False  # the target feels nothing of losses that all lie outside its cone
        return not any(
            last in self.completes.get(part_of, ())
            for last in base
            for size in range(len(base))
            for part_of in itertools.combinations([k for k in base if k != last], size)
        )

    def piece(self, bases: Sequence[Base]) -> list[Base]:
        with self.layers() as layers:
            return [(*base, last) for base in bases for last in self.completed(layers, base)]

    def completed(self, layers: Layers, base: Base) -> list[int]:
        """The nodes after the last of a base that make it a minimal set."""
        after = base[-1] + 1 if base else 0
        useless: set[int] = set()
        for size in range(len(base) + 1):
            for part_of in itertools.combinations(base, size):
                useless |= self.completes.get(part_of, set())
        found: list[int] = []
        inner = tuple(k for k in base if k < self.count)
        on = layers.base(inner)
        candidates = np.array([k for k in range(after, self.count) if k not in useless], np.int32)
        if len(candidates):
            breach, claims = layers.add(candidates, self.target, self.mtpd)
            if self.pools is not None:
                self.pools.decide(base, candidates, breach, claims)
            found += candidates[breach].tolist()
        if base and self.pools is not None and on.any():
            others = np.array([k for k in range(max(after, self.count), len(self.ids)) if k not in useless], np.int32)
            if len(others):
                # From outside the cone only what becomes of the base's own claims can change.
                breach = np.zeros(len(others), np.bool_)
                self.pools.decide(base, others, breach, np.broadcast_to(on, (len(others), len(on))))
                found += others[breach].tolist()
        return found


class _Pools:
    """Whether a pool could have fewer places than the target's cone claims; if so, the cascade itself is asked.

    It is asked of all who may claim places of these pools and of all that they draw on, which is as good as of all.

    Claims are known for each loss alone. Together, losses make no other claims than these but at nodes that draw on two
    of them, so those are counted as claiming. Bits stand for the pools' fallbacks, pool by pool in the order of grants.
    """

    def __init__(self, twin: Twin, search: _Search, relevant: list[str], claims: dict[str, list[int]]) -> None:
        inner = {twin.place[key] for key in search.ids}
        self.twin = part(twin, cone(twin, inner.union(*(claims[pool] for pool in relevant))))
        self.search = search
        model = self.model = self.twin.model
        arrays = model.arrays
        numbers = [k for k, pool in enumerate(self.twin.pools) if pool.id in relevant]
        spans = [(int(arrays["pool_of"][k]), int(arrays["pool_of"][k + 1])) for k in numbers]
        self.fallbacks = np.concatenate([arrays["pool_fb"][a:b] for a, b in spans]).astype(np.int64)
        self.weight = arrays["fb_weight"][self.fallbacks]
        self.cuts = np.cumsum([0, *(b - a for a, b in spans)])
        self.capacity = arrays["capacity"][numbers]
        bit = {model.fallback_ids[f]: k for k, f in enumerate(self.fallbacks.tolist())}
        cone_model = search.model
        # Of the cone's claims, in the order of its own grants, those on these pools, and their bits.
        cone_ids = [cone_model.fallback_ids[f] for f in cone_model.arrays["pool_fb"].tolist()]
        self.mine = [k for k, key in enumerate(cone_ids) if key in bit]
        self.bits = [bit[cone_ids[k]] for k in self.mine]
        self.workspace = kernel.Workspace(model)
        self.lock = threading.Lock()
        self.target = int(model.number_of[self.twin.place[search.ids[search.target]]])
        self.reach = self._reach()
        mattering = np.zeros(len(self.fallbacks), np.bool_)
        for start, stop in itertools.pairwise(self.cuts.tolist()):
            if ranks := [k for k in self.bits if start <= k < stop]:
                mattering[start : max(ranks)] = True
        in_cone = np.zeros(model.nodes, np.bool_)
        in_cone[[model.number_of[self.twin.place[key]] for key in search.ids]] = True
        outside = np.flatnonzero(~in_cone & (self.reach & mattering).any(axis=1))
        self.outside = [self.twin.numbered_ids[k] for k in outside.tolist()]
        self.number = np.array(
            [*(int(model.number_of[self.twin.place[key]]) for key in search.ids), *outside.tolist()], np.int64
        )
        self.alone = np.array([self._claims([k]) for k in self.number.tolist()], np.bool_)
        self.reach = self.reach[self.number]

    def _reach(self) -> Bools:
        """[node, bit] the fallbacks of nodes that draw on it, directly or not, or are it."""
        arrays, n = self.model.arrays, self.model.nodes
        reach = np.zeros((n, len(self.fallbacks)), np.bool_)
        claimant = arrays["req_node"][arrays["fb_req"][self.fallbacks]]
        reach[claimant, np.arange(len(self.fallbacks))] = True
        first, last, dep_of, dep = (arrays[key] for key in ("first", "last", "dep_of", "dep"))
        end = n
        while end:  # users come after suppliers, and the nodes of a component stand side by side
            start = int(first[end - 1])
            assert int(last[start]) == end
            users = dep[dep_of[start] : dep_of[end]]
            reach[start:end] = reach[start:end].any(axis=0) | reach[users].any(axis=0)
            end = start
        return reach

    def _run(self, numbers: Sequence[int]) -> None:
        lost = np.array(numbers, np.int32)
        nothing = np.zeros(len(lost), np.int32)
        self.workspace.run(lost, nothing, nothing, np.full(len(lost), self.search.end, np.int32), self.search.until)

    def _claims(self, numbers: Sequence[int]) -> Bools:
        """[bit] the claims of this loss: on in the first run."""
        self._run(numbers)
        on, _ = self.workspace.fallbacks()
        claims: Bools = on[self.fallbacks] == 1
        return claims

    def decide(self, base: Base, nodes: kernel.Ints, breach: Bools, claims: Bools) -> None:
        """Corrects ``breach`` [node] of the base with each of ``nodes`` where a pool may be short of a place that the
        target's cone claims; ``claims`` [node, claim of the cone]."""
        mine = claims[:, self.mine]
        asking = np.flatnonzero(mine.any(axis=1))
        if not len(asking):
            return
        nodes, mine = nodes[asking], mine[asking]
        shared, under, alone = (np.zeros(len(self.fallbacks), np.bool_) for _ in range(3))
        for k in base:
            shared |= under & self.reach[k]
            under |= self.reach[k]
            alone |= self.alone[k]
        bound = self.alone[nodes] | (self.reach[nodes] & under) | (alone | shared)
        wanted = np.zeros((len(nodes), len(self.fallbacks)), np.bool_)
        wanted[:, self.bits] = mine
        amount = bound * self.weight
        short = np.zeros(len(nodes), np.bool_)
        for pool, (start, stop) in enumerate(itertools.pairwise(self.cuts.tolist())):
            taken = np.cumsum(amount[:, start:stop], axis=1)
            short |= (wanted[:, start:stop] & (taken > self.capacity[pool])).any(axis=1)
        for k in np.flatnonzero(short).tolist():
            breach[asking[k]] = self._breaches([*(int(self.number[b]) for b in base), int(self.number[nodes[k]])])

    def _breaches(self, numbers: Sequence[int]) -> bool:
        with self.lock:
            self._run(numbers)
            outages: Any = self.workspace.outages()
        mine = outages[outages[:, 0] == self.target].astype(np.int64)
        return bool((mine[:, 2] - mine[:, 1] > self.search.mtpd).any())


__all__ = ["Cancelled", "minimal_sets"]
