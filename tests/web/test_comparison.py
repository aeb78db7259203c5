"""Two answers side by side say what is better, what is worse and what is the same."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from holdfast.web.pages.whatif.comparison import Comparison, Verdict
from holdfast.web.pages.whatif.example import Example
from holdfast.web.pages.whatif.question import Hit, Question

LONG = "hit=hall&loss=1&start=1&duration=72&horizon=720"
SHORT = "hit=hall&loss=1&start=1&duration=4&horizon=720"
NEVER_FELT = "hit=odd.id%3A1&horizon=720"


def compared(page: Client, one: str, other: str, **more: str) -> Any:
    return page.get(f"/what-if/compare/?{urlencode({'one': one, 'other': other, **more})}")


def verdicts(answer: Any) -> dict[str, str]:
    return {node: pair["verdict"] for node, pair in answer.json()["processes"].items()}


def test_a_shorter_loss_is_better_and_the_other_way_round_worse(page: Client) -> None:
    shorter = verdicts(compared(page, LONG, SHORT, format="json"))
    longer = verdicts(compared(page, SHORT, LONG, format="json"))
    assert shorter["p-ledger"] == shorter["f-pay"] == "better" and longer["p-ledger"] == longer["f-pay"] == "worse"
    assert shorter["f-guard"] == longer["f-guard"] == "same"
    assert set(shorter) == set(longer)


def test_the_same_question_twice_is_the_same(page: Client) -> None:
    answer = compared(page, LONG, LONG)
    assert "Both questions have the same answer" in answer.content.decode()
    assert set(verdicts(compared(page, LONG, LONG, format="json")).values()) == {"same"}


def test_the_page_says_in_a_sentence_what_differs_and_by_how_much(page: Client) -> None:
    text = compared(page, LONG, SHORT).content.decode().replace("\u00a0", " ")
    assert "In the second, 1 critical function is better (Payments go out)." in text
    assert "less down" in text and "Financial" in text and "▲" in text
    assert "The other way round" in text


def test_a_saved_scenario_and_a_pasted_address_are_compared(page: Client) -> None:
    answer = compared(page, "scenario=hall-lost", f"http://testserver/what-if/?{SHORT}#processes")
    text = answer.content.decode()
    assert answer.status_code == 200 and "Machine hall lost" in text and "better" in text


def test_bad_questions_are_named_and_nothing_is_lost(page: Client) -> None:
    answer = compared(page, LONG, "hit=nobody")
    assert answer.status_code == 400
    assert "Nothing here has the id “nobody”" in answer.content.decode()
    assert 'value="scenario=hall-lost" selected' in answer.content.decode()
    assert 'value="hit=nobody" selected' in answer.content.decode()
    told = compared(page, LONG, "scenario=none", format="json")
    assert told.status_code == 400 and "There is no saved scenario “none”" in told.json()["error"]
    assert page.get("/what-if/compare/?format=json").status_code == 400


def test_until_two_are_chosen_the_page_asks_for_them(page: Client) -> None:
    answer = page.get("/what-if/compare/")
    assert answer.status_code == 200 and "Choose two questions" in answer.content.decode()


def test_the_answer_leads_to_a_comparison_with_the_question_before(page: Client) -> None:
    text = page.get(f"/what-if/?{SHORT}&against={LONG.replace('&', '%26').replace('=', '%3D')}").content.decode()
    assert "Compare with the question before" in text
    link = text[text.index("/what-if/compare/?one=") :].split('"')[0].replace("&amp;", "&")
    assert verdicts(page.get(link + "&format=json"))["f-pay"] == "better"


@pytest.mark.parametrize("loss", [0.2, 0.5, 1.0])
def test_every_verdict_turns_round_with_the_sides(example: Example, loss: float) -> None:
    one = Question((Hit("hall", 1.0, 0.0, 24.0),), 720.0)
    other = Question((Hit("ledger-app", loss, 2.0, 48.0), Hit("guards", loss, 0.0, None)), 720.0)
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER, Verdict.SAME: Verdict.SAME}
    there, back = Comparison(example, one, other), Comparison(example, other, one)
    assert [turned[pair.verdict] for pair in there.functions] == [pair.verdict for pair in back.functions]
    assert {pair.one.node: turned[pair.verdict] for pair in there.processes} == {
        pair.one.node: pair.verdict for pair in back.processes
    }
    assert there.same == back.same
    assert all(pair.difference for pair in [*there.processes, *back.processes])
