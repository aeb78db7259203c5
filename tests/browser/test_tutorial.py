"""Five minutes from the first page to a question of one's own: the tutorial, as docs/tutorial.md has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from holdfast.organization import clock

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat")]

DOCS = Path(__file__).parents[2] / "docs" / "tutorial.md"
Open = Callable[..., Page]


def step(page: Page, number: int) -> None:
    """Back to the tutorial by the foot of the page, and on to its step of this number."""
    page.locator("footer").get_by_role("link", name="Tutorial").click()
    page.locator(".lessons > li").nth(number - 1).get_by_role("link").click()


@pytest.mark.parametrize(
    ("script", "width", "day", "stopped"),
    [(True, 1440, date(2026, 11, 26), 4), (False, 390, date(2026, 11, 28), 5)],
    ids=["an ordinary day", "pay day, on a phone without a script"],
)
def test_the_five_steps_of_the_tutorial(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, script: bool, width: int, day: date, stopped: int
) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)
    page = open_page("/", width=width, script=script)
    page.get_by_role("link", name="Start the tutorial").click()
    expect(page.locator(".lessons > li")).to_have_count(5)

    page.locator(".lessons > li").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Headquarters complex inaccessible for 10 days")
    expect(page.locator(".verdict")).to_contain_text(f"{stopped} of the 6 critical functions stop")

    step(page, 2)
    first = page.locator(".functions tbody tr").filter(has=page.locator("details")).first
    first.locator("summary").first.click()
    expect(first.locator(".chain li").last).to_contain_text("United Nations Headquarters buildings")

    step(page, 3)
    expect(page.locator(".chips")).to_contain_text("for 24 h")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Headquarters complex inaccessible for 10 days")
    expect(page.locator(".verdict")).to_contain_text("critical functions")

    step(page, 4)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two answers compared")
    expect(page.locator(".lead")).to_contain_text("better")

    step(page, 5)
    expect(page.get_by_label("Search by name, site, unit or kind")).to_have_value("Nairobi")
    page.locator("button[name=add]").first.click()
    page.get_by_role("button", name="Show what fails", exact=True).last.click()
    expect(page.locator(".verdict")).to_be_visible()
    assert "hit=nairobi" in page.url


def test_the_written_tutorial_has_the_same_five_steps(open_page: Open) -> None:
    page = open_page("/tutorial/")
    written = DOCS.read_text()
    for title in page.locator(".lessons h2").all_inner_texts():
        assert f"## {title}" in written.replace(". ", " ", 5) or title in written, title
