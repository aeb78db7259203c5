"""The file of options: what is refused, and what options do to a twin, alone and several on the same thing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.cascade import cascade
from holdfast.engine.errors import InputError
from holdfast.engine.hazards import read_hazards
from holdfast.engine.options import Options, bought, rated, read_options
from holdfast.engine.purchases import Purchases
from holdfast.engine.twin import Twin, read_twin
from tests.strategies import purchases

Json = dict[str, Any]

TWIN: Json = {
    "nodes": [
        {
            "id": "payroll",
            "kind": "process",
            "mtpd": 8,
            "requirements": [
                {
                    "needs": 2,
                    "supply": [{"node": "server", "weight": 2}],
                    "fallbacks": [{"id": "paper", "node": "desk", "weight": 1, "pool": "seats"}],
                }
            ],
        },
        {"id": "server", "kind": "application", "restart": {"median": 4, "p90": 8}},
        {"id": "desk", "kind": "facility"},
    ],
    "pools": [{"id": "seats", "capacity": 1}],
    "hazards": [{"id": "fire", "rate": 0.5, "footprints": [{"nodes": ["server"], "duration": 24}]}],
}
OPTIONS: Json = {
    "scenarios": [{"hits": [{"node": "server", "loss": 1, "start": 0, "duration": 10}], "horizon": 100}],
    "must": ["payroll"],
    "budget": None,
    "term": 2,
    "options": [
        {
            "id": "cloud",
            "cost": 5,
            "yearly": 1.5,
            "fallbacks": [
                {"node": "payroll", "requirement": 0, "fallback": {"id": "cloud", "node": "desk", "weight": 2}}
            ],
            "pools": {"seats": 2},
            "restart": {"server": 2},
            "tolerance": [{"node": "payroll", "requirement": 0, "hours": 1}],
            "rates": {"fire": 0.5},
        },
        {
            "id": "more",
            "cost": 1,
            "pools": {"seats": 3},
            "restart": {"server": 3},
            "tolerance": [{"node": "payroll", "requirement": 0, "hours": 4}],
            "rates": {"fire": 0.4},
        },
    ],
}


def read(options: Json = OPTIONS, horizon: float | None = None) -> tuple[Twin, Options]:
    twin = read_twin(TWIN)
    return twin, read_options(json.dumps(options), twin, read_hazards(TWIN, twin), "options.json", horizon)


def with_change(path: list[Any], value: Any) -> Json:
    options = copy.deepcopy(OPTIONS)
    place: Any = options
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return options


FIRST = ["options", 0]
FALLBACK = [*FIRST, "fallbacks", 0]
REFUSALS: list[tuple[list[Any], Any, str]] = [
    (["options"], ..., "options: is missing"),
    (["options"], {}, "options: wanted a list, got an object"),
    ([*FIRST, "id"], ..., "options[0].id: is missing"),
    ([*FIRST, "id"], "more", "options[1].id: “more” is the id of another option too"),
    ([*FIRST, "cost"], ..., "options[0].cost: is missing"),
    ([*FIRST, "cost"], "5", "options[0].cost: wanted a number, got a text"),
    ([*FIRST, "cost"], -1, "options[0].cost: wanted a number of 0 or more and at most 1e+15, got -1"),
    ([*FIRST, "yearly"], -1, "options[0].yearly: wanted a number of 0 or more and at most 1e+15, got -1"),
    ([*FALLBACK, "node"], "pay", "options[0].fallbacks[0].node: there is no node “pay” in twin.json"),
    (
        [*FALLBACK, "requirement"],
        1,
        "options[0].fallbacks[0].requirement: wanted a number from 0 to 0, got 1 for “payroll”",
    ),
    (
        [*FALLBACK, "node"],
        "desk",
        "options[0].fallbacks[0].requirement: wanted a node with requirements, got 0 for “desk”",
    ),
    (
        [*FALLBACK, "requirement"],
        0.5,
        "options[0].fallbacks[0].requirement: wanted a whole number, got a number",
    ),
    (
        [*FALLBACK, "fallback", "id"],
        "paper",
        "options[0].fallbacks[0].fallback.id: “paper” is the id of another fallback too",
    ),
    ([*FALLBACK, "fallback", "node"], "x", "options[0].fallbacks[0].fallback.node: there is no node “x”"),
    (
        [*FALLBACK, "fallback", "weight"],
        0,
        "options[0].fallbacks[0].fallback.weight: wanted a number above 0 and at most 9e+09, got 0",
    ),
    (
        [*FALLBACK, "fallback", "weight"],
        9e9,
        "options[0].fallbacks[0].fallback.weight: wanted weights that add up to 9e+09 at most, with those of all other "
        "options",
    ),
    ([*FALLBACK, "fallback", "pool"], "x", "options[0].fallbacks[0].fallback.pool: there is no pool “x”"),
    ([*FIRST, "pools"], {"x": 1}, "options[0].pools.x: there is no pool “x” in twin.json"),
    (
        [*FIRST, "pools"],
        {"seats": -1},
        "options[0].pools.seats: wanted a number of 0 or more and at most 9e+09, got -1",
    ),
    ([*FIRST, "restart"], {"x": 1}, "options[0].restart.x: there is no node “x” in twin.json"),
    ([*FIRST, "restart"], {"server": -1}, "options[0].restart.server: wanted a number of 0 or more, got -1"),
    ([*FIRST, "tolerance", 0, "requirement"], -1, "options[0].tolerance[0].requirement: wanted a number from 0 to 0, "),
    ([*FIRST, "tolerance", 0, "hours"], ..., "options[0].tolerance[0].hours: is missing"),
    ([*FIRST, "tolerance", 0, "hours"], -1, "options[0].tolerance[0].hours: wanted a number of 0 or more, got -1"),
    ([*FIRST, "rates"], {"x": 1}, "options[0].rates.x: there is no hazard “x” in twin.json"),
    ([*FIRST, "rates"], {"fire": -0.1}, "options[0].rates.fire: wanted a number of 0 or more, got -0.1"),
    ([*FIRST, "rates"], {"fire": 1e6}, "options[0].rates.fire: wanted a number at most 100000, got 500000"),
    (["must"], ["pay"], "must[0]: there is no node “pay” in twin.json"),
    (["must"], ["server"], "must[0]: wanted a process, but “server” is of the kind application"),
    (["must"], ["payroll", "payroll"], "must[1]: “payroll” is named twice"),
    (["budget"], -1, "budget: wanted a number of 0 or more, got -1"),
    (["budget"], "much", "budget: wanted a number or null, got a text"),
    (["term"], -1, "term: wanted a number of 0 or more and at most 1000, got -1"),
    (["scenarios", 0, "hits", 0, "node"], "x", "scenarios[0].hits[0].node: there is no node “x” in twin.json"),
    (["scenarios", 0, "hits", 0, "loss"], 2, "scenarios[0].hits[0].loss: wanted a number above 0 and at most 1, got 2"),
    (["scenarios", 0, "horizon"], 0, "scenarios[0].horizon: wanted a number above 0 and at most 250000, got 0"),
]


@pytest.mark.parametrize(("path", "value", "said"), REFUSALS, ids=[said.split(":")[0] for _, _, said in REFUSALS])
def test_bad_input_is_refused_with_its_place_and_what_is_wanted(path: list[Any], value: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        read(with_change(path, value))
    assert str(refused.value).startswith(f"options.json: {said}")


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(InputError, match=r"options\.json: is not JSON"):
        read_options(b"{", read_twin(TWIN))


def test_an_option_costs_its_price_and_the_years_of_the_term() -> None:
    _, options = read()
    assert options.cost == (5 + 2 * 1.5, 1)
    assert options.total([0, 1]) == 9
    assert options.ids([1, 0]) == ["cloud", "more"]


def test_a_horizon_that_is_asked_for_replaces_those_of_the_file() -> None:
    assert [one.horizon for one in read(horizon=7.0)[1].scenarios] == [7.0]


def test_of_several_options_on_one_thing_the_best_counts_in_any_order() -> None:
    twin, options = read()
    hazards = read_hazards(TWIN, twin)
    for order in ((0, 1), (1, 0)):
        some = [options.options[k] for k in order]
        both = bought(twin, some)
        requirement = both.nodes[0].requirements[0]
        assert [pool.capacity for pool in both.pools] == [3]
        assert both.nodes[1].restart == 2
        assert requirement.tolerance == 4
        assert [f.id for f in requirement.fallbacks] == ["paper", "cloud"]
        assert [one.rate for one in rated(hazards, some)] == [0.5 * (0.4 * 0.5)]
    alone = bought(twin, [options.options[1]])
    assert alone.nodes[1].restart == 3  # in place of the twin's own range
    assert alone.nodes[0].requirements[0].fallbacks == twin.nodes[0].requirements[0].fallbacks


def test_what_is_bought_leaves_the_twin_as_it_was() -> None:
    twin, options = read()
    before = copy.deepcopy(twin.nodes), copy.deepcopy(twin.pools)
    bought(twin, options.options)
    assert (twin.nodes, twin.pools) == before
    assert bought(twin, []).nodes == twin.nodes


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(purchases(), st.data())
def test_one_layout_for_all_sets_answers_as_the_twin_with_the_set_bought(
    case: tuple[Json, Json], draw: st.DataObject
) -> None:
    data, asked = case
    twin = read_twin(json.dumps(data))
    options = read_options(json.dumps(asked), twin)
    fast = Purchases(twin, options)
    bits = draw.draw(st.integers(0, fast.everything))
    slow = bought(twin, [options.options[k] for k in fast.chosen(bits)])
    for s, scenario in enumerate(options.scenarios):
        answer, outcome = cascade(slow, scenario), fast.run(bits, s)
        found = {node.id: int(outcome.longest[k]) for k, node in enumerate(twin.nodes) if node.kind == "process"}
        assert found == {name: one.longest_outage for name, one in answer.processes.items()}
        assert sorted(outcome.held) == sorted(name for held in answer.unsettled for name in held)
