"""The year against closed forms, and its promises: the same disasters for everybody, the same bits for any number of
workers, parts that add up."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from statistics import NormalDist
from typing import Any

import pytest

from holdfast.engine import kernel
from holdfast.engine import year as year_module
from holdfast.engine.errors import InputError
from holdfast.engine.hazards import read_hazards
from holdfast.engine.losses import ranks, shares, tails
from holdfast.engine.sampling import DrawnHit, Years, poisson_table
from holdfast.engine.twin import read_twin
from holdfast.engine.year import Cancelled, YearAnswer, year
from tests.strategies import Json, random_year

YEAR, HORIZON = 8_760, 10_920
SURE = 4.0  # standard errors that an answer may lie from the truth: the seeds are fixed, so the tests are too


def hazard(name: str, rate: float, nodes: list[str], duration: Any, **more: Any) -> Json:
    return {"id": name, "rate": rate, "footprints": [{"nodes": nodes, "duration": duration, **more}]}


def process(name: str, *supply: str, **more: Any) -> Json:
    requirements = [{"needs": 1, "supply": [{"node": node, "weight": 1}]} for node in supply]
    return {"id": name, "kind": "process", "requirements": requirements, **more}


def thing(name: str, **more: Any) -> Json:
    return {"id": name, "kind": "infrastructure", **more}


def ask(twin: Json, years: int, seed: int = 1, **more: Any) -> YearAnswer:
    read = read_twin(twin)
    return year(read, read_hazards(twin, read), years, seed, **more)


def drawn(twin: Json, seed: int, number: int) -> list[DrawnHit]:
    read = read_twin(twin)
    return Years(read, read_hazards(twin, read)).draw(seed, number).hits


# ---------------------------------------------------------------- closed forms


def busy(rates: list[float], hours: float) -> float:
    """Expected hours in which all of several nodes are out: each is hit `rate` times a year, uniformly, for `hours`.

    At t a node is out unless no event fell into the last `hours`; over the year that is a plain exponential, and while
    the window runs in and out of the year an integral over its width. Products of 1 - exp are expanded term by term.
    """
    total = 0.0
    for subset in range(2 ** len(rates)):
        rate = sum(r for k, r in enumerate(rates) if subset >> k & 1) / YEAR
        sign = (-1) ** subset.bit_count()
        edge = hours if rate == 0 else (1 - math.exp(-rate * hours)) / rate
        total += sign * ((YEAR - hours) * math.exp(-rate * hours) + 2 * edge)
    return total


def test_one_node_hit_by_poisson_events_is_down_as_the_formula_says() -> None:
    """Rate 3, chance 0.5, 40 h, restart 8 h: a breach in 1 - exp(-1.5) of the years."""
    twin = {
        "nodes": [process("p", restart=8, mtpd=47), process("patient", "p", mtpd=49)],
        "hazards": [hazard("h", 3, ["p"], 40, chance=0.5)],
    }
    answer = ask(twin, 40_000)
    found = answer.processes["p"]
    assert abs(found.breach - (1 - math.exp(-1.5))) <= SURE * found.breach_se
    assert found.downtime_se is not None
    assert abs(found.downtime - busy([1.5], 48)) <= SURE * found.downtime_se
    # Only hits that run into each other keep the patient one waiting for longer than one hit does.
    assert 0 < answer.processes["patient"].breach < 0.05
    assert answer.processes["patient"].downtime == found.downtime


def test_series_and_parallel_of_independent_nodes_are_as_the_formulas_say() -> None:
    """All of three; one of two is enough."""
    parallel = process("parallel", mtpd=0)
    parallel["requirements"] = [{"needs": 1, "supply": [{"node": node, "weight": 1} for node in "ab"]}]
    twin = {
        "nodes": [process("series", "a", "b", "c", mtpd=10), parallel, thing("a"), thing("b"), thing("c")],
        "hazards": [hazard(f"h{node}", rate, [node], 100) for node, rate in (("a", 6.0), ("b", 9.0), ("c", 0.2))],
    }
    answer = ask(twin, 20_000)
    series, both = answer.processes["series"], answer.processes["parallel"]
    assert series.downtime_se is not None
    assert both.downtime_se is not None
    assert abs(series.breach - (1 - math.exp(-15.2))) <= SURE * math.sqrt(math.exp(-15.2) / 20_000)
    assert abs(series.downtime - busy([15.2], 100)) <= SURE * series.downtime_se
    assert abs(both.downtime - busy([6.0, 9.0], 100)) <= SURE * both.downtime_se


@pytest.mark.parametrize(
    ("duration", "mean"),
    [
        (12, 12),
        ({"low": 2, "mode": 6, "high": 22}, 10),
        ({"low": 5, "mode": 5, "high": 5}, 5),
        ({"median": 8, "p90": 24}, 8 * math.exp((math.log(3) / 1.2815515655446004) ** 2 / 2)),
    ],
)
def test_average_loss_of_one_hazard_is_its_rate_times_the_expected_loss(duration: Any, mean: float) -> None:
    """A curve of 100 an hour; so rare that events hardly meet."""
    twin = {
        "nodes": [process("p", impact={"money": [[0, 0], [2_000, 200_000]]})],
        "hazards": [hazard("h", 0.2, ["p"], duration)],
    }
    loss = ask(twin, 50_000, seed=2).loss["money"]
    assert loss.se is not None
    assert abs(loss.aal - 0.2 * 100 * mean) <= SURE * loss.se
    assert loss.se < 0.05 * loss.aal
    assert loss.by_hazard == {"h": loss.aal}


def test_losses_at_return_periods_are_those_of_the_poisson_number_of_events() -> None:
    """Each event costs 7, and they hardly meet: a year costs 7 n with the chance of n events; the dearest always 7."""
    twin = {
        "nodes": [process("p", impact={"money": [[0, 7]]})],
        "hazards": [hazard("h", 1.0, ["p"], 0.001)],
    }
    loss = ask(twin, 20_000).loss["money"]
    tail = [1 - sum(math.exp(-1) / math.factorial(n) for n in range(k)) for k in range(10)]  # P(n or more)
    for period, value in loss.aep:
        assert value == 7 * max(k for k in range(10) if tail[k] >= 1 / period)
    assert {value for _, value in loss.oep} == {7.0}
    assert [period for period, _ in loss.oep] == [2, 5, 10, 20, 50, 100, 200, 250, 500, 1_000]
    assert [level for level, _ in loss.var] == [0.9, 0.95, 0.99, 0.995]
    assert dict(loss.var) == {0.9: 14, 0.95: 21, 0.99: 28, 0.995: 28}
    for level, mean in loss.tvar:
        worst = 1 - level
        assert math.isclose(mean, 7 * sum(min(tail[k], worst) for k in range(1, 10)) / worst, rel_tol=0.03)


def test_loss_and_shared_draws_are_distributed_as_given() -> None:
    """One draw for all makes equal hits; a draw each makes different ones with the same mean."""
    names = [f"n{k}" for k in range(20)]
    spread = {"low": 0.2, "mode": 0.3, "high": 1.0}
    for shared in (True, False):
        twin = {
            "nodes": [thing(name) for name in names],
            "hazards": [
                hazard("h", 5, names, {"low": 1, "mode": 2, "high": 9}, loss=spread, shared=shared, chance=0.25)
            ],
        }
        hits = [hit for number in range(100) for hit in drawn(twin, 3, number)]
        # About 500 events, each with 20 chances of a quarter.
        assert abs(len(hits) - 2_500) < SURE * math.sqrt(500 * (20 * 0.25 * 0.75) + 500 * 25)
        by_event: dict[Any, set[Any]] = {}
        for hit in hits:
            by_event.setdefault((hit.hazard, hit.event, hit.start), set()).add((hit.level, hit.end - hit.start))
        assert (max(len(kinds) for kinds in by_event.values()) == 1) is shared
        lost = [1 - hit.level / 1e6 for hit in hits]
        draws = len(by_event) if shared else len(hits)
        assert abs(sum(lost) / len(lost) - 0.5) < SURE * 0.178 / math.sqrt(draws / 2)
        assert all(0.2 <= share <= 1 for share in lost)


def test_uncertain_restarts_and_activations_are_drawn_once_a_year_and_node() -> None:
    """Half of the restarts are above the median, one in ten above the 90th percentile; another node's does not move."""
    slow = {"median": 10, "p90": 40}
    twin: Json = {"nodes": [thing("a", restart=slow), thing("b", restart=slow)], "hazards": []}
    read = read_twin(twin)
    years = Years(read, ())
    restarts = [years.draw(5, number).restarts for number in range(4_000)]
    for name in "ab":
        above = [sum(one[name] > hours * 3_600 for one in restarts) / 4_000 for hours in (10, 40)]
        assert abs(above[0] - 0.5) < SURE * math.sqrt(0.25 / 4_000)
        assert abs(above[1] - 0.1) < SURE * math.sqrt(0.09 / 4_000)
    assert all(one["a"] != one["b"] for one in restarts)
    alone = read_twin({"nodes": [thing("a", restart=slow)]})
    again = Years(alone, ())
    assert [again.draw(5, number).restarts["a"] for number in range(50)] == [one["a"] for one in restarts[:50]]


# ---------------------------------------------------------------- portable arithmetic


def test_own_exponential_logarithm_and_normal_quantile_are_accurate() -> None:
    """To a few units in the last place; the machine's own library is only the judge."""
    lib, dice = kernel.loaded(), random.Random(1)
    for _ in range(20_000):
        x = dice.uniform(-700, 700)
        assert math.isclose(lib.hf_exp(x), math.exp(x), rel_tol=4e-16)
        y = math.exp(dice.uniform(-700, 700))
        assert math.isclose(lib.hf_log(y), math.log(y), rel_tol=4e-16, abs_tol=1e-300)
        p = dice.choice([dice.random(), 10 ** dice.uniform(-15, 0)]) or 0.5
        if p < 1:
            # As Python's own NormalDist, which is the same algorithm over the library's logarithm.
            assert math.isclose(lib.hf_normal(p), NormalDist().inv_cdf(p), rel_tol=1e-13, abs_tol=1e-15)
    assert lib.hf_exp(0.0) == 1.0
    assert lib.hf_log(1.0) == 0.0
    assert lib.hf_normal(0.5) == 0.0


@pytest.mark.parametrize("rate", [1e-9, 0.01, 1.0, 7.5, 80.0, 5_000.0])
def test_chances_of_numbers_of_events_are_poissons(rate: float) -> None:
    least, table = poisson_table(rate)
    before = 0.0
    for n, part in enumerate(table, least):
        chance = math.exp(n * math.log(rate) - rate - math.lgamma(n + 1))
        assert math.isclose(part - before, chance, rel_tol=1e-6, abs_tol=1e-11)
        before = part
    assert table[-1] == 1.0


# ---------------------------------------------------------------- the same disasters


BASE: Json = {
    "nodes": [
        process("pay", "net", "hall", mtpd=4, impact={"money": [[0, 0], [10, 500]]}, site="here"),
        thing("net", site="here", restart={"low": 0, "mode": 1, "high": 6}),
        thing("hall", site="there"),
    ],
    "hazards": [
        hazard(
            "storm", 3, ["net", "hall"], {"median": 6, "p90": 30}, chance=0.7, loss={"low": 0, "mode": 1, "high": 1}
        ),
        {"id": "cut", "rate": 2, "footprints": [{"select": {"kind": "infrastructure"}, "chance": 0.5, "duration": 5}]},
    ],
}


def test_the_draws_of_a_seed_stay_what_they_are() -> None:
    """A stored result names its seed: the same seed brings the same disasters on every machine, in every version."""
    text = [repr(tuple(vars(hit).values())) for number in range(200) for hit in drawn(BASE, 2026, number)]
    read = read_twin(BASE)
    text += [repr(Years(read, ()).draw(2026, number).restarts) for number in range(50)]
    digest = hashlib.sha256("\n".join(text).encode()).hexdigest()
    assert (len(text), digest[:16]) == (1_234, "d3d4caeb153a184c")


def of(hits: list[DrawnHit], nodes: str = "net hall", hazards: str = "storm cut") -> list[DrawnHit]:
    kept = [hit for hit in hits if hit.node in nodes.split() and hit.hazard in hazards.split()]
    return sorted(kept, key=lambda hit: (hit.hazard, hit.event, hit.node))


def test_another_node_or_hazard_and_another_order_move_nobodys_draws() -> None:
    more = json.loads(json.dumps(BASE))
    more["nodes"] = [thing("new", restart={"median": 1, "p90": 9}), *reversed(more["nodes"]), process("other", "new")]
    more["hazards"] = [hazard("fire", 9, ["hall", "new"], 3), *reversed(more["hazards"])]
    more["hazards"][2]["footprints"][0]["nodes"] = ["new", "hall", "net"]
    for number in range(200):
        assert of(drawn(BASE, 11, number)) == of(drawn(more, 11, number))
    one, other = ask(BASE, 300), ask(more, 300, workers=1)
    # The new fire hits the hall too, so only what does not hang on it is the same.
    assert one.processes["pay"].downtime < other.processes["pay"].downtime
    more["hazards"] = [one for one in more["hazards"] if one["id"] != "fire"]
    assert ask(more, 300).processes["pay"] == one.processes["pay"]
    assert ask(more, 300).loss == one.loss


def test_two_portfolios_meet_the_same_disasters() -> None:
    """A measure changes what a disaster does, and a rate that is halved leaves out some of the same events."""
    bought = json.loads(json.dumps(BASE))
    bought["nodes"][0]["requirements"][0]["tolerance"] = 8
    for number in range(100):
        assert drawn(BASE, 4, number) == drawn(bought, 4, number)
    assert ask(bought, 500).processes["pay"].downtime < ask(BASE, 500).processes["pay"].downtime
    halved = json.loads(json.dumps(BASE))
    halved["hazards"][0]["rate"] = 1.5
    fewer = 0
    for number in range(100):
        all_, some = of(drawn(BASE, 4, number)), of(drawn(halved, 4, number))
        assert [hit for hit in all_ if hit in some] == some
        assert of(some, hazards="cut") == of(all_, hazards="cut")
        fewer += len(all_) - len(some)
    assert fewer > 0


# ---------------------------------------------------------------- the same bits


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_the_number_of_workers_changes_no_bit(workers: int) -> None:
    for model in (3, 4, 12):
        twin = random_year(model)
        assert ask(twin, 333, 9, workers=workers) == ask(twin, 333, 9, workers=1)


@pytest.mark.parametrize("block", [1, 7, 1_000])
def test_the_size_of_the_blocks_changes_no_bit(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ask(BASE, 200)
    monkeypatch.setattr(year_module, "BLOCK", block)
    assert ask(BASE, 200, workers=2) == wanted


def test_more_years_begin_with_the_same_years() -> None:
    """Of 400 years the first 200 are those of 200."""
    read = read_twin(BASE)
    years = Years(read, read_hazards(BASE, read))
    assert years.draw(1, 150) == years.draw(1, 150)
    short, long = ask(BASE, 200), ask(BASE, 400)
    assert long.processes["pay"].breach * 400 >= short.processes["pay"].breach * 200


def test_a_year_is_the_cascade_of_its_scenario() -> None:
    """What a page shows of one drawn year is what the sum over years contains."""
    from holdfast.engine.cascade import cascade

    twin = json.loads(json.dumps(BASE))
    del twin["nodes"][1]["restart"]
    read = read_twin(twin)
    years = Years(read, read_hazards(twin, read))
    down = sum(cascade(read, years.draw(6, n).scenario()).processes["pay"].downtime for n in range(50))
    assert ask(twin, 50, 6).processes["pay"].downtime == down / 50 / 3_600


# ---------------------------------------------------------------- what drives the loss


def test_parts_add_up_exactly_in_any_order() -> None:
    seen = 0
    for model in range(60):
        answer = ask(random_year(model), 37, model)
        for loss in answer.loss.values():
            for parts in (loss.by_hazard, loss.by_node, loss.by_site):
                values = list(parts.values())
                assert sum(values) == sum(reversed(values)) == math.fsum(values) == loss.aal
                seen += len(values) > 2
    assert seen > 20


def test_shares_are_rounded_so_that_they_add_up_even_where_no_part_is_a_double() -> None:
    aal, (thirds, one) = shares(3, 0, {"a": 1, "b": 1, "c": 2, "none": 0}, {"all": 4})
    assert math.isclose(aal, 4 / 3, rel_tol=1e-15)
    assert sum(thirds.values()) == aal == one["all"]
    assert all(
        math.isclose(part, units / 3, rel_tol=1e-15) for part, units in zip(thirds.values(), (1, 1, 2), strict=True)
    )
    assert "none" not in thirds
    losing, (parts,) = shares(7, 3, {"a": -5, "b": 3, "c": -(10**40)})
    assert sum(parts.values()) == losing < 0
    assert shares(5, 0, {}) == (0.0, [{}])


def test_a_loss_belongs_to_the_event_whose_hit_ends_the_chain() -> None:
    """The hall is never missed: it fails for a quarter of an hour at a time, well within the tolerance."""
    twin = json.loads(json.dumps(BASE))
    twin["nodes"][0]["requirements"][1]["tolerance"] = 3
    twin["hazards"] = [hazard("storm", 4, ["net"], 5), hazard("flicker", 50, ["hall"], 0.25)]
    loss = ask(twin, 200).loss["money"]
    assert loss.by_hazard.keys() == {"storm"}
    assert loss.by_node.keys() == {"net"}
    assert loss.by_site.keys() == {"here"}


def test_of_hits_that_coincide_the_earlier_event_pays_then_the_hazard_that_comes_first_by_its_id() -> None:
    """So many events that some begin in the same second; each outage costs 1."""
    twin = {
        "nodes": [process("p", impact={"money": [[0, 1]]})],
        "hazards": [hazard(name, 3_000, ["p"], 1 / 3_600) for name in ("b", "a")],
    }
    years, together = 30, 0
    wanted: Counter[str] = Counter()
    for number in range(years):
        first: dict[int, str] = {}
        for hit in drawn(twin, 8, number):
            together += first.get(hit.start, hit.hazard) != hit.hazard
            first[hit.start] = min(hit.hazard, first.get(hit.start, "z"))
        wanted.update(name for start, name in first.items() if start - 1 not in first)
    assert together >= 3
    loss = ask(twin, years, 8).loss["money"]
    assert {name: round(value * years) for name, value in loss.by_hazard.items()} == dict(wanted)


def test_what_no_hit_explains_stands_under_no_hazard() -> None:
    """The tail of a circle that falls again when its own fallback runs out; it is part of every sum."""
    fallback = {"id": "f", "node": "spare", "weight": 0.2, "endurance": 5}
    held = {"needs": 1, "quorum": 1, "supply": [{"node": "b", "weight": 1}], "fallbacks": [fallback]}
    twin = {
        "nodes": [
            {"id": "a", "kind": "process", "minimum_level": 0.5, "impact": {"money": [[0, 9]]}, "requirements": [held]},
            {**process("b", "a"), "kind": "application", "restart": 20},
            thing("spare"),
        ],
        "hazards": [hazard("h", 0.5, ["b"], 1, loss=0.2)],
    }
    loss = ask(twin, 100).loss["money"]
    assert loss.by_hazard == {"": loss.aal}
    assert loss.by_node == {"b": loss.aal}
    assert loss.aal > 0
    assert loss.oep[0][1] in (0.0, 9.0)


def test_ranks_of_return_periods_and_tails() -> None:
    assert ranks(1) == []
    assert ranks(19) == [(2, 9), (5, 3), (10, 1)]
    assert tails(199) == [(100, 19), (50, 9), (10, 1)]
    assert ranks(10_000)[-1] == (1_000, 10)


# ---------------------------------------------------------------- in a program


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_told_and_ends_at_the_number_of_years(workers: int) -> None:
    told: list[tuple[int, int]] = []
    ask(BASE, 100, workers=workers, progress=lambda done, years: told.append((done, years)))
    assert told[-1] == (100, 100)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) == 4


@pytest.mark.parametrize("workers", [1, 3])
def test_it_stops_when_it_is_cancelled(workers: int) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        ask(
            BASE,
            1_000_000,
            workers=workers,
            progress=lambda done, _: told.append(done),
            cancelled=lambda: len(told) >= 3,
        )
    assert len(told) == 3


def test_an_error_of_the_caller_ends_the_threads_and_is_raised() -> None:
    def fail(done: int, years: int) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="screen"):
        ask(BASE, 1_000_000, workers=2, progress=fail)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"years": 0}, "years"),
        ({"years": 10**9}, "years"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"workers": 0}, "workers"),
        ({"horizon": 0.0}, "horizon"),
        ({"horizon": math.nan}, "horizon"),
    ],
)
def test_figures_out_of_bounds_are_refused_by_name(more: Json, path: str) -> None:
    with pytest.raises(InputError) as refused:
        ask(BASE, **{"years": 10, **more})
    assert refused.value.path == path


def test_a_twin_without_hazards_or_nodes_has_quiet_years() -> None:
    quiet = ask({"nodes": [process("p", impact={"money": [[0, 5]]})]}, 10)
    assert quiet.processes["p"].downtime == 0
    assert quiet.loss["money"].aal == 0
    assert quiet.loss["money"].by_node == {}
    assert ask({"nodes": []}, 3).as_json() == {"processes": {}, "loss": {}}


def test_a_single_year_has_no_standard_errors() -> None:
    one = ask(BASE, 1)
    assert one.processes["pay"].downtime_se is None
    assert one.loss["money"].se is None
    assert one.loss["money"].oep == []
