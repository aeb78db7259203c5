"""A record of what was agreed, in words, and the difference of two."""

from __future__ import annotations

from typing import Any

from holdfast.governance.agreement.wording import in_words
from holdfast.governance.differences import Piece, differences, words
from holdfast.governance.policy.models import Policy

FACT = {"value": 4, "unit": "h", "basis": "stated", "source": "A/63/359, 12"}


def record(**changed: Any) -> dict[str, Any]:
    return {
        "title": "Risks of Nairobi",
        "basis": "assumed",
        "owner": {"key": "unon", "name": "United Nations Office at Nairobi"},
        "risks": [{"key": "r1", "name": "Flood", "likelihood": 2, "rate": FACT, "open": True}],
        **changed,
    }


def test_rows_are_named_choices_are_words_and_facts_bring_their_evidence() -> None:
    assert in_words(record(), Policy) == {
        "Title": "Risks of Nairobi",
        "Basis": "assumed",
        "Owner": "United Nations Office at Nairobi",
        "Risks · Flood · Likelihood": "2",
        "Risks · Flood · Rate": "4 h · stated, A/63/359, 12",
        "Risks · Flood · Open": "yes",
    }


def test_a_difference_shows_a_changed_fact_a_new_part_and_one_that_has_gone() -> None:
    before = in_words(record())
    changed = [{"key": "r1", "name": "Flood", "likelihood": 2, "rate": {**FACT, "value": 8}, "open": True}]
    after = in_words(record(risks=[*changed, {"key": "r2", "name": "Fire", "likelihood": 4}]))
    assert [(one.label, one.before, one.after) for one in differences(before, after)] == [
        ("Risks · Flood · Rate", "4 h · stated, A/63/359, 12", "8 h · stated, A/63/359, 12"),
        ("Risks · Fire · Likelihood", "", "4"),
    ]
    gone = differences(before, in_words(record(risks=[])))
    assert [(one.label, one.after) for one in gone] == [
        ("Risks · Flood · Likelihood", ""),
        ("Risks · Flood · Rate", ""),
        ("Risks · Flood · Open", ""),
    ]


def test_the_words_that_changed_in_a_text_are_shown_among_those_that_stay() -> None:
    assert words("All departments go on.", "All offices go on.") == [
        Piece("same", "All "),
        Piece("gone", "departments"),
        Piece("new", "offices"),
        Piece("same", " go on."),
    ]


def test_texts_too_long_to_weave_stand_one_above_the_other() -> None:
    long = "word " * 3000
    assert [piece.kind for piece in words(long, long + "more")] == ["gone", "new"]


def test_texts_with_few_words_in_common_stand_one_above_the_other() -> None:
    before, after = "The report states that it was adopted.", "A second version, for the funds."
    assert words(before, after) == [Piece("gone", before), Piece("new", after)]
