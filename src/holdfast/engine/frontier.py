"""Budget against expected loss: what each sum of money could buy at best. docs/methods/best-buy.md.

The loss is that of the year, on the same draws for every set of options. What an option does to a year hangs only on
those options that the year's hits can reach. So years are put into groups by these, and each group is run once for
every part of a set that matters to it; the loss of any set is then a sum over the groups.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid, losses
from holdfast.engine.cascade import cascade
from holdfast.engine.cones import cone
from holdfast.engine.errors import InputError
from holdfast.engine.hazards import Hazard
from holdfast.engine.optimistic import Drawn, Optimistic
from holdfast.engine.options import Options, bought, rated
from holdfast.engine.purchases import Purchases, bits_of
from holdfast.engine.sampling import HORIZON, Years, check_seed
from holdfast.engine.sweeps import Cancelled, in_threads
from holdfast.engine.twin import Twin
from holdfast.engine.weak_points import threads
from holdfast.engine.year import MOST_YEARS

MOST_ENUMERATED = 16
"""Up to so many options every set is tried."""

MOST_IN_BOUND = 6
"""Where more options matter to a group of years, its part of the bound is that of the optimistic cascade."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Point:
    """Nothing cheaper than ``budget`` loses as little as ``bought`` does: ``expected_loss`` a year, in the category's
    unit. ``bound``: no set that costs at most as much loses less; None where nothing can be said."""

    budget: float
    bought: list[str]
    expected_loss: float
    bound: float | None

    def as_json(self) -> dict[str, Any]:
        return vars(self)


@dataclass(frozen=True)
class Frontier:
    """Points in the order of their budgets, each with less loss than the one before. ``exact``: every set was tried."""

    category: str | None
    points: list[Point]
    exact: bool
    tried: int

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast portfolio --frontier --json``."""
        return {
            "frontier": [point.as_json() for point in self.points],
            "category": self.category,
            "exact": self.exact,
        }


def frontier(
    twin: Twin,
    hazards: Sequence[Hazard],
    options: Options,
    years: int,
    seed: int,
    category: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    enough: Callable[[], bool] | None = None,
    most_enumerated: int = MOST_ENUMERATED,
) -> Frontier:
    """The sets of options, up to the budget if there is one, that lose least for their cost.

    The expected loss in ``category`` (the first by code point if None) is the average annual loss of ``years`` years
    drawn from ``seed``; without hazards it is the mean over the planning scenarios, as if one of them came each year.
    What must be kept is not asked here. Up to ``most_enumerated`` options every set is tried, beyond that the best
    found; ``enough()`` ends that search, but not what the bound takes. ``workers`` threads do not change the answer.

    ``progress(done, of)`` counts sets and is called from this thread, where ``cancelled()`` is asked too. Raises
    InputError for figures out of range or an unknown category, and Cancelled.
    """
    check_seed(seed)
    if not 1 <= years <= MOST_YEARS:
        raise InputError("--years", f"wanted a whole number from 1 to {MOST_YEARS}, got {years}")
    categories = sorted({name for node in twin.nodes for name in node.impact or {}})
    if category is None:
        category = categories[0] if categories else None
    elif category not in categories:
        wanted = "one of " + ", ".join(categories) if categories else "none, for the twin has no impact"
        raise InputError("--category", f"wanted {wanted}, got “{category}”", twin.source)
    if category is None:
        return Frontier(None, [Point(0.0, [], 0.0, 0.0)], True, 1)
    source = _Drawn(twin, hazards, options, category, years, seed) if hazards else _Planned(twin, options, category)
    search = _Search(source, options, workers, progress, cancelled, enough)
    return search.all_sets() if len(options.options) <= most_enumerated else search.best_found()


class _Source(ABC):
    """Losses of one category by group: ``masks`` [group] are the options that matter to it."""

    masks: list[int]
    weight: float
    """Of each group's loss in the expected loss."""

    def __init__(self, twin: Twin, options: Options, category: str) -> None:
        self.twin, self.options, self.category = twin, options, category
        full = bought(twin, options.options)
        self._reached = [0] * len(twin.nodes)  # [place of a node] -> the options that its loss can reach
        claimants: dict[str, set[int]] = {}
        for k, node in enumerate(full.nodes):
            for requirement in node.requirements:
                for fallback in requirement.fallbacks:
                    if fallback.pool is not None:
                        claimants.setdefault(fallback.pool, set()).add(k)
        for number, option in enumerate(options.options):
            targets = {
                *(twin.place[one.node] for one in option.fallbacks),
                *(twin.place[node] for node in option.restart),
                *(twin.place[one.node] for one in option.tolerance),
                *(k for pool in option.pools for k in claimants.get(pool, ())),
            }
            for k in cone(full, targets) if targets else ():
                self._reached[k] |= 1 << number

    def reached(self, nodes: Iterable[str]) -> int:
        mask = 0
        for node in set(nodes):
            mask |= self._reached[self.twin.place[node]]
        return mask

    def chosen(self, bits: int) -> list[Any]:
        return [option for k, option in enumerate(self.options.options) if bits >> k & 1]

    @abstractmethod
    def run(self, bits: int, groups: Sequence[int]) -> list[float]:
        """The losses of these groups with the set bought."""

    @abstractmethod
    def least(self, bits: int, group: int, pause: Callable[[], None]) -> float:
        """What the group loses at least, with any part of the set bought. ``pause()`` is called now and then."""

    @cached_property
    def optimistic(self) -> Optimistic:
        return Optimistic(Purchases(self.twin, self.options))

    @cached_property
    def curves(self) -> dict[int, tuple[list[int], list[float]]]:
        """The category's curves, by place in the file: seconds, money."""
        given = {k: (node.impact or {}).get(self.category) for k, node in enumerate(self.twin.nodes)}
        return {
            k: ([grid.seconds(hours) for hours, _ in curve], [value for _, value in curve])
            for k, curve in given.items()
            if curve
        }

    def _cost_at_least(self, outages: NDArray[np.int64] | None) -> float:
        """Of outages that the true ones contain. True ones may join several, which may cost less than each alone: the
        cheapest way of joining neighbours counts."""
        total = 0.0
        if outages is None:
            return total
        for place, (seconds, values) in self.curves.items():
            mine = outages[outages[:, 0] == place]
            if len(mine):
                joined = np.interp(mine[None, :, 2] - mine[:, 1, None], seconds, values)  # [first, last]
                cheapest = [0.0]
                for last in range(len(mine)):
                    cheapest.append(float((np.array(cheapest) + joined[: last + 1, last]).min()))
                total += cheapest[-1]
        return total


class _Planned(_Source):
    """Each planning scenario is a group of its own."""

    def __init__(self, twin: Twin, options: Options, category: str) -> None:
        super().__init__(twin, options, category)
        self.masks = [self.reached(hit.node for hit in scenario.hits) for scenario in options.scenarios]
        self.weight = 1 / len(options.scenarios) if options.scenarios else 0.0

    def run(self, bits: int, groups: Sequence[int]) -> list[float]:
        twin = bought(self.twin, self.chosen(bits))
        scenarios = self.options.scenarios
        return [math.fsum(cascade(twin, scenarios[g]).summary.cost[self.category].tolist()) for g in groups]

    def least(self, bits: int, group: int, pause: Callable[[], None]) -> float:
        scenario = self.options.scenarios[group]
        first = min((grid.seconds(hit.start) for hit in scenario.hits), default=0)
        pause()
        return self._cost_at_least(self.optimistic.outages(bits, scenario, Drawn({}, {}, first)))


class _Drawn(_Source):
    """Years in which the same options matter are a group."""

    def __init__(
        self, twin: Twin, hazards: Sequence[Hazard], options: Options, category: str, years: int, seed: int
    ) -> None:
        super().__init__(twin, options, category)
        self.hazards, self.years, self.seed = hazards, years, seed
        self.weight = 1 / years
        raising = {
            name: math.prod(max(1.0, option.rates.get(name, 1.0)) for option in options.options)
            for name in (hazard.id for hazard in hazards)
        }
        changing = {
            name: bits_of(k for k, option in enumerate(options.options) if name in option.rates) for name in raising
        }
        # The most events that any set could bring: a lower rate has the first of them.
        most = [_at_rate(hazard, hazard.rate * raising[hazard.id]) for hazard in hazards]
        self.most = Years(bought(twin, options.options), most)
        workspace = self.most.workspace()
        by_mask: dict[int, list[int]] = {}
        for number in range(years):
            hits = workspace.draw(seed, number).hits
            mask = self.reached(hit.node for hit in hits)
            for name in {hit.hazard for hit in hits}:
                mask |= changing[name]
            by_mask.setdefault(mask, []).append(number)
        self.masks = sorted(by_mask)
        self.members = [by_mask[mask] for mask in self.masks]

    def run(self, bits: int, groups: Sequence[int]) -> list[float]:
        options = self.chosen(bits)
        question = Years(bought(self.twin, options), rated(self.hazards, options))
        tally = losses.Tally(question.accounts, len(question.hazards), 0, self.years)
        workspace = question.workspace()
        horizon = grid.seconds(HORIZON)
        for first, last in _stretches(sorted(y for g in groups for y in self.members[g])):
            workspace.run(self.seed, first, last, tally, horizon)
        of_year = tally.sums[question.accounts.categories.index(self.category)]
        return [math.fsum(of_year[self.members[g]].tolist()) for g in groups]

    def least(self, bits: int, group: int, pause: Callable[[], None]) -> float:
        options = self.chosen(bits)
        factors = [{name: factor for name, factor in option.rates.items() if factor < 1.0} for option in options]
        fewest = [
            _at_rate(hazard, hazard.rate * math.prod(sorted(one.get(hazard.id, 1.0) for one in factors)))
            for hazard in self.hazards
        ]
        # The draws of restarts and activations are those of the twin's own ranges.
        few, many = Years(self.twin, fewest).workspace(), self.most.workspace()
        added = Years(self.optimistic.purchases.full, fewest).workspace()
        total = []
        for number in self.members[group]:
            pause()
            year = few.draw(self.seed, number)
            first = min((hit.start for hit in many.draw(self.seed, number).hits), default=0)
            activations = added.draw(self.seed, number).activations
            drawn = Drawn(year.restarts, activations, first)
            total.append(self._cost_at_least(self.optimistic.outages(bits, year.scenario(HORIZON), drawn)))
        return math.fsum(total)


def _at_rate(hazard: Hazard, rate: float) -> Hazard:
    return Hazard(id=hazard.id, rate=rate, footprints=hazard.footprints)


def _stretches(numbers: list[int]) -> list[tuple[int, int]]:
    """Runs of consecutive numbers, as (first, the one after the last)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


class _Search:
    def __init__(
        self,
        source: _Source,
        options: Options,
        workers: int | None,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        enough: Callable[[], bool] | None,
    ) -> None:
        self.source, self.options = source, options
        self.workers, self.progress, self.cancelled, self.enough = workers, progress, cancelled, enough
        self.count = len(options.options)
        self.table: list[dict[int, float]] = [{} for _ in source.masks]
        self.tried: dict[int, tuple[float, float]] = {}  # set -> (cost, loss)
        self.least: dict[tuple[int, int], float] = {}  # (group, what could be bought for it) -> its least loss

    def fill(self, parts: Sequence[int], tell: bool = False) -> None:
        """Runs each of these sets in the groups in which all of it matters."""
        wanted = []
        for part in dict.fromkeys(parts):
            groups = [g for g, mask in enumerate(self.source.masks) if not part & ~mask and part not in self.table[g]]
            if groups:
                wanted.append((part, groups))
        found = in_threads(
            lambda piece: self.source.run(*piece),
            wanted,
            threads(self.workers),
            self.progress if tell else None,
            self.cancelled,
        )
        for (part, groups), values in zip(wanted, found, strict=True):
            for g, value in zip(groups, values, strict=True):
                self.table[g][part] = value

    def loss(self, bits: int) -> float:
        """The expected loss of a set whose parts have been filled in."""
        parts = (row[bits & mask] for row, mask in zip(self.table, self.source.masks, strict=True))
        return math.fsum(parts) * self.source.weight

    def cost(self, bits: int) -> float:
        return self.options.total(k for k in range(self.count) if bits >> k & 1)

    def affordable(self, bits: int) -> bool:
        return self.options.budget is None or self.cost(bits) <= self.options.budget

    def all_sets(self) -> Frontier:
        sets = [bits for bits in range(1 << self.count) if self.affordable(bits)]
        # A part of an affordable set is affordable, for no option costs less than nothing.
        self.fill(sets, tell=True)
        for bits in sets:
            self.tried[bits] = (self.cost(bits), self.loss(bits))
        return self.answer(exact=True)

    def try_all(self, sets: Sequence[int]) -> None:
        new = [bits for bits in sets if bits not in self.tried and self.affordable(bits)]
        self.fill([bits & mask for bits in new for mask in self.source.masks])
        for bits in new:
            self.tried[bits] = (self.cost(bits), self.loss(bits))
        if self.progress is not None:
            self.progress(len(self.tried), max(len(self.tried), self.count * (self.count + 1)))

    def best_found(self) -> Frontier:
        """Forwards from nothing and backwards from everything, each time by the best value for money; then each point
        of the frontier with one option exchanged."""
        self.try_all([0])
        self.climb(0, lambda bits, k: bits | 1 << k)
        everything = (1 << self.count) - 1
        if self.affordable(everything):
            self.try_all([everything])
            self.climb(everything, lambda bits, k: bits & ~(1 << k))
        before: list[int] = []
        while (now := self.undominated()) != before and not self.done():
            before = now
            for bits in now:
                inside = [k for k in range(self.count) if bits >> k & 1]
                outside = [k for k in range(self.count) if not bits >> k & 1]
                self.try_all([bits & ~(1 << i) | 1 << o for i, o in itertools.product(inside, outside)])
                if self.done():
                    break
        return self.answer(exact=False)

    def pause(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled

    def done(self) -> bool:
        self.pause()
        return self.enough is not None and self.enough()

    def climb(self, bits: int, step: Callable[[int, int], int]) -> None:
        while not self.done():
            steps = [other for k in range(self.count) if (other := step(bits, k)) != bits and self.affordable(other)]
            if not steps:
                return
            self.try_all(steps)
            cost, loss = self.tried[bits]

            def value(other: int, cost: float = cost, loss: float = loss) -> tuple[float, int]:
                paid, saved = self.tried[other][0] - cost, loss - self.tried[other][1]
                if paid > 0:
                    return saved / paid, -other
                # Backwards: the least loss for the money that comes back.
                return (math.inf if saved >= 0 else saved / -paid if paid else -math.inf), -other

            bits = max(steps, key=value)

    def undominated(self) -> list[int]:
        """Of the sets tried, those that lose less than every cheaper one, in the order of their cost."""
        found: list[int] = []
        least = math.inf

        def rank(bits: int) -> tuple[float, float, int, list[str]]:
            cost, loss = self.tried[bits]
            names = self.options.ids(k for k in range(self.count) if bits >> k & 1)
            return cost, loss, len(names), names

        for bits in sorted(self.tried, key=lambda bits: self.tried[bits]):
            cost, loss = self.tried[bits]
            if loss < least:
                found.append(bits)
                least = loss
            elif found and (cost, loss) == self.tried[found[-1]] and rank(bits) < rank(found[-1]):
                found[-1] = bits
        return found

    def answer(self, exact: bool) -> Frontier:
        points = []
        for bits in self.undominated():
            cost, loss = self.tried[bits]
            names = self.options.ids(k for k in range(self.count) if bits >> k & 1)
            bound = loss if exact else self.bound(cost, loss)
            points.append(Point(cost, names, loss, bound))
        return Frontier(self.source.category, points, exact, len(self.tried))

    def bound(self, budget: float, loss: float) -> float | None:
        """What no set of this cost or less can lose less than: each group of years as if all were bought for it alone.

        Where few options matter to a group, all their sets are tried; elsewhere the optimistic cascade with all that
        could be paid for says how much is lost at least. That needs losses that are not negative.
        """
        if any(values[0] < 0 for _, values in self.source.curves.values()):
            return None
        # A few levels of what could be paid for serve all budgets: each asks for the next one above it.
        prices = sorted(self.options.cost)
        levels = [prices[len(prices) * quarter // 4 - 1] for quarter in (1, 2, 3, 4)]
        paid = min((level for level in levels if level >= budget), default=prices[-1])
        within = bits_of(k for k in range(self.count) if self.options.cost[k] <= paid)
        least = []
        for g, mask in enumerate(self.source.masks):
            places = [k for k in range(self.count) if mask & within & 1 << k]
            if len(places) > MOST_IN_BOUND:
                if (g, mask & within) not in self.least:
                    self.least[g, mask & within] = self.source.least(mask & within, g, self.pause)
                least.append(self.least[g, mask & within])
                continue
            parts = [bits_of(some) for size in range(len(places) + 1) for some in itertools.combinations(places, size)]
            parts = [part for part in parts if self.cost(part) <= budget]
            self.fill(parts)
            least.append(min(self.table[g][part] for part in parts))
        return min(loss, math.fsum(least) * self.source.weight)


__all__ = ["Cancelled", "Frontier", "Point", "frontier"]
