"""The benchmark runs from end to end, and says what it was measured on. No figure is asserted: machines differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.peer_check import Work, check_peers

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = Work(nodes=10_000, descendants=8_000, edges=27_000, touched=5_000, changes=22_000, runs=1)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_quick_cascade_benchmark_measures_engine_and_peers_on_the_same_hits(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = run("cascade", "--quick", "--rounds", "1", "--json", str(out))
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["basis"] == {"seed": 1, "rounds": 1, "nodes": 400, "supply_edges": 1498, "quick": True}
    assert figures["machine"].keys() >= {"date", "cores", "processor", "python", "packages"}
    assert set(figures["reading"]) == {"reading the twin's JSON", "building the model"}
    for scenario in figures["scenarios"]:
        assert set(scenario["peers"]) == {"SimPy", "plain intervals", "networkx", "rustworkx"}
        assert {"kernel", "with read-offs", "with read-offs, as JSON"} <= set(scenario["engine"])
        measured = [*scenario["engine"].values(), *scenario["peers"].values()]
        assert all(0 < one["least"] <= one["median"] <= one["most"] for one in measured)
    assert [verdict["peer"] for verdict in figures["check"]] == ["SimPy", "plain intervals", "networkx", "rustworkx"]
    assert figures["example"]
    for said in ("400 nodes", "cores", "seed 1", "check on the peers", "agreed on all levels and outages"):
        assert said in done.stdout


def test_the_quick_engine_benchmark_says_what_is_reached_of_all_that_is_wanted(tmp_path: Path) -> None:
    """And compares the answers with the peers' before it times them."""
    out = tmp_path / "figures.json"
    done = run("engine", "--quick", "--rounds", "1", "--json", str(out))
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text(encoding="utf-8"))
    basis = figures["basis"]
    assert basis.pop("hits") > 0
    assert basis == {
        "seed": 1,
        "rounds": 1,
        "quick": True,
        "duration": 24.0,
        "nodes": 400,
        "large": 400,
        "sample": 2_000,
    }
    assert {"years", "years without losses", "years, two workers", "weak points", "SimPy"} <= set(figures["measured"])
    assert all(0 < one["least"] <= one["median"] <= one["most"] for one in figures["measured"].values())
    assert [verdict["peer"] for verdict in figures["check"]] == ["SimPy", "plain intervals", "networkx", "rustworkx"]
    assert figures["memory_mb"].keys() == {"cascade", "check", "weak-points", "minimal-sets", "feasibility", "year"}
    rows = {row["name"]: row for row in figures["rows"]}
    assert all(row["reached"] > 0 and row["wanted"] for row in rows.values())
    for said in ("SimPy", "intervals", "networkx", "every node", "no pool", "(pools)", "10,000 years", "first start"):
        assert any(said in name for name in rows)
    for said in ("not run but reckoned", "agreed with the engine", "wanted", "check on the peers"):
        assert said in done.stdout


def test_help_names_the_benchmarks_and_an_unknown_one_is_refused() -> None:
    assert "cascade" in run("--help").stdout
    done = run("nothing-such")
    assert done.returncode == 2
    assert "no benchmark nothing-such" in done.stderr
    assert run("cascade", "--rounds", "0").returncode == 2


@pytest.mark.parametrize(
    ("simpy", "off"), [(220.0, False), (150.0, False), (290.0, False), (146.0, True), (295.0, True), (1_000.0, True)]
)
def test_a_peer_off_by_more_than_a_third_is_marked_and_explained(simpy: float, off: bool) -> None:
    """Against 220 : 75 : 6 : 1."""
    seconds = {"SimPy": simpy, "plain intervals": 75.0, "networkx": 6.0, "rustworkx": 1.0}
    first, *others = check_peers(seconds, WORK)
    assert first.off is off
    assert bool(first.explanation) is off
    assert not any(other.off for other in others)


def test_a_cheap_peer_is_told_from_a_dear_one() -> None:
    """Only a peer that is too slow would flatter the engine."""
    seconds = {"SimPy": 100.0, "plain intervals": 75.0, "networkx": 30.0, "rustworkx": 1.0}
    said = {verdict.peer: verdict.explanation for verdict in check_peers(seconds, WORK) if verdict.off}
    assert said.keys() == {"SimPy", "networkx"}
    assert said["SimPy"].startswith("cheaper than expected")
    assert said["networkx"].startswith("dearer than expected")


def test_the_second_run_for_a_pool_is_named_as_a_reason() -> None:
    seconds = {"SimPy": 440.0, "plain intervals": 150.0, "networkx": 6.0, "rustworkx": 1.0}
    twice = Work(nodes=10_000, descendants=8_000, edges=27_000, touched=5_000, changes=22_000, runs=2)
    said = [verdict.explanation for verdict in check_peers(seconds, twice) if verdict.off]
    assert len(said) == 2
    assert all("runs the scenario twice" in one for one in said)


def test_the_quick_portfolio_benchmark_tells_cost_bound_gap_and_time(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = run("portfolio", "--quick", "--options", "12", "--json", str(out))
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["basis"] == {"nodes": 400, "seed": 1, "options": 12, "quick": True}
    assert figures["bound"] <= figures["cost"] <= (figures["greedy"] or figures["cost"])
    assert figures["gap"] == 0
    assert figures["must"] > 0
    for said in ("400 nodes", "12 options", "gap 0.00%", "on a processor", "greedy"):
        assert said in done.stdout
