"""The engine's sweeps beside what one would do without them, in one run: weak points of a twin of 100,000 nodes beside
rustworkx's bare descendants of every node, and all minimal pairs of a process beside brute force on the whole twin.

    python -m benchmarks engine [--quick] [--seed N] [--rounds N] [--duration H] [--json FILE]

Brute force would take hours: it is run on a sample of pairs, and its figure is that, times all pairs over the sample.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import rustworkx as rx

from benchmarks import peer_rustworkx
from benchmarks.measuring import Measured, interleave, machine, milliseconds, share, table
from benchmarks.twins import LARGE, MEDIUM, QUICK, organisation
from holdfast.engine import grid
from holdfast.engine.cones import claimants, cone, pools_in
from holdfast.engine.minimal_sets import minimal_sets
from holdfast.engine.scenario import HORIZON
from holdfast.engine.twin import Twin, read_twin
from holdfast.engine.weak_points import weak_points

Json = dict[str, Any]

# Pairs that brute force really runs in each round.
SAMPLE = 2_000
BUSY = 0.9


class BruteForce:
    """Pairs of the whole twin, each run by the kernel with both runs of the pools, and read off for one target."""

    def __init__(self, twin: Twin, target: str, duration: float, seed: int) -> None:
        self.twin = twin
        self.target = int(twin.model.number_of[twin.place[target]])
        self.mtpd = grid.seconds(twin.nodes[twin.place[target]].mtpd or 0.0)
        dice, n = random.Random(seed), len(twin.nodes)
        self.pairs = [tuple(dice.sample(range(n), 2)) for _ in range(SAMPLE)]
        self.end = np.full(2, grid.seconds(duration), np.int32)
        self.times = math.comb(n, 2) / SAMPLE

    def run(self) -> list[tuple[int, ...]]:
        nothing, found = np.zeros(2, np.int32), []
        with self.twin.model.workspace() as workspace:
            for pair in self.pairs:
                workspace.run(np.array(pair, np.int32), nothing, nothing, self.end, grid.seconds(HORIZON))
                outages = workspace.outages()
                mine = outages[outages[:, 0] == self.target]
                if (mine[:, 2] - mine[:, 1] > self.mtpd).any():
                    found.append(pair)
        return found

    def agrees(self, sets: list[list[str]]) -> bool:
        """Whether every pair of the sample breaches if and, by its parts being no sets, only if the answer holds it."""
        ids = self.twin.numbered_ids
        single = {one[0] for one in sets if len(one) == 1}
        double = {tuple(sorted(one)) for one in sets if len(one) == 2}
        named = {pair: tuple(sorted(ids[k] for k in pair)) for pair in self.pairs}
        breaching = set(self.run())
        return all(
            not single.isdisjoint(names) or (pair in breaching) == (names in double) for pair, names in named.items()
        )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks engine", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"twins of {QUICK} nodes: figures that say little")
    parser.add_argument("--seed", type=int, default=1, help="of the twins and of the sample (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--duration", type=float, default=24.0, help="hours for which nodes are lost (default 24)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("--rounds: wanted at least 1")

    large = organisation(given.seed, QUICK if given.quick else LARGE)
    twin = read_twin(json.dumps(large).encode(), "generated twin")
    graph = peer_rustworkx.prepare(large)
    del large
    _ = twin.plan
    points = [
        Measured("weak points", lambda: weak_points(twin, given.duration)),
        Measured("weak points, one thread", lambda: weak_points(twin, given.duration, workers=1)),
        Measured("rustworkx, descendants", lambda: [rx.descendants(graph.graph, k) for k in range(len(graph.ids))]),
    ]
    medium = read_twin(json.dumps(organisation(given.seed, QUICK if given.quick else MEDIUM)), "generated twin")
    pairs, brute = [], []
    for what, target in _targets(medium):
        force = BruteForce(medium, target, given.duration, given.seed)
        if not force.agrees(minimal_sets(medium, target, given.duration, 2)):
            print(f"brute force and minimal pairs of {target} do not agree", file=sys.stderr)
            return 1
        pairs.append(Measured(f"pairs of {target} ({what})", _pairs(medium, target, given.duration)))
        brute.append((Measured(f"brute force, {SAMPLE:,} pairs for {target}", force.run), force.times))
    interleave([*points, *pairs, *(one for one, _ in brute)], given.rounds)

    everything = [*points, *pairs, *(one for one, _ in brute)]
    ratios = {
        "weak points": points[2].median / points[0].median,
        "weak points, one thread": points[2].median / points[1].median,
        **{one.name: force.median * times / one.median for one, (force, times) in zip(pairs, brute, strict=True)},
    }
    figures = {
        "machine": {**machine("rustworkx", "numpy"), "processor_share": share(everything)},
        "basis": {**{k: getattr(given, k) for k in ("seed", "rounds", "quick", "duration")}, "sample": SAMPLE},
        "measured": {one.name: one.as_json() for one in everything},
        "ratios": ratios,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }
    _print(figures, everything, len(twin.nodes), len(medium.nodes))
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _pairs(twin: Twin, target: str, duration: float) -> Any:
    return lambda: minimal_sets(twin, target, duration, 2)


def _targets(twin: Twin) -> list[tuple[str, str]]:
    """Of the processes whose cone claims no pool, and of those whose cone does, the one with the median cone."""
    contended = claimants(twin)
    sizes: dict[str, list[tuple[int, str]]] = {"no pool": [], "pools": []}
    processes = [node.id for node in twin.nodes if node.kind == "process" and node.mtpd is not None]
    for key in itertools.islice(processes, 0, None, max(1, len(processes) // 100)):
        inside = cone(twin, [twin.place[key]])
        sizes["pools" if pools_in(twin, inside, contended) else "no pool"].append((len(inside), key))
    return [(what, sorted(found)[len(found) // 2][1]) for what, found in sizes.items() if found]


def _print(figures: Json, measured: list[Measured], large: int, medium: int) -> None:
    about, basis = figures["machine"], figures["basis"]
    print(f"{about['date']} · {about['cores']} cores, {about['processor']} · {about['system']} · {about['python']}")
    print(", ".join(f"{name} {version}" for name, version in about["packages"].items()))
    print(
        f"generated twins, seed {basis['seed']}: {large:,} nodes for weak points, {medium:,} for pairs; lost for "
        f"{basis['duration']:g} h; medians of {basis['rounds']}, interleaved in one run, wall time in ms"
    )
    if about["processor_share"] < BUSY:
        print(f"The machine was busy with other work: the run had a processor for {about['processor_share']:.0%}.")
    rows = [["", "median", "least", "most"]]
    rows += [[m.name, *(milliseconds(x) for x in (m.median, min(m.seconds), max(m.seconds)))] for m in measured]
    print("\n" + table(rows))
    print(
        f"\nBrute force over all {math.comb(medium, 2):,} pairs is not run but reckoned from the {basis['sample']:,} "
        "of the sample, on which it agreed with the answer."
    )
    rows = [["times faster", "than", "ratio"]]
    for name, ratio in figures["ratios"].items():
        peer = "rustworkx's descendants of every node" if name.startswith("weak") else "brute force, reckoned"
        rows.append([name, peer, f"{ratio:,.1f}" if ratio < 100 else f"{ratio:,.0f}"])
    print("\n" + table(rows))
    print(f"\nmemory at most: {figures['memory_mb']:,.0f} MB, the peers' included")


if __name__ == "__main__":
    sys.exit(main())
