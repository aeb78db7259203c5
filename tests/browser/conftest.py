"""Debian's chromium, driven; a machine without it stands aside, the build server does not."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from playwright.sync_api import Browser, Page, sync_playwright

from holdfast.exchange.example import is_unfounded, load_example

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright's loop runs in this thread, in which pytest-django also sets up its database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


_kept: list[sqlite3.Connection] = []


@pytest.fixture
def secretariat(transactional_db: None) -> None:
    """The example, as a first start loads it: once, and from then on as a copy of the database it made."""
    if not is_unfounded():
        return
    if _kept:
        connection.ensure_connection()
        _kept[0].backup(connection.connection)
        return
    load_example(Path(settings.EXAMPLE_DIR))
    if connection.vendor == "sqlite":
        _kept.append(sqlite3.connect(":memory:", check_same_thread=False))
        connection.connection.backup(_kept[0])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Files that are uploaded or attached lie in a folder of the test."""
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def enter(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """`enter("programme-manager", "/organization/", width=390)`: signed in with one click, then at the address."""

    def entered(account: str, address: str, **more: Any) -> Page:
        page = open_page("/sign-in/", **more)
        page.locator(f'button[value="{account}"]').click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(address)
        return page

    return entered


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Opens an address of the site: ``open_page("/what-if/", width=390, dark=True, script=False)``."""
    contexts = []

    def opened(address: str, *, width: int = 1440, dark: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 844 if width < 500 else 1000},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            accept_downloads=True,
            locale="en",
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
