"""Feasibility: can each process come back within its RTO and MTPD at all, by the restarts that the twin promises?

docs/methods/feasibility.md says what is asked. Each process is asked alone: it and every node of its supply cone are
lost for one second, and what follows is the time that the model needs to bring it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid, kernel
from holdfast.engine.cascade import Cascade, cascade
from holdfast.engine.cones import claimants, part
from holdfast.engine.errors import InputError
from holdfast.engine.scenario import HORIZON, Hit, Scenario
from holdfast.engine.sweeps import Cancelled, cone, in_threads, recovery
from holdfast.engine.twin import Node, Requirement, Twin
from holdfast.engine.weak_points import lost_until, threads

if TYPE_CHECKING:
    from holdfast.engine.cluster import Cluster

Chain = list[tuple[str, int]]

LOST = 1
"""How long all is lost, in seconds: as good as at once, so that what is left is the time it takes to come back."""

_IN_ONE_PIECE = 64
_WORTH_THREADS = 500


@dataclass(frozen=True)
class Recovery:
    """How long a process needs to come back. Seconds; None for no limit, and for a ``recovery`` beyond the horizon.

    ``cause`` is the binding cause of the outage that was looked at, the longest.
    """

    process: str
    recovery: int | None
    rto: int | None
    mtpd: int | None
    cause: Chain

    @property
    def slack_rto(self) -> int | None:
        """What is left of the RTO, below 0 where it cannot be met; None without an RTO or without a recovery."""
        return None if self.rto is None or self.recovery is None else self.rto - self.recovery

    @property
    def slack_mtpd(self) -> int | None:
        """The same of the MTPD."""
        return None if self.mtpd is None or self.recovery is None else self.mtpd - self.recovery

    def as_json(self) -> dict[str, Any]:
        """Hours in place of seconds, as ``holdfast feasibility --json`` prints it."""
        found: dict[str, Any] = {"process": self.process}
        for name in ("recovery", "rto", "mtpd", "slack_rto", "slack_mtpd"):
            value = getattr(self, name)
            found[name] = None if value is None else grid.hours(value)
        return {**found, "cause": [[node, grid.hours(time)] for node, time in self.cause]}


@dataclass(frozen=True)
class Return:
    """A node on the way back: from ``start`` all that it waits for is there, its ``restart`` later it is ``back``.

    Seconds.
    """

    node: str
    start: int
    restart: int
    back: int


@dataclass(frozen=True)
class Lever:
    """A promised restart on the way back. Seconds.

    ``shorten_by`` is the least by which it alone must be shortened for the process to meet its RTO, None where that
    cannot be done by it alone; ``recovery_without`` is the recovery if it took no time (None: beyond the horizon).
    """

    node: str
    restart: int
    shorten_by: int | None
    recovery_without: int | None


@dataclass(frozen=True)
class Explanation:
    """Why a process takes as long as it does: who came back last, one after the other, the process itself first, and
    what could be shortened, the best first (empty where the RTO is met or there is none)."""

    recovery: Recovery
    way_back: list[Return]
    levers: list[Lever]


def feasibility(
    twin: Twin,
    horizon: float = HORIZON,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    cluster: Cluster | None = None,
) -> list[Recovery]:
    """The recovery of each process alone, in the order of the file. Raises InputError for the horizon, Cancelled.

    ``progress(done, of)`` counts parts and is called from this thread; ``cancelled()`` is asked between them. A
    ``cluster`` that holds the same model gives the same answer.
    """
    _, until = lost_until(1.0, horizon)
    asking = _Asking(twin, until)
    processes = [i for i, node in enumerate(twin.nodes) if node.kind == "process"]
    pieces = [processes[k : k + _IN_ONE_PIECE] for k in range(0, len(processes), _IN_ONE_PIECE)]
    if cluster is not None:
        from holdfast.engine.cluster import recoveries_of

        answers = cluster.map(recoveries_of, [(until, piece) for piece in pieces], progress, cancelled)
        return [one for found in answers for one in found]
    many = threads(workers, len(processes) > _WORTH_THREADS)
    return [one for found in in_threads(asking.piece, pieces, many, progress, cancelled) for one in found]


def recoveries(twin: Twin, until: int, places: Sequence[int]) -> list[Recovery]:
    """The recoveries of the processes at these places of the file; ``until`` in seconds."""
    return _Asking(twin, until).piece(places)


def explain(twin: Twin, process: str, horizon: float = HORIZON) -> Explanation:
    """The recovery of one process, its way back, and which promised restart to shorten, by how much.

    Raises InputError for what is no process of the twin.
    """
    _, until = lost_until(1.0, horizon)
    place = twin.place.get(process)
    if place is None or twin.nodes[place].kind != "process":
        raise InputError("process", f"there is no process “{process}”", twin.source)
    asking = _Asking(twin, until)
    lost, within = asking.scenario(place)
    # A copy of what matters, whose restarts can be changed without anybody noticing.
    order = twin.model.file_order
    bits = np.flatnonzero(np.unpackbits(within.view(np.uint8), bitorder="little"))
    small = part(twin, order[bits].tolist())
    found = _Asking(small, until).ask(small.place[process])
    if found.recovery is None:
        return Explanation(found, [], [])
    hits = [Hit(twin.nodes[order[k]].id, 1.0, 0.0, LOST / grid.HOUR) for k in lost.tolist()]
    way = _way_back(cascade(small, Scenario(hits, horizon)), found)
    return Explanation(found, way, _levers(small, found, way, until))


class _Asking:
    """The one question, of one process at a time, on the part of the twin that its answer hangs on."""

    def __init__(self, twin: Twin, until: int) -> None:
        self.twin = twin
        self.until = until
        self.model = twin.model
        self.claims = claimants(twin)

    @cached_property
    def pools_of(self) -> dict[int, set[str]]:
        """The pools on which a node may make claims, by its number in the kernel."""
        found: dict[int, set[str]] = {}
        for pool, places in self.claims.items():
            for number in self.model.number_of[places].tolist():
                found.setdefault(number, set()).add(pool)
        return found

    @cached_property
    def claiming(self) -> NDArray[np.bool_]:
        found = np.zeros(self.model.nodes, np.bool_)
        found[list(self.pools_of)] = True
        return found

    @cached_property
    def rivals(self) -> dict[str, NDArray[np.uint64]]:
        """Per pool the bits of all who may claim its places and of all that they draw on."""
        return {pool: cone(self.model, self.model.number_of[places], True)[1] for pool, places in self.claims.items()}

    def scenario(self, place: int) -> tuple[kernel.Ints, NDArray[np.uint64]]:
        """(who is lost, who is computed): the supply cone, and all on which the answer hangs, as bits."""
        number = self.model.number_of[place : place + 1]
        lost, _ = cone(self.model, number, False)
        around, within = cone(self.model, number, True)
        for k in around[self.claiming[around]].tolist():
            for pool in self.pools_of[k]:
                within |= self.rivals[pool]
        return lost, within

    def piece(self, places: Sequence[int]) -> list[Recovery]:
        return [self.ask(place) for place in places]

    def ask(self, place: int) -> Recovery:
        node, ids = self.twin.nodes[place], self.twin.numbered_ids
        lost, within = self.scenario(place)
        with self.model.workspace() as workspace:
            target = int(self.model.number_of[place])
            start, end, links = recovery(workspace, self.model, lost, LOST, self.until, within, target)
        return Recovery(
            node.id,
            None if end == self.until else end - start,
            None if node.rto is None else grid.seconds(node.rto),
            None if node.mtpd is None else grid.seconds(node.mtpd),
            [(ids[k], time) for k, time in links],
        )


def _way_back(found: Cascade, recovered: Recovery) -> list[Return]:
    """From the process back through those who returned last, each when the one before it could start.

    A node's level rises its restart after what it waited for came; that is the supply that rises at that second, of
    the requirement that was lowest until then. The way ends where nobody's return is the reason: at the end of the
    loss itself, or where a fallback came on.
    """
    twin = found.twin
    outages = found.processes[recovered.process].outages
    longest = max(outages, key=lambda outage: outage.length)
    way: list[Return] = []
    key, back = recovered.process, longest.end
    while True:
        node = twin.nodes[twin.place[key]]
        restart = int(twin.model.arrays["restart"][twin.model.number_of[twin.place[key]]])
        start = max(0, back - restart)
        way.append(Return(key, start, restart, back))
        waited = _waited_for(found, node, start)
        if waited is None or any(one.node == waited and one.back == start for one in way):
            return way
        key, back = waited, start


def _waited_for(found: Cascade, node: Node, second: int) -> str | None:
    """The supply whose return at this second lets the node start."""
    before = second - 1

    def share(requirement: Requirement) -> float:
        return sum(one.weight * found.level(one.node, before) for one in requirement.supply) / requirement.needs

    for requirement in sorted(node.requirements, key=share):
        rising = [
            (found.level(one.node, before), one.node)
            for one in requirement.supply
            if found.level(one.node, before) < found.level(one.node, second)
        ]
        if rising and share(requirement) < 1:
            return min(rising)[1]
    return None


def _levers(twin: Twin, found: Recovery, way: list[Return], until: int) -> list[Lever]:
    """Each restart on the way back, shortened alone; tried by the cascade itself on a twin that is nobody else's."""
    assert found.recovery is not None
    if found.rto is None or found.recovery <= found.rto:
        return []
    asking, restarts = _Asking(twin, until), twin.model.arrays["restart"]
    place = twin.place[found.process]
    levers = []
    for key in dict.fromkeys(one.node for one in way if one.restart):
        number = int(twin.model.number_of[twin.place[key]])
        promised = int(restarts[number])

        def with_restart(restart: int, number: int = number) -> int | None:
            restarts[number] = restart
            return asking.ask(place).recovery

        without = with_restart(0)
        shorten = None
        if without is not None and without <= found.rto:
            meets, misses = 0, promised
            # The gap itself is enough where the restarts stand in series, and then two questions settle it.
            for guess in (promised - (found.recovery - found.rto), promised - (found.recovery - found.rto) + 1):
                if meets < guess < misses:
                    recovered = with_restart(guess)
                    if recovered is not None and recovered <= found.rto:
                        meets = guess
                    else:
                        misses = guess
            while misses - meets > 1:
                middle = (meets + misses) // 2
                recovered = with_restart(middle)
                if recovered is not None and recovered <= found.rto:
                    meets = middle
                else:
                    misses = middle
            shorten = promised - meets
        restarts[number] = promised
        levers.append(Lever(key, promised, shorten, without))
    never = 2**40
    return sorted(
        levers,
        key=lambda one: (
            one.shorten_by is None,
            one.shorten_by or 0,
            never if one.recovery_without is None else one.recovery_without,
            -one.restart,
            one.node,
        ),
    )


__all__ = ["Cancelled", "Explanation", "Lever", "Recovery", "Return", "explain", "feasibility"]
