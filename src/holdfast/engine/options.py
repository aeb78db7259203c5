"""What could be bought: strategies and measures with their cost, and the twin as it is with some of them.

Several options may speak of the same thing. The figure that a bought option gives takes the place of the twin's own;
of several bought, the best counts: the largest capacity, the shortest restart, the longest tolerance. Factors of a
rate are multiplied, and fallbacks are added. So the order of options means nothing. docs/methods/best-buy.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from holdfast.engine import grid
from holdfast.engine.errors import InputError
from holdfast.engine.hazards import MOST_RATE, Hazard
from holdfast.engine.reading import decode, number
from holdfast.engine.scenario import Scenario, check_scenario
from holdfast.engine.twin import Fallback, Identity, Node, Pool, Requirement, Twin, check_fallback

MOST_COST = 1e15
"""What an option may cost, so that sums of costs are exact to a cent or nearly so."""


class AddedFallback(Struct):
    """A fallback for the requirement numbered ``requirement``, from 0, of ``node``."""

    node: str
    requirement: int
    fallback: Fallback


class GivenTolerance(Struct):
    """The tolerance, in ``hours``, of the requirement numbered ``requirement``, from 0, of ``node``."""

    node: str
    requirement: int
    hours: float


class Option(Struct):
    """What can be bought: ``cost`` once and ``yearly``, in one currency, and what it does to the twin.

    ``pools`` gives capacities in the unit of the pool, ``restart`` hours by node, ``rates`` a factor by hazard. Other
    fields of the file (what it is called, why, on what basis) are left alone.
    """

    id: Identity
    cost: float
    yearly: float = 0.0
    fallbacks: list[AddedFallback] = []
    pools: dict[str, float] = {}
    restart: dict[str, float] = {}
    tolerance: list[GivenTolerance] = []
    rates: dict[str, float] = {}
    name: Any = None


class _File(Struct):
    options: list[Option]
    scenarios: list[Scenario] = []
    must: list[str] = []
    budget: float | None = None
    term: float = 1.0


@dataclass(frozen=True)
class Options:
    """A file of options that fits its twin. ``must``: the processes to be kept within their MTPD in every one of the
    ``scenarios``; ``cost`` [option] over the ``term`` in years, ``budget`` in the same money, or None."""

    source: str
    scenarios: tuple[Scenario, ...]
    must: tuple[str, ...]
    budget: float | None
    term: float
    options: tuple[Option, ...]
    cost: tuple[float, ...]

    def ids(self, chosen: Iterable[int]) -> list[str]:
        """The ids of options by their places, by code point."""
        return sorted(self.options[k].id for k in chosen)

    def total(self, chosen: Iterable[int]) -> float:
        """What these cost together, rounded once."""
        return math.fsum(self.cost[k] for k in chosen)


def read_options(
    data: bytes | str | dict[str, Any],
    twin: Twin,
    hazards: Sequence[Hazard] = (),
    source: str = "options.json",
    horizon: float | None = None,
) -> Options:
    """The options of a JSON text or what it decodes to, for ``twin`` and its ``hazards``.

    ``horizon``, hours, replaces that of every scenario. Raises InputError.
    """
    file = decode(data, _File, source)
    number(file.term, "term", source, least=0, most=1_000)
    if file.budget is not None:
        number(file.budget, "budget", source, least=0)
    for k, scenario in enumerate(file.scenarios):
        check_scenario(scenario, twin, source, horizon, f"scenarios[{k}].")
    for k, process in enumerate(file.must):
        if process not in twin.place:
            raise InputError(f"must[{k}]", f"there is no node “{process}” in {twin.source}", source)
        if (kind := twin.nodes[twin.place[process]].kind) != "process":
            raise InputError(f"must[{k}]", f"wanted a process, but “{process}” is of the kind {kind}", source)
        if process in file.must[:k]:
            raise InputError(f"must[{k}]", f"“{process}” is named twice", source)
    reader = _Reader(twin, hazards, source)
    for k, option in enumerate(file.options):
        reader.check(option, f"options[{k}]")
    cost = tuple(option.cost + option.yearly * file.term for option in file.options)
    return Options(source, tuple(file.scenarios), tuple(file.must), file.budget, file.term, tuple(file.options), cost)


class _Reader:
    """Checks one option after the other, with what those before it have added."""

    def __init__(self, twin: Twin, hazards: Sequence[Hazard], source: str) -> None:
        self.twin, self.source = twin, source
        self.pools = {pool.id for pool in twin.pools}
        self.rates = {hazard.id: hazard.rate for hazard in hazards}
        self.seen: set[str] = set()
        self.fallbacks = {f.id for node in twin.nodes for r in node.requirements for f in r.fallbacks}
        self.total: dict[tuple[str, int], int] = {}

    def check(self, option: Option, path: str) -> None:
        source = self.source
        if option.id in self.seen:
            raise InputError(f"{path}.id", f"“{option.id}” is the id of another option too", source)
        self.seen.add(option.id)
        number(option.cost, f"{path}.cost", source, least=0, most=MOST_COST)
        number(option.yearly, f"{path}.yearly", source, least=0, most=MOST_COST)
        for k, added in enumerate(option.fallbacks):
            self.check_fallback(added, f"{path}.fallbacks[{k}]")
        for pool, capacity in option.pools.items():
            if pool not in self.pools:
                raise InputError(f"{path}.pools.{pool}", f"there is no pool “{pool}” in {self.twin.source}", source)
            number(capacity, f"{path}.pools.{pool}", source, least=0, most=grid.MOST_WEIGHT)
        for node, hours in option.restart.items():
            self.node(node, f"{path}.restart.{node}")
            number(hours, f"{path}.restart.{node}", source, least=0)
        for k, given in enumerate(option.tolerance):
            at = f"{path}.tolerance[{k}]"
            self.requirement(given.node, given.requirement, at)
            number(given.hours, f"{at}.hours", source, least=0)
        for hazard, factor in option.rates.items():
            at = f"{path}.rates.{hazard}"
            if hazard not in self.rates:
                raise InputError(at, f"there is no hazard “{hazard}” in {self.twin.source}", source)
            number(factor, at, source, least=0)
            # With all that raise it together the rate must still be one that can be drawn.
            self.rates[hazard] *= max(1.0, factor)
            number(self.rates[hazard], at, source, most=MOST_RATE)

    def check_fallback(self, added: AddedFallback, path: str) -> None:
        requirement = self.requirement(added.node, added.requirement, path)
        weight = check_fallback(
            added.fallback, f"{path}.fallback", self.source, self.twin.place, self.pools, self.fallbacks
        )
        where = (added.node, added.requirement)
        given = [*(s.weight for s in requirement.supply), *(f.weight for f in requirement.fallbacks)]
        before = self.total.get(where) or sum(map(grid.thousandths, given))
        self.total[where] = before + weight
        if self.total[where] > grid.thousandths(grid.MOST_WEIGHT):
            raise InputError(
                f"{path}.fallback.weight",
                f"wanted weights that add up to {grid.MOST_WEIGHT:g} at most, with those of all other options",
                self.source,
            )

    def node(self, node: str, path: str) -> Node:
        if node not in self.twin.place:
            raise InputError(path, f"there is no node “{node}” in {self.twin.source}", self.source)
        return self.twin.nodes[self.twin.place[node]]

    def requirement(self, node: str, place: int, path: str) -> Requirement:
        requirements = self.node(node, f"{path}.node").requirements
        if not 0 <= place < len(requirements):
            last = len(requirements) - 1
            wanted = f"wanted a number from 0 to {last}" if requirements else "wanted a node with requirements"
            raise InputError(f"{path}.requirement", f"{wanted}, got {place} for “{node}”", self.source)
        return requirements[place]


def bought(twin: Twin, options: Iterable[Option]) -> Twin:
    """``twin`` as it is with these options; nothing but what they name is changed.

    The added fallbacks stand behind the twin's own, in the order given.
    """
    options = list(options)
    nodes = list(twin.nodes)
    requirements: dict[int, list[Requirement]] = {}

    def requirement(node: str, g: int) -> tuple[list[Requirement], Requirement]:
        place = twin.place[node]
        row = requirements.setdefault(place, list(nodes[place].requirements))
        return row, row[g]

    for option in options:
        for added in option.fallbacks:
            row, old = requirement(added.node, added.requirement)
            row[added.requirement] = replace(old, fallbacks=[*old.fallbacks, added.fallback])
    for (node, g), hours in best_tolerance(options).items():
        row, old = requirement(node, g)
        row[g] = replace(old, tolerance=hours)
    for place, row in requirements.items():
        nodes[place] = replace(nodes[place], requirements=row)
    for node, hours in best_restart(options).items():
        nodes[twin.place[node]] = replace(nodes[twin.place[node]], restart=hours)
    capacity = best_capacity(options)
    pools = tuple(Pool(pool.id, capacity.get(pool.id, pool.capacity)) for pool in twin.pools)
    return Twin(twin.source, tuple(nodes), pools, twin.place)


def rated(hazards: Sequence[Hazard], options: Iterable[Option]) -> tuple[Hazard, ...]:
    """The hazards with their rates as they are with these options: times the product of the factors.

    A lower rate keeps the first of the same events: docs/methods/year.md.
    """
    factors: dict[str, list[float]] = {}
    for option in options:
        for hazard, factor in option.rates.items():
            factors.setdefault(hazard, []).append(factor)
    return tuple(
        # Sorted, so that the order of the options cannot move the last bit of the product.
        replace(hazard, rate=hazard.rate * math.prod(sorted(factors[hazard.id]))) if hazard.id in factors else hazard
        for hazard in hazards
    )


def best_tolerance(options: Iterable[Option]) -> dict[tuple[str, int], float]:
    """Hours by (node, requirement): the longest that these options give."""
    found: dict[tuple[str, int], float] = {}
    for option in options:
        for given in option.tolerance:
            where = (given.node, given.requirement)
            found[where] = max(given.hours, found.get(where, given.hours))
    return found


def best_restart(options: Iterable[Option]) -> dict[str, float]:
    """Hours by node: the shortest that these options give."""
    found: dict[str, float] = {}
    for option in options:
        for node, hours in option.restart.items():
            found[node] = min(hours, found.get(node, hours))
    return found


def best_capacity(options: Iterable[Option]) -> dict[str, float]:
    """Places by pool: the most that these options give."""
    found: dict[str, float] = {}
    for option in options:
        for pool, capacity in option.pools.items():
            found[pool] = max(capacity, found.get(pool, capacity))
    return found


__all__ = ["Option", "Options", "bought", "rated", "read_options"]
