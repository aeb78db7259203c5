"""Years of a twin of 10,000 nodes: the engine's beside its peers', on the very same drawn hits. Part of ``engine``.

Before anything is timed, the engine, SimPy and the plain intervals are compared on each of the peers' years: levels and
outages by the cascade, and the downtime of every process by the year.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from benchmarks import peer_intervals, peer_networkx, peer_rustworkx, peer_simpy
from benchmarks.cascade import same
from benchmarks.measuring import Measured
from benchmarks.model import Answer
from benchmarks.peer_check import Verdict, Work, check_peers
from holdfast.engine.cascade import cascade
from holdfast.engine.hazards import Hazard, read_hazards
from holdfast.engine.sampling import Years
from holdfast.engine.twin import Twin, read_twin
from holdfast.engine.year import YearAnswer, year

Json = dict[str, Any]

# How many years each round runs: of the engine, and of the peers, which take a second for one.
ENGINE_YEARS, PEER_YEARS = 1_024, 3


@dataclass
class YearsBeside:
    """``engine`` and ``peers`` are measured in runs of several years; ``one_year`` makes their figures those of one."""

    engine: list[Measured]
    peers: list[Measured]
    work: Work
    hits: float

    def one_year(self) -> None:
        for one in (*self.engine, *self.peers):
            years = ENGINE_YEARS if one in self.engine else PEER_YEARS
            one.seconds = [seconds / years for seconds in one.seconds]
            one.processor = [seconds / years for seconds in one.processor]

    def check(self) -> list[Verdict]:
        """Whether the peers cost what they should beside each other, on a processor."""
        return check_peers({one.name: one.processor_median for one in self.peers}, self.work)


def years_beside(generated: Json, seed: int) -> YearsBeside | None:
    """None where the peers do not agree with the engine."""
    twin = read_twin(generated)
    hazards = read_hazards(generated, twin)
    bare = read_twin(_without_losses(generated))
    scenarios = [_as_json(twin, hazards, seed, number) for number in range(PEER_YEARS)]
    if not _agree(twin, hazards, seed, generated, scenarios):
        return None

    def run(which: Twin, workers: int | None) -> YearAnswer:
        return year(which, hazards, ENGINE_YEARS, seed, workers)

    engine = [
        Measured("years without losses", lambda: run(bare, None)),
        Measured("years without losses, one worker", lambda: run(bare, 1)),
        Measured("years", lambda: run(twin, None)),
        Measured("years, one worker", lambda: run(twin, 1)),
        Measured("years, two workers", lambda: run(twin, 2)),
    ]
    hits = statistics.mean(len(one["hits"]) for one in scenarios)
    return YearsBeside(engine, _peers(generated, scenarios), _work(generated, scenarios), hits)


def _work(generated: Json, scenarios: list[Json]) -> Work:
    """What a year is to the peers, on the average."""
    graph, intervals = peer_networkx.prepare(generated), peer_intervals.prepare(generated)
    below = [peer_networkx.run(graph, scenario) for scenario in scenarios]
    answers = [peer_intervals.run(intervals, scenario) for scenario in scenarios]
    many = len(scenarios)
    return Work(
        nodes=len(generated["nodes"]),
        descendants=sum(map(len, below)) // many,
        edges=sum(graph.out_degree(node) for nodes in below for node in nodes) // many,
        touched=sum(len(answer.levels) for answer in answers) // many,
        changes=sum(len(steps) for answer in answers for steps in answer.levels.values()) // many,
        runs=max(answer.runs for answer in answers),
    )


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
