"""Waves of absence: cut into days exactly, and judged by the cascade as the slow reference does it."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.absence import Wave, absence, absent_shares, read_waves, scenario_of
from holdfast.engine.cascade import cascade
from holdfast.engine.errors import InputError
from holdfast.engine.scenario import read_scenario
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import read_twin
from tests.engine.reference_absence import absence as reference_absence
from tests.engine.reference_absence import mean
from tests.strategies import Dice, HypothesisDice, SeededDice, TwinMaker

Json = dict[str, Any]
MODELS = 120
FIRST_SEED = 8_000_000


def roll_wave(dice: Dice) -> Json:
    lengths = [dice.pick([0, 0.5, 1, 1.3, 2]) for _ in range(3)]
    if not sum(lengths):
        lengths[1] = 1
    return {
        "sites": dice.pick([None, None, ["north"], ["north", "south"]]),
        "start": dice.pick([0, 0, 0.1, 1, 1.5]),
        "ramp": lengths[0],
        "peak": dice.pick([0.3, 0.5, 1, dice.whole(1, 1_000) / 1_000]),
        "plateau": lengths[1],
        "decline": lengths[2],
    }


def roll_absence(dice: Dice, most_nodes: int = 9) -> tuple[Json, Json]:
    """A twin with people at two sites and at none, and one to three waves."""
    maker = TwinMaker(dice, dice.pick(["acyclic", "acyclic", "back edges", "dense"]), most_nodes)
    maker.unit = dice.pick([1, 24, 24])
    twin = maker.twin()
    for k, node in enumerate(twin["nodes"]):
        node |= dice.pick([{}, {"site": "north"}, {"site": "south"}])
        if k % 2 and node["kind"] != "process":
            node["kind"] = "people"
    twin["nodes"].append({"id": "kept there", "kind": "facility", "site": "north", "requirements": []})
    twin["nodes"].append({"id": "kept here", "kind": "facility", "site": "south", "requirements": []})
    return twin, {"waves": [roll_wave(dice) for _ in range(dice.whole(1, 3))], "horizon": dice.pick([1, 3, 4.5, 6])}


def told(twin: Json, waves: Json) -> Json:
    read = read_twin(json.dumps(twin))
    answer = absence(read, read_waves(json.dumps(waves), read)).as_json()
    return {key: answer[key] for key in ("processes", "sites")}


def test_everything_equals_the_reference_on_random_models() -> None:
    """Levels, weeks, breaches, fallbacks or none, each site alone, and the curves of staff present."""
    seen: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + MODELS):
        twin, waves = roll_absence(SeededDice(seed))
        answer = told(twin, waves)
        assert answer == reference_absence(twin, waves), f"seed {seed}"
        seen["processes"] += len(answer["processes"])
        seen["below"] += sum(one["weeks_below"] > 0 for one in answer["processes"])
        seen["helped by fallbacks"] += sum(
            one["weeks_below"] < one["without_fallbacks"]["weeks_below"] for one in answer["processes"]
        )
        seen["breached"] += sum(one["mtpd_breached"] for one in answer["processes"])
        seen["sites"] += len(answer["sites"])
    print(f"{MODELS} random models compared, all equal: {dict(seen)}")
    assert min(seen["below"], seen["sites"]) > 50, seen
    assert min(seen["helped by fallbacks"], seen["breached"]) > 5, seen


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.builds(lambda data: roll_absence(HypothesisDice(data.draw), 5), st.data()))
def test_everything_equals_the_reference_wherever_hypothesis_looks(case: tuple[Json, Json]) -> None:
    twin, waves = case
    assert told(twin, waves) == reference_absence(twin, waves)


LENGTHS = st.floats(0, 6, allow_subnormal=False) | st.integers(0, 4).map(float)


@settings(deadline=None)
@given(st.builds(Wave, st.none(), LENGTHS, LENGTHS, st.floats(0.001, 1), LENGTHS, LENGTHS))
def test_a_day_has_the_mean_of_the_wave_and_no_day_of_absence_is_lost(wave: Wave) -> None:
    days = absent_shares([wave], 24 * 7 + 1)
    plain = msgspec.to_builtins(wave)
    assert days == [round(mean(plain, day) * 1_000_000) for day in range(len(days))]
    in_all = Fraction(wave.peak) * 7 * (Fraction(wave.ramp) / 2 + Fraction(wave.plateau) + Fraction(wave.decline) / 2)
    assert sum(mean(plain, day) for day in range(len(days))) == in_all


def test_waves_at_one_site_add_up_to_everybody_at_the_most() -> None:
    waves = [Wave(None, 0, 0, 0.7, 2, 0), Wave(None, 1, 0, 0.5, 2, 0)]
    assert absent_shares(waves, 22) == [700_000] * 7 + [1_000_000] * 7 + [500_000] * 7 + [0]


def test_the_scenario_written_out_is_the_one_that_was_judged() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + 30):
        data, waves = roll_absence(SeededDice(seed))
        twin = read_twin(json.dumps(data))
        read = read_waves(json.dumps(waves), twin)
        written = json.dumps(msgspec.to_builtins(scenario_of(twin, read)))
        answer = absence(twin, read)
        assert cascade(twin, read_scenario(written, twin)).as_json() == answer.cascade.as_json()


def test_it_tells_how_far_it_is_and_can_be_stopped() -> None:
    data, waves = roll_absence(SeededDice(FIRST_SEED))
    twin = read_twin(data)
    read = read_waves(waves, twin)
    steps: list[tuple[int, int]] = []
    one = absence(twin, read, workers=1, progress=lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1] > 1
    assert one.as_json() == absence(twin, read, workers=3).as_json()
    with pytest.raises(Cancelled):
        absence(twin, read, cancelled=lambda: True)


WAVE: Json = {"sites": None, "start": 0, "ramp": 1, "peak": 0.5, "plateau": 1, "decline": 1}


@pytest.mark.parametrize(
    ("waves", "said"),
    [
        ({"waves": [WAVE | {"sites": ["moon"]}]}, r"waves\[0\].sites\[0\]: no node of twin.json is at a site “moon”"),
        ({"waves": [WAVE, WAVE | {"peak": 1.5}]}, r"waves\[1\].peak: wanted a number above 0 and at most 1"),
        ({"waves": [WAVE | {"ramp": -1}]}, r"waves\[0\].ramp: wanted a number of 0 or more"),
        ({"waves": [WAVE | {"ramp": 0, "plateau": 0, "decline": 0}]}, r"waves\[0\]: wanted a ramp, a plateau"),
        ({"waves": [{"start": 1}]}, r"waves\[0\].sites: is missing"),
        ({"waves": [WAVE | {"peak": "half"}]}, r"waves\[0\].peak: wanted a number, got a text"),
        ({"waves": [WAVE], "horizon": 0}, "horizon: wanted a number above 0"),
        ({}, "waves: is missing"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(waves: Json, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_waves(waves, read_twin({"nodes": [{"id": "staff", "kind": "people", "site": "north"}]}), "waves.json")
