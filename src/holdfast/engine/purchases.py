"""The true cascade of any set of options, fast: one layout with every option's fallbacks, of which a set uses its own.

A fallback of weight 0 gives nothing and takes no place of a pool, so the laid-out twin of all options, with the weights
of what is not bought at 0, has the levels of the twin that was really bought. Only one rule looks at more than levels:
a circle that does not settle is held, and which nodes belong to it hangs on the fallbacks that are there. Where a
circle was held the bought twin itself is laid out and run. The slow way is ``options.bought`` and ``cascade``; the
tests compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from holdfast.engine import grid, kernel
from holdfast.engine.cascade import hit_arrays
from holdfast.engine.cones import cone
from holdfast.engine.options import Options, best_capacity, best_restart, best_tolerance, bought
from holdfast.engine.scenario import Scenario
from holdfast.engine.twin import Twin

Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What one scenario does with one set bought: the longest outage of every node, seconds, in the order of the twin's
    file (0 where it is never down), and the ids of the nodes in circles that were held."""

    longest: Longs
    held: frozenset[str]


class Purchases:
    """A twin and options, to be run with any set of them. A set is a whole number: bit k stands for option k."""

    def __init__(self, twin: Twin, options: Options) -> None:
        self.twin, self.options = twin, options
        self.count = len(options.options)
        self.everything = (1 << self.count) - 1
        # Fallbacks alone: all other figures of the layout are the twin's own, until a set changes them.
        self.full = bought(twin, [replace(one, pools={}, restart={}, tolerance=[]) for one in options.options])
        model = self.full.model
        place = {name: k for k, name in enumerate(model.fallback_ids)}
        self.option_of: dict[str, int] = {
            added.fallback.id: k for k, option in enumerate(options.options) for added in option.fallbacks
        }
        self._added = np.array([[place[name], k] for name, k in self.option_of.items()], np.int64).reshape(-1, 2)
        self._runs: dict[tuple[int, int], Outcome] = {}

    def chosen(self, bits: int) -> list[int]:
        """The places of the options of a set."""
        return [k for k in range(self.count) if bits >> k & 1]

    def requirement(self, node: str, g: int) -> int:
        """The number of a requirement in the full layout."""
        model = self.full.model
        return int(model.arrays["req_of"][model.number_of[self.twin.place[node]]]) + g

    def model(self, bits: int) -> kernel.Model:
        """The full layout with what is not in the set switched off."""
        full = self.full.model
        options = [self.options.options[k] for k in self.chosen(bits)]
        arrays: dict[str, Any] = dict(full.arrays)
        weight = np.array(arrays["fb_weight"])
        off = [f for f, k in self._added.tolist() if not bits >> k & 1]
        weight[off] = 0
        tolerance, restart, capacity = (np.array(arrays[name]) for name in ("tolerance", "restart", "capacity"))
        for (node, g), hours in best_tolerance(options).items():
            tolerance[self.requirement(node, g)] = grid.seconds(hours)
        for node, hours in best_restart(options).items():
            restart[full.number_of[self.twin.place[node]]] = grid.seconds(hours)
        given = best_capacity(options)
        for p, pool in enumerate(self.twin.pools):
            if pool.id in given:
                capacity[p] = grid.thousandths(given[pool.id])
        arrays |= {"fb_weight": weight, "tolerance": tolerance, "restart": restart, "capacity": capacity}
        return kernel.Model(
            file_order=full.file_order,
            number_of=full.number_of,
            minimum=full.minimum,
            fallback_ids=full.fallback_ids,
            fallback_pools=full.fallback_pools,
            **arrays,
        )

    def run(self, bits: int, scenario: int) -> Outcome:
        """The outcome of the scenario of this place with the set bought; kept, as searches ask again."""
        key = (bits, scenario)
        if key not in self._runs:
            self._run_all(bits)
        return self._runs[key]

    def _run_all(self, bits: int) -> None:
        model = self.model(bits)
        with model.workspace() as workspace:
            for s, scenario in enumerate(self.options.scenarios):
                outcome = outcome_of(self.full, workspace, scenario, model)
                if outcome.held:
                    true = bought(self.twin, [self.options.options[k] for k in self.chosen(bits)])
                    with true.model.workspace() as other:
                        outcome = outcome_of(true, other, scenario, true.model)
                self._runs[bits, s] = outcome

    @cached_property
    def mtpd(self) -> Longs:
        """[node], in the order of the file, seconds."""
        found: Longs = self.twin.limits.mtpd[self.twin.model.number_of]
        return found

    @cached_property
    def cones(self) -> dict[str, frozenset[str]]:
        """For each process that must be kept, all that it could draw on, with everything bought."""
        nodes = self.twin.nodes
        return {
            must: frozenset(nodes[i].id for i in cone(self.full, [self.twin.place[must]])) for must in self.options.must
        }

    def failures(self, bits: int) -> list[tuple[int, str]]:
        """(scenario, process) of each process that must be kept and is not: it breaches its MTPD, or hangs on a circle
        that does not settle, of which the cascade says nothing that could be relied on."""
        return [
            (s, must)
            for s in range(len(self.options.scenarios))
            for must in self.options.must
            if not self.keeps(bits, s, must)
        ]

    def keeps(self, bits: int, scenario: int, must: str) -> bool:
        """Whether a process is kept in a scenario."""
        outcome = self.run(bits, scenario)
        place = self.twin.place[must]
        return bool(outcome.longest[place] <= self.mtpd[place]) and self.cones[must].isdisjoint(outcome.held)

    def excess(self, bits: int) -> int:
        """Seconds by which all processes that must be kept overrun, over all scenarios; 0 does not mean kept where a
        circle is held."""
        places = [self.twin.place[must] for must in self.options.must]
        return sum(
            int(np.maximum(0, self.run(bits, s).longest[places] - self.mtpd[places]).sum())
            for s in range(len(self.options.scenarios))
        )


def outcome_of(twin: Twin, workspace: kernel.Workspace, scenario: Scenario, model: kernel.Model) -> Outcome:
    """Runs a scenario and reads the longest outages off; ``model`` is a layout in the numbering of ``twin``."""
    workspace.run(*hit_arrays(twin, scenario.hits), grid.seconds(scenario.horizon))
    outages = workspace.outages().astype(np.int64)
    longest = np.zeros(len(twin.nodes), np.int64)
    np.maximum.at(longest, model.file_order[outages[:, 0]], outages[:, 2] - outages[:, 1])
    first, last = model.arrays["first"], model.arrays["last"]
    ids = twin.numbered_ids
    held = frozenset(ids[k] for i in workspace.unsettled().tolist() for k in range(first[i], last[i]))
    return Outcome(longest, held)


def bits_of(places: Iterable[int]) -> int:
    """The set of the options of these places."""
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits
