"""A figure is proved by files that are kept as they came, and says when it is to be looked at again."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import preview, read
from holdfast.organization import clock
from holdfast.organization.accounts.models import Event, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.attachments.actions import attach
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Damaged, TooLarge, keep, path_of
from holdfast.organization.attachments.store import read as stored
from holdfast.organization.evidence.fact import Basis, Fact
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.actions.places import create_unit
from holdfast.organization.structure.models import Node
from holdfast.web.pages.evidence.ageing import Age, aged
from tests.cast import user
from tests.rows import TEST

ATTACH = "/evidence/attach/processes/p-ledger/rto/"
CONTENT = b"Exercise of May: back after six hours.\n"


@pytest.fixture(autouse=True)
def store(tmp_path: Path):
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def owner(page: Client) -> User:
    found = user("owner", Role.PROCESS_OWNER, unit=Unit.objects.get(key="treasury"))
    page.force_login(found)
    return found


def ledger() -> Node:
    return Node.objects.get(key="p-ledger")


def put(page: Client, name: str = "exercise.txt", content: bytes = CONTENT, **more: str):
    file = SimpleUploadedFile(name, content)
    return page.post(ATTACH, {"file": file, "version": str(ledger().version), **more})


def test_a_file_is_attached_to_a_figure_and_handed_out_as_it_came(page: Client, owner: User) -> None:
    assert "Attach a file" in page.get("/organization/processes/p-ledger/").content.decode()
    assert "RTO" in page.get(ATTACH).content.decode()
    answer = put(page, valid_until="2030-01-01")
    assert answer.headers["Location"] == "/organization/processes/p-ledger/#rto"
    fact = ledger().rto
    (key,) = fact.files
    assert (fact.value, fact.valid_until) == (8.0, date(2030, 1, 1))
    row = Attachment.objects.get(key=key)
    assert (row.name, row.size, row.sha256) == ("exercise.txt", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert row.entered_by == owner and row.unit == Unit.objects.get(key="treasury")
    shown = page.get("/organization/processes/p-ledger/").content.decode()
    assert "exercise.txt" in shown and row.sha256 in shown
    response = page.get(f"/evidence/files/{key}/")
    assert response.content == CONTENT and response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == 'attachment; filename="exercise.txt"'
    assert {"evidence.attach", "node.edit"} <= set(Event.objects.values_list("act", flat=True))


def test_the_same_content_is_kept_once(page: Client, owner: User, store: Path) -> None:
    put(page)
    put(page, "again.txt")
    assert Attachment.objects.count() == 2 and len(ledger().rto.files) == 2
    assert len([path for path in (store / "evidence").rglob("*") if path.is_file()]) == 1


def test_files_stay_with_the_figure_while_it_says_the_same_and_go_when_it_changes(page: Client, owner: User) -> None:
    put(page)
    form = {
        "name": "Ledger",
        "version": str(ledger().version),
        "rto_value": "8",
        "rto_unit": "h",
        "rto_basis": "measured",
    }
    rest = {"unit": "treasury", "site": "east", "state": "in_use", "mtpd_value": "72", "mtpd_unit": "h"}
    page.post("/organization/processes/p-ledger/edit/", {**form, **rest, "mtpd_basis": "assumed"})
    assert (ledger().name, ledger().rto.basis) == ("Ledger", "measured")
    assert len(ledger().rto.files) == 1 and ledger().rto.entered_by == "owner"
    node = ledger()
    edit_node(TEST, node, version=node.version, rto=Fact(4.0, "h", Basis.ASSUMED))
    assert ledger().rto.files == ()


def test_what_cannot_be_attached_is_said_and_nothing_is_kept(page: Client, owner: User, store: Path) -> None:
    assert page.post(ATTACH, {"version": "1"}).status_code == 422
    assert page.get("/evidence/attach/processes/p-ledger/name/").status_code == 404
    assert page.get("/evidence/attach/processes/nobody/rto/").status_code == 404
    assert page.get("/evidence/attach/nothing/p-ledger/rto/").status_code == 404
    stale = page.post(ATTACH, {"file": SimpleUploadedFile("a.txt", b"a"), "version": "99"})
    assert stale.status_code == 409
    assert ledger().rto.files == ()


def test_a_file_that_is_too_large_leaves_nothing_behind(store: Path) -> None:
    with pytest.raises(TooLarge):
        keep([b"1234", b"5678"], most=6)
    assert [path for path in (store / "evidence").rglob("*") if path.is_file()] == []


def test_a_damaged_file_is_not_handed_out(page: Client, owner: User) -> None:
    put(page)
    row = Attachment.objects.get()
    path_of(row.sha256).write_bytes(b"something else")
    with pytest.raises(Damaged):
        stored(row.sha256)
    assert page.get(f"/evidence/files/{row.key}/").status_code == 404


def test_who_may_not_see_the_thing_may_not_read_its_file(page: Client, owner: User) -> None:
    put(page)
    key = Attachment.objects.get().key
    page.force_login(user("stranger", Role.PROCESS_OWNER, unit=create_unit(TEST, key="x", name="X", kind="unit")))
    assert page.get(f"/evidence/files/{key}/").status_code == 404
    assert page.get(ATTACH).status_code == 404
    page.force_login(user("auditor", Role.AUDITOR))
    assert page.get(f"/evidence/files/{key}/").content == CONTENT
    assert page.get(ATTACH).status_code == 403
    page.logout()
    assert page.get(f"/evidence/files/{key}/").status_code == 302


def test_the_keys_of_files_go_out_and_in_with_the_workbook(page: Client, owner: User) -> None:
    kept = keep([CONTENT], 1000)
    row = attach(TEST, name="a.txt", kept=kept, media_type="text/plain")
    node = ledger()
    edit_node(TEST, node, version=node.version, rto=Fact(8.0, "h", Basis.ASSUMED, files=(row.key,)))
    manager = user("manager", Role.PROGRAMME_MANAGER)
    records = export(manager)
    (process,) = [one for one in records["processes"] if one["key"] == "p-ledger"]
    assert process["rto"]["files"] == [row.key]
    found = preview(manager, read(export_workbook(records), "all.xlsx"))
    assert found.problems == [] and found.nothing_to_do


def _aged(node: Node, **dates: date) -> None:
    edit_node(TEST, node, version=node.version, rto=Fact(8.0, "h", Basis.ASSUMED, "a guess", **dates))


@pytest.mark.parametrize(
    ("dates", "age"),
    [
        ({"valid_until": timedelta(0)}, Age.RUN_OUT),
        ({"valid_until": timedelta(-400)}, Age.RUN_OUT),
        ({"valid_until": timedelta(30)}, Age.SOON),
        ({"valid_until": timedelta(90)}, None),
        ({"as_of": timedelta(-800)}, Age.LONG_AGO),
        ({"as_of": timedelta(-800), "valid_until": timedelta(90)}, None),
        ({"as_of": timedelta(-100)}, None),
    ],
)
def test_evidence_ages(page: Client, dates: dict[str, timedelta], age: Age | None) -> None:
    _aged(ledger(), **{name: clock.today() + shift for name, shift in dates.items()})
    found = [one for one in aged(user("auditor", Role.AUDITOR), clock.today()) if one.row.key == "p-ledger"]
    assert [one.age for one in found if one.figure == "RTO"] == ([age] if age else [])


def test_ageing_evidence_is_listed_by_age_and_unit_and_waits_for_its_keeper(page: Client, owner: User) -> None:
    assert "No figure that you may see" in page.get("/evidence/").content.decode()
    _aged(ledger(), valid_until=clock.today() - timedelta(5))
    text = page.get("/evidence/?age=run-out&unit=treasury").content.decode()
    assert "Ledger &amp; &lt;accounts&gt;" in text and "has run out" in text and "a guess" in text
    assert "Nothing of this age" in page.get("/evidence/?age=soon").content.decode()
    home = page.get("/").content.decode()
    assert "1 figure to look at again" in home and "/evidence/?age=run-out" in home
