"""A log that somebody changed behind the program's back is found out, on a real database file, by the command."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction

from holdfast.commands import logs
from holdfast.crisis.incidents.actions import write_note
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log import canonical
from holdfast.crisis.log.exporting import exported, records
from holdfast.crisis.log.guard import NAMES, lift_guard
from holdfast.crisis.log.keys import as_text, id_of, public_keys
from holdfast.crisis.log.models import EntriesAreKept, Log, LogEntry
from holdfast.organization.attachments.actions import bring_in
from holdfast.organization.attachments.store import path_of
from tests.cast import TEST

Answer = tuple[int, dict[str, Any]]


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command asks the database of the test."""
    monkeypatch.setattr(logs, "ready_database", lambda: None)


@pytest.fixture
def written(fire: Incident) -> Incident:
    """A log of seven entries, the last with a file."""
    for number in range(5):
        write_note(TEST, incident=fire, text=f"Note {number}")
    file = bring_in(TEST, name="photo.txt", pieces=[b"smoke"], site=fire.site)
    write_note(TEST, incident=fire, text="A photo", files=[file])
    return fire


def check(*arguments: str) -> Answer:
    done = CliRunner().invoke(logs.verify_log, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else {"said": done.output}


def codes(answer: Answer) -> set[str]:
    return {finding["code"] for one in answer[1]["logs"] for finding in one["findings"]}


def sql(statement: str, *values: Any) -> None:
    """As somebody with the database file in hand: the triggers are dropped first."""
    lift_guard(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def head_of(incident: Incident) -> str:
    return Log.objects.get(pk=incident.log_id).head


def rewritten(incident: Incident, sign: Callable[[str], str]) -> None:
    """Every hash computed anew after a change, with whatever signature the attacker can make."""
    previous, lift = "", lift_guard(connection)
    assert lift is None
    for said in list(records(Log.objects.get(pk=incident.log_id))):
        fresh = {**said, "previous": previous}
        previous = canonical.hash_of(fresh)
        sql(
            "UPDATE crisis_logentry SET previous = %s, hash = %s, signature = %s WHERE log_id = %s AND number = %s",
            fresh["previous"], previous, sign(previous), incident.log_id, said["number"],
        )  # fmt: skip
    sql("UPDATE crisis_log SET head = %s WHERE id = %s", previous, incident.log_id)


def test_a_log_that_nobody_touched_holds_and_what_is_open_is_said(written: Incident) -> None:
    status, answer = check(written.key)
    assert (status, answer["holds"]) == (0, True)
    assert answer["logs"][0]["entries"] == 7
    assert "without a head that was kept elsewhere" in " ".join(answer["logs"][0]["leaves_open"])


def test_with_a_head_kept_elsewhere_the_end_is_not_open_any_more(written: Incident) -> None:
    kept = head_of(written)
    status, answer = check(written.key, "--head", kept)
    assert status == 0
    assert "entries 1 to 7" in " ".join(answer["logs"][0]["proves"])
    assert "without a head" not in " ".join(answer["logs"][0]["leaves_open"])
    write_note(TEST, incident=written, text="Later")
    status, answer = check("--all", "--head", kept)
    assert status == 0, "a head is still in the log that has grown"
    assert "after entry 7" in " ".join(answer["logs"][0]["leaves_open"])


@pytest.mark.parametrize(
    "change",
    [
        "text = 'Nobody was told'", "author = 'somebody else'", "kind = 'incident.closed'", "account = 'else'",
        "moment = '2001-01-01 00:00:00'", "at = '2001-01-01 00:00:00'", "device_at = '2001-01-01 00:00:00'",
        "body = '{\"a\": 1}'", "files = '[]'",
    ],
)  # fmt: skip
def test_an_edit_of_anything_in_an_entry_is_found(written: Incident, change: str) -> None:
    number = 7 if change.startswith("files") else 3
    sql(f"UPDATE crisis_logentry SET {change} WHERE log_id = %s AND number = %s", written.log_id, number)
    answer = check(written.key)
    assert answer[0] == 1
    assert codes(answer) == {"edited"}
    assert answer[1]["logs"][0]["findings"][0]["number"] == number


def test_a_deletion_is_found(written: Incident) -> None:
    sql("DELETE FROM crisis_logentry WHERE log_id = %s AND number = 3", written.log_id)
    answer = check(written.key)
    assert answer[0] == 1
    assert {"missing", "chain"} <= codes(answer)


def test_a_deletion_with_the_numbers_closed_up_is_found(written: Incident) -> None:
    sql("DELETE FROM crisis_logentry WHERE log_id = %s AND number = 3", written.log_id)
    for number in range(4, 8):
        sql("UPDATE crisis_logentry SET number = %s WHERE log_id = %s AND number = %s",
            number - 1, written.log_id, number)  # fmt: skip
    sql("UPDATE crisis_log SET length = 6 WHERE id = %s", written.log_id)
    answer = check(written.key)
    assert answer[0] == 1
    assert "order" in codes(answer)


def test_entries_that_changed_places_are_found_and_named(written: Incident) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        sql("UPDATE crisis_logentry SET number = %s WHERE log_id = %s AND number = %s", new, written.log_id, old)
    answer = check(written.key)
    assert answer[0] == 1
    said = " ".join(finding["says"] for finding in answer[1]["logs"][0]["findings"])
    assert "entry 3 was written as entry 4" in said
    assert "entry 4 was written as entry 3" in said


def test_a_cut_end_is_found_by_the_logs_own_length(written: Incident) -> None:
    sql("DELETE FROM crisis_logentry WHERE log_id = %s AND number > 5", written.log_id)
    assert "cut" in codes(check(written.key))


def test_a_cut_end_with_the_length_corrected_is_found_with_a_head_kept_elsewhere(written: Incident) -> None:
    kept = head_of(written)
    before = LogEntry.objects.get(log=written.log_id, number=5).hash
    sql("DELETE FROM crisis_logentry WHERE log_id = %s AND number > 5", written.log_id)
    sql("UPDATE crisis_log SET length = 5, head = %s WHERE id = %s", before, written.log_id)
    status, answer = check(written.key)
    assert status == 0, "nothing in the database shows it"
    assert "cut off at the end" in " ".join(answer["logs"][0]["leaves_open"])
    for asked in (written.key, "--all"):
        found = check(asked, "--head", kept)
        assert (found[0], codes(found)) == (1, {"kept_head"})


def test_a_chain_written_anew_without_the_key_is_found(written: Incident) -> None:
    sql("UPDATE crisis_logentry SET text = 'Nobody' WHERE log_id = %s AND number = 3", written.log_id)
    old = dict(LogEntry.objects.filter(log=written.log_id).values_list("hash", "signature"))
    signature = next(iter(old.values()))
    rewritten(written, lambda digest: signature)
    assert codes(check(written.key)) == {"signature"}
    rewritten(written, lambda digest: "")
    assert codes(check(written.key)) == {"unsigned"}


def test_a_chain_written_anew_with_a_key_of_the_attackers_is_found(written: Incident, folder: Path) -> None:
    sql("UPDATE crisis_logentry SET text = 'Nobody' WHERE log_id = %s AND number = 3", written.log_id)
    trusted = folder / "given.pem"
    trusted.write_text("".join(as_text(key) for key in public_keys(folder / "keys").values()))
    own = Ed25519PrivateKey.generate()

    def sign(digest: str) -> str:
        said = base64.b64encode(own.sign(b"holdfast log entry 1\n" + digest.encode())).decode()
        return f"ed25519:{id_of(own.public_key())}:{said}"

    rewritten(written, sign)
    assert codes(check(written.key)) == {"key"}
    (folder / "keys" / f"log-{id_of(own.public_key())}.pub").write_text(as_text(own.public_key()))
    status, answer = check(written.key)
    assert status == 0, "who writes beside the log too is not found by what lies there"
    assert "could have put another there" in " ".join(answer["logs"][0]["leaves_open"])
    assert codes(check(written.key, "--public-key", str(trusted))) == {"key"}


def test_a_chain_written_anew_with_the_stolen_key_is_found_with_a_head_kept_elsewhere(
    written: Incident, folder: Path
) -> None:
    from holdfast.crisis.log.keys import signature_of

    kept = head_of(written)
    sql("UPDATE crisis_logentry SET text = 'Nobody' WHERE log_id = %s AND number = 3", written.log_id)
    rewritten(written, lambda digest: signature_of(digest, folder / "keys"))
    assert check(written.key)[0] == 0
    assert codes(check(written.key, "--head", kept)) == {"kept_head"}


def test_a_swapped_attachment_is_found(written: Incident) -> None:
    file = LogEntry.objects.get(log=written.log_id, number=7).files[0]
    path_of(file["sha256"]).write_bytes(b"clear sky")
    assert codes(check(written.key)) == {"file"}
    path_of(file["sha256"]).unlink()
    assert codes(check(written.key)) == {"file"}


def test_an_attachment_whose_row_names_another_content_is_found(written: Incident) -> None:
    other = bring_in(TEST, name="sky.txt", pieces=[b"clear sky"], site=written.site)
    file = LogEntry.objects.get(log=written.log_id, number=7).files[0]
    sql("UPDATE organization_attachment SET sha256 = %s WHERE key = %s", other.sha256, file["key"])
    assert codes(check(written.key)) == {"file"}


@pytest.mark.parametrize(("change", "code"), [("body = 'x'", "edited"), ("at = 'x'", "unreadable")])
def test_what_cannot_be_read_any_more_stops_its_own_entry_alone(written: Incident, change: str, code: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the server takes neither JSON nor a time that is none")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = 1")
    sql(f"UPDATE crisis_logentry SET {change} WHERE log_id = %s AND number = 3", written.log_id)
    answer = check(written.key)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = 0")
    assert answer[0] == 1
    assert [(one["code"], one["number"]) for one in answer[1]["logs"][0]["findings"]] == [(code, 3)]


@pytest.mark.parametrize("statement", ["UPDATE crisis_logentry SET text = 'x'", "DELETE FROM crisis_logentry"])
def test_the_database_refuses_to_change_an_entry(written: Incident, statement: str) -> None:
    with pytest.raises(DatabaseError, match="entries of a log are kept"), transaction.atomic():
        connection.cursor().execute(statement)
    with pytest.raises(EntriesAreKept):
        LogEntry.objects.filter(log=written.log_id).update(text="x")
    assert check(written.key)[0] == 0


def test_the_triggers_are_there_after_all_migrations(written: Incident) -> None:
    where = "sqlite_master WHERE type = 'trigger'" if connection.vendor == "sqlite" else "pg_trigger"
    column = "name" if connection.vendor == "sqlite" else "tgname"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {where}")
        assert set(NAMES) <= {row[0] for row in cursor.fetchall()}


@pytest.fixture
def taken_out(written: Incident, tmp_path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    path = tmp_path / "log.json"
    said = json.loads(json.dumps(exported(Log.objects.get(pk=written.log_id))))
    path.write_text(json.dumps(said))
    yield path, said


def test_an_exported_log_is_checked_without_the_installation(
    taken_out: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said = taken_out
    monkeypatch.setattr(logs, "ready_database", lambda: pytest.fail("it asked the installation"))
    status, answer = check("--file", str(path), "--head", said["head"])
    assert (status, answer["logs"][0]["entries"]) == (0, 7)
    said["entries"][2]["text"] = "Nobody"
    path.write_text(json.dumps(said))
    assert codes(check("--file", str(path))) == {"edited"}
    del said["entries"][2]
    path.write_text(json.dumps(said))
    assert {"missing", "chain"} <= codes(check("--file", str(path)))


@pytest.mark.parametrize("arguments", [
    (), ("--all", "i-1"), ("i-nothing",), ("--all", "--head", "abc"), ("--file", "/nowhere.json"),
    ("--all", "--public-key", "/nowhere.pem"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said_with_status_2(db: None, arguments: tuple[str, ...]) -> None:
    assert check(*arguments)[0] == 2
