"""The analysis by spreadsheet, for programs: out, what it would do, in; every refusal is the one that is declared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from holdfast.analysis.impact.models import Analysis
from tests.api.conftest import Program
from tests.cast import Cast
from tests.exchange.books import Book
from tests.exchange.test_impact_workbook import full, say, the_row

__all__ = ["full"]

ADDRESS = "/analyses/c-fcsd-fcsd/workbook"
OF = Callable[..., Program]


@pytest.fixture
def owner(program: OF, cast: Cast, full: Analysis) -> Program:
    return program("process_owner", unit=cast.units["fcsd"])


def book_of(program: Program) -> Book:
    answer = program.get(ADDRESS)
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (
        200,
        'attachment; filename="c-fcsd-fcsd.xlsx"',
    )
    return Book(answer.content)


def bring(program: Program, data: bytes, verb: str = "preview", **said: Any) -> Any:
    file = SimpleUploadedFile("fcsd.xlsx", data)
    return program.client.post(f"/api/v1{ADDRESS}/{verb}", {"file": file, **said})


def test_a_program_takes_a_workbook_out_and_in_and_the_second_time_it_changes_nothing(
    owner: Program, full: Analysis
) -> None:
    book = book_of(owner)
    book.set("processes", "building", why="As the owner says.")
    shown = bring(owner, book.data())
    assert shown.status_code == 200, shown.content
    found = shown.json()
    assert found["applied"] is False and found["sheets"]["processes"]["changed"] == 1
    (row,) = found["sheets"]["processes"]["rows"]
    assert [(one["field"], one["after"]) for one in row["changes"]] == [("why", "As the owner says.")]
    assert the_row(full).why != "As the owner says."
    done = bring(owner, book.data(), "take-in", fingerprint=found["fingerprint"])
    assert (done.status_code, done.json()["applied"]) == (200, True), done.content
    assert the_row(full).why == "As the owner says."
    again = bring(owner, book.data()).json()
    assert again["sheets"]["processes"]["changed"] == 0


def test_what_has_changed_since_the_preview_is_a_conflict_and_nothing_is_written(
    owner: Program, full: Analysis
) -> None:
    book = book_of(owner)
    book.set("processes", "building", procedure="By hand.")
    seen = bring(owner, book.data()).json()["fingerprint"]
    say(full, why="In between.")
    late = bring(owner, book.data(), "take-in", fingerprint=seen)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")
    assert the_row(full).procedure == ""


def test_where_two_have_changed_the_same_the_program_says_which_stays(owner: Program, full: Analysis) -> None:
    book = book_of(owner)
    say(full, why="On the page.", source="Elsewhere.")
    book.set("processes", "building", why="In the file.", source="In the file too.")
    found = bring(owner, book.data()).json()
    assert [(one["file"], one["database"]) for one in found["clashes"]] == [
        ("In the file.", "On the page."), ("In the file too.", "Elsewhere."),
    ]  # fmt: skip
    first, second = (one["id"] for one in found["clashes"])
    undecided = bring(
        owner, book.data(), "take-in", fingerprint=found["fingerprint"], choices=json.dumps({first: "file"})
    )
    assert undecided.status_code == 422
    assert [one["path"] for one in undecided.json()["error"]["fields"]] == [f"choices.{second}"]
    done = bring(
        owner, book.data(), "take-in", fingerprint=found["fingerprint"], keep="database",
        choices=json.dumps({first: "file"}),
    )  # fmt: skip
    assert done.status_code == 200
    assert (the_row(full).why, the_row(full).source) == ("In the file.", "Elsewhere.")


def test_what_is_wrong_is_named_cell_by_cell(owner: Program, full: Analysis) -> None:
    book = book_of(owner)
    book.set("processes", "building", mtpd="soon")
    found = bring(owner, book.data()).json()
    assert [(one["table"], one["row"], one["column"]) for one in found["problems"]] == [("processes", 3, "mtpd")]
    refused = bring(owner, book.data(), "take-in", fingerprint=found["fingerprint"])
    assert refused.status_code == 422 and "soon" in refused.json()["error"]["fields"][0]["message"]


def test_what_cannot_be_read_or_is_not_asked_for_is_refused(owner: Program, full: Analysis) -> None:
    data = book_of(owner).data()
    for status, answer in (
        (422, bring(owner, b"name,key\n")),
        (422, bring(owner, data, keep="mine")),
        (422, bring(owner, data, more="1")),
        (400, bring(owner, data, choices="{")),
        (422, bring(owner, data, choices='{"a": "mine"}')),
        (422, bring(owner, data, "take-in")),
        (422, owner.client.post(f"/api/v1{ADDRESS}/preview", {})),
    ):
        assert answer.status_code == status, answer.content
        assert answer.json()["error"]["message"]


def test_rights_are_those_of_the_page(owner: Program, program: OF, cast: Cast) -> None:
    data = book_of(owner).data()
    head = program("unit_head", unit=cast.units["fcsd"])
    stranger = program("focal_point", unit=cast.units["unog"])
    assert (head.get(ADDRESS).status_code, bring(head, data).status_code) == (200, 403)
    assert (stranger.get(ADDRESS).status_code, bring(stranger, data).status_code) == (404, 404)
    assert Client().get(f"/api/v1{ADDRESS}").status_code == 401
