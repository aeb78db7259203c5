"""The twins that are measured have the stated proportions, follow from their seed, and pass the engine's reading."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from benchmarks.twins import HORIZON, medium, organisation, small, year_scenarios

from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def twin() -> Json:
    return medium(1)


def test_medium_has_the_stated_size(twin: Json) -> None:
    """10,000 nodes of every kind, about 38,000 supply edges, pools, critical functions."""
    assert len(twin["nodes"]) == 10_000
    edges = sum(len(need["supply"]) for node in twin["nodes"] for need in node["requirements"])
    assert 37_000 < edges < 39_000
    assert len(Counter(node["kind"] for node in twin["nodes"])) == 8
    assert len(twin["pools"]) == 10
    assert sum("function" in node.get("tags", []) for node in twin["nodes"]) > 100


def test_a_fifth_of_the_processes_have_fallbacks(twin: Json) -> None:
    processes = [node for node in twin["nodes"] if node["kind"] == "process"]
    helped = sum(any(need["fallbacks"] for need in node["requirements"]) for node in processes)
    assert 0.20 < helped / len(processes) < 0.22


def test_seven_in_a_hundred_nodes_stand_in_small_circles(twin: Json) -> None:
    """Of two to five nodes, each closed by a requirement that can wait longer than the year's outages last."""
    graph = nx.DiGraph()
    for node in twin["nodes"]:
        for need in node["requirements"]:
            graph.add_edges_from((one["node"], node["id"]) for one in (*need["supply"], *need["fallbacks"]))
    sizes = [len(members) for members in nx.strongly_connected_components(graph) if len(members) > 1]
    assert 0.06 < sum(sizes) / len(twin["nodes"]) < 0.08
    assert set(sizes) == {2, 3, 4, 5}


def test_a_year_touches_about_half_of_the_nodes_and_nothing_stays_deadlocked(twin: Json) -> None:
    """On average about 4,900 of 10,000; pools are contended for in some years and not in others."""
    read = read_twin(json.dumps(twin))
    answers = [cascade(read, read_scenario(json.dumps(year), read)) for year in year_scenarios(twin, 3, 20)]
    touched = sum(len(answer.levels) for answer in answers) / len(answers)
    assert 4_300 < touched < 5_500
    assert 0 < sum(bool(answer.contentions) for answer in answers) < len(answers)
    assert not any(answer.unsettled for answer in answers)


def test_the_seed_alone_decides(twin: Json) -> None:
    assert organisation(5, 300) == organisation(5, 300)
    assert organisation(5, 300) != organisation(6, 300)
    assert small(5) == small(5) != small(6)
    assert year_scenarios(twin, 1, 2) == year_scenarios(twin, 1, 2) != year_scenarios(twin, 2, 2)


def test_sizes_are_exact_and_too_small_ones_are_refused() -> None:
    assert [len(organisation(1, nodes)["nodes"]) for nodes in (200, 333, 1_001)] == [200, 333, 1_001]
    with pytest.raises(ValueError, match="at least 200 nodes"):
        organisation(1, 199)


def test_a_year_is_a_scenario_of_the_year_and_ninety_days(twin: Json) -> None:
    for year in year_scenarios(twin, 1, 3):
        assert year["horizon"] == HORIZON == 8_760 + 90 * 24
        assert year["hits"]
        assert all(0 <= hit["start"] < 8_760 and 0 < hit["loss"] <= 1 and hit["duration"] > 0 for hit in year["hits"])


def test_a_new_hazard_or_node_moves_nobody_elses_hits() -> None:
    """Draws are addressed, so the hits of before are all still there, and only new ones have come."""
    twin = organisation(1, 400)
    more = copy.deepcopy(twin)
    newcomer = {"id": "S000-team-new", "kind": "people", "site": "S000", "requirements": []}
    more["nodes"].insert(0, newcomer)
    footprint = {"nodes": ["S000-lan"], "chance": 1.0, "loss": 1.0, "duration": 1.0, "shared": True}
    more["hazards"].insert(0, {"id": "new", "rate": 3.0, "footprints": [footprint]})
    for before, after in zip(year_scenarios(twin, 1, 20), year_scenarios(more, 1, 20), strict=True):
        added = [hit for hit in after["hits"] if hit not in before["hits"]]
        assert [hit for hit in after["hits"] if hit in before["hits"]] == before["hits"]
        assert {hit["node"] for hit in added} <= {"S000-team-new", "S000-lan"}


def test_shared_footprints_hit_all_their_nodes_alike_and_others_each_on_its_own() -> None:
    nodes = [{"id": f"n{number}", "kind": "supplier", "requirements": []} for number in range(6)]
    spread = {"low": 0.1, "mode": 0.5, "high": 0.9}

    def drawn(shared: bool) -> set[tuple[float, float]]:
        footprint = {
            "select": {"kind": "supplier"},
            "chance": 1.0,
            "loss": spread,
            "duration": {"median": 5, "p90": 50},
        }
        hazard = {"id": "h", "rate": 1.0, "footprints": [{**footprint, "shared": shared}]}
        years = year_scenarios({"nodes": nodes, "hazards": [hazard]}, 1, 20)
        first = next(year["hits"] for year in years if year["hits"])
        one_event = [hit for hit in first if hit["start"] == first[0]["start"]]
        assert len(one_event) == 6
        return {(hit["loss"], hit["duration"]) for hit in one_event}

    assert len(drawn(shared=True)) == 1
    assert len(drawn(shared=False)) == 6


def test_the_command_writes_the_twin(tmp_path: Path) -> None:
    """The written file is the twin that the function gives."""
    out = tmp_path / "twin.json"
    command = [sys.executable, "-m", "benchmarks.twins", "quick", "--seed", "4", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text(encoding="utf-8")) == organisation(4, 400)
