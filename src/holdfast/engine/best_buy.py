"""The cheapest options that keep every process that must be kept: docs/methods/best-buy.md.

Exact by cuts. HiGHS finds the cheapest set that the cuts known so far allow; the true cascade judges it; where it
fails, the optimistic cascade says what else must fail with it, and that becomes a cut. What HiGHS proves of the cuts is
a bound on every set, bought or not.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast.engine import grid, master
from holdfast.engine.cones import cone
from holdfast.engine.optimistic import Optimistic
from holdfast.engine.options import Options
from holdfast.engine.purchases import Purchases, bits_of
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import Twin

Progress = Callable[[float, float | None], object]
"""Told the proven bound and the least cost found (None: none yet), both in the money of the options."""


@dataclass(frozen=True)
class Need:
    """What an option was bought for: without it (the rest bought) these must processes breach, as (scenario, process,
    the longest outage without it in seconds)."""

    option: str
    without: list[tuple[int, str, int]]


@dataclass(frozen=True)
class Worsened:
    """A process whose longest outage in a scenario, seconds, is longer with what is bought than without."""

    scenario: int
    process: str
    before: int
    after: int
    breaches: bool

    def as_json(self) -> dict[str, Any]:
        """Hours in place of seconds."""
        return {
            "scenario": str(self.scenario),
            "process": self.process,
            "before": grid.hours(self.before),
            "after": grid.hours(self.after),
            "breaches": self.breaches,
        }


@dataclass(frozen=True)
class Greedy:
    """What buying the best value first, step by step, ends with; ``cost`` is None where it gets stuck."""

    bought: list[str]
    cost: float | None


@dataclass(frozen=True)
class Hopeless:
    """A process that breaches in a scenario. ``alone``: with every set, whatever else is to be kept; that is proven."""

    scenario: int
    process: str
    alone: bool


@dataclass(frozen=True)
class BestBuy:
    """The answer. ``bought`` and ``cost`` are None where no set within the budget is known; then ``cheapest`` is the
    best set known at any cost, if there is one, and ``hopeless`` says what stands in the way where there can be none.

    ``bound``: no set that keeps all costs less (None: there is no such set). ``gap``: (cost - bound) / cost, 0 when
    proven; of the cheapest set known, bought or not. ``proof`` [scenario][process]: the longest outage in seconds.
    """

    options: Options
    bought: list[str] | None
    cost: float | None
    bound: float | None
    gap: float | None
    proof: list[dict[str, int]]
    cheapest: tuple[list[str], float] | None
    hopeless: list[Hopeless]
    needs: list[Need]
    worsened: list[Worsened]
    before: list[tuple[int, str, int]]
    """(scenario, process, longest outage in seconds) of what breaches with nothing bought."""
    greedy: Greedy
    cuts: int
    judged: int
    """How many sets the true cascade was asked about."""

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast portfolio --json``."""
        return {
            "bought": self.bought,
            "cost": self.cost,
            "bound": self.bound,
            "gap": self.gap,
            "proof": {
                str(s): {process: grid.hours(length) for process, length in row.items()}
                for s, row in enumerate(self.proof)
            },
            "cheapest": None if self.cheapest is None else {"bought": self.cheapest[0], "cost": self.cheapest[1]},
            "hopeless": [{"scenario": str(h.scenario), "process": h.process, "alone": h.alone} for h in self.hopeless],
            "without": {
                need.option: [
                    {"scenario": str(s), "process": process, "longest_outage": grid.hours(length)}
                    for s, process, length in need.without
                ]
                for need in self.needs
            },
            "before": [
                {"scenario": str(s), "process": process, "longest_outage": grid.hours(length)}
                for s, process, length in self.before
            ],
            "worsened": [one.as_json() for one in self.worsened],
            "greedy": {"bought": self.greedy.bought, "cost": self.greedy.cost},
        }


def best_buy(
    twin: Twin,
    options: Options,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    enough: Callable[[], bool] | None = None,
) -> BestBuy:
    """The cheapest of ``options`` that keep every process of ``options.must`` within its MTPD in every scenario.

    ``progress(bound, cost)`` is called from this thread between steps, as ``cancelled()`` and ``enough()`` are asked:
    the one raises Cancelled, the other ends the search with the best set known and its gap. The answer is the same
    on every run that is not cut short; of several sets equally cheap, one.
    """
    search = _Search(twin, options, progress, cancelled, enough)
    search.run()
    return search.answer()


@dataclass
class _Cut:
    """Of ``any_of`` at least one must be bought, or one of ``none_of`` not."""

    any_of: int
    none_of: int = 0


@dataclass
class _Search:
    twin: Twin
    options: Options
    progress: Progress | None
    cancelled: Callable[[], bool] | None
    enough: Callable[[], bool] | None
    cuts: list[_Cut] = field(default_factory=list)
    best: int | None = None
    bound: float = 0.0
    impossible: bool = False
    hopeless: list[Hopeless] = field(default_factory=list)
    judged: int = 0

    def __post_init__(self) -> None:
        self.purchases = Purchases(self.twin, self.options)
        self.optimistic = Optimistic(self.purchases)
        self.relevance = _Relevance(self.purchases)
        cost = self.options.cost
        self.by_cost = sorted(range(len(cost)), key=lambda k: (cost[k], self.options.options[k].id))
        self.greedy = Greedy([], None)

    def cost(self, bits: int) -> float:
        return self.options.total(self.purchases.chosen(bits))

    def run(self) -> None:
        self._pause()
        if (found := self._greedy()) is not None:
            # It is printed as it is; as a start, what it bought in vain goes back.
            self._keep(self._slimmed(found))
        everything = self.purchases.everything
        if self.best is None and not self.purchases.failures(everything):
            self._keep(self._slimmed(everything))
        solver = master.Master(self.options.cost)
        seen: set[tuple[int, int]] = set()
        while not self._stopped():
            solved = solver.solve(self._interrupted)
            if solved is None:
                self.impossible = self.best is None
                if not self.impossible:
                    self.bound = self.cost(self.best or 0)
                return
            proposed, bound = solved
            self.bound = max(self.bound, bound)
            if proposed is None or (self.best is not None and self._proven()):
                return
            self.judged += 1
            failures = self.purchases.failures(proposed)
            if not failures:
                self._keep(self._slimmed(proposed))
                # Cheaper than the bound cannot be: the rest is rounding.
                self.bound = min(max(self.bound, bound), self.cost(self.best or 0))
                return
            for scenario, must in failures:
                for cut in self._cuts(proposed, scenario, must):
                    if (cut.any_of, cut.none_of) not in seen:
                        seen.add((cut.any_of, cut.none_of))
                        self.cuts.append(cut)
                        solver.add(self.purchases.chosen(cut.any_of), self.purchases.chosen(cut.none_of))
                if self._stopped():
                    return

    def _proven(self) -> bool:
        return self.best is not None and self.bound >= self.cost(self.best) * (1 - 1e-12)

    def _keep(self, bits: int) -> None:
        if self.best is None or self.cost(bits) < self.cost(self.best):
            self.best = bits

    def _interrupted(self) -> bool:
        return bool((self.cancelled and self.cancelled()) or (self.enough and self.enough()))

    def _pause(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled

    def _stopped(self) -> bool:
        self._pause()
        if self.progress is not None:
            self.progress(self.bound, None if self.best is None else self.cost(self.best))
        return self.enough is not None and self.enough()

    # ------------------------------------------------------------ cuts

    def _cuts(self, bits: int, scenario: int, must: str) -> list[_Cut]:
        """What is certain after ``bits`` let the process breach: the sets between ``low`` and ``high`` all do."""
        relevant = self.relevance.of(scenario, must)
        everything = self.purchases.everything
        low, high = bits & relevant, bits | (everything & ~relevant)

        def fails(low: int, high: int) -> bool:
            return self.optimistic.fails(low, high, scenario, must)

        if not fails(low, high):
            # Only the true cascade knows; it knows it of every set that has the same of what matters here.
            return [_Cut(relevant & ~bits, relevant & bits)]
        if fails(0, everything):
            self.hopeless.append(Hopeless(scenario, must, alone=True))
            return [_Cut(0)]
        if fails(0, high):
            low = 0
        open_ones = [k for k in self.by_cost if relevant >> k & 1]
        dice = random.Random(len(self.cuts))  # noqa: S311 - any order gives valid cuts; this one differs each time
        shuffled = dice.sample(open_ones, len(open_ones))
        # Cheap ones first: what then is left to be bought is dear, which lifts the bound.
        return [self._widened(low, high, order, fails) for order in (open_ones, shuffled)]

    def _widened(self, low: int, high: int, order: Sequence[int], fails: Callable[[int, int], bool]) -> _Cut:
        """The cut of the widest such sets, each option tried once in this order."""
        for k in order:
            self._pause()
            bit = 1 << k
            if low & bit and fails(low & ~bit, high):
                low &= ~bit
            if not high & bit and fails(low, high | bit):
                high |= bit
        return _Cut(self.purchases.everything & ~high, low)

    # ------------------------------------------------------------ by hand

    def _greedy(self) -> int | None:
        """Always the option that takes off most of the overrun for its money; a set that keeps all, or None."""
        bits = 0
        while self.purchases.failures(bits):
            now = self.purchases.excess(bits)
            steps = []
            for k in self.by_cost:
                if not bits >> k & 1:
                    self._pause()
                    saved = now - self.purchases.excess(bits | 1 << k)
                    value = saved / self.options.cost[k] if self.options.cost[k] else math.inf * (saved > 0 or -1)
                    steps.append((saved > 0, value, -self.by_cost.index(k)))
            if not steps or not max(steps)[0] or (self.enough is not None and self.enough()):
                self.greedy = Greedy(self.options.ids(self.purchases.chosen(bits)), None)
                return None
            bits |= 1 << self.by_cost[-max(steps)[2]]
        self.greedy = Greedy(self.options.ids(self.purchases.chosen(bits)), self.cost(bits))
        return bits

    def _slimmed(self, bits: int) -> int:
        """Without what is not needed, the dearest given back first."""
        for k in reversed(self.by_cost):
            if bits >> k & 1 and not self.purchases.failures(bits & ~(1 << k)):
                bits &= ~(1 << k)
        return bits

    # ------------------------------------------------------------ the answer

    def answer(self) -> BestBuy:
        cost = None if self.best is None else self.cost(self.best)
        budget = self.options.budget
        within = cost is not None and (budget is None or cost <= budget)
        bits = self.best if self.best is not None and within else None
        bound = None if self.impossible else self.bound if cost is None else min(self.bound, cost)
        gap = None if cost is None or bound is None else (cost - bound) / cost if cost else 0.0
        if gap is not None and gap < 1e-12:  # the last bits of two sums in different order
            bound, gap = cost, 0.0
        return BestBuy(
            options=self.options,
            bought=None if bits is None else self.options.ids(self.purchases.chosen(bits)),
            cost=cost if within else None,
            bound=bound,
            gap=gap,
            proof=[] if bits is None else self._proof(bits),
            cheapest=None if self.best is None or cost is None else self._named(self.best),
            hopeless=self._hopeless(),
            needs=[] if self.best is None else [self._need(self.best, k) for k in self.purchases.chosen(self.best)],
            worsened=[] if self.best is None else self._worsened(self.best),
            before=self._overruns(0, self.purchases.failures(0)),
            greedy=self.greedy,
            cuts=len(self.cuts),
            judged=self.judged,
        )

    def _named(self, bits: int) -> tuple[list[str], float]:
        return self.options.ids(self.purchases.chosen(bits)), self.cost(bits)

    def _proof(self, bits: int) -> list[dict[str, int]]:
        return [
            {must: int(self.purchases.run(bits, s).longest[self.twin.place[must]]) for must in self.options.must}
            for s in range(len(self.options.scenarios))
        ]

    def _overruns(self, bits: int, failures: Iterable[tuple[int, str]]) -> list[tuple[int, str, int]]:
        return [(s, must, int(self.purchases.run(bits, s).longest[self.twin.place[must]])) for s, must in failures]

    def _need(self, bits: int, option: int) -> Need:
        rest = bits & ~(1 << option)
        return Need(self.options.options[option].id, self._overruns(rest, self.purchases.failures(rest)))

    def _hopeless(self) -> list[Hopeless]:
        if not self.impossible:
            return []
        if self.hopeless:
            return list(dict.fromkeys(self.hopeless))
        # Each could be kept alone, but nothing keeps all: what breaches with everything bought is the best hint.
        return [Hopeless(s, must, alone=False) for s, must in self.purchases.failures(self.purchases.everything)]

    def _worsened(self, bits: int) -> list[Worsened]:
        found = []
        for s in range(len(self.options.scenarios)):
            before, after = self.purchases.run(0, s).longest, self.purchases.run(bits, s).longest
            found += [
                Worsened(
                    s,
                    node.id,
                    int(before[k]),
                    int(after[k]),
                    bool(after[k] > self.purchases.mtpd[k] >= before[k]),
                )
                for k, node in enumerate(self.twin.nodes)
                if node.kind == "process" and after[k] > before[k]
            ]
        return found


class _Relevance:
    """Which options can matter to a process in a scenario at all, whatever else is bought.

    Those that change something on a node that the hits can reach, which the process draws on, directly or not, or which
    claims places of a pool that such nodes claim. Both is read off the arrows alone, so it errs on the safe side.
    """

    def __init__(self, purchases: Purchases) -> None:
        self.purchases = purchases
        full, place = purchases.full, purchases.twin.place
        self.claimants: dict[str, set[int]] = {pool.id: set() for pool in full.pools}
        self.pools_at: dict[int, set[str]] = {}
        for k, node in enumerate(full.nodes):
            for requirement in node.requirements:
                for fallback in requirement.fallbacks:
                    if fallback.pool is not None:
                        self.claimants[fallback.pool].add(k)
                        self.pools_at.setdefault(k, set()).add(fallback.pool)
        self.nodes = [
            {
                *(place[one.node] for one in option.fallbacks),
                *(place[node] for node in option.restart),
                *(place[one.node] for one in option.tolerance),
            }
            for option in purchases.options.options
        ]
        self._known: dict[tuple[int, str], int] = {}
        self._reached: dict[int, set[int]] = {}
        self._behind: dict[str, tuple[set[int], set[str]]] = {}

    def of(self, scenario: int, must: str) -> int:
        """The set of these options."""
        if (scenario, must) not in self._known:
            reached = self._reach(scenario)
            behind, pools = self._closure(must)
            touched = {pool for pool in pools if not self.claimants[pool].isdisjoint(reached)}
            self._known[scenario, must] = bits_of(
                k
                for k, option in enumerate(self.purchases.options.options)
                if not (self.nodes[k] & reached).isdisjoint(behind) or not touched.isdisjoint(option.pools)
            )
        return self._known[scenario, must]

    def _reach(self, scenario: int) -> set[int]:
        """The nodes that draw on a hit one, directly or not."""
        if scenario not in self._reached:
            model, place = self.purchases.full.model, self.purchases.twin.place
            of, users = model.arrays["dep_of"], model.arrays["dep"]
            hits = self.purchases.options.scenarios[scenario].hits
            todo = [int(model.number_of[place[hit.node]]) for hit in hits]
            seen = set(todo)
            while todo:
                k = todo.pop()
                new = set(users[of[k] : of[k + 1]].tolist()) - seen
                seen |= new
                todo += new
            self._reached[scenario] = {int(model.file_order[k]) for k in seen}
        return self._reached[scenario]

    def _closure(self, must: str) -> tuple[set[int], set[str]]:
        """The nodes that the process hangs on, through arrows and pools, and these pools."""
        if must not in self._behind:
            full = self.purchases.full
            nodes = cone(full, [full.place[must]])
            pools: set[str] = set()
            while new := {pool for k in nodes for pool in self.pools_at.get(k, ())} - pools:
                pools |= new
                nodes |= cone(full, {k for pool in new for k in self.claimants[pool]})
            self._behind[must] = (nodes, pools)
        return self._behind[must]


__all__ = ["BestBuy", "Cancelled", "Greedy", "Hopeless", "Need", "Worsened", "best_buy"]
