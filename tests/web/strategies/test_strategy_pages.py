"""Strategies without a script: made, tried side by side, chosen; what is wrong comes back as it was given."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from holdfast.analysis.choice.actions import propose_candidate
from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.selection.models import Selection
from holdfast.analysis.strategy.models import Strategy
from holdfast.analysis.studies.models import Kind, Study
from holdfast.organization import clock
from holdfast.organization.accounts.roles import Role
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.models import Node
from tests.analysis.test_judging import elsewhere
from tests.analysis.test_strategies import payroll, propose
from tests.cast import TEST, Cast
from tests.web.organization.conftest import Reader

__all__ = ["payroll"]
NEW = {
    "name": "Paper vouchers",
    "kind": "alternate_means",
    "unit": "dm",
    "causes": ["systems"],
    "activation_value": "24",
    "activation_basis": "assumed",
    "cost_value": "3000",
    "cost_basis": "assumed",
}


def text(response: Any) -> str:
    return str(response.content.decode().replace("\u00a0", " "))


def test_a_strategy_is_made_and_says_that_the_model_does_not_know_it(reader: Reader, cast: Cast, payroll: Node) -> None:
    client = reader(Role.PROGRAMME_MANAGER)
    made = client.post(reverse("strategy-new"), NEW)
    assert made.status_code == 302
    strategy = Strategy.objects.get()
    page = reverse("strategy", args=[strategy.key])
    client.post(page + "cover/", {"version": 1, "process": "payroll"})
    said = text(client.get(page))
    assert "The model does not know yet what it does" in said
    assert "New York payroll" in said
    assert "3000 USD" in said


def test_a_transfer_without_a_site_comes_back_as_it_was_typed(reader: Reader, cast: Cast) -> None:
    answer = reader(Role.PROGRAMME_MANAGER).post(reverse("strategy-new"), {**NEW, "kind": "transfer"})
    assert answer.status_code == 422
    assert "Name the site that takes over" in text(answer)
    assert 'value="Paper vouchers"' in text(answer)
    assert not Strategy.objects.exists()


def test_strategies_stand_side_by_side_the_cheapest_that_fits_first(reader: Reader, cast: Cast, payroll: Node) -> None:
    elsewhere(cast, payroll, "dear", 8, 9000)
    elsewhere(cast, payroll, "cheap", 8, 1000)
    elsewhere(cast, payroll, "late", 100, 10)
    said = text(reader(Role.AUDITOR).get(reverse("strategies-compared", args=["payroll"])))
    assert "2 of 3 strategies keep it within its MTPD of 2 d, tried alone." in said
    assert said.index(">Cheap<") < said.index(">Dear<") < said.index(">Late<")
    assert "Choose the ticked ones" not in said


def test_an_unknown_scenario_is_named(reader: Reader, cast: Cast, payroll: Node) -> None:
    answer = reader(Role.AUDITOR).get(reverse("strategies-compared", args=["payroll"]), {"scenario": "none"})
    assert answer.status_code == 400
    assert "There is no scenario “none”." in text(answer)


def test_what_is_ticked_becomes_a_draft(reader: Reader, cast: Cast, payroll: Node) -> None:
    propose(cast, payroll)
    client = reader(Role.PROGRAMME_MANAGER)
    page = reverse("strategies-choose", args=["payroll"])
    assert "checked" in text(client.get(page, {"take": "by-hand"}))
    refused = client.post(page, {"why": "It is there."})
    assert refused.status_code == 422
    assert "It is there." in text(refused)
    client.post(page, {"strategies": ["by-hand"], "why": "It is there.", "title": "Payroll"})
    selection = Selection.objects.get()
    assert selection.agreement.is_draft
    said = text(client.get(reverse("selection", args=[selection.key])))
    assert "By hand" in said and "It is there." in said


def test_the_overview_says_what_lacks_a_choice(reader: Reader, cast: Cast) -> None:
    said = text(reader(Role.PROGRAMME_MANAGER).get(reverse("strategies-lacking")))
    assert "critical process" in said


@pytest.fixture
def answered(cast: Cast) -> Study:
    for key in ("hall", "faster"):
        propose_candidate(
            TEST, key=key, name=key.capitalize(), unit=cast.units["dm"], cost=assumed(5000, "USD", "A guess."),
            effects={"restart": {"building": 1}},
        )  # fmt: skip
    answer = {"bought": ["hall", "faster"], "costs": {"hall": 5000, "faster": 5000}, "without": {}, "scenarios": []}
    study = Study(key="buy", kind=Kind.BEST_BUY, as_of=clock.today(), asked_at=clock.now(), answer=answer)
    study.answered_at = clock.now()
    study.save()
    return study


def test_parts_of_the_best_buy_are_accepted_and_the_rest_stays(reader: Reader, answered: Study) -> None:
    client = reader(Role.PROGRAMME_MANAGER)
    page = reverse("strategies-proposed")
    assert "The best buy proposes 2 parts for 10,000 USD" in text(client.get(page))
    refused = client.post(page, {"take": ["hall"], "why": ""})
    assert refused.status_code == 422
    assert 'value="hall" checked' in text(refused)
    assert 'value="faster" checked' not in text(refused)
    assert client.post(page, {"take": ["hall"], "why": "It is cheap."}).status_code == 302
    assert dict(Candidate.objects.values_list("key", "state")) == {"hall": "chosen", "faster": "idea"}


def test_where_nothing_was_asked_the_page_leads_to_the_question(reader: Reader, cast: Cast) -> None:
    said = text(reader(Role.PROGRAMME_MANAGER).get(reverse("strategies-proposed")))
    assert "No best buy has been worked out yet" in said
    assert reverse("study-new", args=["best-buy"]) in said
