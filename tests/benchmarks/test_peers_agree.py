"""The peers that the engine is measured against mean the same as the engine, to the last digit.

What a peer cannot express is left out here and stated in its module: the plain intervals refuse fallbacks that hang on
a circle. Scenarios are short enough that no circle can change a thousand times, so none is ever unsettled.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.cascade import same
from benchmarks.model import Answer
from benchmarks.twins import organisation, small, small_scenario, year_scenarios
from tests.engine import reference

from benchmarks import peer_intervals, peer_networkx, peer_rustworkx, peer_simpy
from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin

Json = dict[str, Any]

SEEDS = range(60)


def as_printed(answer: Answer) -> tuple[Json, Json, list[tuple[str, str, float]]]:
    """Levels, outages and contentions as the ``cascade`` command prints them, of nodes that changed."""
    levels = {}
    for node, steps in answer.levels.items():
        printed = [[time / 3_600, level / 1_000_000] for time, level in steps]
        levels[node] = printed if steps[0][0] == 0 else [[0.0, 1.0], *printed]
    outages = {
        node: [(start / 3_600, end / 3_600, is_open) for start, end, is_open in found]
        for node, found in answer.outages.items()
    }
    return levels, outages, [(pool, fallback, granted / 1_000) for pool, fallback, granted in answer.contentions]


def by_reference(twin: Json, scenario: Json) -> tuple[Json, Json, list[tuple[str, str, float]]]:
    answer = reference.cascade(twin, scenario)
    assert not answer["unsettled"]
    levels = {node: one["level"] for node, one in answer["nodes"].items() if one["level"] != [[0.0, 1.0]]}
    outages = {
        node: [(outage["start"], outage["end"], outage["open"]) for outage in one["outages"]]
        for node, one in answer["nodes"].items()
        if one.get("outages")
    }
    contentions = sorted((one["pool"], one["fallback"], one["granted"]) for one in answer["contentions"])
    return levels, outages, contentions


@pytest.mark.parametrize("circles", [True, False], ids=["circles", "no circles"])
def test_simpy_gives_the_levels_and_outages_of_the_reference(circles: bool) -> None:
    """With tolerances, restarts, fallbacks on circles, quorums and pools."""
    contended = 0
    for seed in SEEDS:
        twin = small(seed, circles=circles)
        scenario = small_scenario(twin, seed)
        answer = peer_simpy.run(peer_simpy.prepare(twin), scenario)
        assert as_printed(answer) == by_reference(twin, scenario), f"seed {seed}"
        contended += answer.runs == 2
    assert contended > 5


@pytest.mark.parametrize("circles", [True, False], ids=["circles", "no circles"])
def test_plain_intervals_give_the_levels_and_outages_of_the_reference(circles: bool) -> None:
    """The same, without fallbacks that hang on a circle."""
    contended = swept = 0
    for seed in SEEDS:
        twin = small(seed, circles=circles, fallbacks_on_circles=False)
        scenario = small_scenario(twin, seed)
        model = peer_intervals.prepare(twin)
        answer = peer_intervals.run(model, scenario)
        assert as_printed(answer) == by_reference(twin, scenario), f"seed {seed}"
        contended += answer.runs == 2
        swept += any(model.circle)
    assert contended > 5
    assert (swept > 30) == circles


def test_plain_intervals_refuse_a_fallback_that_hangs_on_a_circle() -> None:
    need = {"needs": 1.0, "tolerance": 1.0, "fallbacks": []}
    helped = {**need, "fallbacks": [{"id": "f", "node": "c", "weight": 1.0}]}
    nodes = [
        {"id": "a", "kind": "application", "requirements": [{**helped, "supply": [{"node": "b", "weight": 1.0}]}]},
        {"id": "b", "kind": "application", "requirements": [{**need, "supply": [{"node": "a", "weight": 1.0}]}]},
        {"id": "c", "kind": "people"},
    ]
    with pytest.raises(peer_intervals.CannotExpress, match="a fallback of a hangs on a circle"):
        peer_intervals.prepare({"nodes": nodes})
    nodes[0]["requirements"] = [{**need, "supply": [{"node": "b", "weight": 1.0}]}]
    assert sorted(peer_intervals.prepare({"nodes": nodes}).circle) == [False, True]


def test_engine_and_peers_agree_on_years_of_generated_organisations() -> None:
    """Circles, fallbacks and pools as the measured twin has them, with and without contention, on sampled years."""
    runs = set()
    for seed in (1, 2):
        generated = organisation(seed, 600)
        twin = read_twin(json.dumps(generated))
        simpy_model, intervals_model = peer_simpy.prepare(generated), peer_intervals.prepare(generated)
        for year in year_scenarios(generated, seed, 8):
            engine = cascade(twin, read_scenario(json.dumps(year), twin))
            for answer in (peer_simpy.run(simpy_model, year), peer_intervals.run(intervals_model, year)):
                assert same(engine, answer), f"seed {seed}"
                runs.add(answer.runs)
    assert runs == {1, 2}


@pytest.mark.parametrize("circles", [True, False], ids=["circles", "no circles"])
def test_graph_peers_name_every_node_that_the_cascade_changes(circles: bool) -> None:
    """networkx and rustworkx find the same nodes, and no outage ever goes beyond them."""
    for seed in SEEDS:
        twin = small(seed, nodes=30, circles=circles)
        scenario = small_scenario(twin, seed)
        below = peer_networkx.run(peer_networkx.prepare(twin), scenario)
        graph = peer_rustworkx.prepare(twin)
        assert {graph.ids[number] for number in peer_rustworkx.run(graph, scenario)} == below, f"seed {seed}"
        assert peer_simpy.run(peer_simpy.prepare(twin), scenario).levels.keys() <= below, f"seed {seed}"


def test_graph_peers_follow_supply_and_not_fallbacks() -> None:
    """a supplies b, b supplies c; d only stands in for a."""
    twin = {
        "nodes": [
            {"id": "a", "kind": "supplier"},
            {
                "id": "b",
                "kind": "application",
                "requirements": [
                    {
                        "needs": 1.0,
                        "supply": [{"node": "a", "weight": 1.0}],
                        "fallbacks": [{"id": "f", "node": "d", "weight": 1.0}],
                    }
                ],
            },
            {"id": "c", "kind": "process", "requirements": [{"needs": 1.0, "supply": [{"node": "b", "weight": 1.0}]}]},
            {"id": "d", "kind": "supplier"},
        ]
    }

    def below(node: str) -> set[str]:
        graph = peer_networkx.prepare(twin)
        scenario = {"hits": [{"node": node, "loss": 1.0, "start": 0.0, "duration": 1.0}], "horizon": 10.0}
        found = peer_networkx.run(graph, scenario)
        assert peer_networkx.run(graph, scenario) == found, "the graph is left as it was"
        return found

    assert below("a") == {"a", "b", "c"}
    assert below("c") == {"c"}
    assert below("d") == {"d"}
