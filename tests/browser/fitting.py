"""Whether pages fit their screen, and can be used by all."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def misfits(page: Page, addresses: Iterable[str], *, unfold: str = "") -> list[str]:
    """What is wrong with these pages: wider than the screen, or something that axe finds. `unfold` selects what is
    clicked open first."""
    wrong = []
    for address in addresses:
        page.goto(address)
        for folded in page.locator(unfold).all() if unfold else ():
            folded.click()
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{address} is wider than the screen")
        found = Axe().run(page)
        if found.violations_count:
            wrong.append(f"{address}\n{found.generate_report()}")
    return wrong
