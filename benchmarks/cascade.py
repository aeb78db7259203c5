"""One scenario of a twin of 10,000 nodes: the engine beside its peers, in one run, on the same hits.

    python -m benchmarks cascade [--quick] [--seed N] [--rounds N] [--json FILE]

Before anything is timed, the levels and outages of the engine, of SimPy and of the plain intervals are compared for
every scenario; a difference ends the run with exit status 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peer_intervals, peer_networkx, peer_rustworkx, peer_simpy
from benchmarks.measuring import Measured, interleave, machine, milliseconds, share, table
from benchmarks.model import Answer
from benchmarks.peer_check import Verdict, Work, check_peers
from benchmarks.twins import MEDIUM, QUICK, organisation, year_scenarios
from holdfast.engine import grid
from holdfast.engine.cascade import Cascade, cascade
from holdfast.engine.scenario import Scenario, read_scenario
from holdfast.engine.twin import Twin, read_twin

Json = dict[str, Any]

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "secretariat"
EXAMPLE_SCENARIO = "headquarters-inaccessible-10-days.json"
# The years from which the typical one is chosen, and what share of the nodes that touches.
YEARS = 9
TOUCHED = 0.49
# Wall times mean little where others took more of the machine than this leaves.
BUSY = 0.9

LOAD = """
import time
begun = time.perf_counter()
from holdfast.engine import kernel
kernel.load()
print(time.perf_counter() - begun)
"""


@dataclass(frozen=True)
class Case:
    """A scenario as everybody takes it."""

    name: str
    json: Json
    scenario: Scenario
    answer: Answer  # of the plain intervals


class Kernel:
    """The bare run: hits already in arrays, levels left where the kernel puts them."""

    def __init__(self, twin: Twin, scenario: Scenario) -> None:
        number = twin.model.number_of
        self.model = twin.model
        self.horizon = grid.seconds(scenario.horizon)
        starts = [grid.seconds(hit.start) for hit in scenario.hits]
        self.hits = (
            np.array([number[twin.place[hit.node]] for hit in scenario.hits], np.int32),
            np.array([grid.ONE - grid.millionths(hit.loss) for hit in scenario.hits], np.int32),
            np.array(starts, np.int32),
            np.array(
                [
                    grid.NEVER if hit.duration is None else start + grid.seconds(hit.duration)
                    for start, hit in zip(starts, scenario.hits, strict=True)
                ],
                np.int32,
            ),
        )

    def run(self) -> None:
        with self.model.workspace() as workspace:
            workspace.run(*self.hits, self.horizon)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks cascade", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help=f"a twin of {QUICK} nodes: seconds, and figures that say little"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the twin and of its years (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(arguments)
    if given.rounds < 1:
        parser.error("--rounds: wanted at least 1")

    size = QUICK if given.quick else MEDIUM
    generated = organisation(given.seed, size)
    text = json.dumps(generated).encode()
    twin = read_twin(text, "generated twin")
    models = _Peers(generated)
    cases = [*_years(generated, twin, models, given.seed), _site_lost(generated, twin, models)]
    if differing := [case.name for case in cases if not _agree(twin, case, models)]:
        print(f"the peers do not agree with the engine on: {', '.join(differing)}", file=sys.stderr)
        return 1

    reading = [
        Measured("reading the twin's JSON", lambda: read_twin(text, "generated twin")),
        Measured("building the model", lambda: Twin(twin.source, twin.nodes, twin.pools, twin.place).model),
    ]
    engine = {case.name: _engine(twin, case) for case in cases}
    peers = {case.name: models.measured(case) for case in cases}
    example = _example()
    loading = [_loading() for _ in range(given.rounds)]
    everything = [*reading, *(one for case in cases for one in (*engine[case.name], *peers[case.name])), *example]
    interleave(everything, given.rounds)

    year = cases[0]
    work = models.work(year)
    seconds = {one.name: one.processor_median for one in peers[year.name]}
    verdicts = check_peers(seconds, work)
    about = machine("simpy", "networkx", "rustworkx", "numpy", "msgspec")
    about["processor_share"] = share(everything)
    edges = sum(len(need["supply"]) for node in generated["nodes"] for need in node["requirements"])
    basis = {"seed": given.seed, "rounds": given.rounds, "nodes": size, "supply_edges": edges, "quick": given.quick}
    _print_head(about, basis)
    _print_reading(reading, loading, example)
    for case in cases:
        _print_case(case, models.work(case), engine[case.name], peers[case.name])
    _print_check(verdicts)
    if given.json is not None:
        figures = {
            "machine": about,
            "basis": basis,
            "reading": {one.name: one.as_json() for one in reading},
            "loading": {"median": statistics.median(loading) * 1e3, "unit": "ms"},
            "example": {one.name: one.as_json() for one in example},
            "scenarios": [
                {
                    "name": case.name,
                    "hits": len(case.json["hits"]),
                    "horizon": case.json["horizon"],
                    **_work_json(models.work(case)),
                    "engine": {one.name: one.as_json() for one in engine[case.name]},
                    "peers": {one.name: one.as_json() for one in peers[case.name]},
                }
                for case in cases
            ],
            "check": [verdict.as_json() for verdict in verdicts],
        }
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


class _Peers:
    """The four peers with their models of one twin."""

    def __init__(self, twin: Json) -> None:
        self.nodes = len(twin["nodes"])
        self.simpy = peer_simpy.prepare(twin)
        self.intervals = peer_intervals.prepare(twin)
        self.networkx = peer_networkx.prepare(twin)
        self.rustworkx = peer_rustworkx.prepare(twin)

    def measured(self, case: Case) -> list[Measured]:
        scenario = case.json
        return [
            Measured("SimPy", lambda: peer_simpy.run(self.simpy, scenario)),
            Measured("plain intervals", lambda: peer_intervals.run(self.intervals, scenario)),
            Measured("networkx", lambda: peer_networkx.run(self.networkx, scenario)),
            Measured("rustworkx", lambda: peer_rustworkx.run(self.rustworkx, scenario)),
        ]

    def work(self, case: Case) -> Work:
        below = peer_networkx.run(self.networkx, case.json)
        return Work(
            nodes=self.nodes,
            descendants=len(below),
            edges=sum(self.networkx.out_degree(node) for node in below),
            touched=len(case.answer.levels),
            changes=sum(len(steps) for steps in case.answer.levels.values()),
            runs=case.answer.runs,
        )


def _case(name: str, scenario: Json, twin: Twin, models: _Peers) -> Case:
    read = read_scenario(json.dumps(scenario), twin, "generated scenario")
    return Case(name, scenario, read, peer_intervals.run(models.intervals, scenario))


def _years(generated: Json, twin: Twin, models: _Peers, seed: int) -> list[Case]:
    """Of nine years the one that touches most nearly as many nodes as the average, and one with contention likewise."""
    years = [_case(f"year {n}", year, twin, models) for n, year in enumerate(year_scenarios(generated, seed, YEARS))]
    aim = TOUCHED * len(generated["nodes"])
    years.sort(key=lambda case: abs(len(case.answer.levels) - aim))
    plain = next((case for case in years if case.answer.runs == 1), years[0])
    contended = next((case for case in years if case.answer.runs == 2), None)
    chosen = [Case(f"{plain.name}, typical", plain.json, plain.scenario, plain.answer)]
    if contended is not None and contended is not plain:
        name = f"{contended.name}, with a pool contended for"
        chosen.append(Case(name, contended.json, contended.scenario, contended.answer))
    return chosen


def _site_lost(generated: Json, twin: Twin, models: _Peers) -> Case:
    """The question that a person asks of a page: the first site's building and power lost for ten days."""
    site = next(node["site"] for node in generated["nodes"] if "site" in node)
    lost = [f"{site}-building", f"{site}-power"]
    hits = [{"node": node, "loss": 1.0, "start": 0.0, "duration": 240.0} for node in lost]
    return _case("what if: a site lost for 10 days", {"hits": hits, "horizon": 2_160.0}, twin, models)


def _agree(twin: Twin, case: Case, models: _Peers) -> bool:
    engine = cascade(twin, case.scenario)
    return all(same(engine, answer) for answer in (case.answer, peer_simpy.run(models.simpy, case.json)))


def same(engine: Cascade, peer: Answer) -> bool:
    """Levels, outages and contentions, to the last digit."""
    down = {
        name: [(outage.start, outage.end, outage.open) for outage in answer.outages]
        for name, answer in engine.processes.items()
        if answer.outages
    }
    short = sorted((one.pool, one.fallback, grid.thousandths(one.granted)) for one in engine.contentions)
    return (engine.levels, down, short) == (peer.levels, peer.outages, peer.contentions)


def _engine(twin: Twin, case: Case) -> list[Measured]:
    kernel, scenario = Kernel(twin, case.scenario), case.scenario
    return [
        Measured("kernel", kernel.run),
        Measured("kernel, repeated", kernel.run, repeated=True),
        Measured("with read-offs", lambda: cascade(twin, scenario).summary),
        Measured("every process by name", lambda: list(cascade(twin, scenario).processes.values())),
        Measured("with read-offs, as JSON", lambda: json.dumps(cascade(twin, scenario).as_json())),
    ]


def _example() -> list[Measured]:
    """The what-if of the example, as the page asks it; nothing where the example is not beside the benchmarks."""
    source, chosen = EXAMPLE / "twin.json", EXAMPLE / "scenarios" / EXAMPLE_SCENARIO
    if not (source.exists() and chosen.exists()):
        return []
    twin = read_twin(source.read_bytes())
    scenario = read_scenario(chosen.read_bytes(), twin)
    return [
        Measured("example's what-if, kernel", Kernel(twin, scenario).run),
        Measured("example's what-if, every process by name", lambda: list(cascade(twin, scenario).processes.values())),
    ]


def _loading() -> float:
    """Seconds that a fresh process takes to import the engine and to load the compiled kernel."""
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _work_json(work: Work) -> Json:
    return {
        "descendants": work.descendants,
        "edges": work.edges,
        "touched": work.touched,
        "changes": work.changes,
        "runs": work.runs,
    }


def _print_head(about: Json, basis: Json) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    print(f"{about['date']} · {about['cores']} cores, {about['processor']} · {about['system']} · {about['python']}")
    print(versions)
    print(
        f"generated twin, seed {basis['seed']}: {basis['nodes']:,} nodes, {basis['supply_edges']:,} supply edges; "
        f"medians of {basis['rounds']}, interleaved in one run, wall time in ms"
    )
    if (had := about["processor_share"]) < BUSY:
        print(f"The machine was busy with other work: the run had a processor for {had:.0%} of its time.")
    print("Before timing: engine, SimPy and plain intervals agreed on all levels and outages of every scenario.")


def _rows(measured: list[Measured]) -> list[list[str]]:
    return [
        [one.name, milliseconds(one.median), milliseconds(min(one.seconds)), milliseconds(max(one.seconds))]
        for one in measured
    ]


def _print_reading(reading: list[Measured], loading: list[float], example: list[Measured]) -> None:
    load = Measured("loading the engine, fresh process", lambda: None, seconds=loading)
    print()
    print(table([["once", "median", "least", "most"], *_rows([load, *reading]), *_rows(example)]))


def _print_case(case: Case, work: Work, engine: list[Measured], peers: list[Measured]) -> None:
    kernel, readoffs = (next(one.median for one in engine if one.name == name) for name in ("kernel", "with read-offs"))
    rows = [["", "median", "least", "most", "× kernel", "× with read-offs"]]
    rows += [
        [*row, f"{one.median / kernel:,.1f}", f"{one.median / readoffs:,.2f}"]
        for one, row in zip([*engine, *peers], _rows([*engine, *peers]), strict=True)
    ]
    print(
        f"\n{case.name}: {len(case.json['hits'])} hits, {work.descendants:,} descendants over {work.edges:,} edges, "
        f"{work.touched:,} nodes touched, {work.changes:,} changes of level, peers' runs: {work.runs}"
    )
    print(table(rows))


def _print_check(verdicts: list[Verdict]) -> None:
    print("\ncheck on the peers (the typical year, processor time; off: by more than a third)")
    rows = [["", "expected", "found", ""]]
    rows += [[one.peer, f"{one.expected:,.0f}", f"{one.found:,.1f}", "off" if one.off else "ok"] for one in verdicts]
    print(table(rows))
    for one in verdicts:
        if one.off:
            print(f"{one.peer}: {one.explanation}")


if __name__ == "__main__":
    sys.exit(main())
