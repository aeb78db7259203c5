"""Contention: which fallbacks count on the same places at once, and whose MTPD that costs.

docs/methods/contention.md says what is asked and why the search for the smallest capacity is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from holdfast.engine import grid
from holdfast.engine.cascade import Cascade, cascade
from holdfast.engine.fallbacks import Spans, in_use, shortages
from holdfast.engine.scenario import Scenario
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import Twin

MOST_TRIED = 20_000
"""Capacities tried for one pool before the search is given up and says so."""

NEARLY_HELD = 500
"""Changes of one level beyond which capacities are tried one by one: a circle is held at its 1,000th."""


@dataclass(frozen=True)
class Use:
    """A claim on a pool by the fallback of a node: ``weight`` asked and ``granted``, in thousandths of the pool's unit.

    ``on``: when it was on in the result, in seconds; empty where it was on only before the places were shared out.
    """

    fallback: str
    node: str
    strategy: str | None
    weight: int
    granted: int
    on: Spans

    def as_json(self) -> dict[str, Any]:
        """Hours and the pool's unit."""
        return {
            "fallback": self.fallback,
            "node": self.node,
            "strategy": self.strategy,
            "weight": self.weight / grid.THOUSAND,
            "granted": self.granted / grid.THOUSAND,
            "on": _in_hours(self.on),
        }


@dataclass(frozen=True)
class Victim:
    """A process that breaches its MTPD, and would not if the pool had places for all. ``breach_at`` in seconds.

    ``enough`` is the smallest capacity at which it does not, in thousandths; ``exact`` is False where the search was
    given up, and ``enough`` is then only the smallest that was found.
    """

    process: str
    breach_at: int
    enough: int
    exact: bool

    def as_json(self) -> dict[str, Any]:
        """Hours and the pool's unit."""
        return {
            "process": self.process,
            "breach_at": grid.hours(self.breach_at),
            "enough": self.enough / grid.THOUSAND,
            "exact": self.exact,
        }


@dataclass(frozen=True)
class Demand:
    """One pool in one scenario. Seconds, and thousandths of the pool's unit.

    ``uses`` stand in the order of the grants. ``curve`` is [(second, claimed, granted)] from 0 to the horizon, each
    holding until the next: the weights, and the grants, of the fallbacks that are on. ``shortfall`` is the most by
    which the claims exceed the capacity, first reached ``at``; ``short`` says when they do.

    ``victims`` is whose MTPD it costs, and ``enough`` the smallest capacity at which none of them breaches (None where
    there is none to help). ``worsened`` are processes that breach only if the pool has places for all.
    """

    pool: str
    capacity: int
    uses: list[Use]
    curve: list[tuple[int, int, int]]
    shortfall: int
    at: int | None
    short: Spans
    victims: list[Victim]
    enough: int | None
    exact: bool
    worsened: list[str]

    @property
    def refused(self) -> list[Use]:
        """The claims that were granted less than they asked for."""
        return [use for use in self.uses if use.granted < use.weight]

    @property
    def short_for(self) -> int:
        """Seconds for which the claims exceed the capacity."""
        return sum(end - start for start, end in self.short)

    def as_json(self) -> dict[str, Any]:
        """Hours and the pool's unit."""
        unit = grid.THOUSAND
        return {
            "pool": self.pool,
            "capacity": self.capacity / unit,
            "claims": [use.as_json() for use in self.uses],
            "curve": [[grid.hours(time), claimed / unit, granted / unit] for time, claimed, granted in self.curve],
            "shortfall": self.shortfall / unit,
            "shortfall_at": None if self.at is None else grid.hours(self.at),
            "short": _in_hours(self.short),
            "short_for": grid.hours(self.short_for),
            "victims": [victim.as_json() for victim in self.victims],
            "enough": None if self.enough is None else self.enough / unit,
            "exact": self.exact,
            "worsened": self.worsened,
        }


@dataclass(frozen=True)
class PoolNeed:
    """A pool over all scenarios: the smallest capacity, in thousandths, at which it costs nobody's MTPD in any.

    ``enough`` is None where it costs nobody's as it is; ``scenarios`` are the places of those in which it does.
    """

    pool: str
    capacity: int
    scenarios: list[int]
    enough: int | None
    exact: bool

    def as_json(self) -> dict[str, Any]:
        """In the pool's unit."""
        return {
            "pool": self.pool,
            "capacity": self.capacity / grid.THOUSAND,
            "scenarios": self.scenarios,
            "enough": None if self.enough is None else self.enough / grid.THOUSAND,
            "exact": self.exact,
        }


@dataclass(frozen=True)
class Contentions:
    """``demands`` [scenario]: the pools that are claimed in it, by id. ``pools``: every pool over all, by id."""

    demands: list[list[Demand]]
    pools: list[PoolNeed]

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast contention --json``."""
        return {
            "scenarios": [{"pools": [demand.as_json() for demand in demands]} for demands in self.demands],
            "pools": [pool.as_json() for pool in self.pools],
        }


def contention(
    twin: Twin,
    scenarios: Sequence[Scenario],
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Contentions:
    """Who claims which places of which pool in each scenario, how many are missing when, and whose MTPD it costs.

    Each scenario is one cascade, and one more for each pool that refuses anything in it: the same with places for
    all of that pool's fallbacks. The smallest capacity is searched on the grid of thousandths, above the present one.
    ``progress(done, of)`` counts pools of scenarios; ``cancelled()`` is asked before every cascade. Raises Cancelled.
    """
    asking = _Asking(twin, scenarios, cancelled)
    total = len(scenarios) * (1 + len(twin.pools))
    demands: list[list[Demand]] = []
    victims: dict[str, dict[int, set[str]]] = {pool.id: {} for pool in twin.pools}
    for k in range(len(scenarios)):
        found = asking.as_it_is(k)
        spans = in_use(found)
        demands.append([])
        for number, pool in enumerate(sorted(twin.pools, key=lambda pool: pool.id)):
            uses = list(_uses(found, pool.id, spans))
            if uses:
                search = asking.search(pool.id, [k])
                demand = _demand(pool.id, search, found, uses)
                demands[-1].append(demand)
                if demand.victims:
                    victims[pool.id][k] = {victim.process for victim in demand.victims}
            if progress is not None:
                progress(k * (1 + len(twin.pools)) + number + 1, total)
    needs = []
    for pool_id in sorted(victims):
        harmed = victims[pool_id]
        search = asking.search(pool_id, list(harmed))
        enough, exact = search.least(list(harmed.values())) if harmed else (None, True)
        needs.append(PoolNeed(pool_id, search.capacity, list(harmed), enough, exact))
    if progress is not None:
        progress(total, total)
    return Contentions(demands, needs)


def _uses(found: Cascade, pool: str, spans: dict[str, Spans]) -> Iterator[Use]:
    claims = {claim.fallback: claim for claim in found.claims if claim.pool == pool}
    strategies = {
        fallback.id: fallback.strategy
        for node in {claim.node for claim in claims.values()}
        for requirement in found.twin.nodes[found.twin.place[node]].requirements
        for fallback in requirement.fallbacks
    }
    for claim in claims.values():
        weight, granted = grid.thousandths(claim.weight), grid.thousandths(claim.granted)
        on = spans.get(claim.fallback, [])
        yield Use(claim.fallback, claim.node, strategies[claim.fallback], weight, granted, on)


def _demand(pool: str, search: _Search, found: Cascade, uses: list[Use]) -> Demand:
    curve = _curve(uses, grid.seconds(found.scenario.horizon))
    capacity = search.capacity
    most = max(claimed for _, claimed, _ in curve)
    at = next(time for time, claimed, _ in curve if claimed == most) if most > capacity else None
    ends = [time for time, _, _ in curve[1:]] + [grid.seconds(found.scenario.horizon)]
    short: Spans = []
    for (time, claimed, _), end in zip(curve, ends, strict=True):
        if claimed > capacity:
            if short and short[-1][1] == time:
                short[-1] = (short[-1][0], end)
            else:
                short.append((time, end))
    victims: list[Victim] = []
    worsened: list[str] = []
    enough, exact = None, True
    if any(use.granted < use.weight for use in uses):
        now, unlimited = search.breaches(capacity)[0], search.breaches(search.all)[0]
        helped = set(now) - set(unlimited)
        worsened = sorted(set(unlimited) - set(now))
        victims = [Victim(process, now[process], *search.least([{process}])) for process in sorted(helped)]
        if helped:
            enough, exact = search.least([helped])
    return Demand(pool, capacity, uses, curve, max(0, most - capacity), at, short, victims, enough, exact, worsened)


def _curve(uses: list[Use], horizon: int) -> list[tuple[int, int, int]]:
    """(second, claimed, granted) from 0 on, at every change before the horizon."""
    changes: dict[int, tuple[int, int]] = {0: (0, 0)}
    for use in uses:
        for start, end in use.on:
            for time, sign in ((start, 1), (end, -1)):
                claimed, granted = changes.get(time, (0, 0))
                changes[time] = claimed + sign * use.weight, granted + sign * use.granted
    curve = []
    claimed = granted = 0
    for time in sorted(changes):
        if time < horizon and (changes[time] != (0, 0) or not time):
            claimed, granted = claimed + changes[time][0], granted + changes[time][1]
            curve.append((time, claimed, granted))
    return curve


class _Asking:
    """A twin that is nobody else's, so that the capacity of its pools can be changed, and its scenarios."""

    def __init__(self, twin: Twin, scenarios: Sequence[Scenario], cancelled: Callable[[], bool] | None) -> None:
        self.twin = Twin(twin.source, twin.nodes, twin.pools, twin.place)
        self.scenarios = scenarios
        self.cancelled = cancelled
        self.number = {pool.id: k for k, pool in enumerate(twin.pools)}
        self.known: dict[int, Cascade] = {}

    def as_it_is(self, k: int) -> Cascade:
        if k not in self.known:
            self.known = {k: self.run(k)}
        return self.known[k]

    def run(self, k: int) -> Cascade:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
        return cascade(self.twin, self.scenarios[k])

    def search(self, pool: str, places: list[int]) -> _Search:
        return _Search(self, self.number[pool], places)


class _Search:
    """The smallest capacity of one pool that will do in the scenarios of these places; all else stays as it is.

    The claims are those of the run with full weights, so they do not hang on the capacity, and with more of it no
    fallback is granted less. Two capacities at which the same requirements are short at the same times therefore have
    levels between theirs for every capacity between, and what holds there is found by halving. Where the times differ
    both halves are searched. A circle that is held at its levels breaks this, so where one is near it all are tried.
    """

    def __init__(self, asking: _Asking, number: int, places: list[int]) -> None:
        self.asking, self.number, self.places = asking, number, places
        arrays = asking.twin.model.arrays
        fallbacks = arrays["pool_fb"][arrays["pool_of"][number] : arrays["pool_of"][number + 1]]
        self.capacity = int(arrays["capacity"][number])
        self.all = max(self.capacity, int(arrays["fb_weight"][fallbacks].sum()))
        self.tried: dict[int, _Tried] = {}

    def breaches(self, capacity: int) -> list[dict[str, int]]:
        """[scenario] the processes beyond their MTPD with this capacity, and the second of the breach."""
        return self._ask(capacity).breaches

    def _ask(self, capacity: int) -> _Tried:
        if capacity not in self.tried:
            capacities = self.asking.twin.model.arrays["capacity"]
            breaches: list[dict[str, int]] = []
            short: list[Spans] | None = []
            capacities[self.number] = capacity
            try:
                for k in self.places:
                    found = self.asking.run(k)
                    breaches.append(_breached(found))
                    if any(len(steps) > NEARLY_HELD for steps in found.levels.values()):
                        short = None
                    if short is not None:
                        short += [spans for _, spans in shortages(found)]
            finally:
                capacities[self.number] = self.capacity
            self.tried[capacity] = _Tried(breaches, short)
        return self.tried[capacity]

    def _between(self, low: int, high: int) -> bool:
        """Whether all levels at the capacities between lie between those at these two."""
        short = self._ask(low).short
        return short is not None and short == self._ask(high).short

    def least(self, spared: Sequence[set[str]]) -> tuple[int, bool]:
        """(the smallest capacity above the present one at which none of ``spared`` [scenario] breaches, whether that is
        certain); places for all must be enough."""

        def does(capacity: int) -> bool:
            return not any(set(one) & them for one, them in zip(self.breaches(capacity), spared, strict=True))

        def search(low: int, high: int) -> int | None:
            """The smallest in (low, high] that does, where ``low`` does not."""
            while high - low > 1:
                middle = (low + high) // 2
                if self._between(low, high):
                    if not does(high):
                        return None
                    low, high = (low, middle) if does(middle) else (middle, high)
                    continue
                if len(self.tried) > MOST_TRIED:
                    raise _TooMany
                if not does(middle):
                    first = search(low, middle)
                    if first is not None:
                        return first
                    low = middle
                else:
                    high = middle
            return high if does(high) else None

        try:
            found = search(self.capacity, self.all) if does(self.all) else None
        except _TooMany:
            return min(capacity for capacity in self.tried if capacity > self.capacity and does(capacity)), False
        assert found is not None
        return found, True


@dataclass(frozen=True)
class _Tried:
    """What was found at one capacity: ``breaches`` [scenario], and when each requirement with fallbacks was ``short``,
    all scenarios one behind the other; None where a node changed so often that a circle could be held."""

    breaches: list[dict[str, int]]
    short: list[Spans] | None


class _TooMany(Exception):
    """More capacities were tried than anybody waits for."""


def _breached(found: Cascade) -> dict[str, int]:
    summary, ids = found.summary, found.twin.numbered_ids
    rows = np.flatnonzero(summary.breach_at >= 0)
    return {ids[summary.node[row]]: int(summary.breach_at[row]) for row in rows.tolist()}


def _in_hours(spans: Spans) -> list[list[float]]:
    return [[grid.hours(start), grid.hours(end)] for start, end in spans]


__all__ = ["Cancelled", "Contentions", "Demand", "PoolNeed", "Use", "Victim", "contention"]
