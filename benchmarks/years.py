"""Years of a twin of 10,000 nodes: the engine's beside its peers' in one run, on the very same drawn hits.

    python -m benchmarks years [--quick] [--seed N] [--rounds N] [--json FILE]

Before anything is timed, the engine, SimPy and the plain intervals are compared on each of the peers' years: levels and
outages by the cascade, and the downtime of every process by the year; a difference ends the run with exit status 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks import peer_intervals, peer_networkx, peer_rustworkx, peer_simpy
from benchmarks.cascade import BUSY, same
from benchmarks.measuring import Measured, interleave, machine, milliseconds, share, table
from benchmarks.model import Answer
from benchmarks.twins import MEDIUM, QUICK, organisation
from holdfast.engine.cascade import cascade
from holdfast.engine.hazards import Hazard, read_hazards
from holdfast.engine.sampling import Years
from holdfast.engine.twin import Twin, read_twin
from holdfast.engine.year import YearAnswer, year

Json = dict[str, Any]

# How many years each round runs: of the engine, and of the peers, which take a second for one.
ENGINE_YEARS, PEER_YEARS = 512, 3
DECISION_YEARS = 10_000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks years", description=__doc__.partition("\n")[0])
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
    twin = read_twin(generated)
    hazards = read_hazards(generated, twin)
    bare = read_twin(_without_losses(generated))
    scenarios = [_as_json(twin, hazards, given.seed, number) for number in range(PEER_YEARS)]
    peers = _peers(generated, scenarios)
    if not _agree(twin, hazards, given.seed, generated, scenarios):
        print("the peers do not agree with the engine", file=sys.stderr)
        return 1

    def run(which: Twin, workers: int | None) -> YearAnswer:
        return year(which, hazards, ENGINE_YEARS, given.seed, workers)

    engine = [
        Measured("years without losses", lambda: run(bare, None)),
        Measured("years", lambda: run(twin, None)),
        Measured("years, one worker", lambda: run(twin, 1)),
        Measured("years, two workers", lambda: run(twin, 2)),
        Measured("years without losses, one worker", lambda: run(bare, 1)),
    ]
    everything = [*engine, *peers]
    interleave(everything, given.rounds)
    for one in everything:  # the figures are of one year
        years = ENGINE_YEARS if one in engine else PEER_YEARS
        one.seconds = [seconds / years for seconds in one.seconds]
        one.processor = [seconds / years for seconds in one.processor]

    about = machine("simpy", "networkx", "rustworkx", "numpy")
    about["processor_share"] = share([one for one in everything if one.name not in ("years", "years without losses")])
    basis = {
        "seed": given.seed,
        "rounds": given.rounds,
        "nodes": size,
        "hits": statistics.mean(len(one["hits"]) for one in scenarios),
        "quick": given.quick,
    }
    reached = _reached(engine, peers)
    _print(about, basis, engine, peers, reached)
    if given.json is not None:
        figures = {
            "machine": about,
            "basis": basis,
            "engine": {one.name: one.as_json() for one in engine},
            "peers": {one.name: one.as_json() for one in peers},
            "reached": reached,
        }
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _without_losses(generated: Json) -> Json:
    """The twin of which the peers answer all: levels and outages, without what an outage costs."""
    nodes = [{key: value for key, value in node.items() if key != "impact"} for node in generated["nodes"]]
    return {**generated, "nodes": nodes}


def _as_json(twin: Twin, hazards: tuple[Hazard, ...], seed: int, number: int) -> Json:
    scenario = Years(twin, hazards).draw(seed, number).scenario()
    hits = [{"node": h.node, "loss": h.loss, "start": h.start, "duration": h.duration} for h in scenario.hits]
    return {"hits": hits, "horizon": scenario.horizon}


def _peers(generated: Json, scenarios: list[Json]) -> list[Measured]:
    return [
        Measured(name, _each(module.run, module.prepare(generated), scenarios))
        for name, module in (
            ("SimPy", peer_simpy),
            ("plain intervals", peer_intervals),
            ("networkx", peer_networkx),
            ("rustworkx", peer_rustworkx),
        )
    ]


def _each(run: Any, model: Any, scenarios: list[Json]) -> Any:
    def all_of_them() -> None:
        for scenario in scenarios:
            run(model, scenario)

    return all_of_them


def _agree(twin: Twin, hazards: tuple[Hazard, ...], seed: int, generated: Json, scenarios: list[Json]) -> bool:
    downtime: dict[str, int] = dict.fromkeys(twin.place, 0)
    intervals, simpy = peer_intervals.prepare(generated), peer_simpy.prepare(generated)
    years = Years(twin, hazards)
    for number, scenario in enumerate(scenarios):
        engine = cascade(twin, years.draw(seed, number).scenario())
        answers: list[Answer] = [peer_intervals.run(intervals, scenario), peer_simpy.run(simpy, scenario)]
        if not all(same(engine, answer) for answer in answers):
            return False
        for name, outages in answers[0].outages.items():
            downtime[name] += sum(end - start for start, end, _ in outages)
    found = year(twin, hazards, len(scenarios), seed).processes
    return all(one.downtime == downtime[name] / len(scenarios) / 3_600 for name, one in found.items())


def _reached(engine: list[Measured], peers: list[Measured]) -> Json:
    """Ratios of medians: how many of ours go into one of theirs."""
    ours = {one.name: one.median for one in engine}
    bare = engine[-1]
    theirs = {one.name: one.median for one in peers}
    return {
        "SimPy": theirs["SimPy"] / ours["years without losses"],
        "plain intervals": theirs["plain intervals"] / ours["years without losses"],
        "networkx": theirs["networkx"] / ours["years without losses"],
        "SimPy years for 10,000 years with losses": DECISION_YEARS * ours["years"] / theirs["SimPy"],
        "one worker by two": ours["years, one worker"] / ours["years, two workers"],
        # What a busy machine leaves comparable: seconds on a processor, one of theirs against one of ours.
        "SimPy by one worker without losses, processor": peers[0].processor_median / bare.processor_median,
        "SimPy by one worker, processor": peers[0].processor_median / engine[2].processor_median,
    }


WANTED = {
    "SimPy": "≥ 1,000",
    "plain intervals": "≥ 400",
    "networkx": "≥ 20",
    "SimPy years for 10,000 years with losses": "≤ 10",
    "one worker by two": "≥ 1",
    "SimPy by one worker without losses, processor": "≥ 500",
    "SimPy by one worker, processor": "≥ 500",
}


def _print(about: Json, basis: Json, engine: list[Measured], peers: list[Measured], reached: Json) -> None:
    print(f"{about['date']} · {about['cores']} cores, {about['processor']} · {about['system']} · {about['python']}")
    print(", ".join(f"{name} {version}" for name, version in about["packages"].items()))
    print(
        f"generated twin, seed {basis['seed']}: {basis['nodes']:,} nodes, {basis['hits']:.0f} hits a year; medians of "
        f"{basis['rounds']}, interleaved in one run, wall time of one year in ms"
    )
    if (had := about["processor_share"]) < BUSY:
        print(f"The machine was busy with other work: the run had a processor for {had:.0%} of its time.")
    print("Before timing: engine, SimPy and plain intervals agreed on all levels, outages and downtimes.\n")
    rows = [["one year", "median", "least", "most", "processor"]]
    rows += [
        [
            one.name,
            milliseconds(one.median),
            milliseconds(min(one.seconds)),
            milliseconds(max(one.seconds)),
            milliseconds(one.processor_median),
        ]
        for one in (*engine, *peers)
    ]
    print(table(rows))
    print()
    print(table([["×", "reached", "wanted"], *([k, f"{v:,.1f}", WANTED[k]] for k, v in reached.items())]))


if __name__ == "__main__":
    sys.exit(main())
