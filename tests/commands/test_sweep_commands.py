"""`holdfast weak-points`, `minimal-sets` and `feasibility`: the fixed shapes, the text for people, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_engine_commands import run

Json = dict[str, Any]


def needs(*nodes: str) -> Json:
    return {"needs": 1, "supply": [{"node": node, "weight": 1} for node in nodes]}


TWIN: Json = {
    "nodes": [
        {
            "id": "payroll",
            "name": "Payroll of all staff",
            "kind": "process",
            "rto": 4,
            "mtpd": 8,
            "restart": 1,
            "impact": {"money": [[0, 0], [10, 100]], "harm": [[0, 1]]},
            "requirements": [needs("server"), needs("line a", "line b")],
        },
        {"id": "server", "name": "Server room", "kind": "infrastructure", "restart": 6},
        {"id": "line a", "kind": "supplier"},
        {"id": "line b", "kind": "supplier"},
    ]
}


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    path = tmp_path / "twin.json"
    path.write_text(json.dumps(TWIN), encoding="utf-8")
    return path


def answer(*arguments: str | Path) -> Json:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    found: Json = json.loads(result.stdout)
    return found


def test_weak_points_as_json(twin: Path) -> None:
    """Ranked by the number breached, then the cost of the first category by code point, then id; none is left out."""
    assert answer("weak-points", twin, "--duration", "2") == {
        "nodes": [
            {"node": "server", "breached": ["payroll"], "first_breach_at": 8.0, "cost": {"harm": 1.0, "money": 90.0}},
            {"node": "payroll", "breached": [], "first_breach_at": None, "cost": {"harm": 1.0, "money": 30.0}},
            {"node": "line a", "breached": [], "first_breach_at": None, "cost": {"harm": 0.0, "money": 0.0}},
            {"node": "line b", "breached": [], "first_breach_at": None, "cost": {"harm": 0.0, "money": 0.0}},
        ]
    }


def test_minimal_sets_as_json(twin: Path) -> None:
    command = ("minimal-sets", twin, "--target", "payroll", "--duration", "7.5")
    assert answer(*command) == {"sets": [["payroll"], ["server"], ["line a", "line b"]]}
    assert answer(*command, "--order", "1") == {"sets": [["payroll"], ["server"]]}
    assert answer(*command, "--horizon", "8") == {"sets": []}


def test_feasibility_as_json(twin: Path) -> None:
    second = 1 / 3_600
    (found,) = answer("feasibility", twin)["processes"]
    assert found == {
        "process": "payroll",
        "recovery": pytest.approx(7 + second),
        "rto": 4.0,
        "mtpd": 8.0,
        "slack_rto": pytest.approx(-3 - second),
        "slack_mtpd": pytest.approx(1 - second),
        "cause": [["payroll", 0.0]],
    }
    (found,) = answer("feasibility", twin, "--horizon", "5")["processes"]
    assert (found["recovery"], found["slack_rto"], found["slack_mtpd"]) == (None, None, None)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("weak-points", "--duration", "2"), ("1 of 4 nodes", "Server room", "Payroll of all staff", "8 h")),
        (("weak-points", "--duration", "1"), ("0 of 4 nodes",)),
        (
            ("minimal-sets", "--target", "payroll", "--duration", "7.5"),
            ("3 minimal sets", "Payroll of all staff", "line a + line b", "2 of 1, 1 of 2, 0 of 3"),
        ),
        (("feasibility",), ("1 processes 1 cannot", "Server room by 3 h", "-3 h")),
    ],
)
def test_the_text_is_for_people(twin: Path, command: tuple[str, ...], said: tuple[str, ...]) -> None:
    """Names, not ids; hours, not seconds."""
    result = run(command[0], twin, *command[1:])
    assert result.exit_code == 0, result.stderr
    for words in said:
        assert words in result.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("weak-points", "--duration", "0"), "--duration: wanted a number above 0"),
        (("weak-points", "--duration", "nan"), "--duration"),
        (("weak-points",), "--duration"),
        (("weak-points", "--duration", "1", "--category", "fame"), "--category: wanted one of harm, money, got “fame”"),
        (("weak-points", "--duration", "1", "--horizon", "1e9"), "--horizon: wanted a number"),
        (("minimal-sets", "--duration", "1", "--target", "nobody"), "--target: there is no node “nobody”"),
        (("minimal-sets", "--duration", "1", "--target", "server"), "wanted a process"),
        (("minimal-sets", "--duration", "1", "--target", "payroll", "--order", "0"), "--order: wanted a whole number"),
        (("feasibility", "--horizon", "0"), "--horizon: wanted a number above 0"),
    ],
)
def test_bad_use_is_refused_by_name(twin: Path, command: tuple[str, ...], said: str) -> None:
    result = run(command[0], twin, *command[1:])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "command",
    [("weak-points", "--duration", "1"), ("minimal-sets", "--duration", "1", "--target", "payroll"), ("feasibility",)],
)
def test_a_bad_twin_is_refused_with_file_and_place(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"nodes": [{"id": "payroll", "kind": "process", "mtpd": -1}]}), encoding="utf-8")
    result = run(command[0], path, *command[1:])
    assert result.exit_code == 2
    assert "bad.json: nodes[0].mtpd: wanted a number of 0 or more" in result.stderr
