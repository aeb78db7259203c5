"""Each named check complains of just the mistake it is named for, and says where."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from holdfast.engine.checks import CHECKS, check
from holdfast.engine.twin import read_twin

Json = dict[str, Any]

SOUND: Json = {
    "nodes": [
        {
            "id": "pay",
            "kind": "process",
            "restart": 2,
            "rto": 24,
            "mtpd": 72,
            "requirements": [
                {
                    "needs": 4,
                    "tolerance": 1,
                    "supply": [{"node": "clerks", "weight": 4}],
                    "fallbacks": [{"id": "spare", "node": "agency", "weight": 2, "activation": 8, "pool": "desks"}],
                },
                {"needs": 1, "supply": [{"node": "ledger", "weight": 1}]},
            ],
        },
        {"id": "clerks", "kind": "people"},
        {"id": "agency", "kind": "supplier"},
        {"id": "ledger", "kind": "application", "restart": 4},
    ],
    "pools": [{"id": "desks", "capacity": 2}],
}


def with_change(path: list[Any], value: Any) -> Json:
    twin = copy.deepcopy(SOUND)
    spot: Any = twin
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return twin


def complaints(twin: Json) -> list[tuple[str, str, str]]:
    return [(found.check, found.node, found.path) for found in check(read_twin(twin))]


def circle(**pump: Any) -> Json:
    """Power and the pump that cools it need each other."""
    return {
        "nodes": [
            {
                "id": "power",
                "kind": "infrastructure",
                "restart": 1,
                "requirements": [{"needs": 1, "supply": [{"node": "pump", "weight": 1}]}],
            },
            {
                "id": "pump",
                "kind": "equipment",
                "requirements": [{"needs": 1, "supply": [{"node": "power", "weight": 1}], **pump}],
            },
            {"id": "diesel", "kind": "supplier"},
            {
                "id": "p",
                "kind": "process",
                "mtpd": 4,
                "requirements": [{"needs": 2, "supply": [{"node": n, "weight": 1} for n in ("power", "diesel")]}],
            },
        ]
    }


def test_a_sound_model_has_no_complaints() -> None:
    assert complaints(SOUND) == []


@pytest.mark.parametrize(
    ("twin", "expected"),
    [
        (
            with_change(["nodes", 0, "rto"], 100),
            [("check_rto_longer_than_mtpd", "pay", "nodes[0].rto")],
        ),
        (with_change(["nodes", 0, "restart"], 73), [("check_restart_longer_than_mtpd", "pay", "nodes[0].restart")]),
        (with_change(["nodes", 0, "restart"], 25), [("check_restart_longer_than_rto", "pay", "nodes[0].restart")]),
        (with_change(["nodes", 0, "mtpd"], None), [("check_process_without_mtpd", "pay", "nodes[0].mtpd")]),
        (
            with_change(["nodes", 0, "requirements", 0, "fallbacks", 0, "activation"], 72),
            [("check_fallback_slower_than_mtpd", "pay", "nodes[0].requirements[0].fallbacks[0].activation")],
        ),
        (
            with_change(["nodes", 0, "requirements", 0, "fallbacks", 0, "weight"], 3),
            [("check_pool_smaller_than_claim", "pay", "nodes[0].requirements[0].fallbacks[0].weight")],
        ),
        (
            with_change(["pools"], [{"id": "desks", "capacity": 2}, {"id": "hall", "capacity": 9}]),
            [("check_pool_unused", "", "pools[1]")],
        ),
        (
            with_change(["nodes", 0, "requirements", 1, "supply"], [{"node": "clerks", "weight": 1}]),
            [("check_resource_unused", "ledger", "nodes[3]")],
        ),
    ],
)
def test_a_check_names_the_mistake_and_its_place(twin: Json, expected: list[tuple[str, str, str]]) -> None:
    assert complaints(twin) == expected


def test_a_process_that_requires_nothing_is_named() -> None:
    twin = {"nodes": [{"id": "p", "kind": "process", "mtpd": 1}]}
    assert complaints(twin) == [("check_process_without_requirement", "p", "nodes[0]")]


def test_a_fallback_on_the_node_it_replaces_is_named() -> None:
    twin = with_change(["nodes", 0, "requirements", 0, "fallbacks", 0, "node"], "clerks")
    assert ("check_fallback_on_what_failed", "pay", "nodes[0].requirements[0].fallbacks[0].node") in complaints(twin)


def test_a_circle_that_could_not_restart_is_named_until_something_gives() -> None:
    assert complaints(circle()) == [("check_circle_without_tolerance", "power", "nodes[0]")]
    assert complaints(circle(tolerance=2)) == []
    starter = {"id": "starter", "node": "diesel", "weight": 1}
    assert complaints(circle(fallbacks=[starter])) == []
    assert complaints(circle(fallbacks=[{**starter, "endurance": 3}])) != []


def test_every_check_is_described_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods" / "checks.md").read_text()
    assert [one.__name__ for one in CHECKS if f"`{one.__name__}`" not in page] == []
