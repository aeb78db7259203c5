"""The results of impact analyses say what the analyses say: in the order of the time left, summed as written, seen by
whom they are for, and with as many questions to the database for two thousand processes as for three."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.analysis.impact.contradictions import CHECKS, counted, of_people, of_process, of_requirement
from holdfast.analysis.impact.limits import Grid, hour_text, limits_of
from holdfast.analysis.impact.models import Analysis, ProcessImpact
from holdfast.analysis.impact.needs import WHOLE, at, by_kind, curve, needs_of
from holdfast.analysis.impact.over_time import highest, over_time, value_at
from holdfast.analysis.impact.ranking import first_level, impact_sum, ranked, tiers, why
from holdfast.analysis.impact.results import Asked, results
from holdfast.analysis.impact.told import Place, Source, Told, Wanted
from holdfast.governance.settings.default import default_scales
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.actions.requirements import contest_supply
from holdfast.organization.structure.models import Node, Requirement, Supply
from tests.analysis.test_impact import DAY, approve, ask, assessed, fill, full, grid, head, light, the_row
from tests.cast import TEST, Cast, again, hours, user

__all__ = ["assessed", "full", "head", "light"]
SCALES = default_scales()
KEYS = [one.key for one in SCALES.categories]
HERE = Place("here", "Here", "un/here/")


def told(key: str, mtpd: float | None = 24, rto: float | None = 4, said: Any = None, **more: Any) -> Told:
    read = Grid.read(said or {}, SCALES)
    levels = {name: tuple((h, float(v)) for h, v in line) for name, line in read.levels(SCALES).items() if line}
    limits = limits_of(read, SCALES, mtpd, rto)
    return Told(key, key.capitalize(), HERE, None, limits, levels=levels, **more)


cells = st.dictionaries(
    st.sampled_from(KEYS),
    st.dictionaries(st.sampled_from([hour_text(hour) for hour in SCALES.hours]), st.integers(0, 5), max_size=3),
    max_size=2,
)
slowly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
limit = st.none() | st.sampled_from([0.0, 0.5, 1.0, 4.0, 24.0, 30.0, 72.0, 1000.0])


@st.composite
def processes(draw: st.DrawFn, most: int = 6) -> list[Told]:
    return [
        told(f"p{n}", draw(limit), draw(limit), draw(cells), minimum=draw(st.none() | st.sampled_from([0.25, 0.5, 1])))
        for n in range(draw(st.integers(0, most)))
    ]


# The ranking


def before(one: Told, other: Told) -> bool:
    """Whether one comes first, told step by step."""
    for mine, hers in ((one.limits.mtpd, other.limits.mtpd), (one.limits.rto, other.limits.rto)):
        if mine != hers:
            return hers is None if mine is not None and hers is None else mine is not None and mine < hers
    if first_level(one) != first_level(other):
        return first_level(one) > first_level(other)
    if impact_sum(one) != impact_sum(other):
        return impact_sum(one) > impact_sum(other)
    return one.name < other.name


@slowly
@given(processes())
def test_processes_are_ranked_by_the_time_left_then_by_the_impact(found: list[Told]) -> None:
    rows = ranked(found)
    assert {one.key for one in rows} == {one.key for one in found}
    for n, one in enumerate(rows):
        assert all(before(one, other) for other in rows[n + 1 :])


@slowly
@given(processes())
def test_every_process_stands_in_exactly_one_tier_and_none_is_lost(found: list[Told]) -> None:
    made = tiers(found, SCALES.hours)
    assert sorted(one.key for tier in made for one in tier.processes) == sorted(one.key for one in found)
    for tier in made:
        for one in tier.processes:
            if tier.above is None:
                assert one.limits.rto is None
            else:
                assert one.limits.rto is not None and one.limits.rto <= (tier.upto or math.inf)
                assert one.limits.rto > tier.above or tier.above == 0


def test_why_says_the_time_the_category_the_level_and_who_counts_on_it() -> None:
    said = {"operational": {"4": 2, "24": 4}}
    one = told("payroll", None, None, said, functions={"f": "F", "g": "G"}, dependents=3)
    wanted = (
        "cannot be borne after 24 h: Operational reaches Major; serves 2 critical functions; 3 processes depend on it"
    )
    assert why(one, SCALES) == wanted
    assert "as its unit says; 24 h follow from the impact" in why(told("payroll", 12, 4, said), SCALES)
    assert why(told("tours", None, None), SCALES) == "can be borne for as long as is asked"
    assert why(told("tours", None, None, full=False), SCALES) == "its unit names no limit"


# Impact over time


@slowly
@given(processes())
def test_at_each_time_a_category_is_as_bad_as_its_worst_process(found: list[Told]) -> None:
    courses = over_time(found, SCALES)
    assert [course.category.key for course in courses] == KEYS
    for course in courses:
        for cell in course.cells:
            said = [value_at(one.levels.get(course.category.key, ()), cell.hour) for one in found]
            known = [value for value in said if value is not None]
            assert cell.level == (max(known) if known else None)
            assert cell.unbearable == sum(value >= SCALES.intolerable for value in known)
    worst = highest(courses)
    assert len(worst) == len(SCALES.hours)


def test_amounts_add_up_and_levels_do_not() -> None:
    from msgspec.structs import replace

    money = replace(SCALES.categories[2], unit="USD", amounts=(1e4, 1e5, 1e6, 1e7))
    scales = replace(SCALES, categories=(*SCALES.categories[:2], money, SCALES.categories[3]))
    rows = []
    for key, amount in (("one", 60_000.0), ("two", 50_000.0)):
        read = Grid.read({"financial": {"24": amount}}, scales)
        line = tuple((h, float(v)) for h, v in read.levels(scales)["financial"])
        rows.append(
            Told(key, key, HERE, None, limits_of(read, scales), levels={"financial": line},
                 amounts={"financial": read.rows["financial"]})
        )  # fmt: skip
    course = over_time(rows, scales)[2]
    assert [(cell.level, cell.amount) for cell in course.cells[:4]] == [
        (None, None),
        (None, None),
        (2, 110_000),
        (2, 110_000),
    ]


# Who needs what by when

KINDS = ["people", "facility", "application", "supplier"]


@st.composite
def wants(draw: st.DrawFn, of: list[Told]) -> list[Wanted]:
    found = []
    for n in range(draw(st.integers(0, 12)) if of else 0):
        kind = draw(st.sampled_from(KINDS))
        needs = draw(st.integers(1, 40)) / 4
        sources = tuple(
            Source(f"{kind}{k}", f"{kind}{k}", kind, 10)
            for k in draw(st.lists(st.integers(0, 3), max_size=2, unique=True))
        )
        tolerance = draw(st.sampled_from([0.0, 2.0, 24.0]))
        quorum = draw(st.sampled_from([0.0, needs / 2, needs]))
        found.append(Wanted(f"r{n}", draw(st.sampled_from(of)).key, f"r{n}", needs, quorum, tolerance, sources))
    return found


@slowly
@given(st.data())
def test_the_curve_is_the_sum_of_what_is_wanted_by_each_time(data: st.DataObject) -> None:
    """Against the formula of docs/methods, reckoned for each time from nothing."""
    found = data.draw(processes(5))
    by_key = {one.key: one for one in found}
    wanted = data.draw(wants(found))
    needs = needs_of(by_key, wanted)
    for kind, rows in by_kind(needs).items():
        steps = curve(rows)
        assert [step.at for step in steps] == sorted({row.at for row in rows})
        for hour in (0.0, 1.0, 3.0, 4.0, 6.0, 28.0, 1024.0, 1e6):
            total, things = 0.0, set()
            for one in wanted:
                process = by_key[one.process]
                mine = one.sources[0].kind if one.sources else "unnamed"
                if mine != kind or process.limits.rto is None or process.limits.rto + one.tolerance > hour:
                    continue
                n = max(one.needs * (process.minimum or 1), one.quorum)
                total += math.ceil(n) if kind in WHOLE else n
                things |= {source.key for source in one.sources}
            step = at(steps, hour)
            assert step.amount == pytest.approx(total) and step.things == len(things)


@slowly
@given(st.data())
def test_what_is_wanted_never_becomes_less(data: st.DataObject) -> None:
    found = data.draw(processes(5))
    steps = curve(needs_of({one.key: one for one in found}, data.draw(wants(found))))
    for earlier, later in pairwise(steps):
        assert earlier.at < later.at and earlier.amount < later.amount
        assert earlier.things <= later.things and earlier.processes <= later.processes


def test_three_people_at_a_third_are_one_person_and_not_one_and_a_bit_more() -> None:
    one = told("payroll", minimum=0.1)
    staff = (Source("staff", "Staff", "people", 30),)
    (need,) = needs_of({"payroll": one}, [Wanted("r", "payroll", "People", 30, 0, 2, staff)])
    assert (need.amount, need.at) == (3, 6)
    (need,) = needs_of({"payroll": one}, [Wanted("r", "payroll", "People", 31, 0, 2, staff)])
    assert need.amount == 4
    (need,) = needs_of({"payroll": one}, [Wanted("r", "payroll", "People", 30, 12, 2, staff)])
    assert need.amount == 12, "below its quorum a requirement gives nothing"


# What does not fit


def checks(found: Any) -> list[str]:
    return [one.check for one in found]


def need(*sources: Source, needs: float = 1, tolerance: float = 0, **more: Any) -> Wanted:
    return Wanted("r", "p", "Mail", needs, 0, tolerance, sources, **more)


def test_an_application_that_is_promised_back_later_than_its_process_needs_it_is_found() -> None:
    slow, fast = Source("mail", "Mail", "application", 1, restart=8), Source("web", "Web", "application", 1, restart=1)
    one = told("p", rto=4)
    (found,) = of_requirement(one, need(slow), {})
    assert found.check == "slow_provider" and "promised back within 8 h, and is wanted within 4 h" in found.message
    assert not checks(of_requirement(one, need(slow, tolerance=4), {}))
    assert not checks(of_requirement(one, need(slow, fast), {})), "the other one is enough"
    assert checks(of_requirement(one, need(slow, fast, needs=2), {})) == ["slow_provider"]
    half = told("p", rto=4, minimum=0.5)
    assert not checks(of_requirement(half, need(slow, fast, needs=2), {})), "half of it is enough at the minimum"
    assert not checks(of_requirement(one, need(Source("x", "X", "application", 1)), {})), "nothing is promised"


def test_a_process_that_counts_on_a_slower_one_is_found() -> None:
    other = Source("q", "Q", "process", 1, rto=2)
    assert not checks(of_requirement(told("p", rto=4), need(other), {}))
    assert checks(of_requirement(told("p", rto=4), need(other), {"q": 24.0})) == ["slower_process"]
    assert checks(of_requirement(told("p", rto=1), need(other), {})) == ["slower_process"]


def test_contested_unconfirmed_and_single_suppliers_are_found() -> None:
    one = told("p", rto=None)
    away = Source("s", "S", "supplier", 1, confirmed=False, contested=True, contested_reason="Not us.")
    assert checks(of_requirement(one, need(away), {})) == ["contested", "single_source"]
    assert checks(of_requirement(one, need(Source("s", "S", "supplier", 1, confirmed=False)), {})) == [
        "unconfirmed", "single_source",
    ]  # fmt: skip
    assert not checks(of_requirement(one, need(Source("s", "S", "supplier", 1), fallback=True), {}))


def test_what_an_analysis_says_against_itself_is_found() -> None:
    today = {"mtpd": 24.0, "rto": 4.0, "rpo": 4.0}
    one = told("p", critical=True, minimum=0.5, minimum_agreed=True)
    assert not checks(of_process(one, today))
    assert checks(of_process(told("p", rto=48, critical=True), {**today, "rto": 48.0, "rpo": 48.0})) == [
        "rto_beyond_mtpd", "minimum_not_agreed",
    ]  # fmt: skip
    assert checks(of_process(one, {**today, "rto": 8.0})) == ["limits_differ"]
    people = [Wanted("r", "p", "People", 3, sources=(Source("s", "S", "people", 9),))]
    assert checks(of_people(told("p", staff_minimum=5), people)) == ["fewer_people"]
    assert not checks(of_people(told("p", staff_minimum=3), people))


# From the database


def keys(found: Any) -> list[str]:
    return [one.key for one in found.ranking]


def test_only_what_is_approved_counts_and_a_draft_is_shown_as_such_when_asked_for(
    cast: Cast, full: Analysis, head: User
) -> None:
    fill(the_row(full), cast)
    assert keys(results(TEST, Asked(DAY))) == []
    (draft,) = results(TEST, Asked(DAY, campaign=full.campaign, drafts=True)).ranking
    assert draft.draft and draft.limits.mtpd == 24
    approve(full, head)
    found = results(TEST, Asked(DAY))
    (one,) = found.ranking
    assert (one.key, one.draft, one.critical, one.minimum, one.minimum_agreed) == ("building", False, True, 0.4, True)
    assert one.functions == {"assets": "Protection of staff and assets"} and one.dependents == 0
    assert keys(results(TEST, Asked(date(2008, 9, 30)))) == []
    assert [one.process_key for one in found.findings if one.check == "no_analysis"] == ["geneva-meetings"]


def test_filters_narrow_by_unit_site_function_and_campaign(cast: Cast, full: Analysis, head: User) -> None:
    fill(the_row(full), cast)
    approve(full, head)
    assert keys(results(TEST, Asked(DAY, unit=cast.units["dm"]))) == ["building"]
    assert keys(results(TEST, Asked(DAY, unit=cast.units["unog"]))) == []
    assert keys(results(TEST, Asked(DAY, site=cast.sites["geneva"]))) == []
    assert keys(results(TEST, Asked(DAY, function=cast.nodes["assets"]))) == ["building"]
    assert keys(results(TEST, Asked(DAY, campaign=full.campaign))) == ["building"]
    assert keys(results(TEST, Asked(DAY, campaign=ask(cast, "unog", key="other")))) == []


def test_a_focal_point_sees_the_results_of_her_office_alone(cast: Cast, full: Analysis, head: User) -> None:
    fill(the_row(full), cast)
    approve(full, head)
    geneva = again(user("geneva", "focal_point", unit=cast.units["unog"]))
    found = results(geneva, Asked(DAY))
    assert found.ranking == [] and found.needs == []
    assert {one.process_key for one in found.findings} == {"geneva-meetings"}


def test_people_and_seats_are_wanted_from_the_rto_at_the_minimum_level(cast: Cast, full: Analysis, head: User) -> None:
    fill(the_row(full), cast)
    approve(full, head)
    found = results(TEST, Asked(DAY))
    rows = {need.kind: need for need in found.needs}
    # 10 people and 5 seats at 40 %; the RTO is 4 h, and it does without the offices for 1 h.
    assert (rows["people"].at, rows["people"].amount) == (4, 4)
    assert (rows["facility"].at, rows["facility"].amount) == (5, 2)


def test_a_limit_that_was_changed_since_the_approval_and_a_contested_supply_are_found(
    cast: Cast, full: Analysis, head: User
) -> None:
    fill(the_row(full), cast)
    approve(full, head)
    assert checks(results(TEST, Asked(DAY)).findings) == ["no_analysis"], "a unit need not confirm to itself"
    staff = Node.objects.get(key="fcsd-staff")
    edit_node(TEST, staff, version=staff.version, unit=cast.units["dm"])
    assert checks(results(TEST, Asked(DAY)).findings) == ["no_analysis", "unconfirmed"]
    node = Node.objects.get(key="building")
    edit_node(TEST, node, version=node.version, rto=hours(12))
    supply = Supply.objects.get(requirement__key="building.people")
    contest_supply(TEST, supply, version=supply.version, weight=6, reason="Four have left.")
    found = results(TEST, Asked(DAY)).findings
    assert {"limits_differ", "contested"} <= set(checks(found))
    assert [check for check in CHECKS if check in checks(found)] == list(dict.fromkeys(checks(found)))
    (_unit, counts), *_rest = counted(found)
    assert counts == {"limits_differ": 1, "contested": 1}


def test_the_questions_to_the_database_do_not_grow_with_the_rows(cast: Cast, full: Analysis, head: User) -> None:
    fill(the_row(full), cast)
    approve(full, head)
    with CaptureQueriesContext(connection) as few:
        results(again(head), Asked(DAY))
    grow(full, 200)
    with CaptureQueriesContext(connection) as many:
        found = results(again(head), Asked(DAY))
    assert len(found.ranking) == 201 and len(found.needs) == 2 + 200 * 3
    assert len(many) == len(few)


def grow(analysis: Analysis, count: int, each: int = 3) -> None:
    """More processes in an approved analysis, straight into the tables."""
    unit, provider = analysis.unit, Node.objects.get(key="fcsd-staff")
    nodes = [Node(key=f"more-{n}", kind="process", name=f"More {n}", unit=unit) for n in range(count)]
    Node.objects.bulk_create(nodes)
    rows = [
        ProcessImpact(analysis=analysis, process=node, critical=True, impact=grid(), minimum_level=0.5)
        for node in nodes
    ]
    ProcessImpact.objects.bulk_create(rows)
    needs = [
        Requirement(key=f"{node.key}.{k}", node=node, position=k, name=f"Need {k}", needs=k + 1)
        for node in nodes
        for k in range(each)
    ]
    Requirement.objects.bulk_create(needs)
    Supply.objects.bulk_create([Supply(requirement=need, provider=provider, weight=20) for need in needs])
