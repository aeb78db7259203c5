"""The what-if page in a browser, on the Secretariat: read, looked through, printed small, and without scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat")]

DATA_CENTRE = "/what-if/?scenario=primary-data-centre-lost-72-h"
HEADQUARTERS = "/what-if/?scenario=headquarters-inaccessible-10-days"
PAGES = [
    "/what-if/",
    DATA_CENTRE,
    HEADQUARTERS + "&show=all&find=bank",
    "/what-if/?hit=nothing-here&loss=9&horizon=soon",
    "/what-if/node/f6/",
    "/what-if/model/",
    "/no-such-page",
]
Open = Callable[..., Page]


@pytest.mark.parametrize(
    ("address", "width", "dark"),
    [(address, width, dark) for address in PAGES[:4] for width in (390, 1440) for dark in (False, True)]
    + [(address, width, dark) for address in PAGES[4:] for width, dark in ((390, True), (1440, False))],
)
def test_axe_finds_nothing_serious(open_page: Open, address: str, width: int, dark: bool) -> None:
    page = open_page(address, width=width, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    report = Axe().run(page).response
    assert {"color-contrast", "document-title"} <= {rule["id"] for rule in report["passes"]}
    found = report["violations"]
    serious = [
        (v["id"], v["nodes"][0]["html"], v["nodes"][0].get("failureSummary"))
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_hangs_over_the_edge_of_a_phone(open_page: Open, address: str, direction: str) -> None:
    page = open_page(address, width=390)
    page.evaluate("d => { document.documentElement.dir = d }", direction)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [1440, 390])
def test_from_a_scenario_to_its_finding_its_chain_and_its_csv(open_page: Open, script: bool, width: int) -> None:
    page = open_page("/what-if/", width=width, script=script)
    page.get_by_text("saved scenarios").click()
    page.get_by_role("link", name="Primary data centre lost for 72 h").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Primary data centre lost for 72 h")
    expect(page.locator(".verdict")).to_contain_text("critical functions stop")
    stopped = page.locator(".functions tbody tr").filter(has=page.locator("details")).first
    stopped.locator("summary").first.click()
    expect(stopped.locator(".chain li").last).to_contain_text("Headquarters data centre")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert sum(row["Kind"] == "Critical function" for row in rows) == 6


@pytest.mark.parametrize("script", [True, False])
def test_a_question_is_put_together_by_search(open_page: Open, script: bool) -> None:
    page = open_page("/what-if/", width=390, script=script)
    page.get_by_label("Search by name, site, unit or kind").fill("bank")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("button", name="Add").first.click()
    page.get_by_label("Loss").fill("50")
    page.get_by_label("For", exact=True).fill("")
    page.get_by_role("button", name="Show what fails").click()
    expect(page.locator(".error")).to_contain_text("Give the duration as a number")
    expect(page.get_by_label("Loss")).to_have_value("50")
    page.get_by_label("For", exact=True).fill("5")
    page.get_by_role("button", name="Show what fails").click()
    assert "loss=0.5&start=0&duration=120" in page.url
    expect(page.locator(".verdict")).to_be_visible()


def test_enter_in_a_field_asks_the_question(open_page: Open) -> None:
    page = open_page(HEADQUARTERS)
    page.get_by_label("For", exact=True).fill("3")
    page.get_by_label("For", exact=True).press("Enter")
    page.wait_for_url("**duration=72**")


def test_a_changed_hit_is_answered_in_place_and_going_back_asks_the_question_before(open_page: Open) -> None:
    page = open_page(HEADQUARTERS)
    page.evaluate("window.same = true")
    page.locator("#ask input[name=duration]").first.fill("2")
    page.locator("#ask button.primary").last.click()
    expect(page.get_by_role("listitem").filter(has_text="for 2 d").first).to_be_visible()
    assert "hit=" in page.url and "do=" not in page.url and page.evaluate("window.same")
    expect(page.locator("#ask button.primary")).to_be_focused()
    expect(page.locator("p.hide[role=status]")).to_have_text(page.locator(".finding .lead").inner_text())
    page.locator(".timeline svg.bar, .timeline td.time").first.hover()
    expect(page.locator(".readout")).to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Headquarters complex inaccessible for 10 days")


def test_a_mistake_in_the_question_is_said_in_place(open_page: Open) -> None:
    page = open_page(HEADQUARTERS)
    page.locator("#ask input[name=duration]").first.fill("soon")
    page.locator("#ask button.primary").last.click()
    expect(page.locator("#ask input[name=duration]").first).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#ask input[name=duration]").first).to_have_value("soon")


def test_the_time_under_the_pointer_is_read_out(open_page: Open) -> None:
    page = open_page(DATA_CENTRE)
    axis = page.get_by_role("slider").first
    axis.focus()
    for _ in range(3):
        axis.press("ArrowRight")
    expect(page.locator(".readout")).to_contain_text("after the start")
    axis.press("End")
    assert axis.get_attribute("aria-valuenow") == axis.get_attribute("aria-valuemax")
    axis.press("Home")
    expect(page.locator(".readout")).to_contain_text("0\u00a0h after the start")
    page.locator(".functions tbody tr .bars").nth(1).hover()
    expect(page.locator(".readout")).to_contain_text("Security Council and General Assembly: ")


def test_the_keyboard_comes_first_to_the_skip_link(open_page: Open) -> None:
    page = open_page(DATA_CENTRE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_dark_is_kept_without_a_script(open_page: Open) -> None:
    page = open_page(DATA_CENTRE, script=False)
    page.get_by_role("button", name="Dark").click()
    assert page.url.endswith(DATA_CENTRE)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_a_page_and_its_styles_stay_under_150_kb(client: Client) -> None:
    styles = Path(settings.PACKAGE, "web", "static", "holdfast.css").stat().st_size
    assert styles <= 30_000
    scenarios = sorted((settings.EXAMPLE_DIR / "scenarios").glob("*.json"))
    assert len(scenarios) >= 12
    sizes = {path.stem: len(client.get(f"/what-if/?scenario={path.stem}").content) + styles for path in scenarios}
    assert {name: size for name, size in sizes.items() if size >= 150_000} == {}
