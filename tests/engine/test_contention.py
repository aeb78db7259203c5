"""Who claims which places, how many are missing, whose MTPD it costs: as the slow reference says, trying all."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.cascade import cascade
from holdfast.engine.contention import Contentions, contention
from holdfast.engine.scenario import read_scenario
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import read_twin
from tests.engine.reference_contention import breached, with_capacity
from tests.engine.reference_contention import contention as reference_contention
from tests.strategies import Dice, HypothesisDice, SeededDice, TwinMaker, roll_scenario

Json = dict[str, Any]
MODELS = 200
FIRST_SEED = 7_000_000


def roll_crowded(dice: Dice, most_nodes: int = 8) -> tuple[Json, Json]:
    """A model whose fallbacks crowd one or two small pools, in units so small that every capacity can be tried."""
    maker = TwinMaker(dice, dice.pick(["acyclic", "acyclic", "back edges", "dense"]), most_nodes)
    twin = maker.twin()
    twin["pools"] = [{"id": f"pool {n}", "capacity": dice.whole(0, 6) / 1_000} for n in range(dice.whole(1, 2))]
    for node in twin["nodes"]:
        if node["kind"] == "process":
            node["mtpd"] = dice.whole(1, 4) * maker.unit
        for k, g in enumerate(node["requirements"]):
            g["supply"] = [{"node": s["node"], "weight": dice.whole(1, 5) / 1_000} for s in g["supply"]]
            most = sum(round(s["weight"] * 1_000) for s in g["supply"])
            g["needs"] = dice.whole(max(1, most - 2), most) / 1_000
            g["quorum"] = g["needs"] if dice.chance(15) else 0
            if dice.chance(60) and not g.get("fallbacks"):
                provider = dice.pick(maker.ids if maker.shape != "acyclic" else [maker.ids[-1]])
                activation = dice.whole(0, 2) * maker.unit
                g["fallbacks"] = [{"id": f"{node['id']} {k}", "node": provider, "activation": activation}]
            for fallback in g.get("fallbacks", []):
                fallback["weight"] = dice.whole(1, 6) / 1_000
                fallback["pool"] = dice.pick(twin["pools"])["id"]
    scenario = roll_scenario(dice, maker.ids, maker.unit)
    scenario["horizon"] = min(scenario["horizon"], 48 * maker.unit)
    return twin, scenario


def told(found: Contentions, k: int = 0) -> list[Json]:
    """The engine's answer on one scenario as the reference writes it."""
    return [
        {
            "pool": d.pool,
            "claims": [[u.fallback, u.node, u.weight, u.granted, [list(span) for span in u.on]] for u in d.uses],
            "curve": [list(step) for step in d.curve],
            "short_for": d.short_for,
            "shortfall": d.shortfall,
            "victims": [[v.process, v.breach_at / 3_600, v.enough] for v in d.victims],
            "enough": d.enough,
            "worsened": d.worsened,
        }
        for d in found.demands[k]
    ]


def plain(entries: list[Json]) -> list[Json]:
    """Without the steps at which nothing turns: the reference looks at every instant it knows of."""
    for entry in entries:
        steps = entry["curve"]
        entry["curve"] = [s for n, s in enumerate(steps) if not n or s[1:] != steps[n - 1][1:]]
    return entries


def engine(twin: Json, *scenarios: Json) -> Contentions:
    read = read_twin(json.dumps(twin))
    return contention(read, [read_scenario(json.dumps(one), read) for one in scenarios])


def test_every_pool_equals_the_reference_on_random_models() -> None:
    """Claims with their times, the curve, its peak and length, the victims, and the smallest capacity of all tried."""
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + MODELS):
        twin, scenario = roll_crowded(SeededDice(seed))
        found = engine(twin, scenario)
        assert plain(told(found)) == plain(reference_contention(twin, scenario)), f"seed {seed}"
        for d in found.demands[0]:
            assert d.exact
            seen["pools"] += 1
            seen["short"] += d.shortfall > 0
            seen["victims"] += len(d.victims)
            seen["fewer than all"] += d.enough is not None and d.enough < sum(u.weight for u in d.uses)
            seen["refused and never short"] += bool(d.refused) and not d.shortfall
    print(f"{MODELS} random models compared, all equal: {dict(seen)}")
    assert seen["pools"] > 100
    assert seen["victims"] > 15, seen
    assert seen["fewer than all"] > 5, seen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.builds(lambda data: roll_crowded(HypothesisDice(data.draw), 5), st.data()))
def test_every_pool_equals_the_reference_wherever_hypothesis_looks(case: tuple[Json, Json]) -> None:
    twin, scenario = case
    assert plain(told(engine(twin, scenario))) == plain(reference_contention(twin, scenario))


def test_the_capacity_for_all_scenarios_is_the_smallest_that_does_in_each() -> None:
    compared = 0
    for seed in range(FIRST_SEED, FIRST_SEED + MODELS):
        dice = SeededDice(seed)
        twin, one = roll_crowded(dice)
        two = roll_scenario(dice, [n["id"] for n in twin["nodes"]], 1) | {"horizon": one["horizon"]}
        found = engine(twin, one, two)
        for need in found.pools:
            spared = [
                {v.process for d in demands if d.pool == need.pool for v in d.victims} for demands in found.demands
            ]
            assert need.scenarios == [k for k, them in enumerate(spared) if them]
            if need.enough is None:
                assert not any(spared)
                continue
            most = sum(
                round(f["weight"] * 1_000)
                for n in twin["nodes"]
                for g in n["requirements"]
                for f in g.get("fallbacks", [])
                if f["pool"] == need.pool
            )
            assert need.enough == min(
                c
                for c in range(need.capacity + 1, most + 1)
                if all(
                    not them & set(breached(with_capacity(twin, need.pool, c), scenario))
                    for scenario, them in zip((one, two), spared, strict=True)
                )
            )
            compared += 1
    assert compared > 15, compared


def test_asking_leaves_the_twin_as_it_was() -> None:
    twin, scenario = next(
        case for case in (roll_crowded(SeededDice(seed)) for seed in range(99)) if engine(*case).pools[0].enough
    )
    read = read_twin(json.dumps(twin))
    question = read_scenario(json.dumps(scenario), read)
    before = cascade(read, question).as_json()
    contention(read, [question])
    assert cascade(read, question).as_json() == before


def test_it_tells_how_far_it_is_and_can_be_stopped() -> None:
    twin, scenario = roll_crowded(SeededDice(1))
    read = read_twin(json.dumps(twin))
    question = read_scenario(json.dumps(scenario), read)
    steps: list[tuple[int, int]] = []
    contention(read, [question, question], progress=lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1] > 1
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    with pytest.raises(Cancelled):
        contention(read, [question], cancelled=lambda: True)
    assert contention(read, []).demands == []
