"""Signing in, one's account and the first start, in a browser: readable, usable by keyboard and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from holdfast.organization.accounts.actions import found_installation
from holdfast.organization.accounts.roles import Role
from tests.cast import TEST, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]


@pytest.fixture
def example() -> None:
    found_installation(TEST, example=True)
    for role in Role:
        user(f"as-{role}", role)


def signed_in(open_page: Open, address: str, **more: object) -> Page:
    page = open_page(f"/sign-in/?next={address}", **more)
    page.get_by_role("button", name="administrator").click()
    page.wait_for_url(f"**{address}")
    return page


def serious(page: Page) -> list[object]:
    report = Axe().run(page).response
    assert {"color-contrast", "document-title"} <= {rule["id"] for rule in report["passes"]}
    return [
        (found["id"], found["nodes"][0]["html"], found["nodes"][0].get("failureSummary"))
        for found in report["violations"]
        if found["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1440, False)])
def test_axe_finds_nothing_serious_and_nothing_hangs_over_the_edge(
    example: None, open_page: Open, width: int, dark: bool, tmp_path: Path
) -> None:
    pages = [open_page("/sign-in/", width=width, dark=dark), open_page("/api/v1/docs", width=width, dark=dark)]
    page = signed_in(open_page, "/account/", width=width, dark=dark)
    for number, shown in enumerate(pages):
        shown.screenshot(path=tmp_path / f"{number}.png", full_page=True)
        assert serious(shown) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
    for address in ("/account/", "/account/password/", "/account/tokens/"):
        page.goto(address)
        assert serious(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("script", [True, False])
def test_one_makes_a_token_reads_it_once_and_signs_out(example: None, open_page: Open, script: bool) -> None:
    page = signed_in(open_page, "/account/tokens/", script=script)
    page.get_by_label("Used by").fill("nightly export")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".secret")).to_contain_text("hf_")
    page.goto("/account/tokens/")
    expect(page.locator(".secret")).to_have_count(0)
    page.get_by_role("button", name="Revoke nightly export").click()
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_first_start_that_is_wrong_says_where_and_keeps_what_was_typed(
    open_page: Open, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMPTY_START", True)
    page = open_page("/", width=width)
    page.get_by_label("Name of your organisation").fill("Harbour Authority")
    page.get_by_label("Its key").fill("not a key")
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".error").first).to_be_visible()
    expect(page.get_by_label("Name of your organisation")).to_have_value("Harbour Authority")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_page_asks_for_what_its_own_policy_forbids(example: None, open_page: Open) -> None:
    """The strict policy would block an inline style or script silently: the browser's console tells."""
    page = signed_in(open_page, "/account/")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for address in (
        "/what-if/",
        "/what-if/?scenario=primary-data-centre-lost-72-h",
        "/account/tokens/",
        "/api/v1/docs",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert [text for text in said if "Content Security Policy" in text] == []
