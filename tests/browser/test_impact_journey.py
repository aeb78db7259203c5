"""Step 3 from end to end on the Secretariat: a campaign is sent, one unit fills it in on the web, another by workbook;
both are reviewed and approved, and the next what-if reckons with what they said."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from holdfast.organization import clock
from holdfast.organization.accounts.models import Grant, User
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Node
from tests.exchange.books import Book

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
PROCUREMENT, POLITICAL = "Procurement Division", "Department of Political Affairs"
REVIEWER = "System administrator"


@pytest.fixture
def filling(secretariat: None) -> None:
    """The one-click accounts fill in for the two units too."""
    for account, unit in (("process-owner", "pd"), ("focal-point", "dpa")):
        user = User.objects.get(username=account)
        Grant(user=user, role=user.grants.first().role, unit=Unit.objects.get(key=unit)).save()


def planned_and_sent(manager: Page) -> str:
    manager.get_by_role("link", name="Plan a campaign").click()
    manager.get_by_label("Title").fill("Procurement and political affairs")
    manager.get_by_label("Due").fill((clock.today() + timedelta(days=30)).isoformat())
    manager.get_by_label("As of").fill("2009-01-01")
    manager.get_by_role("button", name="Save").click()
    manager.get_by_role("link", name="Choose the units").click()
    for unit in (PROCUREMENT, POLITICAL):
        manager.get_by_label(unit).first.check()
    manager.get_by_role("button", name="Ask them").click()
    manager.get_by_role("link", name="Send it").click()
    manager.get_by_role("button", name="Send it").click()
    expect(manager.locator(".lead").first).to_contain_text("0 of 2 units are approved")
    return manager.url


def opened_from_the_inbox(page: Page, unit: str) -> str:
    page.get_by_role("link", name=re.compile(f"Impact analysis, {unit}")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(unit)
    return page.url


def submitted(page: Page, analysis: str) -> None:
    page.goto(analysis)
    page.get_by_role("link", name="Submit for approval").click()
    page.get_by_label("or by the person").select_option("crisis-team")
    page.get_by_label(REVIEWER).check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".lead").first).to_contain_text("It waits for")


def reviewed(page: Page, analysis: str) -> None:
    page.goto(analysis)
    page.get_by_role("link", name="Answer the review").click()
    page.get_by_label("agrees").check()
    page.get_by_role("button", name="Send the answer").click()
    expect(page.locator("#main")).to_contain_text("agrees")


def approved(page: Page, analysis: str) -> None:
    page.goto(analysis)
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_label("Reason, or the decision").fill("As they say.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".lead").first).to_contain_text("its limits are those of the processes")


@pytest.mark.usefixtures("filling")
def test_from_the_campaign_to_the_what_if(enter: Open, tmp_path: Path) -> None:
    manager = enter("programme-manager", "/impact/")
    campaign = planned_and_sent(manager)

    # One unit fills it in on the web: regular procurement cannot be borne to stand still for a week any more.
    owner = enter("process-owner", "/inbox/")
    on_web = opened_from_the_inbox(owner, PROCUREMENT)
    owner.get_by_role("link", name="Regular procurement").click()
    owner.get_by_label("Operational, 7 d").select_option("4")
    expect(owner.locator("#drawn")).to_contain_text("So the MTPD that follows is 7 d")
    owner.locator("#id_mtpd").fill("")
    owner.locator("#id_mtpd_reason").fill("")
    owner.get_by_label("Why it is critical, or is not").fill("Contracts for the relocation run through it.")
    owner.get_by_label("Vital records").click()
    expect(owner.locator("#saved")).to_contain_text("Saved")
    expect(owner.locator("#drawn")).to_contain_text("This process is complete.")
    submitted(owner, on_web)

    # The other by workbook.
    focal = enter("focal-point", "/inbox/")
    by_workbook = opened_from_the_inbox(focal, POLITICAL)
    focal.get_by_role("link", name="By spreadsheet").click()
    with focal.expect_download() as download:
        focal.get_by_role("link", name="Download the workbook").click()
    book = Book(Path(download.value.path()).read_bytes())
    book.set("processes", "hq-political-affairs", mtpd=12, rto=4, why="Elections are under way in three countries.")
    # What a unit below looks after is asked of it too, where that one is not asked for itself.
    book.set("processes", "hq-council-advice", critical="no", why="The Council can meet without it.", mtpd=48)
    filled = tmp_path / "filled.xlsx"
    filled.write_bytes(book.data())
    focal.get_by_label("The workbook that you filled in").set_input_files(filled)
    focal.get_by_role("button", name="Check it").click()
    expect(focal.locator("#main")).to_contain_text("Elections are under way in three countries.")
    focal.get_by_role("button", name="Take in 2 rows").click()
    expect(focal.locator("#main")).to_contain_text("2 rows of the workbook were taken in.")
    submitted(focal, by_workbook)

    # Nothing counts before it is approved.
    assert Node.objects.get(key="hq-political-affairs").mtpd.value == 24
    reviewer, head = enter("administrator", "/inbox/"), enter("crisis-team", "/inbox/")
    for analysis in (on_web, by_workbook):
        reviewed(reviewer, analysis)
        approved(head, analysis)
    manager.goto(campaign)
    expect(manager.locator(".lead").first).to_contain_text("2 of 2 units are approved")
    assert Node.objects.get(key="hq-political-affairs").mtpd.value == 12
    assert Node.objects.get(key="hq-regular-procurement").mtpd.value == 168

    # Twenty hours without political affairs, eight days without procurement: both were within their limits before.
    for process, hours, limit in (
        ("hq-political-affairs", 20, "12\u00a0h"),
        ("hq-regular-procurement", 192, "7\u00a0d"),
    ):
        manager.goto(f"/what-if/node/{process}/?hit={process}&loss=1&start=0&duration={hours}")
        expect(manager.locator("#main")).to_contain_text(limit)
