"""Whether the promised restarts let each process meet its limits: as the reference says, and with what to shorten."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

import pytest
from benchmarks.twins import organisation

from holdfast.engine.errors import InputError
from holdfast.engine.feasibility import explain, feasibility
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import read_twin
from tests.engine.reference import cascade as reference_cascade
from tests.engine.test_minimal_sets import crowded
from tests.strategies import random_case

Json = dict[str, Any]
MODELS = 250
FIRST_SEED = 4_000_000


def supply_cone(twin: Json, process: str) -> list[str]:
    """The process and all that it draws on as supply, not as fallback."""
    by_id = {node["id"]: node for node in twin["nodes"]}
    found, todo = [process], [process]
    while todo:
        for requirement in by_id[todo.pop()]["requirements"]:
            for supply in requirement["supply"]:
                if supply["node"] not in found:
                    found.append(supply["node"])
                    todo.append(supply["node"])
    return found


def by_reference(twin: Json, node: Json, horizon: float) -> Json:
    """The entry of one process, from the reference's cascade of the whole twin."""
    hits = [{"node": i, "loss": 1, "start": 0, "duration": 1 / 3_600} for i in supply_cone(twin, node["id"])]
    answer = reference_cascade(twin, {"hits": hits, "horizon": horizon})["nodes"][node["id"]]
    longest = max(answer["outages"], key=lambda o: round(o["end"] * 3_600) - round(o["start"] * 3_600))
    recovery = None if longest["open"] else answer["longest_outage"]
    whole = {limit: None if node.get(limit) is None else round(node[limit] * 3_600) for limit in ("rto", "mtpd")}
    found = {"process": node["id"], "recovery": recovery, "cause": longest["cause"]}
    for limit, seconds in whole.items():
        found[limit] = None if seconds is None else seconds / 3_600
        none = seconds is None or recovery is None
        found[f"slack_{limit}"] = None if none else (seconds - round(recovery * 3_600)) / 3_600
    return found


@pytest.mark.parametrize("roll", [random_case, crowded])
def test_every_recovery_equals_the_reference_on_random_models(roll: Any) -> None:
    """Also where pools are short: others who claim the same places are part of the question."""
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + MODELS):
        twin, scenario = roll(seed)
        horizon = min(scenario["horizon"], 100)
        processes = [node for node in twin["nodes"] if node["kind"] == "process"]
        answers = [one.as_json() for one in feasibility(read_twin(json.dumps(twin)), horizon)]
        assert answers == [by_reference(twin, node, horizon) for node in processes], f"seed {seed}"
        seen["processes"] += len(processes)
        seen["open"] += sum(one["recovery"] is None for one in answers)
        seen["late"] += sum(len(one["cause"]) > 1 for one in answers)
    assert seen["processes"] > 2 * MODELS
    assert seen["open"] > 20
    assert seen["late"] > 5, "the longest outage is not always the first"


def test_shortening_a_restart_as_told_meets_the_rto_and_a_second_less_does_not() -> None:
    """The lever is tried on the twin as a person would: by changing the figure in the file."""
    tried = 0
    for seed in range(FIRST_SEED, FIRST_SEED + 300):
        data, scenario = random_case(seed)
        horizon = min(scenario["horizon"], 100)
        for one in feasibility(read_twin(json.dumps(data)), horizon):
            if one.slack_rto is None or one.slack_rto >= 0:
                continue
            for lever in explain(read_twin(json.dumps(data)), one.process, horizon).levers:
                if lever.shorten_by is None:
                    continue
                for by, met in ((lever.shorten_by, True), (lever.shorten_by - 1, False)):
                    changed = copy.deepcopy(data)
                    node = next(n for n in changed["nodes"] if n["id"] == lever.node)
                    node["restart"] = (lever.restart - by) / 3_600
                    after = next(
                        r for r in feasibility(read_twin(json.dumps(changed)), horizon) if r.process == one.process
                    )
                    assert (after.slack_rto is not None and after.slack_rto >= 0) == met, (seed, lever)
                    tried += 1
    assert tried > 40


CHAIN: Json = {
    "nodes": [
        {"id": "pay", "kind": "process", "restart": 1, "rto": 6, "mtpd": 12, "requirements": []},
        {"id": "application", "kind": "application", "restart": 2, "requirements": []},
        {"id": "supplier", "kind": "supplier", "restart": 5, "requirements": []},
        {"id": "staff", "kind": "people", "restart": 3, "requirements": []},
    ]
}
for _user, _supplier in (("pay", "application"), ("pay", "staff"), ("application", "supplier")):
    _node = next(node for node in CHAIN["nodes"] if node["id"] == _user)
    _node["requirements"].append({"needs": 1, "supply": [{"node": _supplier, "weight": 1}]})


def test_the_way_back_is_the_restarts_in_series_and_names_the_one_to_shorten() -> None:
    """5 h of the supplier, 2 h of the application and 1 h of pay are 8 h, 2 h over the RTO; staff is back before."""
    found = explain(read_twin(CHAIN), "pay")
    assert found.recovery.recovery == 8 * 3_600 + 1
    assert [(one.node, one.restart // 3_600) for one in found.way_back] == [
        ("pay", 1),
        ("application", 2),
        ("supplier", 5),
    ]
    best, *others = found.levers
    assert (best.node, best.shorten_by) == ("supplier", 2 * 3_600 + 1)
    assert [(one.node, one.shorten_by) for one in others] == [("application", None), ("pay", None)]


def test_where_the_limit_is_met_there_is_nothing_to_shorten() -> None:
    within = copy.deepcopy(CHAIN)
    within["nodes"][0]["rto"] = 9
    assert explain(read_twin(within), "pay").levers == []


def test_workers_progress_stopping_and_what_is_refused() -> None:
    twin = read_twin(organisation(1, 400))
    told: list[tuple[int, int]] = []
    one = feasibility(twin, workers=1, progress=lambda done, of: told.append((done, of)))
    assert one == feasibility(twin, workers=3)
    assert told[-1][0] == told[-1][1] > 1
    with pytest.raises(Cancelled):
        feasibility(twin, cancelled=lambda: True)
    with pytest.raises(InputError, match="--horizon"):
        feasibility(twin, 0)
    for wrong in ("nobody", "X-identity"):
        with pytest.raises(InputError, match="no process"):
            explain(twin, wrong)
