"""The search for minimal sets, with all its short cuts, finds what trying every set of the whole twin finds."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

import pytest
from benchmarks.twins import organisation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.cascade import cascade
from holdfast.engine.errors import InputError
from holdfast.engine.minimal_sets import minimal_sets
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import Twin, read_twin
from tests.engine.reference import cascade as reference_cascade
from tests.strategies import SHAPES, SeededDice, TwinMaker, random_case, twins

Json = dict[str, Any]
MODELS = 250
POOLED_MODELS = 250
FIRST_SEED = 3_000_000
DURATIONS = (0.5, 1.0, 2.0, 5.0, 20.0)


def by_trying_all(twin: Twin, target: str, duration: float, order: int, horizon: float) -> list[list[str]]:
    """All sets of the whole twin, smallest first, none that holds one already found."""
    found: list[list[str]] = []
    ids = sorted(node.id for node in twin.nodes)
    for size in range(1, order + 1):
        for lost in itertools.combinations(ids, size):
            if any(set(one) <= set(lost) for one in found):
                continue
            answer = cascade(twin, Scenario([Hit(node, 1.0, 0.0, duration) for node in lost], horizon))
            if answer.processes[target].mtpd_breached:
                found.append(list(lost))
    return sorted(found, key=lambda ids: (len(ids), ids))


def targets(twin: Json) -> list[str]:
    return [n["id"] for n in twin["nodes"] if n["kind"] == "process" and n.get("mtpd") is not None]


def crowded(seed: int) -> tuple[Json, Json]:
    """A model in which most fallbacks claim one small pool, so that losses far from the target take its places."""
    maker = TwinMaker(SeededDice(seed), SHAPES[seed % 2], most_nodes=10)
    twin = maker.twin()
    twin["pools"] = [{"id": "seats", "capacity": [1, 2, 3][seed % 3]}]
    for n in twin["nodes"]:
        for k, g in enumerate(n["requirements"]):
            g.setdefault("fallbacks", [])
            if not g["fallbacks"]:
                g["fallbacks"] = [
                    {"id": f"{n['id']} {k}", "node": twin["nodes"][-1]["id"], "weight": g["needs"], "activation": 0.25}
                ]
            for fallback in g["fallbacks"]:
                fallback["pool"] = "seats"
                fallback["weight"] = max(1, fallback["weight"])
    return twin, {"horizon": 48}


@pytest.mark.parametrize(("roll", "models"), [(random_case, MODELS), (crowded, POOLED_MODELS)])
def test_minimal_sets_are_those_of_trying_all_sets(roll: Any, models: int) -> None:
    """Up to order three, on random models with fallbacks, circles and pools."""
    seen: Counter[Any] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + models):
        data, scenario = roll(seed)
        horizon, duration = min(scenario["horizon"], 100), DURATIONS[seed % 5]
        twin = read_twin(json.dumps(data))
        for target in targets(data)[:1]:
            found = minimal_sets(twin, target, duration, 3, horizon)
            assert found == by_trying_all(twin, target, duration, 3, horizon), f"seed {seed}, target {target}"
            seen.update(len(one) for one in found)
            seen["models"] += 1
    # The models must be worth comparing: each size of set is met.
    assert seen["models"] > models / 2
    assert min(seen[1], seen[2], seen[3]) > 10, seen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(twins(most_nodes=7), st.sampled_from(DURATIONS), st.data())
def test_minimal_sets_are_those_of_trying_all_wherever_hypothesis_looks(
    data: Json, duration: float, draw: st.DataObject
) -> None:
    processes = targets(data)
    if not processes:
        return
    target = draw.draw(st.sampled_from(processes))
    twin = read_twin(json.dumps(data))
    assert minimal_sets(twin, target, duration, 3, 40.0) == by_trying_all(twin, target, duration, 3, 40.0)


def test_each_set_breaches_in_the_reference_and_no_part_of_it_does() -> None:
    """Not only against the engine's own cascade."""
    checked = 0
    for seed in range(FIRST_SEED, FIRST_SEED + 60):
        data, _ = crowded(seed)
        for target in targets(data)[:1]:
            for lost in minimal_sets(read_twin(json.dumps(data)), target, 2.0, 3, 48.0):
                for size in range(1, len(lost) + 1):
                    for some in itertools.combinations(lost, size):
                        hits = [{"node": node, "loss": 1, "start": 0, "duration": 2.0} for node in some]
                        answer = reference_cascade(data, {"hits": hits, "horizon": 48})["nodes"][target]
                        assert answer["mtpd_breached"] == (size == len(lost)), (seed, target, some)
                        checked += 1
    assert checked > 100


def test_pairs_of_an_organisation_are_those_of_trying_all_pairs() -> None:
    """A process whose fallback claims seats of a pool that its neighbours claim too."""
    twin = read_twin(organisation(2, 200))
    claiming = [n for n in twin.nodes if any(f.pool for r in n.requirements for f in r.fallbacks)]
    target = min(claiming, key=lambda n: n.mtpd or 0).id
    found = minimal_sets(twin, target, 168.0, 2)
    assert found == by_trying_all(twin, target, 168.0, 2, 2_160.0)
    assert {len(lost) for lost in found} == {1, 2}


def test_the_answer_does_not_hang_on_the_number_of_workers_and_can_be_stopped() -> None:
    twin = read_twin(organisation(1, 400))
    process = next(node.id for node in twin.nodes if node.kind == "process" and len(node.requirements) > 3)
    told: list[tuple[int, int]] = []
    one = minimal_sets(twin, process, 24.0, 2, workers=1, progress=lambda done, of: told.append((done, of)))
    assert one == minimal_sets(twin, process, 24.0, 2, workers=3)
    assert told
    assert told[-1][0] == told[-1][1]
    with pytest.raises(Cancelled):
        minimal_sets(twin, process, 24.0, 2, cancelled=lambda: True)


def test_what_cannot_be_asked_is_refused_by_name() -> None:
    twin = read_twin({"nodes": [{"id": "p", "kind": "process"}, {"id": "x", "kind": "record"}]})
    for arguments, said in (
        (("q", 1.0, 2), "no node “q”"),
        (("x", 1.0, 2), "wanted a process"),
        (("p", 1.0, 0), "--order"),
        (("p", 1.0, 9), "--order"),
        (("p", -1.0, 2), "--duration"),
    ):
        with pytest.raises(InputError, match=said):
            minimal_sets(twin, *arguments)
    assert minimal_sets(twin, "p", 1.0, 2) == []  # without an MTPD nothing is breached
