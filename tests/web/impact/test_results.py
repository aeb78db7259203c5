"""The pages of results lead with what is true now, keep their filters in the address, show each reader hers alone, and
say the same as the PDF, the Word file and the workbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from holdfast.analysis.impact.models import Analysis
from holdfast.analysis.impact.results import Asked, results
from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.models import Node
from tests.analysis.test_impact_results import grow
from tests.cast import TEST, Cast, hours, user
from tests.formats.test_documents import needs_fonts
from tests.web.impact.conftest import Reader

PAGES = ("", "ranking/", "critical/", "over-time/", "tiers/", "needs/", "gaps/")
HOSTILE = "#panic[x] *b* =1+1 <b>&amp;"


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


def rename(key: str, name: str) -> None:
    node = Node.objects.get(key=key)
    edit_node(TEST, node, version=node.version, name=name)


def test_the_overview_leads_with_its_finding(manager: Client, approved: dict[str, Analysis]) -> None:
    page = text(manager.get("/impact/results/"))
    assert "<h1>2 of 2 processes cannot stand still for more than a day</h1>" in page
    assert page.index("Meetings, Geneva") < page.index("Running of the building systems")
    assert "Cannot be borne after 4 h: Staff reaches Major." in page
    assert "Staff impact is the first that cannot be borne: Major after 4 h" in page


def test_without_an_analysis_every_page_says_so_and_what_to_do(manager: Client, cast: Cast) -> None:
    for part in PAGES:
        assert manager.get(f"/impact/results/{part}").status_code == 200
    assert "No impact analysis counts here yet" in text(manager.get("/impact/results/"))


def test_the_ranking_is_sorted_and_searched_by_its_address(manager: Client, approved: dict[str, Analysis]) -> None:
    def order(query: str) -> list[str]:
        page = text(manager.get(f"/impact/results/ranking/{query}"))
        return re.findall(r'<th scope="row"><a href="/organization/processes/([\w-]+)/"', page)

    assert order("") == ["geneva-meetings", "building"]
    assert order("?sort=-mtpd") == ["building", "geneva-meetings"]
    assert order("?sort=process") == ["geneva-meetings", "building"]
    assert order("?sort=-process") == ["building", "geneva-meetings"]
    assert order("?q=building") == ["building"]
    page = text(manager.get("/impact/results/ranking/?unit=unog&sort=-rto"))
    assert "/impact/results/gaps/?unit=unog" in page and "building systems" not in page
    assert 'aria-sort="descending"' in page


def test_a_filter_that_cannot_be_is_said_and_no_file_is_made_of_it(
    manager: Client, approved: dict[str, Analysis]
) -> None:
    for query in ("unit=nowhere", "site=nowhere", "campaign=none", "as_of=soon", "drafts=yes"):
        for address in ("/impact/results/", "/impact/results.pdf", "/impact/results.xlsx"):
            answer = manager.get(f"{address}?{query}")
            assert answer.status_code == 400 and 'role="alert"' in text(answer)


def test_impact_over_time_shows_each_category_and_each_process_in_words(
    manager: Client, approved: dict[str, Analysis]
) -> None:
    page = text(manager.get("/impact/results/over-time/?process=building"))
    assert 'class="tone-3"' in page and '<b>4</b> <span class="word">Major</span>' in page
    assert page.count("<tr><th") == 1 + 4
    for by in ("unit", "function", "process"):
        assert "Side by side" in text(manager.get(f"/impact/results/over-time/?by={by}"))
    assert manager.get("/impact/results/over-time/?process=nothing").status_code == 400


def test_who_needs_what_by_when_is_drawn_with_the_same_numbers_beside_it(
    manager: Client, approved: dict[str, Analysis]
) -> None:
    page = text(manager.get("/impact/results/needs/"))
    # Building: 10 people and 5 seats at 40 %, from 4 h and 5 h on; Geneva: 5 seats from 1 h on.
    assert "<h1>People: 4 within a day, 4 in all</h1>" in page
    assert "Seats: 7 within a day, 7 in all" in page
    assert 'role="img" aria-label="Seats needed after an incident: 7 within a day, 7 from 5 h on."' in page
    seats = page[page.index("Seats: 7") :]
    numbers = re.findall(r'<td>([\w ]+)</td><td class="num">(\d+)</td>', seats[: seats.index("</table>")])
    assert numbers == [("1 h", "5"), ("4 h", "5"), ("1 d", "7"), ("3 d", "7"), ("1 w", "7"), ("4 w", "7")]
    assert "style=" not in page and "<script>" not in page


def test_the_critical_processes_stand_unit_by_unit_with_limits_owner_and_functions(
    manager: Client, cast: Cast, approved: dict[str, Analysis]
) -> None:
    node = Node.objects.get(key="building")
    edit_node(TEST, node, version=node.version, owner_post=cast.posts["chief-fcsd"])
    page = text(manager.get("/impact/results/critical/"))
    assert "<h1>2 critical processes</h1>" in page
    facilities = page[page.index("<h2>Facilities and Commercial Services Division</h2>") :]
    facilities = facilities[: facilities.index("</section>")]
    for said in ("24 h", "4 h", "40 %", "Chief, Facilities", "Protection of staff and assets"):
        assert said in facilities or said.replace("24 h", "1 d") in facilities, said
    assert "Meetings, Geneva" not in facilities


def test_each_gap_has_the_link_that_mends_it(manager: Client, cast: Cast, approved: dict[str, Analysis]) -> None:
    node, staff = Node.objects.get(key="building"), Node.objects.get(key="fcsd-staff")
    edit_node(TEST, node, version=node.version, rto=hours(12))
    edit_node(TEST, staff, version=staff.version, unit=cast.units["dm"])
    page = text(manager.get("/impact/results/gaps/?check=limits_differ"))
    assert "On the process today: RTO 12 h, in the analysis 4 h." in page
    assert 'href="/organization/processes/building/"' in page
    assert "Dependency not confirmed" in page
    assert "has not confirmed it" not in page
    page = text(manager.get("/impact/results/gaps/?of=fcsd"))
    assert "has not confirmed it" in page
    assert manager.get("/impact/dependencies/?node=building").status_code == 200
    assert 'href="/impact/dependencies/?node=building"' in page


def test_a_focal_point_of_geneva_sees_only_hers_on_every_page(reader: Reader, approved: dict[str, Analysis]) -> None:
    geneva = reader("focal_point", unit="unog")
    for part in PAGES:
        page = text(geneva.get(f"/impact/results/{part}"))
        assert "Running of the building systems" not in page and "Building engineers" not in page, part
    assert "Meetings, Geneva" in text(geneva.get("/impact/results/"))
    assert geneva.get("/impact/results/over-time/?process=building").status_code == 400


def test_who_may_not_see_analyses_is_refused_and_who_may_not_take_out_has_no_files(
    reader: Reader, approved: dict[str, Analysis]
) -> None:
    assert reader("staff").get("/impact/results/").status_code == 403
    owner = reader("process_owner", unit="unog")
    assert "results.pdf" not in text(owner.get("/impact/results/"))
    for ending in ("pdf", "docx", "xlsx"):
        assert owner.get(f"/impact/results.{ending}").status_code == 403


def test_the_workbook_has_the_numbers_of_the_page(manager: Client, approved: dict[str, Analysis]) -> None:
    rename("building", "=HYPERLINK(1)")
    answer = manager.get("/impact/results.xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    assert book.sheet_names == ["Ranking", "Impact", "Tiers", "Requirements by time", "Curve", "Gaps"]
    ranking = book.get_sheet_by_name("Ranking").to_python()
    heads, rows = ranking[3], ranking[4:]
    found = results(TEST, Asked(clock.today()))
    for one, row in zip(found.ranking, rows, strict=True):
        said = dict(zip(heads, row, strict=True))
        limits = one.limits
        assert (said["Process"], said["MTPD (h)"], said["RTO (h)"]) == (one.name, limits.mtpd, limits.rto)
        assert said["MBCO (share of 1)"] == one.minimum
    assert rows[1][1] == "=HYPERLINK(1)"
    needs = book.get_sheet_by_name("Requirements by time").to_python()[4:]
    assert [(row[0], row[1], row[2]) for row in needs] == [(1, "Seats", 5), (4, "People", 4), (5, "Seats", 2)]
    curve = book.get_sheet_by_name("Curve").to_python()[4:]
    assert [row[1:3] for row in curve if row[0] == "Seats"] == [[1, 0], [1, 5], [5, 5], [5, 7], [672, 7]]
    gaps = book.get_sheet_by_name("Gaps").to_python()[4:]
    assert [row[0] for row in gaps] == [one.title for one in found.findings]
    impact = book.get_sheet_by_name("Impact").to_python()
    assert [head.replace("\u00a0", " ") for head in impact[3][3:5]] == [
        "After 1 h (level, 0 to 5)",
        "After 4 h (level, 0 to 5)",
    ]
    assert [row[3:] for row in impact[4:] if (row[0], row[2]) == ("=HYPERLINK(1)", "Staff")] == [[1, 1, 4, 4, 4, 4]]


@needs_fonts
def test_the_word_file_says_what_the_page_says_of_hers_alone(reader: Reader, approved: dict[str, Analysis]) -> None:
    rename("geneva-meetings", HOSTILE)
    answer = reader("focal_point", unit="unog").get("/impact/results.docx")
    file = docx.Document(BytesIO(answer.content))
    headings = [one.text for one in file.paragraphs if one.style.name == "Heading 1"]
    assert headings == [
        "What comes first, and why", "Impact over time", "RTO tiers", "Who needs what by when",
        "Gaps and contradictions", "The critical processes of each unit",
    ]  # fmt: skip
    cells = [cell.text.replace("\u00a0", " ") for table in file.tables for row in table.rows for cell in row.cells]
    assert HOSTILE in cells and "Cannot be borne after 4 h: Staff reaches Major" in cells
    assert not any("building" in said.lower() for said in [*cells, *(one.text for one in file.paragraphs)])
    assert "1 of 1 process cannot stand still for more than a day." in [one.text for one in file.paragraphs]


@needs_fonts
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext: apt-get install poppler-utils")
def test_the_pdf_is_tagged_and_of_hers_alone(reader: Reader, approved: dict[str, Analysis], tmp_path: Path) -> None:
    rename("geneva-meetings", HOSTILE)
    answer = reader("focal_point", unit="unog").get("/impact/results.pdf")
    assert b"/StructTreeRoot" in answer.content and b"pdfuaid" in answer.content
    (tmp_path / "it.pdf").write_bytes(answer.content)
    done = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "it.pdf", "-"], capture_output=True, text=True, check=True
    )
    said = re.sub(r"\s+", " ", done.stdout)
    assert "#panic[x] *b*" in said and "=1+1 <b>&amp;" in said and "building" not in said.lower()
    assert "Seats: 5 within a day, 5 in all" in said


def test_pages_and_files_ask_as_much_for_two_hundred_processes_as_for_two(
    manager: Client, approved: dict[str, Analysis], query_count: Any
) -> None:
    addresses = [*(f"/impact/results/{part}" for part in PAGES), "/impact/results.xlsx"]

    def ask_all() -> None:
        for address in addresses:
            with query_count(f"page {address}"):
                assert manager.get(address).status_code == 200

    ask_all()
    grow(approved["fcsd"], 200)
    ask_all()
    book = CalamineWorkbook.from_filelike(BytesIO(manager.get("/impact/results.xlsx").content))
    assert len(book.get_sheet_by_index(0).to_python()) == 4 + 202


def test_the_api_says_the_same_and_of_hers_alone(cast: Cast, approved: dict[str, Analysis]) -> None:
    def ask(unit: str | None, query: str = "") -> Any:
        account = user(f"api-{unit}", "focal_point", unit=cast.units[unit] if unit else None)
        secret = create_token(account, account, name="test")[1]
        return Client(headers={"authorization": f"Bearer {secret}"}).get(f"/api/v1/impact-results{query}")

    hers = ask("unog").json()
    (one,) = hers["ranking"]
    assert (one["process"], one["mtpd"], one["rto"], one["minimum_level"]) == ("geneva-meetings", 4, 1, 1)
    assert hers["needs"] == [
        {"kind": "facility", "counts": "amount", "steps": [{"hour": 1, "amount": 5, "things": 1, "processes": 1}]}
    ]
    assert "building" not in str(hers)
    all_ = ask(None, "?unit=fcsd").json()
    assert [row["process"] for row in all_["ranking"]] == ["building"]
    refused = ask("fcsd", "?unit=nowhere")
    assert refused.status_code == 422 and refused.json()["error"]["fields"][0]["path"] == "unit"
