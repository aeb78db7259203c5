"""The speed to reach, in one run.

Years of a twin of 10,000 nodes beside SimPy, plain Python, networkx and rustworkx; weak points of a twin of 100,000
nodes beside rustworkx's bare descendants of every node; all minimal pairs of a process beside brute force on the whole
twin; the first start; and the memory that each command takes.

    python -m benchmarks engine [--quick] [--seed N] [--rounds N] [--duration H] [--json FILE]

Brute force would take hours: it is run on a sample of pairs, and its figure is that, times all pairs over the sample.
Answers are compared with the peers' before anything is timed; a difference ends the run with exit status 1.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rustworkx as rx

from benchmarks import peer_rustworkx
from benchmarks.cascade import BUSY, LOAD
from benchmarks.measuring import Measured, interleave, machine, milliseconds, share, table
from benchmarks.peer_check import Verdict
from benchmarks.twins import LARGE, MEDIUM, QUICK, organisation
from benchmarks.years import YearsBeside, years_beside
from holdfast.engine import grid
from holdfast.engine.cones import claimants, cone, pools_in
from holdfast.engine.minimal_sets import minimal_sets
from holdfast.engine.scenario import HORIZON
from holdfast.engine.twin import Twin, read_twin
from holdfast.engine.weak_points import weak_points

Json = dict[str, Any]

# Pairs that brute force really runs in each round.
SAMPLE = 2_000
DECISION_YEARS = 10_000

# (to reach, beyond)
AIMS = {
    "SimPy": ("≥ 1,000", "≥ 2,000"),
    "intervals": ("≥ 400", "≥ 800"),
    "networkx": ("≥ 20", "≥ 60"),
    "weak": ("≥ 12", "≥ 30"),
    "pairs": ("≥ 10,000", "pools exact"),
    "decision": ("≤ 10", "≤ 5"),
    "first": ("≤ 20", ""),
    "later": ("≤ 0.5", ""),
    "memory": ("≤ 1.5", "≤ 0.5"),
    "workers": ("≥ 1", ""),
}


@dataclass(frozen=True)
class Row:
    """``reached`` by wall time; ``processor`` the same by one thread's time on a processor, where there is one."""

    name: str
    reached: float
    processor: float | None
    wanted: str
    beyond: str

    def as_json(self) -> Json:
        return dict(vars(self))


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
    parser.add_argument(
        "--no-memory", dest="memory", action="store_false", help="leave out the commands' memory, which takes minutes"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("--rounds: wanted at least 1")

    size, large_size = (QUICK, QUICK) if given.quick else (MEDIUM, LARGE)
    large = organisation(given.seed, large_size)
    with tempfile.TemporaryDirectory() as folder:
        starts = first_start(Path(folder))
    twin = read_twin(json.dumps(large).encode(), "generated twin")
    graph = peer_rustworkx.prepare(large)
    del large
    _ = twin.plan
    points = [
        Measured("weak points", lambda: weak_points(twin, given.duration)),
        Measured("weak points, one worker", lambda: weak_points(twin, given.duration, workers=1)),
        Measured("weak points, two workers", lambda: weak_points(twin, given.duration, workers=2)),
        Measured("rustworkx, descendants of every node", lambda: _descendants(graph)),
    ]
    generated = organisation(given.seed, size)
    years = years_beside(generated, given.seed)
    if years is None:
        print("the peers do not agree with the engine on a year", file=sys.stderr)
        return 1
    medium = read_twin(json.dumps(generated), "generated twin")
    pairs, brute = [], []
    for what, target in _targets(medium):
        force = BruteForce(medium, target, given.duration, given.seed)
        if not force.agrees(minimal_sets(medium, target, given.duration, 2)):
            print(f"brute force and minimal pairs of {target} do not agree", file=sys.stderr)
            return 1
        pairs.append(Measured(f"pairs of {target} ({what})", _pairs(medium, target, given.duration)))
        brute.append((Measured(f"brute force, {SAMPLE:,} pairs for {target}", force.run), force.times))
    everything = [*years.engine, *years.peers, *points, *pairs, *(one for one, _ in brute)]
    interleave(everything, given.rounds)
    years.one_year()
    memory = {}
    if given.memory:
        with tempfile.TemporaryDirectory() as folder:
            memory = memory_of_commands(organisation(given.seed, large_size), Path(folder), given.duration)

    rows = [
        *_of_years(years),
        Row(
            "rustworkx's descendants of every node ÷ weak points",
            *_ratio(points[3], points[0], points[1]),
            *AIMS["weak"],
        ),
        *(
            Row(f"brute force, reckoned ÷ minimal {one.name}", *_ratio(force, one, one, times), *AIMS["pairs"])
            for one, (force, times) in zip(pairs, brute, strict=True)
        ),
        Row("first start: compiling the engine, s", starts[0], None, *AIMS["first"]),
        Row("later starts: loading it, s", starts[1], None, *AIMS["later"]),
        *(
            Row(f"memory of the large twin, {name}, GB", megabytes / 1e3, None, *AIMS["memory"])
            for name, megabytes in memory.items()
        ),
        Row("weak points: one worker ÷ two, both named", points[1].median / points[2].median, None, *AIMS["workers"]),
        Row(
            "years: one worker ÷ two, both named",
            years.engine[3].median / years.engine[4].median,
            None,
            *AIMS["workers"],
        ),
    ]
    figures = {
        "machine": {**machine("simpy", "networkx", "rustworkx", "numpy"), "processor_share": _share(everything)},
        "basis": {
            **{k: getattr(given, k) for k in ("seed", "rounds", "quick", "duration")},
            **{"nodes": size, "large": large_size, "sample": SAMPLE, "hits": years.hits},
        },
        "measured": {one.name: one.as_json() for one in everything},
        "check": [verdict.as_json() for verdict in years.check()],
        "memory_mb": memory,
        "rows": [row.as_json() for row in rows],
    }
    _print(figures, everything, rows, years.check())
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _descendants(graph: peer_rustworkx.Graph) -> None:
    for node in range(len(graph.ids)):
        rx.descendants(graph.graph, node)


def _share(measured: list[Measured]) -> float:
    """Of what runs on one thread: who runs on two has more seconds on processors than pass."""
    return share([one for one in measured if "one worker" in one.name or not one.name.startswith(("years", "weak"))])


def _ratio(peer: Measured, ours: Measured, one_worker: Measured, times: float = 1.0) -> tuple[float, float]:
    """By wall time, with as many workers as the engine takes by itself; and one thread's seconds on a processor."""
    return peer.median * times / ours.median, peer.processor_median * times / one_worker.processor_median


def _of_years(years: YearsBeside) -> list[Row]:
    bare, bare_one, full, full_one, _ = years.engine
    simpy, intervals, networkx, _ = years.peers
    many = DECISION_YEARS
    return [
        Row("SimPy ÷ years", *_ratio(simpy, bare, bare_one), *AIMS["SimPy"]),
        Row("plain intervals ÷ years", *_ratio(intervals, bare, bare_one), *AIMS["intervals"]),
        Row("networkx's descendants of the same hits ÷ years", *_ratio(networkx, bare, bare_one), *AIMS["networkx"]),
        Row(
            f"{many:,} years, in SimPy years",
            many * bare.median / simpy.median,
            many * bare_one.processor_median / simpy.processor_median,
            *AIMS["decision"],
        ),
        Row(
            f"{many:,} years with losses, in SimPy years",
            many * full.median / simpy.median,
            many * full_one.processor_median / simpy.processor_median,
            *AIMS["decision"],
        ),
    ]


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


def first_start(folder: Path) -> tuple[float, float]:
    """Seconds that a fresh process takes to load the engine: with an empty cache, and after that."""
    environment = os.environ | {"HOLDFAST_CACHE": str(folder / "cache")}
    seconds = [
        float(subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, check=True).stdout)
        for _ in range(2)
    ]
    return seconds[0], seconds[1]


def memory_of_commands(large: Json, folder: Path, duration: float) -> dict[str, float]:
    """MB at most, of each command in a process of its own."""
    twin, scenario = folder / "twin.json", folder / "scenario.json"
    twin.write_text(json.dumps(large), encoding="utf-8")
    site = next(node["id"] for node in large["nodes"] if node["kind"] == "facility")
    scenario.write_text(
        json.dumps({"hits": [{"node": site, "loss": 1.0, "start": 0.0, "duration": 240.0}], "horizon": HORIZON})
    )
    target = next(node["id"] for node in large["nodes"] if node.get("mtpd") is not None)
    lost = ["--duration", f"{duration:g}"]
    commands = {
        "cascade": ["cascade", str(twin), str(scenario)],
        "check": ["check", str(twin)],
        "weak-points": ["weak-points", str(twin), *lost],
        "minimal-sets": ["minimal-sets", str(twin), "--target", target, "--order", "2", *lost],
        "feasibility": ["feasibility", str(twin)],
        "year": ["year", str(twin), "--years", "100", "--seed", "1"],
    }
    return {name: _megabytes([sys.executable, "-m", "holdfast", *words, "--json"]) for name, words in commands.items()}


# Runs a command and prints its exit status and the kilobytes that it held at most.
_WATCH = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _megabytes(command: list[str]) -> float:
    """What a command holds at most.

    A process counts as its own what the process held that it was forked from. So it is started by a small fresh one,
    not by this one, which holds the large twin.
    """
    watch = subprocess.run([sys.executable, "-c", _WATCH, *command], capture_output=True, text=True, check=True)
    status, kilobytes = map(int, watch.stdout.split())
    if status not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with exit status {status}")
    return kilobytes / 1e3


def _print(figures: Json, measured: list[Measured], rows: list[Row], verdicts: list[Verdict]) -> None:
    about, basis = figures["machine"], figures["basis"]
    print(f"{about['date']} · {about['cores']} cores, {about['processor']} · {about['system']} · {about['python']}")
    print(", ".join(f"{name} {version}" for name, version in about["packages"].items()))
    print(
        f"generated twins, seed {basis['seed']}: {basis['large']:,} nodes for weak points and memory, "
        f"{basis['nodes']:,} for the rest, {basis['hits']:.0f} hits a year; nodes lost for {basis['duration']:g} h; "
        f"medians of {basis['rounds']}, interleaved in one run, ms (of one year, where years are run)"
    )
    if about["processor_share"] < BUSY:
        print(f"The machine was busy with other work: a thread had a processor for {about['processor_share']:.0%}.")
    print("Before timing: the peers and brute force agreed with the engine on levels, outages, downtimes and sets.")
    lines = [["", "median", "least", "most", "processor"]]
    for m in measured:
        times = (m.median, min(m.seconds), max(m.seconds), m.processor_median)
        lines.append([m.name, *(milliseconds(x) for x in times)])
    print("\n" + table(lines))
    pairs = math.comb(basis["nodes"], 2)
    print(f"\nBrute force over all {pairs:,} pairs is not run but reckoned from the {basis['sample']:,} of the sample.")
    lines = [["", "reached", "one thread, processor time", "wanted", "beyond"]]
    lines += [[row.name, figure(row.reached), figure(row.processor), row.wanted, row.beyond] for row in rows]
    print("\n" + table(lines))
    print("\ncheck on the peers (processor time of a year, rustworkx 1):")
    for verdict in verdicts:
        said = f": {verdict.explanation}" if verdict.off else ""
        print(f"  {verdict.peer} {verdict.found:,.1f}, expected {verdict.expected:g}{said}")


def figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 3 else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
