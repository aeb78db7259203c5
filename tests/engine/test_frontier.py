"""The frontier is that of running every set by itself, on the same draws."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from holdfast.engine.cascade import cascade
from holdfast.engine.errors import InputError
from holdfast.engine.frontier import Cancelled, Frontier, frontier
from holdfast.engine.hazards import Hazard, read_hazards
from holdfast.engine.options import Options, bought, rated, read_options
from holdfast.engine.twin import Twin, read_twin
from holdfast.engine.year import year
from tests.strategies import Json, SeededDice, random_purchase, random_year, roll_options

MODELS = 60
YEARS = 12


def read(data: Json, asked: Json) -> tuple[Twin, tuple[Hazard, ...], Options]:
    twin = read_twin(json.dumps(data))
    hazards = read_hazards(json.dumps(data), twin)
    return twin, hazards, read_options(json.dumps(asked), twin, hazards)


def random_question(seed: int, most: int = 5) -> tuple[Json, Json]:
    """A twin with hazards, and options that change rates too."""
    data = random_year(seed)
    dice = SeededDice(seed)
    asked = roll_options(dice, data, 24.0, most)
    for option in asked["options"]:
        if dice.chance(40):
            option["rates"] = {dice.pick(data["hazards"])["id"]: dice.pick([0.0, 0.3, 0.5, 1.5])}
    return data, asked


def losses_one_by_one(
    twin: Twin, hazards: tuple[Hazard, ...], options: Options, category: str
) -> dict[tuple[int, ...], tuple[float, float]]:
    """(cost, expected loss) of each affordable set: the twin with the set bought, and the year of it."""
    found = {}
    for bits in range(1 << len(options.options)):
        places = tuple(k for k in range(len(options.options)) if bits >> k & 1)
        some = [options.options[k] for k in places]
        cost = options.total(places)
        if options.budget is not None and cost > options.budget:
            continue
        changed = bought(twin, some)
        if hazards:
            loss = year(changed, rated(hazards, some), YEARS, 7).loss[category].aal
        else:
            costs = [cascade(changed, one).summary.cost[category].sum() for one in options.scenarios]
            loss = math.fsum(costs) / len(costs)
        found[places] = (cost, loss)
    return found


def check(found: Frontier, options: Options, every: dict[tuple[int, ...], tuple[float, float]], exact: bool) -> None:
    ids = {tuple(options.ids(places)): value for places, value in every.items()}
    for point in found.points:
        assert (point.budget, point.expected_loss) == pytest.approx(ids[tuple(point.bought)], rel=1e-9, abs=1e-9)
        least = min(loss for cost, loss in every.values() if cost <= point.budget)
        if point.bound is not None:
            assert point.bound <= least + 1e-9 * abs(least)
        if exact:
            assert point.expected_loss == pytest.approx(least, rel=1e-9, abs=1e-9)
    budgets, falling = ([getattr(p, name) for p in found.points] for name in ("budget", "expected_loss"))
    assert budgets == sorted(set(budgets))
    assert falling == sorted(set(falling), reverse=True)
    if exact:
        # Between two points no set loses less than the one before: none is missing.
        for cost, loss in every.values():
            before = min(p.expected_loss for p in found.points if p.budget <= cost)
            assert loss >= before - 1e-9 * abs(before)


def test_the_frontier_is_that_of_every_set_run_by_itself() -> None:
    compared = points = 0
    for seed in range(MODELS):
        data, asked = random_question(seed)
        twin, hazards, options = read(data, asked)
        categories = sorted({name for node in twin.nodes for name in node.impact or {}})
        if not categories:
            continue
        every = losses_one_by_one(twin, hazards, options, categories[-1])
        found = frontier(twin, hazards, options, YEARS, 7, categories[-1])
        assert found.exact
        check(found, options, every, exact=True)
        compared += len(every)
        points += len(found.points)
        # The same question, as it is answered with too many options to try all.
        check(
            frontier(twin, hazards, options, YEARS, 7, categories[-1], most_enumerated=0), options, every, exact=False
        )
    assert compared > 300
    assert points > MODELS


def test_without_hazards_the_planning_scenarios_stand_for_the_year() -> None:
    compared = 0
    for seed in range(60):
        data, asked = random_purchase(seed, 5)
        twin, _, options = read(data, asked)
        categories = sorted({name for node in twin.nodes for name in node.impact or {}})
        if not categories:
            continue
        every = losses_one_by_one(twin, (), options, categories[0])
        found = frontier(twin, (), options, YEARS, 7)
        assert found.category == categories[0]
        check(found, options, every, exact=True)
        check(frontier(twin, (), options, YEARS, 7, most_enumerated=0), options, every, exact=False)
        compared += 1
    assert compared > 20


HOUSE: Json = {
    "nodes": [
        {
            "id": "shop",
            "kind": "process",
            "mtpd": 8,
            "impact": {"money": [[0, 0], [10, 1000]], "mandate": [[0, 0], [10, 5]]},
            "requirements": [{"needs": 1, "supply": [{"node": "power", "weight": 1}]}],
        },
        {"id": "power", "kind": "infrastructure"},
        {"id": "spare", "kind": "equipment"},
    ],
    "pools": [],
    "hazards": [{"id": "cut", "rate": 2, "footprints": [{"nodes": ["power"], "duration": 5, "loss": 1}]}],
}
CHOICES: Json = {
    "options": [
        {
            "id": "spare",
            "cost": 10,
            "fallbacks": [
                {
                    "node": "shop",
                    "requirement": 0,
                    "fallback": {"id": "s", "node": "spare", "weight": 1, "activation": 1},
                }
            ],
        },
        {"id": "cable", "cost": 4, "rates": {"cut": 0.5}},
        {"id": "sign", "cost": 1},
    ]
}


def test_what_does_nothing_is_on_no_point_and_the_first_point_buys_nothing() -> None:
    twin, hazards, options = read(HOUSE, CHOICES)
    found = frontier(twin, hazards, options, 400, 1, "money")
    assert [point.bought for point in found.points] == [[], ["cable"], ["spare"], ["cable", "spare"]]
    assert found.points[0].expected_loss == pytest.approx(year(twin, hazards, 400, 1).loss["money"].aal)
    assert set(found.as_json()["frontier"][0]) == {"budget", "bought", "expected_loss", "bound"}


def test_the_answer_does_not_hang_on_workers_and_can_be_stopped() -> None:
    twin, hazards, options = read(HOUSE, CHOICES)
    told: list[tuple[int, int]] = []
    one = frontier(twin, hazards, options, 50, 1, workers=1, progress=lambda done, of: told.append((done, of)))
    assert one == frontier(twin, hazards, options, 50, 1, workers=3)
    assert told[-1][0] == told[-1][1]
    for most in (16, 0):
        with pytest.raises(Cancelled):
            frontier(twin, hazards, options, 50, 1, cancelled=lambda: True, most_enumerated=most)
    short = frontier(twin, hazards, options, 50, 1, enough=lambda: True, most_enumerated=0)
    assert short.points[0].bought == []


def test_a_budget_ends_the_frontier_and_a_category_is_chosen() -> None:
    twin, hazards, options = read(HOUSE, CHOICES | {"budget": 10})
    found = frontier(twin, hazards, options, 50, 1)
    assert found.category == "mandate"
    assert found.points[-1].bought == ["spare"]


def test_what_cannot_be_asked_is_refused_by_name() -> None:
    twin, hazards, options = read(HOUSE, CHOICES)
    for arguments, said in (
        ((0, 1, None), "--years: wanted a whole number from 1"),
        ((10, -1, None), "seed: wanted a whole number"),
        ((10, 1, "honour"), "--category: wanted one of mandate, money, got “honour”"),
    ):
        with pytest.raises(InputError, match=said):
            frontier(twin, hazards, options, *arguments)


def test_a_model_without_impact_has_one_point() -> None:
    bare: dict[str, Any] = {**HOUSE, "nodes": [{**HOUSE["nodes"][0], "impact": {}}, *HOUSE["nodes"][1:]]}
    twin, hazards, options = read(bare, CHOICES)
    found = frontier(twin, hazards, options, 10, 1)
    assert [(point.budget, point.bought, point.expected_loss) for point in found.points] == [(0, [], 0)]
