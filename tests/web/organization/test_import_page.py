"""Files in and out by the page: nothing is written before it was shown, and then all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import read
from holdfast.organization.accounts.models import System
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions import places
from tests.cast import TEST, Cast

NEW = [{"key": "archives", "name": "Archives Section", "kind": "unit", "parent": "dm"}]


def upload(client: Client, data: bytes, name: str = "units.json") -> Any:
    return client.post("/organization/import/", {"file": SimpleUploadedFile(name, data)})


def units(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"units": [*NEW, *rows]}).encode()


def take(client: Client, shown: Any) -> Any:
    context = shown.context
    return client.post(
        "/organization/import/apply/", {"token": context["token"], "fingerprint": context["fingerprint"]}
    )


def test_what_it_would_do_is_shown_and_nothing_is_written(manager: Client) -> None:
    response = upload(manager, units({"key": "dm", "name": "Department of Management Strategy"}))
    assert response.status_code == 200
    table = response.context["tables"][0]
    assert (table["new"], table["changed"]) == (1, 1)
    assert "Department of Management</del>" in response.content.decode()
    assert not Unit.objects.filter(key="archives").exists()


def test_it_is_taken_in_once_it_was_agreed_to(manager: Client, folder: Path) -> None:
    shown = upload(manager, units())
    assert take(manager, shown).status_code == 302
    assert Unit.objects.get(key="archives").path == "un/secretariat/dm/archives/"
    assert "1 row is new, 0 are changed." in manager.get("/organization/import/").content.decode()
    assert list((folder / "imports").iterdir()) == []
    again = take(manager, shown)
    assert again.status_code == 409
    assert "was taken in already" in again.content.decode()


def test_problems_are_named_by_sheet_row_and_column_and_nothing_can_be_taken_in(manager: Client) -> None:
    response = upload(manager, units({"key": "bad", "name": "Bad", "kind": "castle"}))
    assert response.status_code == 422
    [problem] = response.context["problems"]
    assert (problem.table, problem.column) == ("units", "kind")
    assert response.context["token"] == ""


def test_a_change_made_in_between_is_shown_anew_before_anything_is_written(manager: Client, cast: Cast) -> None:
    shown = upload(manager, units({"key": "dm", "name": "Theirs"}))
    places.edit_unit(TEST, cast.units["dm"], version=1, role="Changed meanwhile")
    response = take(manager, shown)
    assert response.status_code == 409
    assert "The data have changed since you looked" in response.content.decode()
    assert not Unit.objects.filter(key="archives").exists()
    assert take(manager, response).status_code == 302
    row = Unit.objects.get(key="dm")
    assert (row.name, row.role) == ("Theirs", "Changed meanwhile")


def test_another_session_cannot_take_in_what_waits(manager: Client, reader: Any) -> None:
    shown = upload(manager, units())
    assert take(reader("administrator"), shown).status_code == 409
    assert not Unit.objects.filter(key="archives").exists()


def test_a_workbook_goes_out_is_changed_and_comes_in_again(manager: Client) -> None:
    data = manager.get("/organization/export.xlsx").content
    unchanged = upload(manager, data, "organisation.xlsx")
    assert "The file holds nothing new" in unchanged.content.decode()
    records = read(data, "organisation.xlsx").records
    next(unit for unit in records["units"] if unit["key"] == "unog")["acronym"] = "UNOG"
    shown = upload(manager, export_workbook(records), "organisation.xlsx")
    assert {table["name"]: table["changed"] for table in shown.context["tables"] if table["changed"]} == {"units": 1}
    assert take(manager, shown).status_code == 302
    assert Unit.objects.get(key="unog").acronym == "UNOG"


def test_one_bad_cell_in_five_thousand_rows_is_named_and_nothing_is_written(manager: Client) -> None:
    rows = [{"key": f"p{n}", "title": f"Post {n}", "unit": "dm"} for n in range(5000)]
    rows[4321]["unit"] = "moon"
    data = export_workbook({"posts": rows})
    response = upload(manager, data, "posts.xlsx")
    assert response.status_code == 422
    [problem] = response.context["problems"]
    assert (problem.table, problem.row, problem.column) == ("posts", 4324, "unit")
    assert "moon" in problem.message


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"", "empty.json"), (b"{", "half.json"), (b"PK\x03\x04 nothing", "broken.xlsx"), (b"a,b", "list.csv")],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(manager: Client, data: bytes, name: str) -> None:
    response = upload(manager, data, name)
    assert response.status_code == 422
    assert response.context["problems"]


def test_no_file_at_all_is_said(manager: Client) -> None:
    response = manager.post("/organization/import/", {})
    assert response.status_code == 422
    assert "Choose a file first" in response.content.decode()


def test_an_empty_workbook_begins_an_organisation(manager: Client) -> None:
    data = manager.get("/organization/import/empty.xlsx?sheet=units&sheet=sites").content
    found = read(data, "empty.xlsx")
    assert set(found.records) == {"units", "sites"}
    assert not any(found.records.values())
    assert found.problems == []


def test_rows_outside_ones_scope_are_refused(reader: Any) -> None:
    local = reader("programme_manager", unit="unog", name="local")
    response = upload(local, units())
    assert response.status_code == 422
    assert "outside the part of the organisation" in response.content.decode()


def test_taking_in_and_out_need_their_rights(reader: Any) -> None:
    focal = reader("focal_point", unit="unog")
    assert upload(focal, units()).status_code == 403
    out = json.loads(focal.get("/organization/export.json").content)
    assert [unit["key"] for unit in out["units"]] == ["unog"]
    assert len(export(System("test"))["units"]) == 12
