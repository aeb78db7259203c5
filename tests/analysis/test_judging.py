"""The engine, not a hand, says whether a strategy keeps its process within its MTPD."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from holdfast.analysis.choice.actions import propose_candidate
from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection.judging import compare, judged
from holdfast.analysis.selection.models import Selection
from holdfast.analysis.selection.proposals import accept_proposal, choose_for
from holdfast.analysis.strategy import actions
from holdfast.analysis.strategy.models import Fallback, FallbackKind, Strategy
from holdfast.organization import clock
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.actions.requirements import Draw, create_requirement
from holdfast.organization.structure.models import Node, Requirement
from tests.analysis.test_strategies import choice, dollars, hours, payroll, propose
from tests.cast import TEST, Cast

__all__ = ["payroll"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "secretariat" / "organization" / "strategies.json"


def elsewhere(
    cast: Cast, payroll: Node, key: str, activation: float, cost: float, endurance: float | None = None
) -> Strategy:
    """A place in Geneva in place of the building."""
    made = propose(
        cast, payroll, key=key, kind="alternate_site", causes=["premises"], activation=hours(activation),
        cost=dollars(cost), endurance=hours(endurance) if endurance else None,
    )  # fmt: skip
    requirement = payroll.requirements.first() or need_place(cast, payroll)
    provider = Node.objects.get(key="geneva-offices")
    actions.put_in_model(
        TEST, strategy=made, key=f"{key}-f", requirement=requirement, provider=provider, weight=assumed(1, "unit")
    )
    return made


def need_place(cast: Cast, payroll: Node) -> Requirement:
    draw = Draw(Node.objects.get(key="ny-offices"), 1.0)
    return create_requirement(TEST, key="place", node=payroll, name="place", needs=1.0, supply=[draw])


def test_the_cheapest_of_those_that_fit_stands_first(cast: Cast, payroll: Node) -> None:
    dear = elsewhere(cast, payroll, "dear", 8, 9000)
    cheap = elsewhere(cast, payroll, "cheap", 8, 1000)
    late = elsewhere(cast, payroll, "late", 100, 10)
    short = elsewhere(cast, payroll, "short", 8, 20, endurance=24)
    unknown = propose(cast, payroll, key="unknown", causes=["premises"], cost=dollars(1))
    found = compare(payroll, clock.today())
    assert [one.strategy for one in found.verdicts] == [cheap, dear, unknown, late, short]
    assert [one.fits for one in found.verdicts] == [True, True, None, False, False]
    assert found.none.breaches
    worst = found.verdicts[0].worst
    # Eight hours to activate, and four in which the process starts again.
    assert worst is not None and worst.longest == 12


def test_a_strategy_is_tried_against_the_causes_that_it_helps_against_alone(cast: Cast, payroll: Node) -> None:
    strategy = elsewhere(cast, payroll, "room", 8, 1)
    actions.edit_strategy(TEST, strategy, version=strategy.version, causes=["staff"])
    (one,) = compare(payroll, clock.today()).verdicts
    assert (one.outcomes, one.fits) == ((), None)


def test_a_saved_scenario_says_what_is_lost(cast: Cast, payroll: Node) -> None:
    elsewhere(cast, payroll, "room", 8, 1)
    hits = [Strike(Node.objects.get(key="ny-offices"), duration=6)]
    save_scenario(TEST, key="morning", name="A morning", unit=cast.units["dm"], hits=hits)
    scenario = Scenario.objects.with_hits().get(key="morning")
    found = compare(payroll, clock.today(), scenario)
    assert [loss.name for loss in found.losses] == ["A morning"]
    assert found.none.worst is not None and found.none.worst.longest == 10


def test_what_is_in_place_today_is_taken_away_while_others_are_tried(cast: Cast, payroll: Node) -> None:
    good, bad = elsewhere(cast, payroll, "good", 8, 1), elsewhere(cast, payroll, "bad", 100, 1)
    actions.move_strategy(TEST, good, version=good.version, state="in_place")
    fits = {one.strategy: one.fits for one in compare(payroll, clock.today()).verdicts}
    assert fits == {good: True, bad: False}


def test_what_the_engine_said_is_kept_with_the_choice(cast: Cast, payroll: Node) -> None:
    made = choice(cast, payroll, elsewhere(cast, payroll, "room", 8, 1))
    (said,) = judged(made.selected.select_related("process", "strategy", "selection"), clock.today()).values()
    assert said["outcomes"][0]["longest"] == 12
    assert said["outcomes"][0]["mtpd_breached"] is False


def candidate(cast: Cast, key: str, effects: dict[str, object]) -> Candidate:
    cost = assumed(5000, "USD", "A guess.")
    return propose_candidate(
        TEST, key=key, name=key.capitalize(), unit=cast.units["dm"], cost=cost, causes=["premises"], effects=effects
    )


def test_the_best_buy_is_accepted_in_parts(cast: Cast, payroll: Node) -> None:
    need_place(cast, payroll)
    body = {"node": "geneva-offices", "weight": 0.5, "activation": 12, "strategy": "alternate_site"}
    hall = candidate(cast, "hall", {"fallbacks": [{"node": "payroll", "requirement": 0, "fallback": body}]})
    faster = candidate(cast, "faster", {"restart": {"payroll": 1}})
    candidate(cast, "left", {"restart": {"payroll": 2}})
    strategy, measure = accept_proposal(TEST, candidates=[hall, faster], why="The cheapest set.")
    assert (strategy.state, strategy.kind, strategy.cost.value) == ("chosen", "alternate_site", 5000)
    assert [row.process for row in strategy.covers.all()] == [payroll]
    fallback = Fallback.objects.get(strategy=strategy)
    assert (fallback.state, fallback.activation.value, fallback.weight.value) == ("chosen", 12, 0.5)
    assert (measure.state, measure.strategy) == ("chosen", None)
    states = dict(Candidate.objects.values_list("key", "state"))
    assert states == {"hall": "chosen", "faster": "chosen", "left": "idea"}
    assert Candidate.objects.get(key="hall") in Candidate.objects.to_buy()
    strategy.refresh_from_db()
    actions.move_strategy(TEST, strategy, version=strategy.version, state="in_place")
    assert Candidate.objects.get(key="hall") not in Candidate.objects.to_buy()


def test_nothing_is_accepted_where_one_part_cannot_be(cast: Cast, payroll: Node) -> None:
    faster = candidate(cast, "faster", {"restart": {"payroll": 1}})
    with pytest.raises(ValidationError, match="Say why"):
        accept_proposal(TEST, candidates=[faster], why=" ")
    accept_proposal(TEST, candidates=[faster], why="It is cheap.")
    other = candidate(cast, "other", {"restart": {"payroll": 2}})
    with pytest.raises(ValidationError, match="is decided on already: chosen"):
        accept_proposal(TEST, candidates=[other, Candidate.objects.get(key="faster")], why="Both.")
    assert Candidate.objects.get(key="other").state == "idea"


def test_a_choice_for_a_process_takes_the_place_of_the_one_before_in_its_draft(cast: Cast, payroll: Node) -> None:
    one, other = propose(cast, payroll), propose(cast, payroll, key="other")
    made = choose_for(TEST, process=payroll, strategies=[one], key="k", why="It is there.")
    assert made.title == "Strategies for New York payroll"
    choose_for(TEST, process=payroll, strategies=[other], key="unused", selection=made, why="It is better.")
    again = Selection.objects.get()
    assert ([row.strategy for row in again.selected.all()], again.why) == ([other], "It is better.")
    with pytest.raises(ValidationError, match="Tick a strategy, or say why"):
        choose_for(TEST, process=payroll, strategies=[], key="n")


def test_the_example_has_strategies_of_all_four_kinds_and_their_figures_say_how_they_are_known() -> None:
    said = json.loads(EXAMPLE.read_bytes())
    rows = said["strategies"]
    assert {row["kind"] for row in rows} == set(FallbackKind.values)
    assert all(row["basis"] == "assumed" and row["reason"] for row in rows)
    assert all(row[name]["basis"] == "assumed" and row[name]["source"] for row in rows for name in ("cost", "yearly"))
    stated = {row["pool"]: row["capacity"] for row in rows if row["kind"] == "telework"}
    assert stated["telework-geneva"]["value"] == 250 and stated["telework-geneva"]["basis"] == "stated"
    assert date.fromisoformat(stated["telework-geneva"]["as_of"]) == date(2008, 10, 1)
