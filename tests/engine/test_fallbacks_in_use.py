"""When a fallback is on is what rule 3 of the cascade says, second by second."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from holdfast.engine.cascade import Cascade, cascade
from holdfast.engine.fallbacks import in_use
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import likely, read_twin
from tests.strategies import cases


def _level(answer: Cascade, node: str, second: int) -> int:
    """Millionths at a second; 1 before 0."""
    found = 1_000_000
    for time, level in answer.levels.get(node, []):
        if time <= second:
            found = level
    return found


def _is_on(answer: Cascade, requirement: Any, fallback: Any, instants: list[int], second: int) -> bool:
    """Rule 3 as it is written: short without a break since some u with α ≤ t − u < α + ε."""

    def short(at: int) -> bool:
        got = sum(round(s.weight * 1000) * _level(answer, s.node, at) for s in requirement.supply)
        return got < round(requirement.needs * 1000) * 1_000_000

    if not short(second):
        return False
    since = second
    for earlier in reversed([time for time in instants if time <= second]):
        if not short(earlier):
            break
        since = earlier
    passed = second - since
    activation = round(likely(fallback.activation) * 3600)
    return passed >= activation and (
        fallback.endurance is None or passed < activation + round(fallback.endurance * 3600)
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases(most_nodes=6))
def test_a_fallback_is_on_when_the_rule_says_so(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    twin = read_twin(case[0], "twin")
    answer = cascade(twin, read_scenario(case[1], twin, "scenario"))
    spans = in_use(answer)
    horizon = round(answer.scenario.horizon * 3600)
    instants = sorted({time for steps in answer.levels.values() for time, _ in steps})
    for node in twin.nodes:
        for requirement in node.requirements:
            for fallback in requirement.fallbacks:
                found = spans.get(fallback.id, [])
                edges = {edge for span in found for edge in span} | set(instants[:20])
                asked = sorted({t for edge in edges for t in (edge - 1, edge, edge + 1) if 0 <= t < horizon})
                for second in asked:
                    wanted = _is_on(answer, requirement, fallback, instants, second)
                    assert any(start <= second < end for start, end in found) is wanted, (fallback.id, second)


def test_a_fallback_begins_after_its_activation_and_ends_with_its_endurance() -> None:
    twin = read_twin(
        {
            "nodes": [
                {
                    "id": "work",
                    "kind": "process",
                    "requirements": [
                        {
                            "needs": 1,
                            "supply": [{"node": "hall", "weight": 1}],
                            "fallbacks": [{"id": "desk", "node": "inn", "weight": 1, "activation": 4, "endurance": 24}],
                        }
                    ],
                },
                {"id": "hall", "kind": "facility"},
                {"id": "inn", "kind": "facility"},
            ]
        },
        "twin",
    )
    scenario = read_scenario({"hits": [{"node": "hall", "loss": 1, "start": 2, "duration": 72}]}, twin, "scenario")
    assert in_use(cascade(twin, scenario)) == {"desk": [(6 * 3600, 30 * 3600)]}
