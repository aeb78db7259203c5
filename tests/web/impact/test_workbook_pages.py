"""The analysis by spreadsheet, on its pages: downloaded, brought back, decided where two have changed the same."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.impact.models import Analysis
from holdfast.exchange.impact import background
from holdfast.organization.jobs.leased import LeaseState
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.running import Running
from holdfast.organization.jobs.worker import Crew
from holdfast.web.pages.impact import workbook as pages
from tests import cast as made
from tests.cast import Cast
from tests.exchange.books import Book
from tests.exchange.test_impact_workbook import ask, full, say, the_row
from tests.web.organization.conftest import Reader, folder, query_count, reader

__all__ = ["folder", "full", "query_count", "reader"]

ADDRESS = "/impact/analyses/c-fcsd-fcsd/workbook"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return made.secretariat()


@pytest.fixture
def owner(reader: Reader) -> Client:
    return reader("process_owner", unit="fcsd")


def book_of(client: Client) -> Book:
    answer = client.get(f"{ADDRESS}.xlsx")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="c-fcsd-fcsd.xlsx"'
    return Book(answer.content)


def bring(client: Client, data: bytes) -> Any:
    file = BytesIO(data)
    file.name = "c-fcsd.xlsx"
    return client.post(f"{ADDRESS}/", {"file": file})


def hidden(page: Any) -> dict[str, str]:
    found = dict(re.findall(r'type="hidden" name="(token|fingerprint)" value="(\w+)"', page.content.decode()))
    return found


def text(page: Any) -> str:
    return page.content.decode().replace("\u00a0", " ")


def test_a_process_owner_fills_in_the_workbook_and_brings_it_back(owner: Client, full: Analysis, folder: Path) -> None:
    assert "Download the workbook" in text(owner.get(f"{ADDRESS}/"))
    book = book_of(owner)
    book.set("processes", "building", why="As the owner says.", minimum_level=0.6)
    shown = bring(owner, book.data())
    assert shown.status_code == 200
    page = text(shown)
    assert "This is what the workbook would change" in page and "As the owner says." in page
    assert the_row(full).why != "As the owner says."
    done = owner.post(f"{ADDRESS}/apply/", hidden(shown))
    assert (done.status_code, done.headers["Location"]) == (302, "/impact/analyses/c-fcsd-fcsd/")
    assert the_row(full).why == "As the owner says."
    assert not list((folder / "imports").iterdir())
    assert owner.post(f"{ADDRESS}/apply/", hidden(shown)).status_code == 409
    assert "holds nothing new" in text(bring(owner, book.data()))


def test_what_is_wrong_is_shown_cell_by_cell_and_nothing_can_be_taken_in(owner: Client, full: Analysis) -> None:
    book = book_of(owner)
    book.set("processes", "building", mtpd="soon", why="Changed.")
    book.drop_column("processes", "procedure")
    shown = bring(owner, book.data())
    assert shown.status_code == 422
    page = text(shown)
    assert "2 things in the workbook are wrong" in page
    assert "Wanted a number, got “soon”." in page and "“procedure” is missing" in page
    assert hidden(shown) == {}


def test_where_two_have_changed_the_same_both_stand_side_by_side_and_one_is_chosen(
    owner: Client, full: Analysis
) -> None:
    book = book_of(owner)
    say(full, why="On the page.", source="Elsewhere.")
    book.set("processes", "building", why="In the file.", source="In the file too.", procedure="By hand.")
    shown = bring(owner, book.data())
    page = text(shown)
    assert "2 fields were changed by two" in page
    for said in ("The building cannot be used without it.", "On the page.", "In the file."):
        assert said in page
    undecided = owner.post(f"{ADDRESS}/apply/", {**hidden(shown), "clash.processes.3.why": "file"})
    assert undecided.status_code == 422 and "Choose first" in text(undecided)
    assert re.search(r'name="clash.processes.3.why" value="file"[^>]* checked', text(undecided))
    chosen = {"clash.processes.3.why": "file", "clash.processes.3.source": "database"}
    assert owner.post(f"{ADDRESS}/apply/", {**hidden(shown), **chosen}).status_code == 302
    row = the_row(full)
    assert (row.why, row.source, row.procedure) == ("In the file.", "Elsewhere.", "By hand.")


@pytest.mark.parametrize(("side", "why"), [("file", "In the file."), ("database", "On the page.")])
def test_one_side_can_be_chosen_for_all(owner: Client, full: Analysis, side: str, why: str) -> None:
    book = book_of(owner)
    say(full, why="On the page.")
    book.set("processes", "building", why="In the file.")
    shown = bring(owner, book.data())
    assert owner.post(f"{ADDRESS}/apply/", {**hidden(shown), "all": side}).status_code == 302
    assert the_row(full).why == why


def test_what_has_changed_since_it_was_shown_is_shown_anew(owner: Client, full: Analysis) -> None:
    book = book_of(owner)
    book.set("processes", "building", procedure="By hand.")
    shown = bring(owner, book.data())
    say(full, why="In between.")
    late = owner.post(f"{ADDRESS}/apply/", hidden(shown))
    assert late.status_code == 409 and "has changed since you looked" in text(late)
    assert the_row(full).procedure == ""
    assert owner.post(f"{ADDRESS}/apply/", hidden(late)).status_code == 302
    assert (the_row(full).why, the_row(full).procedure) == ("In between.", "By hand.")


def test_the_file_of_another_analysis_and_what_is_no_workbook_are_refused(
    cast: Cast, owner: Client, full: Analysis, reader: Reader
) -> None:
    other = ask(cast, "unog", "full")
    foreign = reader("process_owner", unit="unog").get(f"/impact/analyses/{other.key}/workbook.xlsx").content
    refused = bring(owner, foreign)
    assert refused.status_code == 422 and "upload it there" in text(refused)
    assert "not a workbook" in text(bring(owner, b"name,key\n"))
    assert "Choose the workbook first" in text(owner.post(f"{ADDRESS}/"))


def test_who_may_only_read_may_download_and_bring_nothing_back(full: Analysis, reader: Reader) -> None:
    head, stranger = reader("unit_head", unit="fcsd"), reader("process_owner", unit="unog")
    data = book_of(head).data()
    assert (head.get(f"{ADDRESS}/").status_code, bring(head, data).status_code) == (403, 403)
    assert stranger.get(f"{ADDRESS}.xlsx").status_code == 404
    assert bring(stranger, data).status_code == 404


def test_nobody_takes_in_what_another_has_uploaded(owner: Client, full: Analysis, reader: Reader) -> None:
    book = book_of(owner)
    book.set("processes", "building", why="Mine.")
    shown = bring(owner, book.data())
    other = reader("focal_point", unit="fcsd")
    assert other.post(f"{ADDRESS}/apply/", hidden(shown)).status_code == 409
    assert the_row(full).why != "Mine."


def test_the_pages_ask_the_database_a_fixed_number_of_questions(
    cast: Cast, owner: Client, full: Analysis, query_count: Any
) -> None:
    book = book_of(owner)
    for number in range(3):
        book.add("needs", process="building", needs=number + 1, draws_on_1="ny-power")
    with query_count("page analysis-workbook"):
        owner.get(f"{ADDRESS}/")
    with query_count("page analysis-workbook-file"):
        owner.get(f"{ADDRESS}.xlsx")
    with query_count("page analysis-workbook preview"):
        assert bring(owner, book.data()).status_code == 200


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are many."""
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 1)


def brought(owner: Client) -> tuple[Any, Job]:
    """A workbook with two rows that change something, given to a worker."""
    book = book_of(owner)
    book.set("processes", "building", why="As the owner says.")
    book.add("needs", process="building", needs=2, draws_on_1="ny-power")
    shown = bring(owner, book.data())
    assert "taken in in the background" in text(shown)
    done = owner.post(f"{ADDRESS}/apply/", hidden(shown))
    assert done.status_code == 302, text(done)
    job = Job.objects.get(name="impact.take_in")
    assert (done.status_code, done.headers["Location"]) == (302, f"/organization/jobs/{job.pk}/")
    return shown, job


def test_very_many_rows_are_taken_in_by_a_worker_and_its_page_says_how_far_it_is(
    owner: Client, full: Analysis, few: None, folder: Path
) -> None:
    shown, job = brought(owner)
    assert the_row(full).why != "As the owner says."
    assert "Cancel this job" in text(owner.get(f"/organization/jobs/{job.pk}/"))
    assert Crew().run_one()
    job.refresh_from_db()
    assert (job.state, job.outcome, job.done, job.total) == (LeaseState.DONE, {"rows": 2}, 2, 2), job.error
    assert the_row(full).why == "As the owner says."
    assert not list((folder / "imports").iterdir())
    # Once: the file is the worker's, not the session's.
    assert owner.post(f"{ADDRESS}/apply/", hidden(shown)).status_code == 409


def test_cancelled_before_it_is_written_nothing_is(owner: Client, full: Analysis, few: None) -> None:
    _shown, job = brought(owner)
    owner.post(f"/organization/jobs/{job.pk}/cancel/")
    assert not Crew().run_one()
    assert the_row(full).why != "As the owner says."


def test_cancelled_while_it_writes_all_is_as_it_was(
    owner: Client, full: Analysis, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shown, job = brought(owner)
    written = background._written

    def cancelled(context: Running, what: str, done: int, count: int) -> None:
        context.is_cancelled = True
        written(context, what, done, count)

    monkeypatch.setattr(background, "_written", cancelled)
    assert Crew().run_one()
    job.refresh_from_db()
    assert job.state == LeaseState.CANCELLED
    assert the_row(full).why != "As the owner says."


def test_a_worker_writes_nothing_where_the_analysis_has_changed_since(owner: Client, full: Analysis, few: None) -> None:
    _shown, job = brought(owner)
    say(full, source="In between.")
    assert Crew().run_one()
    job.refresh_from_db()
    assert job.state == LeaseState.FAILED and "has changed since you looked" in job.error
    assert the_row(full).why != "As the owner says."


def test_a_second_attempt_after_a_killed_worker_does_not_write_twice(owner: Client, full: Analysis, few: None) -> None:
    _shown, job = brought(owner)
    assert Crew().run_one()
    # As a killed worker leaves it: written, and not yet said to be done.
    Job.objects.filter(pk=job.pk).update(state=LeaseState.WAITING, outcome=None, done=2, total=2)
    assert Crew().run_one()
    job.refresh_from_db()
    assert (job.state, job.outcome) == (LeaseState.DONE, {"rows": 2})
