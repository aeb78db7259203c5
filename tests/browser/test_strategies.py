"""Strategies in a browser, on the Secretariat: the best buy accepted in parts, side by side, chosen, approved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.studies.models import Kind, Study
from holdfast.organization import clock
from tests.browser.fitting import misfits

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
PAGES = [
    "/strategies/",
    "/strategies/strategies/",
    "/strategies/strategies/humanitarian-desk-in-geneva/",
    "/strategies/strategies/new/",
    "/strategies/processes/hq-treasury/",
    "/strategies/processes/hq-treasury/choose/",
    "/strategies/selections/strategies-controller/",
    "/strategies/selections/strategies-dfs/",
    "/strategies/propose/",
]


def answered() -> None:
    """As the job answers the question of the example, with two parts."""
    study = Study.objects.filter(kind=Kind.BEST_BUY).latest("pk")
    bought = ["field-banks", "licences-1200"]
    study.answer = {
        "bought": bought, "scenarios": ["main-bank-fails"],
        "costs": {"field-banks": 80_000.0, "licences-1200": 250_000.0},
        "without": {"field-banks": [{"process": "f6", "scenario": 0, "longest_outage": 68.0}]},
    }  # fmt: skip
    study.answered_at = clock.now()
    study.save()


def test_from_a_proposal_to_an_approved_choice(enter: Open) -> None:
    answered()
    page = enter("programme-manager", "/strategies/propose/", script=False)
    page.get_by_label("Accept 200 more telework licences, New York").uncheck()
    page.get_by_label("Why these are accepted").fill("The treasury waits for two days at most.")
    page.get_by_role("button", name="Accept the ticked parts").click()
    expect(page.get_by_role("status")).to_contain_text("1 part is accepted.")
    states = Candidate.objects.filter(key__in=["field-banks", "licences-1200"]).values_list("key", "state")
    assert dict(states) == {"field-banks": "chosen", "licences-1200": "idea"}

    page.goto("/strategies/processes/hq-treasury/")
    page.get_by_label("Choose Urgent payments through the field banks").check()
    page.get_by_role("button", name="Choose the ticked ones").click()
    expect(page.get_by_label("Urgent payments through the field banks")).to_be_checked()
    page.get_by_label("Why these").fill("It is the only one that comes before the second day.")
    page.get_by_label("Title of a new one").fill("The treasury, when the main bank fails")
    page.get_by_role("button", name="Save the choice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The treasury, when the main bank fails")

    page.get_by_role("link", name="Submit for approval").click()
    page.get_by_label("or by the person").select_option("crisis-team")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("header.finding")).to_contain_text("in review")
    address = page.url.split("#")[0]

    page = enter("crisis-team", address, script=False)
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_label("Reason, or the decision").fill("Agreed.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("header.finding")).to_contain_text("approved")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_of_strategies_have_no_fault_that_axe_finds(enter: Open, width: int) -> None:
    answered()
    page = enter("programme-manager", PAGES[0], width=width)
    wrong = misfits(page, PAGES)
    assert wrong == [], "\n".join(wrong)
