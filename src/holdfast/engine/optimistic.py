"""The optimistic cascade: levels that no set of options between two given ones can ever exceed.

The true cascade is not monotone in what is bought, so "buy at least one more" can only be concluded from something that
is. Here a fallback is on from the scenario's first hit plus its activation and without end, pools grant each fallback
what they could grant it at most, tolerances are the longest and restarts the shortest that the options allow. Then a
level falls only where a level before it falls, and each is at or above the true one, for every set S' with
L ⊆ S' ⊆ U. docs/methods/best-buy.md proves it; the tests try it on random models.

It runs in the same kernel: each fallback becomes a supply, through a gate that opens when it could be on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid, kernel
from holdfast.engine.cascade import hit_arrays
from holdfast.engine.options import best_capacity, best_restart, best_tolerance
from holdfast.engine.purchases import Purchases
from holdfast.engine.scenario import Scenario
from holdfast.engine.twin import Fallback, Node, Requirement, Supply, Twin, likely

Longs = NDArray[np.int64]
Levels = dict[int, list[tuple[int, int]]]
"""(second, millionths) of each change, by place in the file; a node that is not in it stays at 1."""


@dataclass(frozen=True)
class Drawn:
    """What a drawn year gives besides its hits, seconds: restarts by node, activations by fallback, and the first hit
    that any set could meet."""

    restarts: dict[str, int]
    activations: dict[str, int]
    first: int


class Optimistic:
    """The optimistic cascade of a twin and its options. Sets are whole numbers, as in ``Purchases``."""

    def __init__(self, purchases: Purchases) -> None:
        self.purchases = purchases
        full = purchases.full
        self.twin, self._gate_of = _with_gates(full)
        model = self.twin.model
        supply = {int(node): s for s, node in enumerate(model.arrays["sup_node"].tolist())}
        self._fallbacks = [f for node in full.nodes for r in node.requirements for f in r.fallbacks]
        self._place = {f.id: k for k, f in enumerate(self._fallbacks)}
        # A gate serves one requirement only.
        gates = [model.number_of[self.twin.place[self._gate_of[f.id]]] for f in self._fallbacks]
        self._gate = np.array(gates, np.int32)
        self._supply = np.array([supply[int(gate)] for gate in gates], np.int64)
        self._weight = np.array([grid.thousandths(f.weight) for f in self._fallbacks], np.int64)
        self._activation = np.array([grid.seconds(likely(f.activation)) for f in self._fallbacks], np.int64)
        self._option = [purchases.option_of.get(f.id, -1) for f in self._fallbacks]
        self._claims = self._claimed()
        claiming = [
            (requirement, [self._place[f.id] for f in requirement.fallbacks if f.pool is not None])
            for node in full.nodes
            for requirement in node.requirements
        ]
        self._claiming = [(requirement, claims) for requirement, claims in claiming if claims]
        self._longest: dict[tuple[int, int, int], Longs | None] = {}

    def _claimed(self) -> list[list[int]]:
        """Of each pool its fallbacks, as their places here, in the order in which claims are granted."""
        full = self.purchases.full.model
        starts, ranked = full.arrays["pool_of"].tolist(), full.arrays["pool_fb"].tolist()
        return [
            [self._place[full.fallback_ids[f]] for f in ranked[starts[p] : starts[p + 1]]]
            for p in range(len(self.purchases.twin.pools))
        ]

    def longest(self, low: int, high: int, scenario: int) -> Longs | None:
        """The longest outage of each node, seconds, by place in the file: no set between ``low`` and ``high`` has a
        shorter one, unless a circle is left unsettled. None where a circle of this run is: then nothing is known."""
        key = (low, high, scenario)
        if key not in self._longest:
            self._longest[key] = self._run(low, high, self.purchases.options.scenarios[scenario])
        return self._longest[key]

    def fails(self, low: int, high: int, scenario: int, must: str) -> bool:
        """Whether it is certain that every set between ``low`` and ``high`` lets the process breach its MTPD."""
        longest = self.longest(low, high, scenario)
        place = self.purchases.twin.place[must]
        return longest is not None and bool(longest[place] > self.purchases.mtpd[place])

    def levels(self, low: int, high: int, scenario: Scenario) -> Levels | None:
        """The levels of the twin's nodes; None where a circle does not settle."""
        workspace = self._solved(low, high, scenario)
        return None if workspace is None else self._read(workspace)

    def outages(self, high: int, scenario: Scenario, drawn: Drawn) -> Longs | None:
        """[outage, (place in the file, start, end)] of the processes, for every set within ``high``; None as above."""
        workspace = self._solved(0, high, scenario, drawn)
        if workspace is None:
            return None
        found = workspace.outages().astype(np.int64)
        found[:, 0] = self.twin.model.file_order[found[:, 0]]
        return found

    def _run(self, low: int, high: int, scenario: Scenario) -> Longs | None:
        workspace = self._solved(low, high, scenario)
        if workspace is None:
            return None
        outages = workspace.outages().astype(np.int64)
        found = np.zeros(len(self.twin.nodes), np.int64)
        np.maximum.at(found, self.twin.model.file_order[outages[:, 0]], outages[:, 2] - outages[:, 1])
        return found[: len(self.purchases.twin.nodes)]

    def _solved(self, low: int, high: int, scenario: Scenario, drawn: Drawn | None = None) -> kernel.Workspace | None:
        has = np.array([k < 0 or high >> k & 1 for k in self._option], bool)
        weight = np.where(has, self._weight, 0)
        activation = np.array(self._activation)
        for name, taken in (drawn.activations if drawn else {}).items():
            activation[self._place[name]] = taken
        hits = self._hits(scenario, activation, drawn.first if drawn else None)
        horizon = grid.seconds(scenario.horizon)
        workspace = kernel.Workspace(self._model(low, high, weight, drawn))
        workspace.run(*hits, horizon)
        if len(workspace.unsettled()):
            return None
        capacity = self._capacities(low, high)
        if not any(int(weight[ranked].sum()) > most for ranked, most in zip(self._claims, capacity, strict=True)):
            return workspace
        # Whoever claims for certain in the first run takes its places before those that come after it.
        certain = self._certain(low, self._read(workspace), horizon, activation)
        for ranked, most in zip(self._claims, capacity, strict=True):
            left = most
            for f in ranked:
                weight[f] = min(weight[f], max(0, left))
                if f in certain:
                    left -= int(self._weight[f])
        workspace = kernel.Workspace(self._model(low, high, weight, drawn))
        workspace.run(*hits, horizon)
        return None if len(workspace.unsettled()) else workspace

    def _model(self, low: int, high: int, weight: Longs, drawn: Drawn | None) -> kernel.Model:
        purchases, model, place = self.purchases, self.twin.model, self.purchases.twin.place
        must = [purchases.options.options[k] for k in purchases.chosen(low)]
        may = [purchases.options.options[k] for k in purchases.chosen(high)]
        arrays: dict[str, Any] = dict(model.arrays)
        supply, tolerance, restart = (np.array(arrays[name]) for name in ("sup_weight", "tolerance", "restart"))
        supply[self._supply] = weight
        for node, taken in (drawn.restarts if drawn else {}).items():
            restart[model.number_of[place[node]]] = taken
        certain_tolerance, certain_restart = best_tolerance(must), best_restart(must)
        for (node, g), hours in best_tolerance(may).items():
            k = int(model.arrays["req_of"][model.number_of[place[node]]]) + g
            given = grid.seconds(hours)
            # Where it is not certain that one of them is bought, the twin's own figure may be the one that holds.
            tolerance[k] = given if (node, g) in certain_tolerance else max(given, tolerance[k])
        for node, hours in best_restart(may).items():
            k, given = int(model.number_of[place[node]]), grid.seconds(hours)
            restart[k] = given if node in certain_restart else min(given, restart[k])
        arrays |= {"sup_weight": supply, "tolerance": tolerance, "restart": restart}
        return kernel.Model(
            file_order=model.file_order,
            number_of=model.number_of,
            minimum=model.minimum,
            fallback_ids=model.fallback_ids,
            fallback_pools=model.fallback_pools,
            **arrays,
        )

    def _capacities(self, low: int, high: int) -> list[int]:
        """The most that each pool may hold, in thousandths."""
        options = self.purchases.options.options
        certain = best_capacity(options[k] for k in self.purchases.chosen(low))
        most = best_capacity(options[k] for k in self.purchases.chosen(high))
        return [
            max(
                grid.thousandths(most[pool.id]) if pool.id in most else 0,
                0 if pool.id in certain else grid.thousandths(pool.capacity),
            )
            for pool in self.purchases.twin.pools
        ]

    def _hits(
        self, scenario: Scenario, activation: Longs, first: int | None
    ) -> tuple[kernel.Ints, kernel.Ints, kernel.Ints, kernel.Ints]:
        """The scenario's own hits, and those that hold the gates shut until their fallbacks could be on."""
        node, level, start, end = hit_arrays(self.twin, scenario.hits)
        if first is None:
            first = int(start.min()) if len(start) else 0
        until = np.minimum(first + activation, grid.NEVER)
        shut = until > 0
        nothing = np.zeros(int(shut.sum()), np.int32)
        return (
            np.concatenate([node, self._gate[shut]]).astype(np.int32),
            np.concatenate([level, nothing]).astype(np.int32),
            np.concatenate([start, nothing]).astype(np.int32),
            np.concatenate([end, until[shut]]).astype(np.int32),
        )

    def _read(self, workspace: kernel.Workspace) -> Levels:
        node, count, time, value = workspace.levels()
        places = self.twin.model.file_order[node].tolist()
        stops = np.cumsum(count).tolist()
        steps = list(zip(time.tolist(), value.tolist(), strict=True))
        return {
            place: steps[stop - many : stop] for place, many, stop in zip(places, count.tolist(), stops, strict=True)
        }

    def _certain(self, low: int, levels: Levels, horizon: int, activation: Longs) -> set[int]:
        """The fallbacks of pools that are on in the first run of every set between: theirs for certain, and their
        requirement is short for longer than the activation even so."""
        place = self.purchases.twin.place
        found: set[int] = set()
        for requirement, claims in self._claiming:
            if mine := [f for f in claims if self._option[f] < 0 or low >> self._option[f] & 1]:
                short = _longest_shortage(requirement, levels, place, horizon)
                found |= {f for f in mine if activation[f] < short}
        return found


def _longest_shortage(requirement: Requirement, levels: Levels, place: dict[str, int], horizon: int) -> int:
    """Seconds of the longest stretch in which the supply alone does not meet the needs."""
    if not any(levels.get(place[supply.node]) for supply in requirement.supply):
        return 0
    changes = sorted(
        (time, s, level)
        for s, supply in enumerate(requirement.supply)
        for time, level in levels.get(place[supply.node], ())
    )
    weights = [grid.thousandths(supply.weight) for supply in requirement.supply]
    given = [grid.ONE] * len(weights)
    total, needs = sum(weights) * grid.ONE, grid.thousandths(requirement.needs) * grid.ONE
    longest, since = 0, None
    for k, (time, s, level) in enumerate(changes):
        total += weights[s] * (level - given[s])
        given[s] = level
        if k + 1 < len(changes) and changes[k + 1][0] == time:
            continue
        if total < needs:
            since = time if since is None else since
        elif since is not None:
            longest, since = max(longest, time - since), None
    return longest if since is None else max(longest, horizon - since)


def _with_gates(twin: Twin) -> tuple[Twin, dict[str, str]]:
    """The twin with a gate for each fallback in its place, behind the twin's own nodes; their ids by fallback."""
    prefix = "gate "
    while any(node.id.startswith(prefix) for node in twin.nodes):
        prefix += "|"
    gates: list[Node] = []
    gate_of: dict[str, str] = {}

    def gate(fallback: Fallback) -> Supply:
        name = gate_of[fallback.id] = prefix + fallback.id
        draws = Requirement(needs=1.0, supply=[Supply(fallback.node, 1.0)])
        gates.append(Node(id=name, kind="infrastructure", requirements=[draws]))
        return Supply(name, fallback.weight)

    def opened(requirement: Requirement) -> Requirement:
        return Requirement(
            needs=requirement.needs,
            quorum=requirement.quorum,
            tolerance=requirement.tolerance,
            supply=[*requirement.supply, *map(gate, requirement.fallbacks)],
        )

    nodes = [
        Node(
            id=node.id,
            kind=node.kind,
            restart=node.restart,
            minimum_level=node.minimum_level,
            requirements=[opened(requirement) for requirement in node.requirements],
        )
        for node in twin.nodes
    ]
    everything = (*nodes, *gates)
    return Twin(twin.source, everything, (), {node.id: k for k, node in enumerate(everything)}), gate_of
