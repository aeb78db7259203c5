"""The policy in a browser: drafted, reviewed, adopted by the body, acknowledged by staff, its versions compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat")]

Open = Callable[..., Page]


@pytest.mark.timeout(300)
def test_a_policy_goes_from_draft_through_review_to_adopted_and_acknowledged(enter: Open) -> None:
    author = enter("administrator", "/governance/policies/new/", script=False)
    author.get_by_label("Title").fill("Policy of Geneva")
    author.get_by_label("Holds for").fill("unog") if author.get_by_label("Holds for").evaluate(
        "field => field.tagName"
    ) == "INPUT" else author.get_by_label("Holds for").select_option("unog")
    author.get_by_label("Scope").fill("The Office at Geneva.")
    author.get_by_label("Purpose").fill("Meetings go on.")
    author.get_by_label("Objectives").fill("Protect staff.\nHold meetings.")
    author.get_by_label("Activities").fill("Write plans.")
    author.get_by_role("button", name="Save").click()
    address = author.url
    expect(author.locator("main")).to_contain_text("It is being written, and can be submitted.")
    author.get_by_role("link", name="Submit for adoption").click()
    author.get_by_label("Decided by the body").select_option("sept") if author.get_by_label(
        "Decided by the body"
    ).evaluate("field => field.tagName") == "SELECT" else author.get_by_label("Decided by the body").fill("sept")
    author.get_by_label("Director-General, Geneva").check()
    author.get_by_role("button", name="Submit").click()
    expect(author.locator("main")).to_contain_text("It waits for Senior Emergency Policy Team.")

    reviewer = enter("unit-head", "/governance/agreements/")
    reviewer.locator("section.kind").get_by_role("link", name="Policy of Geneva").click()
    reviewer.get_by_role("link", name="Answer the review").click()
    reviewer.get_by_label("agrees").check()
    reviewer.get_by_role("button", name="Send the answer").click()
    expect(reviewer.locator("main")).to_contain_text("agrees")

    secretary = enter("programme-manager", address)
    secretary.get_by_role("link", name="Adopt").click()
    secretary.get_by_label("Day of the decision").fill("2008-03-14")
    secretary.get_by_label("By which decision, or why").fill("Meeting of the team.")
    secretary.get_by_role("button", name="Adopt").click()
    expect(secretary.locator("main")).to_contain_text("Adopted by Senior Emergency Policy Team on 14 March 2008.")

    reader = enter("unit-head", address, width=390, dark=True)
    reader.get_by_role("button", name="I have read it").click()
    expect(reader.locator("main")).to_contain_text("You acknowledged it on")


def test_the_second_version_of_the_policy_shows_what_is_new_in_it(enter: Open) -> None:
    page = enter("auditor", "/governance/policies/bcm-policy-2/")
    page.get_by_role("link", name="What is new").first.click()
    expect(page.locator("h1")).to_have_text("Version 2 against version 1")
    expect(page.locator("ins", has_text="New York-based funds and programmes").first).to_be_visible()
