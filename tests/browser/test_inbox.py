"""The inbox, corrective actions and jobs in a browser, on the Secretariat: from told to proved, verified and gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.worker import Crew
from tests.browser.fitting import misfits

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
ACTION = "/governance/actions/payments-by-hand/"


@pytest.fixture
def told(secretariat: None) -> None:
    """What the files of the example have asked for is done: owners are told."""
    while Crew().run_one():
        pass


@pytest.mark.timeout(300)
def test_an_action_goes_from_the_owners_inbox_to_proved_by_a_file_and_verified_by_another(
    enter: Open, told: None, tmp_path: Path
) -> None:
    title = CorrectiveAction.objects.get(key="payments-by-hand").title
    proof = tmp_path / "payments.txt"
    proof.write_text("Ten payments were made by hand in four hours.")

    owner = enter("process-owner", "/inbox/", script=False)
    row = owner.locator("tbody tr").filter(has=owner.get_by_role("link", name=title))
    expect(row).to_contain_text("Put right")
    row.get_by_role("button", name="Mark as read").click()
    owner.locator("tbody").get_by_role("link", name=title).click()
    owner.get_by_role("link", name="Begin", exact=True).click()
    owner.get_by_role("button", name="Begin").click()
    owner.get_by_role("link", name="Attach a file that proves it").click()
    owner.get_by_label("A new file").set_input_files(proof)
    owner.get_by_role("button", name="Save").click()
    expect(owner.locator("main").get_by_role("link", name="payments.txt")).to_be_visible()
    owner.get_by_role("link", name="Report it done").click()
    expect(owner.get_by_label("payments.txt")).to_be_checked()
    owner.get_by_label("Proof that it is done").fill("Record of the exercise of payments by hand.")
    owner.get_by_role("button", name="Report it done").click()
    expect(owner.locator("main")).to_contain_text("somebody else has to verify it")
    owner.goto("/inbox/")
    expect(owner.get_by_role("link", name=title)).to_have_count(0)

    manager = enter("programme-manager", "/inbox/", width=390, dark=True)
    row = manager.locator("tbody tr").filter(has=manager.get_by_role("link", name=title))
    expect(row).to_contain_text("Verify")
    row.get_by_role("link", name=title).click()
    with manager.expect_download() as download:
        manager.locator("main").get_by_role("link", name="payments.txt").click()
    assert download.value.path().read_text() == proof.read_text()
    manager.get_by_role("link", name="Verify and close").click()
    manager.get_by_label("How it was verified").fill("Read the record, spoke with the cashier.")
    manager.get_by_role("button", name="Close it").click()
    expect(manager.locator("main")).to_contain_text("verified and closed")
    manager.goto("/inbox/")
    expect(manager.get_by_role("link", name=title)).to_have_count(0)


def test_what_was_done_in_the_background_is_listed_with_what_came_out(enter: Open, told: None) -> None:
    page = enter("administrator", "/organization/jobs/")
    page.get_by_text("What is done at set times").click()
    expect(page.locator("details")).to_contain_text("every day at 05:20 UTC")
    page.get_by_role("link", name="Reminders of corrective actions").first.click()
    expect(page.locator("main")).to_contain_text("What came out")
    expect(page.locator("main .chip").first).to_have_text("done")


def test_the_manager_sees_what_waits_for_whom_and_who_is_late(enter: Open, told: None) -> None:
    page = enter("programme-manager", "/inbox/all/")
    expect(page.locator("tbody tr").filter(has_text="Assess the risks again").first).to_be_visible()
    expect(page.locator("tbody tr").filter(has_text="Carry out the treatment").first).to_be_visible()
    page.goto("/governance/actions/?when=verify")
    expect(page.locator("tbody tr")).to_have_count(CorrectiveAction.objects.filter(state="done").count())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_what_waits_fit_their_screen_and_can_be_used_by_all(enter: Open, told: None, width: int) -> None:
    page = enter("programme-manager", "/inbox/", width=width, dark=width == 390)
    addresses = ["/inbox/", "/inbox/all/", "/governance/actions/", ACTION, f"{ACTION}files/", f"{ACTION}report/"]
    wrong = misfits(page, addresses)
    admin = enter("administrator", "/organization/jobs/", width=width, dark=width == 390)
    wrong += misfits(admin, ("/organization/jobs/", f"/organization/jobs/{Job.objects.latest('pk').pk}/"))
    assert wrong == [], "\n".join(wrong)
