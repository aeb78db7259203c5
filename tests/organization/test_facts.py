"""A figure says where it comes from."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from holdfast.organization.evidence.fact import BadFact, Basis, Fact, UnitsDiffer, assumed, measured, stated
from holdfast.organization.structure.actions.nodes import create_node, edit_node
from holdfast.organization.structure.models import Node
from tests.cast import TEST, Cast, hours


def test_a_figure_keeps_its_evidence(cast: Cast) -> None:
    fact = Fact(
        24.0,
        "h",
        Basis.STATED,
        "A/63/359, paragraph 56",
        date(2008, 10, 1),
        date(2009, 10, 1),
        "bcmu-head",
        low=12,
        high=48,
    )
    node = create_node(TEST, key="printer", kind="equipment", name="Printer", restart_promised=fact)
    assert Node.objects.get(pk=node.pk).restart_promised == fact


def test_a_figure_can_be_asked_for_by_its_value(cast: Cast) -> None:
    for key, value in (("slow", 100.0), ("quick", 0.5), ("unknown", None)):
        create_node(TEST, key=key, kind="equipment", name=key, restart_promised=hours(value))
    create_node(TEST, key="silent", kind="equipment", name="silent")
    equipment = Node.objects.filter(kind="equipment")
    assert [n.key for n in equipment.filter(restart_promised__value__gt=24)] == ["slow"]
    assert [n.key for n in equipment.filter(restart_promised__value__lte=0.5)] == ["quick"]
    assert {n.key for n in equipment.filter(restart_promised__value__isnull=True)} == {"unknown", "silent"}
    assert {n.key for n in equipment.filter(restart_promised__basis="assumed")} == {"slow", "quick", "unknown"}
    assert [n.key for n in equipment.filter(restart_promised__isnull=True)] == ["silent"]


def test_a_figure_that_is_taken_away_is_gone(cast: Cast) -> None:
    node = cast.nodes["ny-power"]
    edit_node(TEST, node, version=1, restart_promised=None)
    assert Node.objects.get(pk=node.pk).restart_promised is None
    assert Node.objects.filter(key="ny-power", restart_promised__isnull=True).exists()


def test_wanted_promised_and_measured_are_three_figures(cast: Cast) -> None:
    node = edit_node(
        TEST, cast.nodes["ny-power"], version=1, restart_measured=measured(3, "h", "exercise", date(2008, 6, 1))
    )
    assert (node.restart_promised.value, node.restart_measured.value, node.restart.value) == (1, 3, 3)


@pytest.mark.parametrize(
    ("fact", "complaint"),
    [
        (stated(4, "h", ""), "needs its source"),
        (assumed(float("nan"), "h"), "finite"),
        (assumed(4, " "), "unit is missing"),
        (assumed(4, "h", low=5, high=6), "follow each other"),
        (assumed(4, "h", low=3), "low and a high"),
        (assumed(4, "h", p90=3), "90th percentile"),
        (assumed(4, "h", as_of=date(2009, 1, 1), valid_until=date(2008, 1, 1)), "valid until"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(fact: Fact, complaint: str) -> None:
    with pytest.raises(BadFact, match=complaint):
        fact.check()


def test_a_figure_in_the_wrong_unit_or_out_of_bounds_is_refused_by_its_field(db: None) -> None:
    with pytest.raises(ValidationError, match="Wanted a figure in h, got days"):
        create_node(TEST, key="a", kind="process", name="A", rto=assumed(4, "days"))
    with pytest.raises(ValidationError, match="Wanted 0 or more, got -1"):
        create_node(TEST, key="a", kind="process", name="A", rto=hours(-1))
    with pytest.raises(ValidationError, match="Wanted at most 1, got 2"):
        create_node(TEST, key="a", kind="process", name="A", minimum_level=assumed(2, "share"))
    with pytest.raises(ValidationError, match="rto"):
        create_node(TEST, key="a", kind="process", name="A", rto={"value": "soon", "unit": "h"})  # type: ignore[typeddict-item]


def test_figures_compare_only_in_one_unit() -> None:
    assert hours(4).exceeds(hours(3)) is True
    assert hours(4).exceeds(hours(None)) is None
    assert hours(4).says_the_same(stated(4, "h", "elsewhere"))
    with pytest.raises(UnitsDiffer):
        hours(4).exceeds(assumed(1, "days"))


def test_a_person_reads_the_figure_with_its_evidence() -> None:
    assert stated(48, "h", "A/63/359, paragraph 12").text() == "48 h · stated, A/63/359, paragraph 12"
    assert assumed(None, "h", "nobody was asked").text() == "not known · assumed, nobody was asked"
    assert assumed(2, "h", "a guess", low=1, high=4.5).text() == "2 h (1 to 4.5) · assumed, a guess"


def test_a_figure_ages() -> None:
    fact = assumed(4, "h", valid_until=date(2009, 1, 1))
    assert fact.is_current(date(2008, 12, 31))
    assert not fact.is_current(date(2009, 1, 1))
