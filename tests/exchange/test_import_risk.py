"""Hazards and assessments in files: the importer refuses what the acts refuse, and makes what they make."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from holdfast.analysis.risk.actions import assessments as acts
from holdfast.analysis.risk.models import Assessment, Finding, Rating
from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read
from holdfast.exchange.writing import Overtaken
from holdfast.governance.agreement.models import Agreement
from tests.cast import TEST, Cast, again, user

GUESS = {"basis": "assumed", "source": "A guess."}
LEVELS = {
    "inherent_likelihood": 4,
    "inherent_impact": 4,
    "current_likelihood": 4,
    "current_impact": 3,
    "target_likelihood": 3,
    "target_impact": 2,
    "rationale": "Twice in ten years.",
}
THREATS = [{"key": "flood", "name": "Flood", "environment": "natural", "origin": "environmental"}]
HAZARDS = [{"key": "h", "name": "Flood", "threat": "flood", "rate": {"value": 0.1, **GUESS}}]
FOOTPRINT = {
    "hazard": "h",
    "position": 0,
    "chance": {"value": 1, **GUESS},
    "loss": {"value": 0.5, **GUESS},
    "duration": {"value": 8, "p90": 72, **GUESS},
}
RISKS = [{"key": "r", "title": "Flood", "site": "nairobi", "threat": "flood"}]
ASSESSMENTS = [{"key": "a", "title": "Nairobi", "site": "nairobi", "as_of": "2008-10-01", "kind": "extra"}]
RATINGS = [{"assessment": "a", "risk": "r", **LEVELS}]
CONSULTED = [{"assessment": "a", "who": "Adviser", "on": "2008-10-01", "said": "Agreed."}]
ALL: dict[str, Any] = {
    "threats": THREATS,
    "risks": RISKS,
    "assessments": ASSESSMENTS,
    "ratings": RATINGS,
    "consultations": CONSULTED,
}


def problems(**records: Any) -> list[str]:
    return [str(problem) for problem in preview(TEST, records).problems]


def take_in(**records: Any) -> None:
    found = preview(TEST, records)
    assert found.can_be_applied, [str(problem) for problem in found.problems]
    apply(TEST, found)


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ({"nodes": ["nowhere"]}, "footprints[0].nodes: There is no process or resource with the key “nowhere”."),
        ({}, "footprints[0].nodes: This names nothing"),
        ({"kind": "supplier"}, "footprints[0].kind: This selects nothing"),
        ({"kind": "people", "tag": "none"}, "footprints[0].tag: This selects nothing"),
        ({"nodes": ["ny-power"], "site": "geneva"}, "footprints[0].nodes: Name what is hit"),
    ],
)
def test_a_footprint_that_names_nothing_is_refused_with_its_place(cast: Cast, which: Any, said: str) -> None:
    (problem,) = problems(threats=THREATS, hazards=HAZARDS, footprints=[{**FOOTPRINT, **which}])
    assert problem.startswith(said)


def test_a_footprint_may_name_what_comes_with_the_same_file(cast: Cast) -> None:
    new = {"resources": [{"key": "new", "kind": "supplier", "name": "New", "site": "geneva"}]}
    for which in ({"nodes": ["new"]}, {"kind": "supplier"}, {"kind": "supplier", "site": "geneva"}):
        assert problems(threats=THREATS, hazards=HAZARDS, footprints=[{**FOOTPRINT, **which}], **new) == []


def test_an_assessment_comes_in_as_a_draft_that_can_be_approved(cast: Cast) -> None:
    take_in(**ALL)
    assessment = Assessment.objects.select_related("agreement", "site", "unit").get()
    agreement = assessment.agreement
    assert (agreement.state, agreement.kind, agreement.key) == ("draft", "risk-assessment", "a")
    assert (agreement.address, agreement.site.key) == ("/risk/assessments/a/", "nairobi")
    assert Agreement.history.filter(id=agreement.pk).count() == 1
    head = again(user("head", "unit_head"))
    acts.submit_assessment(TEST, assessment, version=1, approver=head)
    acts.approve_assessment(head, assessment, version=1, on=date(2008, 10, 2), reason="Sound.")
    refused = problems(ratings=[{**RATINGS[0], "current_impact": 2}])
    assert "was approved on" in refused[0]
    assert "was approved on" in problems(assessments=[{"key": "a", "scope": "Other"}])[0]
    assert problems(ratings=RATINGS) == [], "the same again changes nothing"


def test_a_draft_is_changed_by_a_file_and_its_agreement_with_it(cast: Cast) -> None:
    take_in(**ALL)
    take_in(assessments=[{"key": "a", "title": "Nairobi, again"}], ratings=[{**RATINGS[0], "current_impact": 2}])
    assert Rating.objects.get().current_impact == 2
    assert Agreement.objects.get().title == "Nairobi, again"


def test_what_was_submitted_after_the_preview_is_not_written_over(cast: Cast) -> None:
    take_in(**ALL)
    found = preview(TEST, {"ratings": [{**RATINGS[0], "current_impact": 2}]})
    assessment = Assessment.objects.select_related("agreement", "site", "unit").get()
    acts.submit_assessment(TEST, assessment, version=1, approver=again(user("head", "unit_head")))
    with pytest.raises(Overtaken):
        apply(TEST, found)
    assert Rating.objects.get().current_impact == 3


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ({"current_likelihood": 9}, "ratings[0].current_likelihood: There is no likelihood 9"),
        ({"target_likelihood": 5, "target_impact": 5}, "ratings[0].target_likelihood: What is wanted cannot be worse"),
        ({"inherent_likelihood": 1, "inherent_impact": 1}, "ratings[0].inherent_likelihood: What is cannot be worse"),
    ],
)
def test_a_rating_off_the_scale_is_refused_with_its_place(cast: Cast, levels: dict[str, int], said: str) -> None:
    (problem,) = problems(**{**ALL, "ratings": [{**RATINGS[0], **levels}]})
    assert problem.startswith(said)


def test_what_others_found_is_taken_in_once(cast: Cast) -> None:
    outside = {"key": "dss", "title": "Security", "made_by": "DSS", "document": "SRA", "as_of": "2008-06-30"}
    finding = {"outside": "dss", "number": 1, "title": "Unrest", "level": "high"}
    take_in(outside_assessments=[outside], findings=[finding], threats=THREATS, risks=RISKS)
    assert "stays as it was" in problems(outside_assessments=[{**outside, "made_by": "Us"}])[0]
    assert "stays as it was" in problems(findings=[{**finding, "level": "low"}])[0]
    take_in(findings=[{**finding, "risk": "r"}])
    assert Finding.objects.get().risk.key == "r"


def test_assessments_and_hazards_go_out_as_a_workbook_and_come_back_unchanged(cast: Cast) -> None:
    take_in(**ALL, hazards=HAZARDS, footprints=[{**FOOTPRINT, "nodes": ["ny-power"]}])
    found = preview(TEST, read(export_workbook(export(TEST)), "out.xlsx"))
    assert [str(problem) for problem in found.problems] == []
    assert found.nothing_to_do
