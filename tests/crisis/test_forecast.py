"""The forecast, against what the engine itself answers, read slowly and plainly."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.crisis.picture.forecast import Question, forecast, input_hash, model_of
from holdfast.crisis.picture.outs import Out, Seen, chance, drawn_hits, hits, with_seen
from holdfast.crisis.picture.runs import NEVER, Read, rank, spread
from holdfast.engine.cascade import cascade
from holdfast.engine.sampling import Years
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.twin import read_twin
from tests.strategies import twins

ZERO = datetime(2026, 11, 28, 6, tzinfo=UTC)
HOUR = 3600


def process(key: str, *needs: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "kind": "process",
        "name": f"The {key}",
        "requirements": [{"needs": 1, "supply": [{"node": one, "weight": 1}]} for one in needs],
        **more,
    }


def thing(key: str, *needs: str, kind: str = "application", **more: Any) -> dict[str, Any]:
    return {**process(key, *needs), "kind": kind, **more}


def model(*nodes: dict[str, Any], pools: list[dict[str, Any]] | None = None) -> Any:
    built = {"nodes": list(nodes), "pools": pools or []}
    return model_of(built, read_twin(built), {"financial": {"name": "Financial", "unit": "USD"}})


def out(
    node: str, since: float = 0, until: Any = None, *, loss: float = 1.0, certainty: str = "sure", **more: Any
) -> Out:
    """Times in hours; `until` is one end, or (earliest, likeliest, latest)."""
    low, best, high = until if isinstance(until, tuple) else (until, until, until)
    seconds = [None if end is None else round(end * HOUR) for end in (low, best, high)]
    return Out(f"o-{node}-{since}", node, loss, certainty, round(since * HOUR), *seconds, **more)


def asked(outs: list[Out], now: float = 0, seen: list[Seen] | None = None, seed: int = 7) -> Question:
    return Question(outs, seen or [], ZERO, ZERO + timedelta(hours=now), seed)


def told(model: Any, outs: list[Out], now: float = 0, key: str = "pay", **more: Any) -> dict[str, Any]:
    answer = forecast(model, asked(outs, now, **more), draws=40).answer
    return next(one for one in answer["processes"] if one["key"] == key)


def at(hours: float) -> str:
    return (ZERO + timedelta(hours=hours)).isoformat()


PAY = process("pay", "system", rto=4, mtpd=24, impact={"financial": [[0, 0], [10, 100], [20, 400]]}, tags=["function"])
PAYMENTS = model(PAY, thing("system"))


def test_it_says_when_the_limit_breaches_and_what_binds_it() -> None:
    pay = told(PAYMENTS, [out("system", 1, 30)], now=5)
    assert (pay["first_down"], pay["back_at"]) == (at(1), at(30))
    assert pay["down_now"] and pay["level"] == 0 and pay["down_since"] == at(1)
    assert (pay["rto_at"], pay["limit_at"], pay["breach_at"]) == (at(5), at(25), at(25))
    assert pay["rto_missed"] and not pay["breached"]
    assert [(step["node"], step["name"]) for step in pay["chain"]] == [("pay", "The pay"), ("system", "The system")]


def test_what_is_back_in_time_breaches_nothing_but_its_clock_still_runs() -> None:
    pay = told(PAYMENTS, [out("system", 0, 20)], now=2)
    assert pay["breach_at"] is None and pay["breach_chance"] == 0
    assert pay["limit_at"] == at(24) and pay["back_at"] == at(20)


def test_an_open_outage_has_no_end() -> None:
    pay = told(PAYMENTS, [out("system")], now=2)
    assert pay["back_at"] is None and pay["breach_at"] == at(24) and pay["breach_low"] == pay["breach_high"] == at(24)


def test_an_outage_since_before_the_incident_counts_from_when_it_began() -> None:
    """Zero is the first outage, so the clock has run for 20 hours when the incident begins at hour 20."""
    pay = told(PAYMENTS, [out("system", 0)], now=20)
    assert pay["limit_at"] == at(24) and pay["down_since"] == at(0)


def test_rto_0_is_missed_at_once_and_a_missing_limit_never() -> None:
    one = model(process("pay", "system", rto=0), thing("system"))
    pay = told(one, [out("system", 0, 1)], now=0)
    assert pay["rto_missed"] and pay["rto_at"] == at(0)
    assert pay["mtpd"] is None and pay["limit_at"] is None and pay["breach_at"] is None


def test_an_mtpd_below_the_rto_is_told_as_a_contradiction_and_both_are_reckoned() -> None:
    one = model(process("pay", "system", rto=24, mtpd=4), thing("system"))
    pay = told(one, [out("system", 0, 10)], now=5)
    assert pay["contradiction"] and pay["breached"] and pay["breach_at"] == at(4)
    assert not pay["rto_missed"] and not pay["rto_will_be_missed"] and pay["rto_at"] == at(24)


def test_a_loss_of_0_3_leaves_7_tenths() -> None:
    one = model({**PAY, "minimum_level": 0.7}, thing("system"))
    pay = told(one, [out("system", 0, 10, loss=0.3)], now=1)
    assert pay["level"] == 0.7 and not pay["down_now"] and pay["first_down"] is None
    strict = model({**PAY, "minimum_level": 0.71}, thing("system"))
    assert told(strict, [out("system", 0, 10, loss=0.3)], now=1)["down_now"]


def test_of_overlapping_outages_of_one_node_the_worse_holds() -> None:
    one = model({**PAY, "minimum_level": 0.5}, thing("system"))
    outs = [out("system", 0, 40, loss=0.4), out("system", 2, loss=0.8, ended=6 * HOUR)]
    pay = told(one, outs, now=8)
    assert pay["level"] == 0.6 and [one["end"] for one in pay["outages"]] == [at(6)]
    assert told(one, [outs[0], out("system", 2, 6, loss=0.8)], now=3)["level"] == 0.2


def test_an_estimate_that_has_passed_says_nothing_until_somebody_says_more() -> None:
    """It was to be back at hour 3, it is hour 5, and nobody has said that it works."""
    pay = told(PAYMENTS, [out("system", 0, 3)], now=5)
    assert pay["down_now"] and pay["back_at"] is None and pay["breach_at"] == at(24)
    answer = forecast(PAYMENTS, asked([out("system", 0, 3)], 5), draws=8).answer
    assert answer["out"][0]["overdue"] and answer["out"][0]["until_likely"] is None


def test_once_the_likeliest_end_has_passed_the_latest_stands_for_it() -> None:
    assert out("system", 0, (1, 3, 10)).ends(5 * HOUR) == (5 * HOUR, 10 * HOUR, 10 * HOUR)
    assert out("system", 0, (1, 7, 10)).ends(5 * HOUR) == (5 * HOUR, 7 * HOUR, 10 * HOUR)


def test_not_before_is_an_end_at_the_earliest_and_open_otherwise() -> None:
    early = out("system", 0, (8, None, None))
    assert early.ends(0) == (8 * HOUR, None, None)
    pay = told(PAYMENTS, [early], now=1)
    assert pay["breach_at"] == at(24) and pay["breach_if_sure"] is None


def test_what_has_ended_is_history_and_still_costs() -> None:
    pay = told(PAYMENTS, [out("system", 0, (1, 2, 3), ended=15 * HOUR)], now=30)
    assert not pay["down_now"] and pay["first_down"] == at(0)
    assert pay["cost"]["financial"] == {"so_far": 250.0, "expected": 250.0}


def test_cost_so_far_is_that_of_the_hours_gone_and_expected_that_of_the_whole_course() -> None:
    """By the curve 0 → 0, 10 → 100, 20 → 400: 5 h cost 50, 15 h cost 250. docs/methods/forecast.md has the same."""
    answer = forecast(PAYMENTS, asked([out("system", 0, 15)], 5), draws=20).answer
    cost = answer["cost"]["financial"]
    assert (cost["so_far"], cost["expected"], cost["low"], cost["high"]) == (50.0, 250.0, 250.0, 250.0)
    assert cost["unit"] == "USD"


def test_the_range_is_the_10th_to_the_90th_percentile_of_the_draws() -> None:
    """Of 40 draws in order the 4th and the 36th."""
    assert (rank(40, 10), rank(40, 90), rank(1, 10), rank(10, 90)) == (3, 35, 0, 8)
    slow = out("system", 0, (10, 20, 40))
    pay = told(PAYMENTS, [slow], now=0)
    ends = sorted(slow.drawn(0, 7, draw) or 0 for draw in range(40))
    assert (pay["back_low"], pay["back_high"]) == (at(ends[3] / HOUR), at(ends[35] / HOUR))
    breaches = [24 if end > 24 * HOUR else math.inf for end in ends]
    assert pay["breach_chance"] == sum(one < math.inf for one in breaches) / 40
    assert pay["breach_low"] == at(24) and pay["breach_high"] is None


def test_what_is_not_known_to_be_out_is_no_part_of_the_likely_course_but_may_breach() -> None:
    pay = told(PAYMENTS, [out("system", 0, certainty="unknown")], now=1)
    assert pay["breach_at"] is None and not pay["down_now"]
    assert 0.2 < pay["breach_chance"] < 0.8 and pay["breach_low"] == at(24) and pay["breach_high"] is None
    assert pay["breach_if_sure"] is None and pay["breach_if_all"] == at(24)


def test_draws_hang_on_their_address_alone() -> None:
    """Another outage moves nobody else's draw, and things reported together share theirs."""
    one, other = out("system", 0, (1, 5, 9), shared="a"), out("desk", 0, (1, 5, 9), shared="a")
    alone = out("third", 0, (1, 5, 9), shared="b")
    draws = range(50)
    assert [one.drawn(0, 1, d) for d in draws] == [other.drawn(0, 1, d) for d in draws]
    assert [one.drawn(0, 1, d) for d in draws] != [alone.drawn(0, 1, d) for d in draws]
    assert chance(1, "until", "a", 3) == chance(1, "until", "a", 3) != chance(2, "until", "a", 3)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 45), st.integers(0, 999))
def test_a_drawn_end_lies_within_the_estimate_and_not_in_the_past(a: int, b: int, c: int, now: int, draw: int) -> None:
    low, best, high = sorted((a + 1, b + 1, c + 1))
    end = out("system", 0, (low, best, high)).drawn(now * HOUR, 3, draw)
    if high < now:
        assert end is None
    else:
        assert end is not None and max(low, now) * HOUR <= end <= high * HOUR


def test_the_drawn_ends_have_the_mean_of_the_triangle() -> None:
    ends = [out("system", 0, (6, 12, 30)).drawn(0, 5, draw) or 0 for draw in range(4000)]
    assert sum(ends) / 4000 / HOUR == pytest.approx((6 + 12 + 30) / 3, abs=0.4)


def test_strategies_in_use_with_their_endurance() -> None:
    spare = {
        "id": "by-hand",
        "node": "desk",
        "weight": 1,
        "activation": 2,
        "endurance": 10,
        "strategy": "alternate_means",
    }
    pay = process("pay", "system", mtpd=24)
    pay["requirements"][0]["fallbacks"] = [spare | {"name": "Payments by hand"}]
    one = model(pay, thing("system"), thing("desk", kind="people"))
    found = told(one, [out("system", 0, 60)], now=5)
    (using,) = found["using"]
    assert (using["fallback"], using["name"], using["provider"]) == ("by-hand", "Payments by hand", "desk")
    assert using["on"] and using["since"] == at(2) and using["ends_at"] == at(12) and using["runs_out"]
    assert found["level"] == 1 and found["breach_at"] == at(12 + 24)


def test_contention_names_who_gets_less_and_whose_limit_it_costs() -> None:
    def office(key: str, rank: int) -> dict[str, Any]:
        made = process(key, "house", mtpd=24, priority=rank)
        seats = {"id": f"{key}-seats", "node": "school", "weight": 1, "pool": "seats", "strategy": "alternate_site"}
        made["requirements"][0]["fallbacks"] = [seats]
        return made

    one = model(
        office("first", 1), office("second", 2), thing("house", kind="facility"), thing("school", kind="facility"),
        pools=[{"id": "seats", "capacity": 1, "name": "Seats at the school", "unit_of_measure": "seats"}],
    )  # fmt: skip
    answer = forecast(one, asked([out("house")], 1), draws=10).answer
    (pool,) = answer["contentions"]
    assert (pool["name"], pool["capacity"], pool["short_by"], pool["enough"]) == ("Seats at the school", 1, 1, 2)
    assert [(claim["node"], claim["granted"]) for claim in pool["claims"]] == [("first", 1), ("second", 0)]
    assert [one["key"] for one in pool["costs_mtpd_of"]] == ["second"]


def test_what_to_restore_first_is_what_spares_most() -> None:
    one = model(
        process("pay", "system", mtpd=24, tags=["function"]), process("post", "printer", mtpd=24),
        thing("system"), thing("printer"),
    )  # fmt: skip
    answer = forecast(one, asked([out("printer"), out("system")], 5), draws=10).answer
    assert [(gain["nodes"], gain["spares"]) for gain in answer["restore_first"]] == [
        (["system"], ["pay"]), (["printer"], ["post"]),
    ]  # fmt: skip
    assert answer["restore_first"][0]["hours"] == 2160 - 5


def test_what_helps_only_together_is_named_together() -> None:
    one = model(process("pay", "system", "hall", mtpd=24, tags=["function"]), thing("system"), thing("hall"))
    answer = forecast(one, asked([out("hall"), out("system")], 5), draws=10).answer
    assert [(gain["nodes"], gain["functions"]) for gain in answer["restore_first"]] == [(["hall", "system"], 1)]


def test_two_that_wait_for_each_other_are_named_as_a_deadlock() -> None:
    one = model(
        process("pay", "system", mtpd=24), thing("system", "network", restart=1), thing("network", "system", restart=1)
    )
    answer = forecast(one, asked([out("network", 0, 2)], 5), draws=5).answer
    assert [[each["node"] for each in group] for group in answer["deadlocks"]] == [["network", "system"]]


def test_a_process_seen_worse_than_forecast_is_reckoned_as_it_was_seen() -> None:
    seen = [Seen("pay", 0.5, 2 * HOUR)]
    pay = told(PAYMENTS, [], now=3, seen=seen)
    assert pay["level"] == 0.5 and pay["down_now"] and pay["breach_at"] == at(26)


def test_a_process_seen_better_than_forecast_is_shown_as_a_difference() -> None:
    answer = forecast(PAYMENTS, asked([out("system")], 3, [Seen("pay", 0.9, 2 * HOUR)]), draws=5).answer
    (seen,) = answer["observed"]
    assert (seen["level"], seen["forecast"], seen["differs"], seen["used"]) == (0.9, 0, "higher", False)
    assert answer["processes"][0]["down_now"]


def test_an_observation_holds_until_the_next_one() -> None:
    pay = told(PAYMENTS, [], now=9, seen=[Seen("pay", 0.5, 2 * HOUR), Seen("pay", 1.0, 6 * HOUR)])
    assert pay["level"] == 1 and [one["end"] for one in pay["outages"]] == [at(6)]


def test_a_thing_seen_to_work_in_part_has_lost_the_rest_from_then_on() -> None:
    outs = with_seen([out("system", 0, 40)], [Seen("system", 0.6, 4 * HOUR)])
    assert [(one.loss, one.since, one.ended, one.likely) for one in outs] == [
        (1.0, 0, 4 * HOUR, None), (pytest.approx(0.4), 4 * HOUR, None, 40 * HOUR),
    ]  # fmt: skip


def test_what_is_not_in_the_model_is_said_and_harms_nothing() -> None:
    answer = forecast(PAYMENTS, asked([out("gone"), out("system")], 1), draws=5).answer
    assert answer["not_in_model"] == ["gone"] and [one["node"] for one in answer["out"]] == ["system"]


def test_with_nothing_out_every_critical_function_works() -> None:
    answer = forecast(PAYMENTS, asked([], 1), draws=5).answer
    (pay,) = answer["processes"]
    assert pay["level"] == 1 and not pay["down_now"] and pay["limit_at"] is None and pay["breach_chance"] == 0
    assert answer["restore_first"] == [] and answer["count"]["functions"]["down"] == 0


def test_the_horizon_stays_ahead_of_a_long_incident() -> None:
    assert asked([], 0).horizon == 2160 * HOUR
    assert asked([], 1440).horizon == 2160 * HOUR
    assert asked([], 1441).horizon == 2880 * HOUR


SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[str, Any], list[Out], int]:
    built = draw(twins(most_nodes=9))
    ids = [node["id"] for node in built["nodes"]]
    now = draw(st.integers(0, 30)) * 1800
    outs = []
    for k in range(draw(st.integers(0, 4))):
        since = draw(st.integers(0, 20)) * 1800
        ends = sorted(draw(st.lists(st.integers(1, 60), min_size=3, max_size=3)))
        low, best, high = draw(st.sampled_from([(None,) * 3, (since + ends[0] * 900,) * 3,
                                                tuple(since + end * 900 for end in ends)]))  # fmt: skip
        ended = draw(st.sampled_from([None, None, now])) if now > since else None
        loss, sure = draw(st.sampled_from([1.0, 1.0, 0.5, 0.3])), draw(st.sampled_from(["sure", "likely", "unknown"]))
        shared = draw(st.sampled_from(["", "r1"]))
        outs.append(Out(f"o{k}", draw(st.sampled_from(ids)), loss, sure, since, low, best, high, ended, shared))
    return built, outs, now


@given(situations())
@SLOW
def test_every_figure_is_the_engines_own(case: tuple[dict[str, Any], list[Out], int]) -> None:
    """Level, limits, range, cost: read off the whole answer of the cascade, one run after the other."""
    built, outs, now = case
    made = model_of(built, twin := read_twin(built), {})
    seed, draws = 11, 7
    question = Question(outs, [], ZERO, ZERO + timedelta(seconds=now), seed)
    answer = forecast(made, question, draws).answer
    horizon = question.horizon / HOUR

    def plainly(given: list[Hit], of: dict[str, Any] = built) -> dict[str, Any]:
        return cascade(read_twin(of), Scenario(given, horizon)).as_json()["nodes"]

    likely = plainly(hits(outs, "likely", now))
    runs = []
    for draw in range(draws):
        drawn = Years(twin, []).draw(seed, draw)
        own = deepcopy(built)
        for node in own["nodes"]:
            node["restart"] = (
                drawn.restarts.get(node["id"], -1) / HOUR if node["id"] in drawn.restarts else node.get("restart", 0)
            )
            for fallback in (f for r in node["requirements"] for f in r.get("fallbacks", [])):
                if fallback["id"] in drawn.activations:
                    fallback["activation"] = drawn.activations[fallback["id"]] / HOUR
        runs.append(plainly(drawn_hits(outs, now, seed, draw), own))
    hours = now / HOUR
    for told in answer["processes"]:
        read = likely[told["key"]]
        assert told["level"] == [level for time, level in read["level"] if time <= hours][-1]
        assert told["down_now"] == any(one["start"] <= hours < one["end"] for one in read["outages"])
        assert told["first_down"] == moment(read["first_down"])
        assert told["breach_at"] == moment(read["breach_at"])
        assert told["rto_will_be_missed"] == read["rto_missed"]
        breaches = sorted(
            math.inf if run[told["key"]]["breach_at"] is None else run[told["key"]]["breach_at"] for run in runs
        )
        assert (told["breach_low"], told["breach_high"]) == (moment(breaches[0]), moment(breaches[6]))
        assert told["breach_chance"] == round(sum(one < math.inf for one in breaches) / draws, 4)
        for category, cost in told["cost"].items():
            assert cost["expected"] == pytest.approx(read["cost"][category], rel=1e-9, abs=1e-9)
    untold = {key for key, node in likely.items() if "outages" in node} - {one["key"] for one in answer["processes"]}
    for key in untold:
        assert likely[key]["outages"] == [] and all(run[key]["breach_at"] is None for run in runs)
    for gain in answer["restore_first"]:
        back = set(gain["nodes"])
        cut = []
        for hit in hits(outs, "likely", now):
            end = math.inf if hit.duration is None else hit.start + hit.duration
            if hit.node in back:
                end = min(end, hours)
            if end > hit.start:
                cut.append(Hit(hit.node, hit.loss, hit.start, None if end == math.inf else end - hit.start))
        then = plainly(cut)
        spared = {
            node.id for node in twin.nodes
            if node.kind == "process" and ahead(node, likely, hours) and not ahead(node, then, hours)
        }  # fmt: skip
        assert set(gain["spares"]) == spared


def ahead(node: Any, nodes: dict[str, Any], now: float) -> bool:
    """Whether an outage breaches the MTPD of a node after now."""
    mtpd = math.inf if node.mtpd is None else round(node.mtpd * HOUR)
    return any(
        round((one["end"] - one["start"]) * HOUR) > mtpd and round(one["start"] * HOUR) + mtpd > round(now * HOUR)
        for one in nodes[node.id]["outages"]
    )


def moment(hours: float | None) -> str | None:
    if hours is None or hours == math.inf:
        return None
    return (ZERO + timedelta(seconds=round(hours * HOUR))).isoformat()


@given(situations())
@SLOW
def test_the_same_input_gives_the_same_picture_and_another_another_hash(
    case: tuple[dict[str, Any], list[Out], int],
) -> None:
    built, outs, now = case
    question = Question(outs, [], ZERO, ZERO + timedelta(seconds=now), 11)
    one = forecast(model_of(built, read_twin(built), {}), question, 5)
    other = forecast(
        model_of(deepcopy(built), read_twin(built), {}), Question(outs[::-1], [], ZERO, question.now, 11), 5
    )
    assert one.input_hash == other.input_hash
    assert json.dumps(one.answer, sort_keys=True) == json.dumps(other.answer, sort_keys=True)
    later = Question(outs, [], ZERO, question.now + timedelta(seconds=1), 11)
    assert input_hash(model_of(built, read_twin(built), {}), later, 5) != one.input_hash
    assert input_hash(model_of(built, read_twin(built), {}), question, 6) != one.input_hash


def test_a_twin_with_ranges_is_drawn_on_a_copy() -> None:
    """A twin that others use meanwhile keeps its restarts."""
    ranged = read_twin(
        {
            "nodes": [process("pay", "system", mtpd=4), thing("system", restart={"low": 0, "mode": 2, "high": 9})],
            "pools": [],
        }
    )
    before = ranged.model.arrays["restart"].tolist()
    found = spread(ranged, [out("system", 0, 1)], [], 0, 100 * HOUR, 3, 30)
    assert ranged.model.arrays["restart"].tolist() == before
    assert len(set(found.back[:, ranged.model.number_of[0]].tolist())) > 5
    assert isinstance(found.breach_of(0), tuple) and NEVER > 0 and Read is not None


def test_the_worked_numbers_of_the_methods_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods" / "forecast.md").read_text()
    built = json.loads(page.split(":name: forecast-example\n", 1)[1].split("```", 1)[0])
    one = model_of(built, read_twin(built), {})
    question = asked([out("system", 1, 30)], 6)
    answer = forecast(one, question, draws=20).answer
    (pay,) = answer["processes"]
    left = datetime.fromisoformat(pay["breach_at"]) - question.now
    assert (pay["rto_at"], pay["breach_at"], left) == (at(5), at(25), timedelta(hours=19))
    assert (pay["cost"]["financial"]["so_far"], pay["cost"]["financial"]["expected"]) == (50, 400)
    assert answer["restore_first"][0]["nodes"] == ["system"]
    pay = forecast(one, asked([out("system", 1, (20, 30, 50))], 6), draws=1000).answer["processes"][0]
    assert pay["breach_chance"] == pytest.approx(1 - 0.0833, abs=0.03)
    assert (pay["breach_low"], pay["breach_high"]) == (at(25), at(25))
    pay = forecast(one, asked([out("system", 1, (10, 20, 30))], 6), draws=1000).answer["processes"][0]
    assert pay["breach_chance"] == pytest.approx(0.125, abs=0.03)
    assert (pay["breach_low"], pay["breach_high"]) == (at(25), None)
