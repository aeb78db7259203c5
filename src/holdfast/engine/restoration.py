"""Restore first: in which order crews should repair what is out, so that it costs least.

docs/methods/restoration.md says what is compared and which bound is sound. The cascade is the judge of every order that
is tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid
from holdfast.engine.cascade import cascade, hit_arrays
from holdfast.engine.cones import dependants
from holdfast.engine.errors import InputError
from holdfast.engine.limits import Floats, Longs
from holdfast.engine.optimism import optimistic, unheld_until
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.situation import Repair, Situation, teams_of
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import Twin

EFFORT = 20_000
"""Cascades asked at the most: enough to prove the best order of any seven repairs, even where no bound helps."""

BEYOND_MTPD = 10
"""How many times an hour beyond the MTPD counts where downtime is weighed."""

WEIGHED = "weighed downtime"
"""What is compared in place of a category of impact: hours of downtime, weighed by priority and beyond the MTPD."""

_ASK_EVERY = 50
# Outages of one process of which every way of joining neighbours is tried for the bound.
_JOINED = 8


@dataclass(frozen=True)
class Job:
    """A repair in a schedule: ``start`` and ``end`` in seconds, by which team (from 0) of which crew."""

    node: str
    crew: str
    team: int
    start: int
    end: int

    def as_json(self) -> dict[str, Any]:
        """Hours in place of seconds."""
        return {
            "node": self.node,
            "crew": self.crew,
            "team": self.team,
            "start": grid.hours(self.start),
            "end": grid.hours(self.end),
        }


@dataclass(frozen=True)
class Order:
    """An order of repairs, as node ids, its schedule in the same order, and what it costs."""

    order: list[str]
    schedule: list[Job]
    cost: float

    def as_json(self) -> dict[str, Any]:
        """Hours, and the cost in the category's unit."""
        return {"order": self.order, "schedule": [job.as_json() for job in self.schedule], "cost": self.cost}


@dataclass(frozen=True)
class Why:
    """Why the first repair is the first: what it would cost more to exchange it with the next, and to leave it to the
    last (None where it is the only one), and whom that would hurt: (process, seconds more of downtime), most first."""

    node: str
    exchanged: float | None
    left_to_the_last: float | None
    hurt: list[tuple[str, int]]

    def as_json(self) -> dict[str, Any]:
        """Hours, and costs in the category's unit."""
        return {
            "node": self.node,
            "exchanged": self.exchanged,
            "left_to_the_last": self.left_to_the_last,
            "hurt": [[process, grid.hours(more)] for process, more in self.hurt],
        }


@dataclass(frozen=True)
class Restoration:
    """The best order found. ``measure`` is the category of impact that was added up, or WEIGHED.

    ``bound``: no order can cost less (None: no bound); ``proved``: no other order costs less. ``naive``: what orders by
    a simple rule cost, by the rule's name. ``nothing`` is the cost if nothing were repaired. ``scenario`` is the
    situation with the losses ended by the best order, ready for the cascade. ``asked`` counts cascades.
    """

    measure: str
    best: Order
    bound: float | None
    proved: bool
    naive: dict[str, Order]
    nothing: float
    why: Why | None
    scenario: Scenario
    asked: int

    @property
    def gap(self) -> float | None:
        """By how much the best order found may be dearer than the best there is, as a share of it; None: no bound."""
        if self.proved or self.bound == self.best.cost:
            return 0.0
        if self.bound is None or self.best.cost <= 0:
            return None
        return (self.best.cost - self.bound) / self.best.cost

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast restore-first --json``."""
        return {
            "measure": self.measure,
            **self.best.as_json(),
            "bound": self.bound,
            "gap": self.gap,
            "proved": self.proved,
            "naive": {name: order.as_json() for name, order in self.naive.items()},
            "nothing": self.nothing,
            "why": None if self.why is None else self.why.as_json(),
            "asked": self.asked,
        }


def restore(
    twin: Twin,
    situation: Situation,
    category: str | None = None,
    weighed: bool = False,
    effort: int = EFFORT,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Restoration:
    """The order of repairs of least cost in ``category`` (None: the first by code point; without any, or ``weighed``:
    downtime weighed by priority and MTPD), proved where ``effort`` cascades are enough, else with a bound and a gap.

    ``progress(done, of)`` counts cascades against the effort; ``cancelled()`` is asked now and then. Raises InputError
    for a category that the twin does not have, Cancelled.
    """
    categories = twin.limits.categories
    if category is not None and category not in categories:
        names = "one of " + ", ".join(categories) if categories else "none, for the twin has no impact"
        raise InputError("--category", f"wanted {names}, got “{category}”", twin.source)
    measure = WEIGHED if weighed or not categories else category or categories[0]
    return _Search(twin, situation, measure, effort, progress, cancelled).run()


class _Effort:
    """Counts cascades, tells of them, and stops the search when asked to."""

    def __init__(
        self, most: int, progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self.most, self.progress, self.cancelled = max(most, 1), progress, cancelled
        self.asked = 0

    def spend(self) -> None:
        if self.asked % _ASK_EVERY == 0:
            if self.cancelled is not None and self.cancelled():
                raise Cancelled
            if self.progress is not None:
                self.progress(min(self.asked, self.most - 1), self.most)
        self.asked += 1

    @property
    def spent(self) -> bool:
        return self.asked >= self.most


class _Judge:
    """What the hits cost when those of the repaired nodes end at given seconds, by the cascade of one twin."""

    def __init__(
        self, twin: Twin, hits: list[Hit], fixed: list[Hit], repairs: Sequence[Repair], horizon: int, measure: str
    ) -> None:
        self.twin, self.horizon = twin, horizon
        self.node, self.level, self.start, self.end = hit_arrays(twin, [*hits, *fixed])
        place = {repair.node: k for k, repair in enumerate(repairs)}
        repair = np.array([place.get(hit.node, -1) for hit in hits] + [-1] * len(fixed), np.int64)
        self.rows = np.flatnonzero(repair >= 0)
        self.repair = repair[self.rows]
        self.price = _price(twin, measure)

    def outages(self, ends: Sequence[int]) -> NDArray[np.int32]:
        """[outage, (process, start, end)]; ``ends`` [repair] in seconds, or NEVER."""
        end = self.end.copy()
        if len(self.rows):
            end[self.rows] = np.minimum(end[self.rows], np.array(ends, np.int32)[self.repair])
        with self.twin.model.workspace() as workspace:
            workspace.run(self.node, self.level, self.start, end, self.horizon)
            return workspace.outages()

    def cost(self, ends: Sequence[int]) -> float:
        """The sum over all outages."""
        table = self.outages(ends).astype(np.int64)
        return math.fsum(self.price(table[:, 0], table[:, 2] - table[:, 1]).tolist())

    def least(self, ends: Sequence[int]) -> float:
        """The least that any outages can cost which cover these: neighbours of a process may be one outage there.

        ``upto`` [process, k] is that least of its first k outages; the last of them is joined with 0, 1, … before it.
        """
        table = self.outages(ends).astype(np.int64)
        if not len(table):
            return 0.0
        node, start, end = table.T
        first = np.flatnonzero(np.diff(node, prepend=-1))
        count = np.diff(first, append=len(table))
        most = min(int(count.max()), _JOINED)
        # One outage at the least covers the longest: enough of a bound where there are too many to try all ways.
        found = np.maximum.reduceat(self.price(node, end - start), first)
        upto = np.zeros((len(first), most + 1))
        for k in range(most):
            some = np.flatnonzero((count > k) & (count <= _JOINED))
            last = first[some] + k
            costs = [upto[some, j] + self.price(node[last], end[last] - start[first[some] + j]) for j in range(k + 1)]
            upto[some, k + 1] = np.min(costs, axis=0)
        few = np.flatnonzero(count <= _JOINED)
        found[few] = upto[few, count[few]]
        return math.fsum(found.tolist())


def _price(twin: Twin, measure: str) -> Callable[[Longs, Longs], Floats]:
    """What outages of these processes (kernel's numbers) and lengths (seconds) cost."""
    if measure != WEIGHED:
        return lambda node, length: twin.limits.cost(measure, node, length)
    weight, mtpd = _weights(twin), twin.limits.mtpd

    def weighed(node: Longs, length: Longs) -> Floats:
        beyond = np.maximum(length - mtpd[node], 0)
        found: Floats = weight[node] * (length + (BEYOND_MTPD - 1) * beyond) / grid.HOUR
        return found

    return weighed


def _weights(twin: Twin) -> Floats:
    """[kernel's number] 1 for the processes of the first priority, 1/2 for those of the second, …; of the twin's own
    priorities in their order, those without one after all others."""
    nodes = [twin.nodes[i] for i in twin.model.file_order.tolist()]
    ranks = sorted({node.priority for node in nodes if node.kind == "process" and node.priority is not None})
    rank = {priority: k + 1 for k, priority in enumerate(ranks)}
    last = len(ranks) + 1
    return np.array([1 / (last if node.priority is None else rank.get(node.priority, last)) for node in nodes])


@dataclass
class _Search:
    twin: Twin
    situation: Situation
    measure: str
    effort: int
    progress: Callable[[int, int], None] | None
    cancelled: Callable[[], bool] | None
    known: dict[tuple[int, ...], float] = field(default_factory=dict)

    def run(self) -> Restoration:
        twin, situation = self.twin, self.situation
        self.repairs = situation.repairs
        self.count = len(self.repairs)
        horizon = grid.seconds(situation.horizon)
        self.budget = _Effort(self.effort, self.progress, self.cancelled)
        self.teams = teams_of(twin, situation)
        self.judge = _Judge(twin, situation.hits, [], self.repairs, horizon, self.measure)
        self.bounding = self._bounding(horizon)

        nothing = self.cost([])
        naive = {name: list(order) for name, order in self._naive()}
        self.best = min(naive.values(), key=self.cost)
        floor = self.bound((), [0] * len(self.teams.names), [0] * self.count)
        proved = self.count < 2 or self._equal(floor, self.cost(self.best))
        if not proved:
            self._climb(self._inserted())
            self._climb(self.best)
            unseen = self._branch(floor)
            cost = self.cost(self.best)
            proved = unseen is None or self._equal(unseen, cost)
            floor = None if unseen is None or self.bounding is None else min(unseen, cost)
        if proved:
            floor = self.cost(self.best)
        self.best = self._told_plainly(self.best)
        orders = {name: self.order(order) for name, order in naive.items()}
        best, why, asked = self.order(self.best), self._why(), self.budget.asked
        if self.progress is not None:
            self.progress(self.budget.most, self.budget.most)
        return Restoration(self.measure, best, floor, proved, orders, nothing, why, self.scenario(self.best), asked)

    def _bounding(self, horizon: int) -> _Judge | None:
        """The judge of the optimistic twin; None where an outage could cost less than nothing.

        Of two, the better at the start: circles as they are, up to where none can be held, or circles always well.
        """
        situation, twin = self.situation, self.twin
        if self.measure != WEIGHED and twin.limits.least(self.measure) < 0:
            return None
        soonest = [
            min(start + length, grid.LONGEST)
            for start, length in zip(self.teams.release, self.teams.length, strict=True)
        ]
        until = unheld_until(twin, situation.hits, self.teams.length, horizon)
        judges = []
        for circles, end in ((True, until), (False, horizon)):
            relaxed, gates, well = optimistic(twin, situation.hits, circles)
            hits = [hit for hit in situation.hits if hit.node not in well]
            judges.append(_Judge(relaxed, hits, gates, self.repairs, max(end, 1), self.measure))
            if until >= horizon:
                break
        return max(judges, key=lambda judge: judge.least(soonest))

    def cost(self, order: Sequence[int]) -> float:
        """By the true cascade; repairs that are not in the order are never done."""
        ends = tuple(self.teams.ends(order))
        if ends not in self.known:
            self.budget.spend()
            self.known[ends] = self.judge.cost(ends)
        return self.known[ends]

    def bound(self, done: Sequence[int], free: Sequence[int], ends: Sequence[int]) -> float | None:
        """What every order costs at the least that begins with ``done``: all others as if each had the next free team
        to itself. ``ends`` [repair] holds the ends of those done."""
        if self.bounding is None:
            return None
        self.budget.spend()
        soonest = list(ends)
        for repair in set(range(self.count)) - set(done):
            _, start = self.teams.place(repair, free)
            soonest[repair] = min(start + self.teams.length[repair], grid.LONGEST)
        return self.bounding.least(soonest)

    @staticmethod
    def _equal(bound: float | None, cost: float) -> bool:
        """Whether nothing of note lies between: sums of floats differ in their last digits."""
        return bound is not None and bound >= cost - 1e-9 * abs(cost)

    def _naive(self) -> Iterator[tuple[str, list[int]]]:
        places = range(self.count)
        rank = _priority_served(self.twin, self.repairs)
        yield "by priority", sorted(places, key=lambda k: (rank[k], k))
        yield "shortest first", sorted(places, key=lambda k: (self.teams.length[k], k))
        yield "as listed", list(places)

    def _inserted(self) -> list[int]:
        """Built by inserting, again and again, the repair whose best place is cheapest; the others wait for ever."""
        order: list[int] = []
        left = set(range(self.count))
        while left:
            if self.budget.asked > self.budget.most // 2:
                return order + sorted(left)
            order = min(
                ([*order[:k], one, *order[k:]] for one in sorted(left) for k in range(len(order) + 1)), key=self.cost
            )
            left -= set(order)
        return order

    def _climb(self, order: list[int]) -> None:
        """Moves one repair to another place as long as that is cheaper."""
        cost = self.cost(order)
        better = True
        while better and self.budget.asked < self.budget.most * 3 // 4:
            better = False
            for at in range(self.count):
                rest = order[:at] + order[at + 1 :]
                moved = min(([*rest[:k], order[at], *rest[k:]] for k in range(self.count)), key=self.cost)
                if self.cost(moved) < cost:
                    order, cost, better = moved, self.cost(moved), True
        if cost < self.cost(self.best):
            self.best = order

    def _branch(self, floor: float | None) -> float | None:
        """Tries all orders, but for beginnings whose bound is no better than the best found. None once none is left,
        else what the orders not tried cost at the least (minus infinity without a bound)."""
        seen: set[tuple[Any, ...]] = set()
        nothing_known = -math.inf
        open_floor: list[float] = []

        def go(done: list[int], free: list[int], ends: list[int], known: float) -> None:
            if len(done) == self.count:
                if self.cost(done) < self.cost(self.best):
                    self.best = list(done)
                return
            children = []
            for repair in range(self.count):
                if repair in done:
                    continue
                team, start = self.teams.place(repair, free)
                end = min(start + self.teams.length[repair], grid.LONGEST)
                after, ended = list(free), list(ends)
                after[team] = ended[repair] = end
                # Beginnings that leave the same repairs to crews that are free at the same times end alike.
                state = (
                    frozenset([*done, repair]),
                    tuple(ended),
                    tuple(sorted(zip(self.teams.crew, after, strict=True))),
                )
                if state in seen:
                    continue
                if self.budget.spent:
                    open_floor.append(known)
                    return
                seen.add(state)
                low = known if len(done) + 2 >= self.count else self.bound([*done, repair], after, ended)
                children.append((nothing_known if low is None else max(low, known), repair, after, ended))
            children.sort(key=lambda child: child[:2])
            for low, repair, after, ended in children:
                if self._equal(low, self.cost(self.best)):
                    continue
                if self.budget.spent:
                    open_floor.append(low)
                    continue
                go([*done, repair], after, ended, low)

        go([], [0] * len(self.teams.names), [grid.NEVER] * self.count, nothing_known if floor is None else floor)
        return min(open_floor) if open_floor else None

    def order(self, order: Sequence[int]) -> Order:
        free = [0] * len(self.teams.names)
        schedule = []
        for repair in order:
            team, start = self.teams.place(repair, free)
            free[team] = min(start + self.teams.length[repair], grid.LONGEST)
            crew, member = self.teams.names[team]
            schedule.append(Job(self.repairs[repair].node, crew, member, start, free[team]))
        return Order([self.repairs[k].node for k in order], schedule, self.cost(order))

    def scenario(self, order: Sequence[int]) -> Scenario:
        """The situation with its losses ended by the repairs."""
        done = dict(zip((repair.node for repair in self.repairs), self.teams.ends(order), strict=True))
        hits = []
        for hit in self.situation.hits:
            end, start = done.get(hit.node, grid.NEVER), grid.seconds(hit.start)
            own = grid.NEVER if hit.duration is None else start + grid.seconds(hit.duration)
            duration = hit.duration if own <= end or end == grid.NEVER else grid.hours(end - start)
            hits.append(Hit(hit.node, hit.loss, hit.start, duration))
        return Scenario(hits, self.situation.horizon)

    def _told_plainly(self, order: list[int]) -> list[int]:
        """The same schedule with that repair first, of those that begin at once, that could least be left to the last:
        between crews that do not wait for each other an order says nothing."""
        ends = self.teams.ends(order)
        starts = [ends[k] - self.teams.length[k] for k in order]
        ahead = [k for k, start in zip(order, starts, strict=True) if start == min(starts)]

        def left(k: int) -> float:
            return self.cost([*(one for one in order if one != k), k])

        for k in sorted(ahead, key=left, reverse=True):
            moved = [k, *(one for one in order if one != k)]
            if self.teams.ends(moved) == ends:
                return moved
        return order

    def _why(self) -> Why | None:
        if not self.count:
            return None
        first, *rest = self.best
        node = self.repairs[first].node
        if not rest:
            return Why(node, None, None, [])
        cost = self.cost(self.best)
        last = [*rest, first]
        now, then = (cascade(self.twin, self.scenario(order)).processes for order in (self.best, last))
        more = [(key, then[key].downtime - now[key].downtime) for key in now]
        hurt = sorted(((key, by) for key, by in more if by > 0), key=lambda pair: (-pair[1], pair[0]))
        return Why(node, self.cost([rest[0], first, *rest[1:]]) - cost, self.cost(last) - cost, hurt)


def _priority_served(twin: Twin, repairs: Sequence[Repair]) -> list[float]:
    """[repair] the best priority of a process that draws on its node, directly or not, or is it; infinite without."""
    found = []
    for repair in repairs:
        users = (twin.nodes[k] for k in dependants(twin, [twin.place[repair.node]]))
        priorities = [node.priority for node in users if node.kind == "process" and node.priority is not None]
        found.append(min(priorities, default=math.inf))
    return found


__all__ = ["Cancelled", "Job", "Order", "Restoration", "Why", "restore"]
