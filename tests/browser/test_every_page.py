"""Every page of the bar, every list, one page of each kind: read by axe, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from holdfast.organization.accounts.models import User
from holdfast.web.permissions import access_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat")]
Open = Callable[..., Page]


_OVER = "d => { const h = document.documentElement; h.dir = d; return h.scrollWidth - innerWidth }"


def addresses() -> list[str]:
    """Every page without arguments, as the URL resolver knows it."""
    found: list[str] = []

    def walk(resolver: URLResolver, prefix: str) -> None:
        for pattern in resolver.url_patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern, path)
            elif isinstance(pattern, URLPattern) and "<" not in path and access_of(pattern.callback) is not None:
                found.append("/" + path)

    walk(get_resolver(), "")
    return sorted({path for path in found if "^" not in path and "sign-out" not in path})


def things(page: Page) -> list[str]:
    """One page of each list: what its first row leads to."""
    found = []
    for path in [
        path
        for path in addresses()
        if path.startswith("/organization/") and path.count("/") == 3 and path.endswith("/")
    ]:
        page.goto(path)
        link = page.locator("main tbody th a").first
        if link.count():
            found.append(link.get_attribute("href") or "")
    return [path for path in found if path]


def sign_in(page: Page, client: Client) -> None:
    """The page's browser is signed in as the programme manager. It has to show the address "/": its folder is the
    cookie's."""
    client.force_login(User.objects.get(username="programme-manager"))
    cookie = client.cookies["holdfast_session"]
    page.context.add_cookies([{"name": "holdfast_session", "value": cookie.value, "url": page.url}])


def is_page(client: Client, path: str) -> bool:
    """Whether it answers with a page: some only take what a form sends, some lead on."""
    response = client.get(path)
    return response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")


@pytest.mark.timeout(600)
def test_axe_finds_nothing_serious_on_any_page_and_none_hangs_over(open_page: Open, client: Client) -> None:
    wrong: list[str] = []
    listed: list[str] = []
    for width, dark in ((1440, False), (390, True)):
        page = open_page("/", width=width, dark=dark)
        sign_in(page, client)
        listed = listed or [path for path in [*addresses(), *things(page)] if is_page(client, path)]
        for path in listed:
            page.goto(path)
            # Once is enough for axe: light and dark have the same structure, and their colours tests of their own.
            for violation in Axe().run(page).response["violations"] if dark else []:
                if violation["impact"] in ("serious", "critical"):
                    wrong.append(f"{width} {path}: {violation['id']} {violation['nodes'][0]['html'][:160]}")
            for direction in ("ltr", "rtl"):
                over = page.evaluate(_OVER, direction)
                if over > 0:
                    wrong.append(f"{width} {path}: hangs over by {over} px, {direction}")
    assert len(listed) > 40
    assert wrong == []


def test_the_keys_lead_to_the_search_and_to_the_page_of_keys(open_page: Open, client: Client) -> None:
    page = open_page("/")
    sign_in(page, client)
    page.goto("/organization/units/", wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type("nairobi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=nairobi", timeout=15_000)
    assert page.locator("main a").count() > 3
    page.locator("body").click(position={"x": 5, "y": 400})
    page.keyboard.press("?")
    page.wait_for_url("**/help/")
