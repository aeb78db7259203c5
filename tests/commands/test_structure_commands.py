"""``holdfast functions``: the critical functions, what serves each, and whether plans cover it."""

from __future__ import annotations

from datetime import date

import pytest

from holdfast.organization.structure.actions import nodes, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.readiness.plans.coverage import covered_functions
from holdfast.readiness.plans.facts import Difference
from holdfast.readiness.plans.models import Plan, PlanTest
from holdfast.readiness.plans.upkeep import Standing
from tests import cast as made
from tests.cast import TEST

TODAY = date(2026, 1, 1)


def plan(key: str, *, approved: bool = True, tested: bool = True, current: bool = True, held: bool = True) -> Standing:
    """A plan that stands, but for what is said."""
    stale = () if current else (Difference("roles", "R1", "Head", "holder", "one", "another"),)
    return Standing(
        plan=Plan(key=key),
        approved=approved,
        tested_by=PlanTest() if tested else None,
        stale=stale,
        review_due=None,
        loose=() if held else ("T1",),
        tasks=2,
        on=TODAY,
    )


GOOD = plan("plan-1")


@pytest.fixture
def cast(transactional_db: None) -> made.Cast:
    """A function that two processes serve, and one that none does."""
    cast = made.secretariat()
    nodes.create_node(TEST, key="first", kind="process", name="First", is_function=True, position=0)
    requirements.create_requirement(
        TEST, key="assets.geneva", node=cast.nodes["assets"], needs=1.0, position=1,
        supply=[Draw(cast.nodes["geneva-meetings"], 1.0)],
    )  # fmt: skip
    return cast


def test_functions_stand_in_their_order_with_the_processes_that_serve_them(cast: made.Cast) -> None:
    found = covered_functions(TODAY, {})
    assert [(function["id"], function["processes"]) for function in found] == [
        ("first", []),
        ("assets", ["building", "geneva-meetings"]),
    ]
    assert set(found[0]) == {"id", "name", "processes", "plans", "tested", "covered"}


def test_without_plans_nothing_is_tested_or_covered(cast: made.Cast) -> None:
    assert [(f["plans"], f["tested"], f["covered"]) for f in covered_functions(TODAY, {})] == [([], False, False)] * 2


def test_covered_takes_a_sound_plan_for_each_process(cast: made.Cast) -> None:
    one = covered_functions(TODAY, {"building": [GOOD]})[1]
    assert (one["plans"], one["tested"], one["covered"]) == (["plan-1"], True, False)
    both = covered_functions(TODAY, {"building": [GOOD], "geneva-meetings": [GOOD]})[1]
    assert (both["plans"], both["covered"]) == (["plan-1"], True)


@pytest.mark.parametrize("lacking", ["approved", "tested", "current", "held"])
def test_a_plan_that_lacks_one_thing_covers_nothing(cast: made.Cast, lacking: str) -> None:
    weak = plan("plan-2", **{lacking: False})
    found = covered_functions(TODAY, {"building": [GOOD], "geneva-meetings": [weak]})[1]
    assert found["covered"] is False
    assert found["tested"] is (lacking != "tested")


def test_a_function_that_no_process_serves_is_not_covered(cast: made.Cast) -> None:
    assert covered_functions(TODAY, {"building": [GOOD]})[0]["covered"] is False


def test_a_process_that_is_closed_serves_no_more(cast: made.Cast) -> None:
    nodes.close_node(TEST, cast.nodes["building"], version=1, on=date(2025, 1, 1))
    assert covered_functions(TODAY, {})[1]["processes"] == ["geneva-meetings"]
    assert covered_functions(date(2024, 1, 1), {})[1]["processes"] == ["building", "geneva-meetings"]
