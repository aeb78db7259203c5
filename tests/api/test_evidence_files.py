"""Programs bring in evidence files, find them by what they hold, and read them as they came."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from holdfast.governance.improvement.actions import raise_action
from holdfast.organization import clock
from holdfast.organization.accounts.models import Event
from holdfast.organization.attachments import actions as attachments
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import path_of
from tests.api.conftest import Program, paths_of
from tests.cast import TEST, Cast

CONTENT = b"Exercise of May: back after six hours.\n"


@pytest.fixture(autouse=True)
def store(tmp_path: Path):
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


def bring(program: Program, name: str = "exercise.txt", content: bytes = CONTENT, **about: str) -> Any:
    return program.client.post("/api/v1/evidence-files", {"file": SimpleUploadedFile(name, content), **about})


def test_a_file_is_brought_in_and_read_again_and_the_answer_has_its_hash(manager: Program) -> None:
    response = bring(manager, about="RTO of the building", unit="fcsd", site="new-york")
    assert response.status_code == 201, response.content
    found = response.json()
    assert (found["sha256"], found["size"]) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert (found["name"], found["media_type"], found["unit"]) == ("exercise.txt", "text/plain", "fcsd")
    assert found["entered_by"] == manager.account.username
    content = manager.get(f"/evidence-files/{found['key']}/content")
    assert (content.content, content.headers["Content-Type"]) == (CONTENT, "application/octet-stream")
    (listed,) = manager.get("/evidence-files", sha256=found["sha256"]).json()["items"]
    assert listed["key"] == found["key"]
    assert Event.objects.filter(act="evidence.attach").count() == 1


def test_its_key_proves_a_figure_and_an_action(manager: Program, cast: Cast) -> None:
    key = bring(manager, unit="fcsd").json()["key"]
    rto = {"value": 4, "unit": "h", "basis": "measured", "source": "Exercise", "as_of": "2008-05-01", "files": [key]}
    changed = manager.patch("/processes/building", {"version": 1, "rto": rto})
    assert changed.json()["rto"]["files"] == [key]
    raise_action(
        TEST, key="valves", title="Label", due=clock.today(), owner_post=cast.posts["chief-fcsd"],
        unit=cast.units["fcsd"],
    )  # fmt: skip
    proved = manager.post("/actions/valves/prove", {"version": 1, "proof_files": [key]})
    assert proved.json()["proof_files"] == [key]
    refused = manager.post("/actions/valves/prove", {"version": 2, "proof_files": [key, "file-nowhere"]})
    assert (refused.status_code, paths_of(refused)) == (422, ["proof_files"])
    assert "file-nowhere" in refused.json()["error"]["fields"][0]["message"]


def test_what_cannot_be_brought_in_is_said_and_no_row_is_made(
    manager: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MOST_BYTES", 10)
    for response, path in (
        (bring(manager), "file"),
        (bring(manager, content=b""), "file"),
        (manager.client.post("/api/v1/evidence-files", {"about": "No file."}), "file"),
        (bring(manager, content=b"short", unit="nowhere"), "unit"),
        (bring(manager, content=b"short", about="x" * 401), "about"),
        (bring(manager, content=b"short", colour="red"), "colour"),
    ):
        assert response.status_code == 422, response.content
        assert paths_of(response) == [path]
    assert manager.post("/evidence-files", {"about": "JSON"}).status_code in (400, 422)
    assert not Attachment.objects.exists()


def test_a_name_is_that_of_a_file_and_of_no_folder(manager: Program) -> None:
    assert bring(manager, "..\\..\\exercise.exe").json()["name"] == "exercise.exe"


def test_a_file_of_another_unit_is_neither_listed_nor_read_nor_brought_in_there(
    manager: Program, program: Callable[..., Program], cast: Cast
) -> None:
    key = bring(manager, unit="fcsd").json()["key"]
    other = program("focal_point", unit=cast.units["unog"])
    assert other.get("/evidence-files").json()["items"] == []
    assert other.get(f"/evidence-files/{key}/content").status_code == 404
    assert bring(other, unit="unog").status_code == 201
    assert bring(other, unit="dm").status_code in (403, 422)
    assert bring(program("auditor")).status_code == 403


def test_a_damaged_file_is_not_handed_out(manager: Program) -> None:
    found = bring(manager).json()
    path_of(found["sha256"]).write_bytes(b"something else")
    assert manager.get(f"/evidence-files/{found['key']}/content").status_code == 404
