"""Step 3 in a browser, on the Secretariat: a campaign, filled in on the web by one unit and by workbook by another,
approved, and reckoned with by the next what-if."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from holdfast.analysis.impact.actions.suppliers import send_questionnaire
from holdfast.analysis.impact.models import ProcessImpact
from holdfast.organization.accounts.models import System
from holdfast.organization.structure.models import Node
from tests.browser.fitting import misfits

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
ROUND = "impact-western-asia-and-latin-america"
PAGES = [
    "/impact/",
    "/impact/campaigns/impact-second-round/",
    "/impact/analyses/impact-second-round-controller/",
    "/impact/analyses/impact-second-round-controller/process/hq-payroll/",
    "/impact/dependencies/",
    "/impact/suppliers/",
    "/impact/suppliers/main-bank/",
]


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved")


def test_a_process_owner_fills_in_the_impact_over_time_and_the_mtpd_follows_as_he_types(enter: Open) -> None:
    page = enter("process-owner", "/impact/analyses/impact-second-round-controller/process/hq-payroll/")
    page.get_by_label("Operational, 24 h").select_option("5")
    saved(page)
    expect(page.locator("#drawn")).to_contain_text("So the MTPD that follows is 24 h")
    page.get_by_label("Why it is critical, or is not").fill("Staff cannot be left without pay.")
    page.get_by_label("Who else can do it").click()
    expect(page.locator("#saved")).to_contain_text("Saved")
    row = ProcessImpact.objects.get(analysis__key="impact-second-round-controller", process__key="hq-payroll")
    assert row.impact["operational"]["24"] == 5
    page.reload()
    expect(page.get_by_label("Why it is critical, or is not")).to_have_value("Staff cannot be left without pay.")


def test_what_is_changed_while_the_page_is_still_on_its_way_is_saved_too(enter: Open) -> None:
    page = enter("process-owner", "/inbox/")
    late: list[Route] = []
    page.route("**/saving-*.js", lambda route: late.append(route))
    page.goto("/impact/analyses/impact-second-round-controller/process/hq-payroll/", wait_until="commit")
    page.get_by_label("Operational, 24 h").select_option("5")
    late[0].continue_()
    saved(page)
    row = ProcessImpact.objects.get(analysis__key="impact-second-round-controller", process__key="hq-payroll")
    assert row.impact["operational"]["24"] == 5


def test_two_people_at_once_see_each_other_and_lose_nothing(enter: Open) -> None:
    address = "/impact/analyses/impact-second-round-controller/process/hq-payroll/"
    owner, manager = enter("process-owner", address), enter("programme-manager", address)
    owner.get_by_label("Who else can do it").fill("Payroll staff at Geneva")
    owner.get_by_label("Vital records").click()
    saved(owner)
    expect(manager.get_by_label("Who else can do it")).to_have_value("Payroll staff at Geneva", timeout=20_000)
    owner.get_by_label("Vital records").fill("Master file")
    owner.get_by_label("Who else can do it").click()
    saved(owner)
    manager.get_by_label("Vital records").fill("Copies at Geneva")
    manager.get_by_label("Who else can do it").click()
    expect(manager.locator(".theirs-now")).to_contain_text("Master file")
    manager.get_by_role("button", name="Keep mine").click()
    saved(manager)
    row = ProcessImpact.objects.get(analysis__key="impact-second-round-controller", process__key="hq-payroll")
    assert row.records_said == "Copies at Geneva"


def test_what_is_approved_is_what_the_next_what_if_reckons_with(enter: Open) -> None:
    address = "/impact/analyses/impact-second-round-controller/"
    owner = enter("process-owner", f"{address}process/hq-payroll/")
    owner.get_by_label("Operational, 24 h").select_option("4")
    saved(owner)
    owner.get_by_label("Operational, 3 d").select_option("4")
    saved(owner)
    expect(owner.locator("#drawn")).to_contain_text("This process is complete.")
    owner.goto(address)
    owner.get_by_role("link", name="Submit for approval").click()
    owner.get_by_label("or by whoever holds the post").select_option("post-under-secretary-general-for-management")
    owner.get_by_role("button", name="Submit").click()
    expect(owner.locator(".lead").first).to_contain_text("It waits for")
    assert Node.objects.get(key="hq-payroll").mtpd.value == 168

    manager = enter("programme-manager", address)
    manager.get_by_role("link", name="Approve", exact=True).click()
    manager.get_by_label("Reason, or the decision").fill("Pay cannot wait for a week.")
    manager.get_by_role("button", name="Approve").click()
    expect(manager.locator(".lead").first).to_contain_text("its limits are those of the processes")
    assert Node.objects.get(key="hq-payroll").mtpd.value == 24
    manager.goto("/what-if/?hit=hq-payroll&loss=1&start=0&duration=48")
    expect(manager.locator("#main")).to_contain_text("24")
    manager.goto("/what-if/node/hq-payroll/?hit=hq-payroll&loss=1&start=0&duration=48")
    expect(manager.locator("#main")).to_contain_text("24\u00a0h")


def test_a_unit_fills_in_by_workbook(enter: Open, tmp_path: Path) -> None:
    page = enter("programme-manager", f"/impact/analyses/{ROUND}-eclac/")
    page.get_by_role("link", name="By spreadsheet").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the workbook").click()
    file = tmp_path / "eclac.xlsx"
    download.value.save_as(file)
    page.get_by_label("The workbook that you filled in").set_input_files(file)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The workbook holds nothing new")


def test_a_campaign_is_planned_sent_and_seen_in_the_inbox_of_a_unit_without_a_script(enter: Open) -> None:
    page = enter("programme-manager", "/impact/campaigns/new/", script=False)
    page.get_by_label("Title").fill("A look at political affairs")
    page.get_by_label("Due").fill("2040-01-31")
    page.get_by_label("As of").fill("2009-01-01")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Choose the units").click()
    page.get_by_label("Department of Political Affairs", exact=False).first.check()
    page.get_by_role("button", name="Ask them").click()
    page.get_by_role("link", name="Send it").click()
    page.get_by_role("button", name="Send it").click()
    expect(page.locator(".lead").first).to_contain_text("0 of 1 unit is approved")
    expect(page.get_by_role("link", name="version 2: what is new")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_impact_analysis_can_be_used_by_everybody(width: int, enter: Open) -> None:
    page = enter("programme-manager", PAGES[0], width=width)
    wrong = misfits(page, PAGES)
    assert wrong == [], "\n".join(wrong)


def test_a_supplier_answers_by_the_link_without_an_account(open_page: Open) -> None:
    """The address is a secret and is told to nobody outside; what is sent from it reaches us all the same."""
    supplier = Node.objects.get(key="main-bank")
    send_questionnaire(System("test"), key="q-main-bank", supplier=supplier, secret="a-secret-of-many-signs", days=10)
    page = open_page("/impact/answer/a-secret-of-many-signs/")
    page.locator("[name=recovery]").fill("48")
    page.get_by_role("button", name="Send the answers").click()
    expect(page.get_by_role("alert")).to_contain_text("This was not sent.")
    page.locator("[name=who]").fill("Head of operations")
    page.get_by_role("button", name="Send the answers").click()
    expect(page.get_by_role("status")).to_contain_text("Your answers have arrived.")
