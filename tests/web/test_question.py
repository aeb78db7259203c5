"""What an address asks, and what is said of one that asks nothing sensible."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from holdfast.web.pages.whatif.example import Example
from holdfast.web.pages.whatif.question import Hit, Question, quantity, read_question


def asked(example: Example, query: str) -> Question:
    result = read_question(QueryDict(query), example)
    assert result.question is not None, (result.errors, [row.errors for row in result.rows])
    return result.question


def test_an_address_holds_the_whole_question(example: Example) -> None:
    question = asked(
        example, "hit=hall&loss=1&start=0&duration=72&hit=guards&loss=0.5&start=4&duration=never&horizon=100"
    )
    assert question.hits == (Hit("hall", 1, 0, 72), Hit("guards", 0.5, 4, None))
    assert question.horizon == 100


def test_what_is_left_out_has_a_default(example: Example) -> None:
    assert asked(example, "hit=hall") == Question((Hit("hall", 1, 0, 72),), 2160)


def test_times_may_carry_their_unit_and_a_loss_its_sign(example: Example) -> None:
    question = asked(example, "hit=hall&loss=40%25&start=30min&duration=3d&horizon=2w")
    assert question == Question((Hit("hall", 0.4, 0.5, 72),), 336)


def test_a_saved_scenario_is_asked_by_its_name(example: Example) -> None:
    question = asked(example, "scenario=hall-lost")
    assert question.hits == (Hit("hall", 1, 1, 72),)
    assert question.saved is not None and question.address().urlencode() == "scenario=hall-lost"


def test_hits_that_are_a_saved_scenario_are_known_as_it(example: Example) -> None:
    question = asked(example, "hit=hall&loss=1&start=1&duration=72&horizon=720")
    assert question.saved is not None and question.saved.slug == "hall-lost"


@pytest.mark.parametrize(
    "question",
    [
        Question((Hit("hall", 0.333333, 1 / 3600, 1 / 3600),), 5),
        Question((Hit("odd.id:1", 1, 0, None), Hit("hall", 0.000001, 12.5, 1000)), 2160),
    ],
)
def test_an_address_read_again_asks_the_same(example: Example, question: Question) -> None:
    assert asked(example, question.address().urlencode()) == question


def test_the_form_asks_in_percent_and_units(example: Example) -> None:
    form = "ask=1&hit=hall&percent=40&start=2&start-unit=d&duration=1&duration-unit=w&horizon=30&horizon-unit=d&do=show"
    assert asked(example, form) == Question((Hit("hall", 0.4, 48, 168),), 720)


def test_the_form_adds_and_removes(example: Example) -> None:
    form = "ask=1&hit=hall&percent=40&start=0&start-unit=h&duration=&duration-unit=never&horizon=90&horizon-unit=d"
    assert asked(example, form + "&add=guards").hits == (Hit("hall", 0.4, 0, None), Hit("guards", 1, 0, 72))
    assert read_question(QueryDict(form + "&remove=0"), example).rows == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("hit=hall&loss=0", "percent"),
        ("hit=hall&loss=1.5", "percent"),
        ("hit=hall&loss=nan", "percent"),
        ("hit=hall&start=-1", "start"),
        ("hit=hall&start=1e9", "start"),
        ("hit=hall&duration=0", "duration"),
        ("hit=hall&duration=", "duration"),
        ("hit=hall&duration=inf", "duration"),
        ("hit=nothing-here", "node"),
        ("ask=1&hit=hall&percent=&start=0&start-unit=h&duration=1&duration-unit=h", "percent"),
        ("ask=1&hit=hall&percent=10&start=0&start-unit=h&duration=1&duration-unit=years", "duration"),
    ],
)
def test_a_bad_value_is_named_where_it_stands_and_kept(example: Example, query: str, field: str) -> None:
    result = read_question(QueryDict(query), example)
    assert result.question is None
    assert list(result.rows[0].errors) == [field]


def test_a_bad_horizon_is_kept_as_given(example: Example) -> None:
    result = read_question(QueryDict("hit=hall&horizon=soon"), example)
    assert result.horizon_error and result.horizon == "soon" and result.question is None


def test_more_values_than_hits_are_refused(example: Example) -> None:
    assert read_question(QueryDict("hit=hall&loss=1&loss=0.5"), example).errors


@pytest.mark.parametrize(
    ("text", "hours"), [("72", 72), ("3 d", 72), ("1,5h", 1.5), ("1w", 168), ("٣", None), ("", None)]
)
def test_a_time_is_a_number_with_or_without_its_unit(text: str, hours: float | None) -> None:
    assert quantity(text) == hours
