"""The sweep over all single losses says of each what the slow reference says of that one scenario."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from benchmarks.twins import organisation
from hypothesis import HealthCheck, given, settings

from holdfast.engine.cascade import cascade
from holdfast.engine.errors import InputError
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import read_twin
from holdfast.engine.weak_points import weak_points
from tests.engine.reference import cascade as reference_cascade
from tests.strategies import SeededDice, TwinMaker, cases, random_case

Json = dict[str, Any]
MODELS = 400
FIRST_SEED = 2_000_000
DURATIONS = (0.5, 1.0, 2.0, 5.0, 20.0)


def lost_alone(twin: Json, node: str, duration: float, horizon: float) -> Json:
    """What the reference says of the loss of one node, in the shape of an entry of the answer."""
    hit = {"node": node, "loss": 1, "start": 0, "duration": duration}
    answer = reference_cascade(twin, {"hits": [hit], "horizon": horizon})["nodes"]
    breached = sorted(key for key, value in answer.items() if value.get("mtpd_breached"))
    categories = sorted({name for n in twin["nodes"] for name in n.get("impact") or {}})
    return {
        "node": node,
        "breached": breached,
        "first_breach_at": min((answer[key]["breach_at"] for key in breached), default=None),
        "cost": {c: math.fsum(v.get("cost", {}).get(c, 0) for v in answer.values()) for c in categories},
    }


def differing(twin: Json, duration: float, horizon: float) -> list[tuple[Json, Json]]:
    """Entries that differ from the reference's; costs may by a billionth."""
    found = []
    for given_answer in weak_points(read_twin(json.dumps(twin)), duration, horizon).as_json()["nodes"]:
        wanted = lost_alone(twin, given_answer["node"], duration, horizon)
        costs, wanted_costs = given_answer["cost"], wanted["cost"]
        near = costs.keys() == wanted_costs.keys() and all(
            math.isclose(costs[c], wanted_costs[c], rel_tol=1e-9, abs_tol=1e-12) for c in costs
        )
        if not near or {**given_answer, "cost": None} != {**wanted, "cost": None}:
            found.append((given_answer, wanted))
    return found


def test_every_single_loss_equals_the_reference_on_random_models() -> None:
    """Processes breached, first breach and costs of every node of hundreds of models, pools and circles included."""
    losses = 0
    for seed in range(FIRST_SEED, FIRST_SEED + MODELS):
        twin, scenario = random_case(seed)
        horizon = min(scenario["horizon"], 100)  # the reference takes its time over rings without an end
        assert differing(twin, DURATIONS[seed % 5], horizon) == [], f"seed {seed}"
        losses += len(twin["nodes"])
    assert losses > 5 * MODELS


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases(most_nodes=7))
def test_every_single_loss_equals_the_reference_wherever_hypothesis_looks(case: tuple[Json, Json]) -> None:
    twin, scenario = case
    assert differing(twin, 2.0, min(scenario["horizon"], 50)) == []


@pytest.mark.parametrize(("seed", "duration"), [(3, 24.0), (4, 3.0), (5, 400.0)])
def test_every_single_loss_of_an_organisation_equals_its_own_cascade(seed: int, duration: float) -> None:
    """On generated organisations with the proportions of a real one, by whichever short cut each loss goes: long losses
    make more lists of changes and contend for pools, short ones are borne."""
    twin = read_twin(organisation(seed, 400))
    categories = ("financial", "people served")
    for point in weak_points(twin, duration):
        found = cascade(twin, Scenario([Hit(point.node, 1.0, 0.0, duration)])).summary
        ids = [twin.numbered_ids[k] for k in found.node[found.breached].tolist()]
        assert point.breached == sorted(ids)
        for category in categories:
            assert math.isclose(point.cost[category], float(found.cost[category].sum()), rel_tol=1e-9)


def test_every_single_loss_in_circles_equals_the_reference() -> None:
    """Rings, dense models and those in which pulses run round: what is told comes back to who told it."""
    for seed in range(FIRST_SEED, FIRST_SEED + 150):
        dice = SeededDice(seed)
        twin = TwinMaker(dice, shape=("ring", "dense", "back edges")[seed % 3], most_nodes=8, balanced=True).twin()
        assert differing(twin, DURATIONS[seed % 5], 40) == [], f"seed {seed}"


@pytest.mark.parametrize("steps", [2, 12, 13, 20])
def test_a_level_of_many_steps_and_a_curve_of_many_points_equal_the_reference(steps: int) -> None:
    """A root whose loss reaches a process by many ways, each later and deeper, and what the process passes on: more
    stretches than are told one by one, and more points than curves mostly have."""

    def requirement(supply: list[tuple[str, float]], tolerance: float) -> Json:
        edges = [{"node": node, "weight": weight} for node, weight in supply]
        needs = sum(weight for _, weight in supply)
        return {"needs": needs, "quorum": 0, "tolerance": tolerance, "supply": edges, "fallbacks": []}

    def process(name: str, requirements: list[Json], minimum: float) -> Json:
        curve = [[float(hours), float(hours * hours)] for hours in range(0, 40, 5)]
        node = {"id": name, "kind": "process", "restart": 1.0, "minimum_level": minimum, "mtpd": 8.0}
        return node | {"impact": {"financial": curve}, "requirements": requirements}

    ways = [f"way-{number:02d}" for number in range(steps)]
    plain: Json = {"kind": "equipment", "requirements": []}
    nodes: list[Json] = [{"id": name, "restart": 0.0, **plain} for name in ("root", "spare")]
    for number, way in enumerate(ways):
        requirements = [requirement([("root", 1.0)], float(number))]
        nodes.append({"id": way, "kind": "equipment", "restart": number / 2, "requirements": requirements})
    deeper = [
        requirement([(way, number + 1.0), ("spare", steps * 2.0 - number)], 0.0) for number, way in enumerate(ways)
    ]
    nodes += [process("first", deeper, 0.6), process("second", [requirement([("first", 1.0)], 2.0)], 0.9)]
    nodes.append(process("third", [requirement([("second", 1.0), ("spare", 1.0)], 1.0)], 1.0))
    assert differing({"nodes": nodes, "pools": []}, 30.0, 100.0) == []


def test_the_ranking_is_by_number_breached_then_cost_then_id() -> None:
    points = list(weak_points(read_twin(organisation(1, 400)), 48.0, category="people served"))
    keys = [(-len(p.breached), -p.cost["people served"], p.node) for p in points]
    assert keys == sorted(keys)
    assert len({p.node for p in points}) == 400
    assert points[0].breached
    assert not points[-1].breached


def test_the_answer_does_not_hang_on_the_number_of_workers() -> None:
    twin = read_twin(organisation(1, 6_000))
    one, three = (weak_points(twin, 24.0, workers=workers).as_json() for workers in (1, 3))
    assert one == three


def test_it_tells_how_far_it_is_and_can_be_stopped() -> None:
    twin = read_twin(organisation(1, 6_000))
    for workers in (1, 2):
        told: list[tuple[int, int]] = []
        weak_points(twin, 1.0, workers=workers, progress=lambda done, of, told=told: told.append((done, of)))  # type: ignore[misc]
        assert told[-1][0] == told[-1][1] > 1
        assert [done for done, _ in told] == sorted({done for done, _ in told})
        with pytest.raises(Cancelled):
            weak_points(twin, 1.0, workers=workers, cancelled=lambda told=told: len(told) > 0)  # type: ignore[misc]


def test_what_cannot_be_asked_is_refused_by_name() -> None:
    twin = read_twin(organisation(1, 200))
    for arguments, said in (
        ({"duration": 0.0}, "--duration"),
        ({"duration": 1.0, "horizon": -1.0}, "--horizon"),
        ({"duration": 1.0, "category": "mission"}, "one of financial, people served"),
    ):
        with pytest.raises(InputError, match=said):
            weak_points(twin, **arguments)  # type: ignore[arg-type]
    assert len(weak_points(read_twin({"nodes": []}), 1.0)) == 0
