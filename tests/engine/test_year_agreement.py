"""The engine's years and the slow reference's, written apart from one page of rules, are the same."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.hazards import read_hazards
from holdfast.engine.sampling import Years
from holdfast.engine.twin import read_twin
from holdfast.engine.year import YearAnswer, year
from tests.engine import reference_year as reference
from tests.strategies import Json, random_year, years

MODELS, YEARS = 400, 3
DRAWN_MODELS, DRAWN_YEARS = 1_500, 3


def engine_hits(twin: Json, seed: int, number: int) -> tuple[list[Any], Json]:
    """The engine's hits of a year, sorted, and its twin's restarts and activations."""
    read = read_twin(twin)
    drawn = Years(read, read_hazards(twin, read)).draw(seed, number)
    hits = sorted((h.hazard, h.event, h.node, h.start, h.end, h.level) for h in drawn.hits)
    return hits, {"restarts": drawn.restarts, "activations": drawn.activations}


def reference_hits(twin: Json, seed: int, number: int) -> tuple[list[Any], Json]:
    hits = reference.hits_of(twin, seed, number)
    made = reference.with_draws(twin, seed, number)
    pairs = list(zip(twin["nodes"], made["nodes"], strict=True))
    restarts = {a["id"]: round(b["restart"] * 3_600) for a, b in pairs if isinstance(a.get("restart"), dict)}
    activations = {
        f["id"]: round(k["activation"] * 3_600)
        for a, b in pairs
        for g, h in zip(a["requirements"], b["requirements"], strict=True)
        for f, k in zip(g.get("fallbacks", []), h.get("fallbacks", []), strict=True)
        if isinstance(f["activation"], dict)
    }
    fields = ("hazard", "event", "node", "start", "end", "level")
    return sorted(tuple(hit[name] for name in fields) for hit in hits), {
        "restarts": restarts,
        "activations": activations,
    }


def ask(twin: Json, count: int, seed: int, **more: Any) -> YearAnswer:
    read = read_twin(twin)
    return year(read, read_hazards(twin, read), count, seed, **more)


def near(found: float, wanted: Fraction | float, size: Fraction | float) -> bool:
    """Within 1e-9 of the sizes that were added up."""
    return math.isclose(found, float(wanted), rel_tol=1e-9, abs_tol=1e-9 * float(size))


def check_against_reference(twin: Json, count: int, seed: int) -> Counter[str]:
    """Asserts that processes, losses and contributions are equal; says what was met on the way."""
    answer = ask(twin, count, seed)
    told = [reference.one_year(twin, seed, number) for number in range(count)]
    seen: Counter[str] = Counter(hits=sum(len(one["hits"]) for one in told))
    for name, found in answer.processes.items():
        breaches = sum(one["processes"][name]["breach"] for one in told)
        downtimes = [one["processes"][name]["downtime"] for one in told]
        assert found.breach == breaches / count
        assert found.downtime == sum(downtimes) / count / 3_600
        seen["breaches"] += breaches
        seen["down"] += sum(down > 0 for down in downtimes)
    for category, loss in answer.loss.items():
        events = [one["events"].get(category, {}) for one in told]
        sums = sorted((sum(one.values(), Fraction(0)) for one in events), reverse=True)
        largest = sorted((max([*one.values(), Fraction(0)]) for one in events), reverse=True)
        size = sum((abs(cost) for one in events for cost in one.values()), Fraction(0))
        assert near(loss.aal, sum(sums) / count, size)
        for points, worst in ((loss.aep, sums), (loss.oep, largest)):
            assert [period for period, _ in points] == [p for p in (2.0, 5.0, 10.0) if p <= count]
            for period, value in points:
                assert near(value, worst[count // int(period) - 1], size)
        parts: dict[str, dict[str, Fraction]] = {"by_hazard": {}, "by_node": {}, "by_site": {}}
        sites = {node["id"]: node.get("site", "") for node in twin["nodes"]}
        for one in told:
            for (hazard, node), cost in one["nodes"].get(category, {}).items():
                for part, name in (("by_hazard", hazard), ("by_node", node), ("by_site", sites[node])):
                    parts[part][name] = parts[part].get(name, Fraction(0)) + cost
        for part, wanted in parts.items():
            found_parts = getattr(loss, part)
            for name in wanted.keys() | found_parts.keys():
                assert near(found_parts.get(name, 0.0), wanted.get(name, Fraction(0)) / count, size), (part, name)
            assert sum(found_parts.values()) == loss.aal
            seen["no event"] += part == "by_hazard" and wanted.get("", Fraction(0)) != 0
        seen["losses"] += bool(size)
        seen["several causes"] += len(parts["by_hazard"]) > 1
    return seen


def test_draws_equal_the_reference_bit_for_bit_on_random_twins() -> None:
    """Which node is hit when, how much and for how long, and each uncertain restart and activation: to the second."""
    seen: Counter[str] = Counter()
    for model in range(DRAWN_MODELS):
        twin = random_year(model)
        for number in range(DRAWN_YEARS):
            seed = model * 0x9E3779B97F4A7C15 % 2**64
            found, uncertain = engine_hits(twin, seed, number)
            assert (found, uncertain) == reference_hits(twin, seed, number), f"model {model}, year {number}"
            seen.update(hits=len(found), uncertain=len(uncertain["restarts"]) + len(uncertain["activations"]))
    assert seen["hits"] > 50_000
    assert seen["uncertain"] > 1_000


def test_years_equal_the_reference_on_random_twins() -> None:
    """Chances, downtimes, losses, and what drives them."""
    seen: Counter[str] = Counter()
    for model in range(MODELS):
        twin = random_year(100_000 + model)
        try:
            seen += check_against_reference(twin, YEARS, model)
        except AssertionError as error:
            raise AssertionError(f"model {100_000 + model}: {error}") from error
    for name, least in {"breaches": 100, "down": 1_000, "losses": 200, "several causes": 50}.items():
        assert seen[name] >= least, f"only {seen[name]} {name}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(years(), st.integers(0, 2**64 - 1), st.integers(0, 2**31))
def test_draws_equal_the_reference_wherever_hypothesis_looks(twin: Json, seed: int, number: int) -> None:
    assert engine_hits(twin, seed, number) == reference_hits(twin, seed, number)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(years(most_nodes=5), st.integers(0, 2**64 - 1))
def test_years_equal_the_reference_wherever_hypothesis_looks(twin: Json, seed: int) -> None:
    check_against_reference(twin, 2, seed)


@pytest.mark.parametrize("rate", [0.0, 1e-12, 0.001, 0.7, 1.0, 16.5, 300.0, 50_000.0])
def test_numbers_of_events_equal_the_reference(rate: float) -> None:
    """Small tables are searched in order, great ones by halving."""
    twin = {
        "nodes": [{"id": "a", "kind": "people"}],
        "hazards": [{"id": "h", "rate": rate, "footprints": [{"nodes": ["a"], "duration": 1}]}],
    }
    read = read_twin(twin)
    drawn = Years(read, read_hazards(twin, read))
    for number in range(20):
        place = reference.address(7, number, reference.key("h"))
        wanted = reference.number_of_events(rate, reference.uniform(reference.step(place, 0)))
        assert len(drawn.draw(7, number).hits) == wanted
