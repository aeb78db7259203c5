"""Questions to the model in a browser, on the Secretariat: asked, followed while a worker answers, read, compared."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, expect

from holdfast.analysis.studies.models import Study
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.worker import Crew

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.usefixtures("secretariat", "folder")]
Open = Callable[..., Page]


def answer_one() -> None:
    """What a worker beside the server does."""
    Crew().run_one()
    connection.close()


@pytest.fixture
def quiet(secretariat: None) -> None:
    """Nothing waits but what the test asks for."""
    Study.objects.all().delete()
    Job.objects.all().delete()


def test_a_question_is_asked_followed_without_a_reload_and_compared_with_another(enter: Open, quiet: None) -> None:
    page = enter("programme-manager", "/what-if/studies/")
    card = page.get_by_role("listitem").filter(has_text="Can our recovery objectives be met at all?")
    card.get_by_role("link", name="Ask").click()
    page.get_by_label("Title").fill("Ninety days")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#following")).to_contain_text("A worker begins it as soon as one is free.")
    worker = threading.Thread(target=answer_one)
    worker.start()
    expect(page.get_by_role("heading", name="The tightest first")).to_be_visible(timeout=60_000)
    worker.join()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Left to MTPD").click()
    assert "sort=processes.slack_mtpd" in page.url

    page.get_by_role("link", name="Ask again, changed").click()
    page.get_by_label("Look ahead (hours)").fill("12")
    page.get_by_label("Title").fill("Half a day")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#following")).to_be_visible()
    answer_one()
    page.reload()
    page.get_by_label("Compare with").select_option(
        label="Ninety days, as of " + page.locator("dl.asked dd").last.inner_text()
    )
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Two answers compared")).to_be_visible()


def test_an_answer_reads_on_a_phone(open_page: Open, secretariat: None) -> None:
    while Crew().run_one():
        pass
    for key in ("weak-points-3-days", "the-year", "contention", "pandemic", "fire-what-first", "best-buy"):
        page = open_page(f"/what-if/studies/{key}/", width=390, dark=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, key
        report = Axe().run(page).response
        serious = [
            (v["id"], v["nodes"][0]["html"]) for v in report["violations"] if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], key
