"""The fast engine and the slow reference, written apart from one page of rules, give the same answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engine.compare import by_engine, compare, differences, disagreement
from tests.engine.reference import cascade as reference_cascade
from tests.strategies import cases

MODELS = 3_000
FIRST_SEED = 1_000_000


def test_engine_equals_reference_on_thousands_of_random_models() -> None:
    """Levels, outages, causes, breaches, contentions, deadlocks and unsettled circles are equal to the last digit."""
    seen = compare(MODELS, FIRST_SEED)
    assert seen["models"] == MODELS
    # The models must be worth comparing: each hard case is met often.
    for feature, least in {
        "outages": 1_500,
        "circles": 1_500,
        "fallbacks": 1_000,
        "open outages": 600,
        "contentions": 500,
        "deadlocks": 400,
        "chains of four or more": 200,
        "unsettled": 5,
    }.items():
        assert seen[feature] >= least, f"only {seen[feature]} models with {feature}"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases(most_nodes=8))
def test_engine_equals_reference_wherever_hypothesis_looks(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The same, on models that Hypothesis chooses and, where they disagree, makes small."""
    assert disagreement(*case) == []


PAIR = {
    "nodes": [
        {
            "id": "pay",
            "kind": "process",
            "impact": {"money": [[0, 0], [10, 100]]},
            "requirements": [{"needs": 1, "supply": [{"node": "power", "weight": 1}]}],
        },
        {"id": "power", "kind": "infrastructure", "restart": 1, "requirements": []},
    ],
    "pools": [],
}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda a: a["nodes"]["power"]["level"][1].__setitem__(1, 0.999999), "level"),
        (lambda a: a["nodes"]["pay"]["outages"][0].__setitem__("end", 3.0002), "end"),
        (lambda a: a["nodes"]["pay"]["outages"][0]["cause"].pop(), "cause"),
        (lambda a: a["nodes"]["pay"]["cost"].__setitem__("money", 20.0000001), "cost"),
        (lambda a: a["nodes"]["pay"].__setitem__("rto_missed", 0), "rto_missed"),
        (lambda a: a["deadlocks"].append(["pay"]), "deadlocks"),
    ],
)
def test_comparison_sees_the_smallest_difference(change: Any, where: str) -> None:
    """A millionth of a level, a second of an outage, one link of a chain: the comparison does not let it pass."""
    scenario = {"hits": [{"node": "power", "loss": 1, "start": 1, "duration": 1}], "horizon": 24}
    answer = by_engine(PAIR, scenario)
    reference = reference_cascade(PAIR, scenario)
    assert differences(answer, reference) == []
    change(reference)
    assert any(where in found for found in differences(answer, reference))
