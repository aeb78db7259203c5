"""The best buy is that of trying all subsets, and what it is concluded from is never below the truth."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.best_buy import BestBuy, Cancelled, best_buy
from holdfast.engine.cascade import cascade
from holdfast.engine.master import Master
from holdfast.engine.optimistic import Optimistic
from holdfast.engine.options import Options, bought, read_options
from holdfast.engine.purchases import Purchases
from holdfast.engine.twin import Twin, read_twin
from tests.engine.reference import cascade as reference_cascade
from tests.strategies import purchases, random_purchase

Json = dict[str, Any]

COMPARED = 200
FIRST_SEED = 8_000_000
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def read(case: tuple[Json, Json]) -> tuple[Twin, Options]:
    twin = read_twin(json.dumps(case[0]))
    return twin, read_options(json.dumps(case[1]), twin)


def by_trying_all(twin: Twin, options: Options) -> float | None:
    """The cost of the cheapest subset that keeps all, the cheapest tried first; None if none does."""
    judge = Purchases(twin, options)
    for bits in sorted(range(judge.everything + 1), key=lambda bits: options.total(judge.chosen(bits))):
        if not judge.failures(bits):
            return options.total(judge.chosen(bits))
    return None


def same(one: float, other: float) -> bool:
    return one == pytest.approx(other, rel=1e-9, abs=1e-9)


def check(found: BestBuy, least: float | None) -> None:
    budget = found.options.budget
    if least is None:
        assert (found.bought, found.cost, found.bound, found.gap, found.cheapest) == (None, None, None, None, None)
        assert found.hopeless
        return
    assert found.cheapest is not None
    assert found.bound is not None
    assert same(found.cheapest[1], least)
    assert same(found.bound, least)
    assert found.gap == 0
    assert not found.hopeless
    assert (found.bought is None) == (budget is not None and found.cheapest[1] > budget)
    assert found.greedy.cost is None or found.greedy.cost >= least - 1e-9


def test_the_best_buy_is_that_of_trying_all_subsets(capsys: pytest.CaptureFixture[str]) -> None:
    """On twins where something must be bought: with pools, circles, endurances, and options on the same things."""
    seen: Counter[str] = Counter()
    for seed in itertools.count(FIRST_SEED):
        twin, options = read(random_purchase(seed, 12 if seed % 3 == 0 else 8))
        if not Purchases(twin, options).failures(0):
            seen["nothing to buy"] += 1
            continue
        least = by_trying_all(twin, options)
        found = best_buy(twin, options)
        try:
            check(found, least)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
        seen["compared"] += 1
        seen["with pools"] += bool(twin.pools)
        seen["options"] += len(options.options)
        seen["nothing keeps all"] += least is None
        seen["options bought"] += len(found.cheapest[0]) if found.cheapest else 0
        seen["greedy dearer or stuck"] += bool(found.cheapest) and (
            found.greedy.cost is None or found.greedy.cost > found.cheapest[1] + 1e-9
        )
        seen["more than one bought"] += bool(found.cheapest and len(found.cheapest[0]) > 1)
        if seen["compared"] == COMPARED:
            break
    with capsys.disabled():
        print("\nbest buys compared with all subsets:", dict(seen))
    assert seen["with pools"] > COMPARED / 3
    assert COMPARED - seen["nothing keeps all"] > COMPARED / 4
    assert seen["greedy dearer or stuck"] > 5
    assert seen["more than one bought"] > 15


@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
@given(purchases())
def test_the_best_buy_is_that_of_trying_all_subsets_wherever_hypothesis_looks(case: tuple[Json, Json]) -> None:
    twin, options = read(case)
    check(best_buy(twin, options), by_trying_all(twin, options))


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(purchases(), st.data())
def test_the_optimistic_cascade_is_never_below_the_true_one_of_any_set_between(
    case: tuple[Json, Json], draw: st.DataObject
) -> None:
    """At every moment and every node, so that its failures are failures of all these sets."""
    twin, options = read(case)
    judge = Purchases(twin, options)
    sets = st.integers(0, judge.everything)
    high = draw.draw(sets, "may be bought")
    low = high & draw.draw(sets, "is bought for certain")
    between = low | high & draw.draw(sets, "is bought")
    true = bought(twin, [options.options[k] for k in judge.chosen(between)])
    optimistic = Optimistic(judge)
    for s, scenario in enumerate(options.scenarios):
        answer = cascade(true, scenario)
        levels = optimistic.levels(low, high, scenario)
        if levels is None or answer.unsettled:
            continue
        for k, node in enumerate(twin.nodes):
            mine, bound = answer.levels.get(node.id, []), levels.get(k, [])
            for second in {0, *(time for time, _ in mine), *(time for time, _ in bound)}:
                assert at(mine, second) <= at(bound, second), (node.id, second)
        longest = optimistic.longest(low, high, s)
        assert longest is not None
        for must in options.must:
            assert longest[twin.place[must]] <= answer.processes[must].longest_outage


def at(steps: list[tuple[int, int]], second: int) -> int:
    k = bisect_right(steps, second, key=lambda step: step[0])
    return steps[k - 1][1] if k else 1_000_000


def test_what_is_bought_keeps_all_in_the_slow_reference_too_and_each_part_is_needed() -> None:
    checked = 0
    for seed in range(FIRST_SEED, FIRST_SEED + 150):
        data, asked = random_purchase(seed, 6)
        twin, options = read((data, asked))
        found = best_buy(twin, options)
        if found.bought is None or not found.bought:
            continue
        for row, scenario in zip(found.proof, asked["scenarios"], strict=True):
            answer = reference_cascade(applied(data, asked, found.bought), scenario)["nodes"]
            for must in options.must:
                assert not answer[must]["mtpd_breached"], seed
                assert answer[must]["longest_outage"] * 3_600 == pytest.approx(row[must]), seed
        assert [need.option for need in found.needs if need.without] == [need.option for need in found.needs]
        checked += 1
    assert checked > 8


def applied(data: Json, asked: Json, names: list[str]) -> Json:
    """The twin with these options, from their JSON, by somebody who has not read the engine."""
    made = json.loads(json.dumps(data))
    nodes = {node["id"]: node for node in made["nodes"]}
    chosen = [option for option in asked["options"] if option["id"] in names]
    for option in chosen:
        for added in option.get("fallbacks", []):
            nodes[added["node"]]["requirements"][added["requirement"]].setdefault("fallbacks", []).append(
                added["fallback"]
            )
    for pool in made["pools"]:
        if given := [option["pools"][pool["id"]] for option in chosen if pool["id"] in option.get("pools", {})]:
            pool["capacity"] = max(given)
    for name, node in nodes.items():
        if given := [option["restart"][name] for option in chosen if name in option.get("restart", {})]:
            node["restart"] = min(given)
        for g, requirement in enumerate(node["requirements"]):
            hours = [
                one["hours"]
                for option in chosen
                for one in option.get("tolerance", [])
                if (one["node"], one["requirement"]) == (name, g)
            ]
            if hours:
                requirement["tolerance"] = max(hours)
    return made


# ---------------------------------------------------------------- questions made by hand


def line(name: str, **more: Any) -> Json:
    return {"id": name, "kind": "supplier", **more}


def process(name: str, *lines: str, mtpd: float = 4, **more: Any) -> Json:
    needs = [{"needs": 1, "supply": [{"node": one, "weight": 1}]} for one in lines]
    return {"id": name, "kind": "process", "mtpd": mtpd, "requirements": needs, **more}


def spare(process: str, requirement: int, number: int = 0, **more: Any) -> Json:
    fallback = {"id": f"{process} {requirement} {number}", "node": "spare", "weight": 1, **more}
    return {"node": process, "requirement": requirement, "fallback": fallback}


TWO: Json = {"nodes": [process("a", "x"), process("b", "y"), line("x"), line("y"), line("spare")], "pools": []}
LOST: Json = {"hits": [{"node": one, "loss": 1, "start": 0, "duration": 10} for one in ("x", "y")], "horizon": 50}


def ask(twin: Json, options: list[Json], must: list[str], **more: Any) -> BestBuy:
    return best_buy(*read((twin, {"scenarios": [LOST], "must": must, "options": options, **more})))


def test_one_for_both_is_found_where_greedy_buys_one_after_the_other() -> None:
    options = [
        {"id": "for a", "cost": 3.4, "fallbacks": [spare("a", 0)]},
        {"id": "for b", "cost": 4, "fallbacks": [spare("b", 0)]},
        {"id": "for both", "cost": 7, "fallbacks": [spare("a", 0, 1, activation=3), spare("b", 0, 1, activation=3)]},
    ]
    found = ask(TWO, options, ["a", "b"])
    assert (found.bought, found.cost, found.bound, found.gap) == (["for both"], 7, 7, 0)
    assert (found.greedy.bought, found.greedy.cost) == (["for a", "for b"], 7.4)
    assert found.needs[0].without == [(0, "a", 36_000), (0, "b", 36_000)]
    assert found.before == [(0, "a", 36_000), (0, "b", 36_000)]
    assert found.as_json()["proof"] == {"0": {"a": 3, "b": 3}}


def test_two_that_starve_each_other_in_a_pool_are_not_bought_together() -> None:
    twin = TWO | {"pools": [{"id": "seats", "capacity": 1}]}
    options = [
        {"id": "seat a", "cost": 1, "fallbacks": [spare("a", 0, pool="seats")]},
        {"id": "seat b", "cost": 1, "fallbacks": [spare("b", 0, pool="seats")]},
        {"id": "a second seat", "cost": 5, "pools": {"seats": 2}},
        {"id": "own for b", "cost": 3, "fallbacks": [spare("b", 0, 1)]},
    ]
    assert ask(twin, options[:2], ["a", "b"]).bought is None
    assert ask(twin, options[:3], ["a", "b"]).bought == ["a second seat", "seat a", "seat b"]
    assert ask(twin, options, ["a", "b"]).bought == ["own for b", "seat a"]


def test_what_no_purchase_keeps_is_named_with_its_scenario() -> None:
    options = [{"id": "for a", "cost": 4, "fallbacks": [spare("a", 0)]}]
    found = ask(TWO, options, ["a", "b"])
    assert (found.bought, found.cost, found.bound, found.gap, found.proof) == (None, None, None, None, [])
    assert [(one.scenario, one.process, one.alone) for one in found.hopeless] == [(0, "b", True)]


def test_a_budget_that_is_too_small_is_told_with_the_least_cost() -> None:
    options = [{"id": "for a", "cost": 4, "yearly": 1, "fallbacks": [spare("a", 0)]}]
    found = ask(TWO, options, ["a"], budget=6, term=3)
    assert (found.bought, found.cost, found.cheapest, found.bound) == (None, None, (["for a"], 7), 7)
    assert ask(TWO, options, ["a"], budget=7, term=3).bought == ["for a"]


def test_what_costs_nothing_is_bought_only_where_it_serves() -> None:
    options = [{"id": "for a", "cost": 0, "fallbacks": [spare("a", 0)]}, {"id": "idle", "cost": 0}]
    assert ask(TWO, options, ["a"]).bought == ["for a"]
    found = ask(TWO, options, [])
    assert (found.bought, found.cost, found.bound, found.gap) == ([], 0, 0, 0)
    assert ask(TWO, [], ["a"]).bought is None


def hard(count: int) -> tuple[Json, Json]:
    """Every three of so many processes have one option in common: greedy is dearer, and the proof takes cuts."""
    nodes = [process(f"p{k}", "x") for k in range(count)]
    options = [
        {"id": f"o{n}", "cost": 10 + n % 3, "fallbacks": [spare(f"p{k}", 0, n) for k in three]}
        for n, three in enumerate(itertools.combinations(range(count), 3))
    ]
    twin = {"nodes": [*nodes, line("x"), line("y"), line("spare")], "pools": []}
    return twin, {"scenarios": [LOST], "must": [node["id"] for node in nodes], "options": options}


def test_a_search_cut_short_tells_a_bound_and_a_gap_that_hold() -> None:
    twin, options = read(hard(6))
    exact = best_buy(twin, options)
    assert exact.gap == 0
    assert exact.cost is not None
    gaps = []
    for steps in (1, 40, 80, 200):
        left = iter(range(steps))
        found = best_buy(twin, options, enough=lambda left=left: next(left, None) is None)  # type: ignore[misc]
        assert found.bound is not None
        assert found.bound <= exact.cost
        if found.cheapest is not None:
            cost = found.cheapest[1]
            assert cost >= exact.cost
            assert found.gap == pytest.approx((cost - found.bound) / cost)
            gaps.append(found.gap)
    assert any(gap and gap > 0 for gap in gaps)


def test_progress_is_told_and_a_search_can_be_stopped() -> None:
    twin, options = read(hard(5))
    told: list[tuple[float, float | None]] = []
    found = best_buy(twin, options, lambda bound, cost: told.append((bound, cost)))
    assert [bound for bound, _ in told] == sorted(bound for bound, _ in told)
    assert all(cost is None or cost >= (found.cost or 0) >= bound for bound, cost in told)
    with pytest.raises(Cancelled):
        best_buy(twin, options, cancelled=lambda: True)
    asked = iter(range(60))
    with pytest.raises(Cancelled):
        best_buy(twin, options, cancelled=lambda: next(asked, None) is None)


def test_the_answer_is_the_same_on_every_run() -> None:
    case = hard(5)
    assert best_buy(*read(case)).as_json() == best_buy(*read(case)).as_json()


def test_the_master_problem_knows_cuts_of_both_kinds() -> None:
    master = Master([3.0, 2.5, 1.0])
    never = lambda: False  # noqa: E731
    assert master.solve(never) == (0, 0.0)
    master.add([0, 1], [])
    assert master.solve(never) == (0b010, pytest.approx(2.5))
    master.add([2], [1])  # who buys 1 must buy 2
    assert master.solve(never) == (0b001, pytest.approx(3.0))
    master.add([], [0])
    assert master.solve(never) == (0b110, pytest.approx(3.5))
    master.add([], [])
    assert master.solve(never) is None


def test_nothing_but_a_question_imports_the_solver_and_it_prints_nothing() -> None:
    words = (
        "import sys, holdfast.commands.portfolio, holdfast.engine.best_buy, holdfast.engine.frontier\n"
        "assert 'highspy' not in sys.modules\n"
        "from holdfast.engine.master import Master\n"
        "master = Master([1.0, 2.0]); master.add([0, 1], []); assert master.solve(lambda: False)[0] == 1\n"
    )
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
