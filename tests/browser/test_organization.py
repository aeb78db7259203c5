"""The organisation's pages in a browser, on the Secretariat: read on a phone, changed without a script, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from holdfast.exchange.exporting import export_workbook
from holdfast.exchange.importing import read
from holdfast.organization.places.models import Unit

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("secretariat", "folder")]

Open = Callable[..., Page]
PAGES = [
    "/organization/?open=all",
    "/organization/units/",
    "/organization/units/dm/",
    "/organization/sites/new-york/",
    "/organization/groups/cog/",
    "/organization/groups/cog/history/",
    "/organization/persons/bcm-chief/",
    "/organization/posts/p01/",
    "/organization/functions/f1/",
    "/organization/processes/?sort=-mtpd&state=in_use",
    "/organization/processes/addis-ababa-facilities/",
    "/organization/processes/addis-ababa-facilities/edit/",
    "/organization/pools/seats-swing-space/",
    "/organization/fallbacks/",
    "/organization/holes/",
    "/organization/import/",
    "/organization/users/",
    "/organization/users/focal-point/",
    "/organization/users/new/",
]


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1440, False)])
def test_axe_finds_nothing_serious_and_nothing_hangs_over_the_edge(enter: Open, width: int, dark: bool) -> None:
    page = enter("administrator", "/organization/", width=width, dark=dark)
    wrong = []
    for address in PAGES:
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                wrong.append((address, violation["id"], violation["nodes"][0]["html"][:200]))
        for direction in ("ltr", "rtl"):
            page.evaluate("d => { document.documentElement.dir = d }", direction)
            if (across := page.evaluate("document.documentElement.scrollWidth")) > width:
                wrong.append((address, direction, across))
    assert wrong == []


@pytest.mark.parametrize(("script", "width"), [(True, 1440), (False, 390)])
def test_from_the_tree_to_a_hole_and_its_mending(enter: Open, script: bool, width: int) -> None:
    page = enter("programme-manager", "/organization/", script=script, width=width)
    page.get_by_role("link", name="holes", exact=False).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Holes")
    row = page.locator("li").filter(has_text="has no alternate chair").first
    row.get_by_role("link", name="Mend").click()
    page.get_by_label("Title").fill("Deputy of the chair")
    expect(page.get_by_label("Role")).to_have_value("alternate_chair")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".said")).to_have_text("Saved.")
    expect(page.get_by_text("Deputy of the chair").first).to_be_visible()
    expect(page.get_by_text("has no alternate chair")).to_have_count(0)


def test_the_composition_of_sept_on_two_days(enter: Open) -> None:
    page = enter("staff", "/organization/groups/sept/")
    expect(page.get_by_role("heading", name="12 seats")).to_be_visible()
    page.get_by_label("Composition as of").fill("2005-02-16")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("It has no seat on this day.")).to_be_visible()
    page.get_by_role("link", name="17 February 2005").click()
    expect(page.get_by_role("heading", name="12 seats")).to_be_visible()


def test_a_list_is_narrowed_and_ordered_and_can_be_sent_as_an_address(enter: Open) -> None:
    page = enter("auditor", "/organization/processes/", script=False)
    page.get_by_label("Unit and below").select_option("dss")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="MTPD", exact=True).click()
    first = page.locator("tbody tr").first.inner_text()
    address = page.url
    assert "unit=dss" in address
    assert "sort=mtpd" in address
    again = enter("auditor", address)
    assert again.locator("tbody tr").first.inner_text() == first
    expect(again.locator("th[aria-sort=ascending]")).to_contain_text("MTPD")


def test_from_a_resource_to_the_question_what_if_it_fails(enter: Open) -> None:
    page = enter("programme-manager", "/organization/resources/?q=data+centre")
    page.locator("tbody th a").first.click()
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="What if this fails").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"What if {name} fails?")


def test_two_people_change_the_same_unit_and_neither_loses_a_word(enter: Open) -> None:
    first = enter("programme-manager", "/organization/units/bcmu/edit/", script=False)
    second = enter("administrator", "/organization/units/bcmu/edit/", script=False, width=390)
    second.get_by_label("Role").fill("Keeps the plans")
    second.get_by_label("Budget section").fill("28A")
    second.get_by_role("button", name="Save").click()
    first.get_by_label("Role").fill("Runs the programme")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("alert")).to_contain_text("Somebody else saved this while you were changing it")
    expect(first.get_by_label("Role")).to_have_value("Runs the programme")
    expect(first.get_by_label("Budget section")).to_have_value("28A")
    expect(first.locator(".theirs")).to_contain_text("Keeps the plans")
    first.get_by_role("button", name="Save").click()
    unit = Unit.objects.get(key="bcmu")
    assert (unit.role, unit.budget_section) == ("Runs the programme", "28A")


def test_what_is_wrong_is_said_on_top_and_leads_to_its_field(enter: Open) -> None:
    page = enter("programme-manager", "/organization/processes/addis-ababa-facilities/edit/")
    page.get_by_role("group", name="RTO").get_by_label("Value").fill("soon")
    page.get_by_label("Description").fill("Kept")
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("“soon” is no number")
    expect(page.get_by_label("Description")).to_have_value("Kept")
    alert.get_by_role("link", name="RTO").click()
    expect(page.get_by_role("group", name="RTO").get_by_label("Value")).to_be_focused()


@pytest.mark.parametrize("script", [True, False])
def test_the_example_goes_out_by_workbook_and_comes_in_changed(enter: Open, script: bool, tmp_path: Path) -> None:
    page = enter("programme-manager", "/organization/import/", script=script)
    with page.expect_download() as download:
        page.get_by_role("link", name="Everything as a workbook").click()
    path = tmp_path / "organisation.xlsx"
    download.value.save_as(path)

    page.get_by_label("Workbook (xlsx) or JSON").set_input_files(path)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The file holds nothing new")

    records = read(path.read_bytes(), path.name).records
    next(unit for unit in records["units"] if unit["key"] == "bcmu")["role"] = "Runs the programme"
    path.write_bytes(export_workbook(records))
    page.get_by_role("link", name="Upload again").click()
    page.get_by_label("Workbook (xlsx) or JSON").set_input_files(path)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what it would do")
    expect(page.locator("ins")).to_have_text("Runs the programme")
    page.get_by_role("button", name="Take in 1 row").click()
    expect(page.locator(".said")).to_contain_text("Taken in: 0 rows are new, 1 is changed.")
    assert Unit.objects.get(key="bcmu").role == "Runs the programme"


def test_a_bad_cell_is_named_by_sheet_row_and_column(enter: Open, tmp_path: Path) -> None:
    page = enter("programme-manager", "/organization/import/")
    path = tmp_path / "units.xlsx"
    path.write_bytes(export_workbook({"units": [{"key": "new", "name": "New", "kind": "unit", "parent": "moon"}]}))
    page.get_by_label("Workbook (xlsx) or JSON").set_input_files(path)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 thing in the file is wrong")
    expect(page.locator("tbody tr").first).to_contain_text("parent")
    expect(page.get_by_role("button", name="Take in")).to_have_count(0)


def test_pages_stay_small(enter: Open) -> None:
    page = enter("administrator", "/organization/")
    styles = sum(
        Path(settings.PACKAGE, "web", "static", name).stat().st_size for name in ("holdfast.css", "organization.css")
    )
    sizes = {}
    for address in PAGES:
        response = page.goto(address)
        assert response is not None
        sizes[address] = len(response.body()) + styles
    assert {address: size for address, size in sizes.items() if size >= 150_000} == {}
