"""A plan from empty to signed: written by the template, checked, mended, approved, printed in PDF and Word, followed by
a second version whose differences can be read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, expect

from holdfast.governance.gates.actions import let_pass
from holdfast.organization.accounts.models import System
from holdfast.organization.places.models import Unit
from tests.browser.fitting import misfits

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
TEST = System("test")
TEXTS = {
    "purpose": "To keep contracts and orders going whatever happens at Headquarters.",
    "scope": "Emergency and regular procurement.",
    "activation": "- asked for by the **Crisis Operations Group**\n- told by the Chief of Division",
    "cause-staff": "Buyers of the other sections step in.",
    "cause-systems": "Orders on paper, entered afterwards.",
    "cause-premises": "From home by the telework gateway.",
    "cause-records": "Copies of contracts lie in the second store.",
    "cause-suppliers": "The list of second suppliers is used.",
    "communication": "Requisitioners by e-mail, suppliers by telephone.",
    "reconstitution": "Paper orders are entered within a week.",
}


@pytest.fixture
def open_gates(secretariat: None) -> None:
    """The division is past the steps before."""
    for step in (1, 2, 3, 4):
        let_pass(TEST, Unit.objects.get(key="pd"), step=step, reason="The test begins with plans.")


def test_a_plan_goes_from_empty_to_signed_pdf_and_word(enter: Open, open_gates: None, tmp_path: Path) -> None:
    page = enter("programme-manager", "/plans/new/?kind=continuity&unit=pd")
    page.get_by_label("Title").fill("Continuity of procurement")
    page.get_by_label("Owner", exact=False).first.select_option(
        "post-member-of-the-crisis-operations-group-for-procurement-divisi"
    )
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lead").first).to_contain_text("missing before it can be submitted")
    address = page.url.split("#")[0]
    missing = page.locator(".check li").count()
    assert missing >= 12

    # Every gap leads to the place where it is mended.
    for section, text in TEXTS.items():
        page.goto(f"{address}write/{section}/")
        page.get_by_label("Text").fill(text)
        page.get_by_role("button", name="Save").click()
        expect(page.locator(f"#section-{section} .written")).to_be_visible()
    expect(page.locator("#section-activation .written strong")).to_have_text("Crisis Operations Group")

    page.goto(f"{address}add-process/")
    page.get_by_label("Process").select_option("hq-emergency-procurement")
    page.get_by_role("button", name="Add").click()
    for role in ("Head of team", "Buyers"):
        page.get_by_role("link", name="Add a role").click()
        page.get_by_label("Role", exact=True).fill(role)
        page.get_by_role("button", name="Save").click()
    for title, phase, hours, after in (
        ("Tell the buyers", "activation", ("0.25", "0.5", "1"), None),
        ("Open the paper orders", "continuity", ("20", "60", "90"), "T1"),
    ):
        page.goto(f"{address}add-task/")
        page.get_by_label("Task", exact=True).fill(title)
        page.get_by_label("Phase").select_option(phase)
        page.get_by_label("Responsible").select_option(label="Head of team")
        for label, value in zip(("at least", "most often", "at most"), hours, strict=True):
            page.get_by_label(f"Takes {label} (h)").fill(value)
        if after:
            page.get_by_label("T1 ·", exact=False).check()
            page.get_by_label("Brings back").select_option("hq-emergency-procurement")
        page.get_by_role("button", name="Save").click()
    expect(page.locator(".gantt svg")).to_be_visible()

    # The check before: the task takes longer than the loss can be borne; and after it is mended.
    expect(page.locator(".check")).to_contain_text("its loss can be borne for 48 h (MTPD)")
    page.locator("#task-T2").get_by_role("link", name="Change").click()
    for label, value in (("at least", "2"), ("most often", "4"), ("at most", "8")):
        page.get_by_label(f"Takes {label} (h)").fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".check")).not_to_contain_text("(MTPD)")
    expect(page.locator(".lead").first).to_contain_text("ready to be submitted")

    page.get_by_role("link", name="Submit for approval").click()
    page.get_by_label("or by the person").select_option("crisis-team")
    page.get_by_role("button", name="Submit").click()
    head = enter("crisis-team", address)
    head.get_by_role("link", name="Approve", exact=True).click()
    head.get_by_label("Decided on").fill("2026-11-01")
    head.get_by_label("Reason, or the decision").fill("Agreed with the division.")
    head.get_by_role("button", name="Approve").click()
    expect(head.locator(".lead").first).to_contain_text("covers nothing yet: it is not tested")

    # On paper, signed, in English and Arabic.
    page.goto(address)
    page.get_by_text("As a document").click()
    with page.expect_download() as printed:
        page.get_by_role("link", name="PDF, Arabic", exact=True).click()
    assert Path(printed.value.path()).read_bytes().startswith(b"%PDF-1.7")
    with page.expect_download() as written:
        page.get_by_role("link", name="Word, English", exact=True).click()
    word = docx.Document(io.BytesIO(Path(written.value.path()).read_bytes()))
    said = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "Buyers of the other sections step in." in said
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert any("Under-Secretary-General for Safety and Security" in text for text in [*cells, said])

    # The next version differs in what was changed, and says so.
    page.get_by_role("link", name="Begin the next version").click()
    page.get_by_role("button", name="Begin").click()
    page.locator("#section-purpose").get_by_role("link", name="Change").click()
    page.get_by_label("Text").fill(TEXTS["purpose"].replace("Headquarters", "any duty station"))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("difference").first.click()
    diff = page.locator(".diff > div").filter(has_text="Purpose")
    expect(diff.locator("del").first).to_contain_text("Headquarters")
    expect(diff.locator("ins").first).to_contain_text("any duty station")


def test_a_preview_keeps_what_was_typed(enter: Open) -> None:
    page = enter("programme-manager", "/plans/continuity-pd/write/annexes/?language=ar", script=False)
    page.get_by_label("Text").fill("خطة")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".written")).to_have_text("خطة")
    expect(page.get_by_label("Text")).to_have_value("خطة")
    expect(page.get_by_label("Text")).to_have_attribute("dir", "rtl")


PAGES = (
    "/plans/",
    "/plans/functions/",
    "/plans/reviews/",
    "/plans/continuity-unon/",
    "/plans/recovery-headquarters-data-centre/",
    "/plans/pandemic-plan-vienna/",
    "/plans/continuity-unon/write/cause-staff/",
    "/plans/continuity-unon/add-task/",
)


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_plans_fit_their_screen_and_can_be_used_by_all(enter: Open, width: int) -> None:
    page = enter("programme-manager", "/plans/", width=width, dark=width == 390)
    wrong = misfits(page, PAGES)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("plan", ["continuity-unon", "recovery-headquarters-data-centre", "pandemic-plan-vienna"])
def test_every_finding_leads_to_a_place_that_is_there(enter: Open, plan: str) -> None:
    page = enter("programme-manager", f"/plans/{plan}/")
    links = page.locator(".check a")
    places = {link.get_attribute("href") for link in links.all()}
    assert places
    for place in sorted(str(one) for one in places):
        if place.startswith("#"):
            assert page.locator(f"[id='{place[1:]}']").count() == 1, place
        else:
            assert page.request.get(place).status == 200, place
