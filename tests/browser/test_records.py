"""Vital records in a browser, on the Secretariat."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fitting import misfits

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
PAGES = [
    "/records/",
    "/records/scenarios/",
    "/records/order/",
    "/records/vital-records/",
    "/records/vital-records/new/",
    "/records/vital-records/hq-contract-files/",
    "/records/vital-records/hq-contract-files/add-copy/",
]


def test_a_copy_elsewhere_turns_a_lost_record_into_one_that_is_had_without_a_script(enter: Open) -> None:
    page = enter("programme-manager", "/records/vital-records/hq-legal-files/", script=False)
    expect(page.locator(".lead")).to_contain_text("It is lost, too old or not had in time")
    page.get_by_role("link", name="Add a copy").click()
    page.get_by_label("Medium").select_option("microfilm")
    page.get_by_label("Lies at").select_option("geneva")
    page.locator("#id_reached_within_value").fill("12")
    page.locator("#id_reached_within_basis").select_option("assumed")
    page.get_by_label("Copied every").fill("24")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator(".lead")).to_contain_text("Whichever place is lost, it is had.")


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_records_fit_their_screen_and_can_be_used_by_all(enter: Open, width: int) -> None:
    page = enter("programme-manager", "/records/", width=width, dark=width == 390)
    wrong = misfits(page, PAGES, unfold="details.still > summary")
    assert wrong == [], "\n".join(wrong)
