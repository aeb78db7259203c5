"""Risks in a browser, on the Secretariat: an assessment from empty to approved, the roll-up over nine duty stations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from holdfast.organization.places.models import Site
from tests.browser.fitting import misfits

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
PAGES = [
    "/risk/",
    "/risk/sites/",
    "/risk/enterprise/",
    "/risk/priorities/",
    "/risk/risks/",
    "/risk/risks/nairobi-pandemic/",
    "/risk/assessments/risk-assessment-nairobi/",
    "/risk/treatments/second-data-centre/",
    "/risk/elsewhere/dss-security-risk-nairobi/",
    "/risk/hazards/nairobi-unrest/",
    "/risk/hazards/nairobi-unrest/add-footprint/",
    "/risk/judgement/",
]


def test_an_assessment_goes_from_empty_to_approved_without_a_script(enter: Open) -> None:
    """The International School stands in for Headquarters, and nobody has assessed it yet."""
    assert Site.objects.filter(key="unis-venue").exists()
    page = enter("programme-manager", "/risk/assessments/new/", script=False)
    page.get_by_label("Title").fill("The International School")
    page.get_by_label("Site", exact=False).first.select_option("unis-venue")
    page.get_by_label("As of").fill("2009-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#gaps")).to_be_visible()
    expect(page.get_by_text("The natural environment: rate a risk, or say why there is none.")).to_be_visible()

    page.get_by_role("link", name="Rate: Flood").click()
    page.get_by_label("What could happen here").fill("Water from the East River in the ground floor")
    for state, likelihood, impact in (("without any measure", "3", "4"), ("now", "3", "3"), ("wanted", "3", "2")):
        page.get_by_label(f"Likelihood {state}").select_option(likelihood)
        page.get_by_label(f"Impact {state}").select_option(impact)
    page.get_by_label("Rationale").fill("It stands on low ground beside the river.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Water from the East River in the ground floor")).to_be_visible()

    page.get_by_role("link", name="Change", exact=True).first.click()
    page.go_back()
    page.locator("header .acts").get_by_role("link", name="Change").click()
    for environment in ("Political", "Social", "Technological"):
        page.get_by_label(f"{environment} environment").fill("As at Headquarters; nothing of its own.")
    page.get_by_role("button", name="Save").click()
    page.locator("header .acts").get_by_role("link", name="Record who was consulted").click()
    page.get_by_label("Who was consulted").fill("Head of the school")
    page.get_by_label("What they said").fill("The ground floor was under water once.")
    page.get_by_role("button", name="Record").click()

    page.get_by_role("link", name="Submit for approval").click()
    page.get_by_label("or by the person").select_option("crisis-team")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("It waits for")).to_be_visible()
    address = page.url.split("#")[0]

    head = enter("crisis-team", address, script=False)
    head.get_by_role("link", name="Approve").click()
    head.get_by_label("Reason, or the decision").fill("Agreed with the school.")
    head.get_by_role("button", name="Approve").click()
    expect(head.get_by_text("approved", exact=True).first).to_be_visible()

    page.goto("/risk/risks/?site=unis-venue")
    expect(page.get_by_role("link", name="Water from the East River in the ground floor")).to_be_visible()
    expect(page.locator("tbody .chip").first).to_have_text("Medium")


def test_the_roll_up_over_nine_duty_stations_opens_down_to_a_site(enter: Open) -> None:
    page = enter("programme-manager", "/risk/enterprise/")
    expect(page.get_by_text("9 of 9 sites are assessed")).to_be_visible()
    row = page.locator("tbody tr").filter(has=page.get_by_role("link", name="Armed conflict or civil unrest")).first
    row.locator("summary").click()
    expect(row.locator("details li")).to_have_count(9)
    row.get_by_role("link", name="Staff cannot reach the premises, Nairobi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff cannot reach the premises, Nairobi")


def test_a_cell_of_the_heat_map_opens_its_risks(enter: Open) -> None:
    page = enter("auditor", "/risk/")
    cell = page.locator(".heat a").first
    count = int(cell.locator("b").inner_text())
    cell.click()
    expect(page.locator("tbody tr")).to_have_count(count)


def test_a_judgement_is_drawn_while_it_is_typed(enter: Open) -> None:
    page = enter("programme-manager", "/risk/judgement/")
    expect(page.get_by_text("One case in ten is above 3 d")).to_be_visible()
    page.get_by_label("High, or nine in ten at most").fill("96")
    expect(page.get_by_text("One case in ten is above 4 d")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_risk_fit_their_screen_and_can_be_used_by_all(enter: Open, width: int) -> None:
    page = enter("programme-manager", "/risk/", width=width, dark=width == 390)
    wrong = misfits(page, PAGES)
    assert wrong == [], "\n".join(wrong)
