"""The candidates of the Secretariat: what they are, and the best buy among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from holdfast.engine.best_buy import best_buy
from holdfast.engine.cascade import cascade
from holdfast.engine.options import bought, read_options
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin

EXAMPLE = Path(__file__).parents[1] / "examples" / "secretariat"
DATA: dict[str, Any] = json.loads((EXAMPLE / "options.json").read_text(encoding="utf-8"))
TWIN = read_twin((EXAMPLE / "twin.json").read_bytes())
OPTIONS = read_options(DATA, TWIN)
CAUSES = {"staff", "systems", "premises", "records", "suppliers"}


def test_there_are_twenty_assumed_candidates_each_with_what_it_does() -> None:
    assert len(DATA["options"]) >= 20
    for option in DATA["options"]:
        assert option["basis"] == "assumed"
        assert option["name"]
        assert option["does"].endswith(".")
        assert set(option["causes"]) <= CAUSES
        assert option["causes"]
        assert any(option.get(effect) for effect in ("fallbacks", "pools", "restart", "tolerance", "rates"))
    assert {effect for option in DATA["options"] for effect in option} >= {"fallbacks", "pools", "restart", "tolerance"}


def test_the_planning_scenarios_are_saved_ones() -> None:
    saved = [json.loads(path.read_text(encoding="utf-8")) for path in (EXAMPLE / "scenarios").glob("*.json")]
    known = {one["name"]: (one["hits"], one["horizon"]) for one in saved}
    for scenario in DATA["scenarios"]:
        assert known[scenario["name"]] == (scenario["hits"], scenario["horizon"])


def test_the_best_buy_keeps_the_six_critical_functions_of_which_three_are_not_kept_without() -> None:
    found = best_buy(TWIN, OPTIONS)
    assert {process for _, process, _ in found.before} == {"f2", "f5", "f6"}
    assert len(found.before) == 8
    assert found.bought == [
        "booths-rented",
        "core-brindisi",
        "field-banks",
        "hall-swing-space",
        "licences-1200",
        "mail-restart",
    ]
    assert (found.cost, found.gap) == (3_065_000, 0)
    assert found.greedy.cost == 3_155_000
    assert not found.worsened
    chosen = bought(TWIN, [option for option in OPTIONS.options if option.id in found.bought])
    for scenario in DATA["scenarios"]:
        hits = {"hits": scenario["hits"], "horizon": scenario["horizon"]}
        answer = cascade(chosen, read_scenario(hits, chosen))
        assert not [name for name in OPTIONS.must if answer.processes[name].mtpd_breached]


def test_without_the_licences_headquarters_cannot_be_left_for_ten_days() -> None:
    found = best_buy(TWIN, OPTIONS)
    (licences,) = (need for need in found.needs if need.option == "licences-1200")
    names = [scenario["name"] for scenario in DATA["scenarios"]]
    assert {(names[s], process) for s, process, _ in licences.without} == {
        ("Headquarters complex inaccessible for 10 days", "f2"),
        ("Headquarters complex inaccessible for 10 days", "f6"),
        ("Fire in the network room of Headquarters", "f6"),
    }
