"""What people rely on when they write into the log."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from holdfast.crisis.incidents.actions import declare_incident, write_note
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log import keys
from holdfast.crisis.log.actions import append, keys_folder
from holdfast.crisis.log.canonical import canonical, settled
from holdfast.crisis.log.exporting import verify_log
from holdfast.crisis.log.kinds import ABOUT
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.organization import clock
from holdfast.organization.accounts.acts import act
from tests.cast import TEST, user
from tests.organization.test_at_once import at_once

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def newest(incident: Incident) -> LogEntry:
    return LogEntry.objects.filter(log=incident.log_id).order_by("-number")[0]


@given(JSON)
def test_a_body_has_one_form_before_and_after_json(body: Any) -> None:
    kept = settled(body)
    assert canonical(json.loads(json.dumps(kept))) == canonical(kept)
    assert canonical(settled(kept)) == canonical(kept)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_has_one_form_however_a_database_writes_it(number: float) -> None:
    """PostgreSQL gives 1e22 back as 10000000000000000000000 and 1.50 as 1.50."""
    from decimal import Decimal

    plain = format(Decimal(repr(number)), "f")
    assert canonical(json.loads(plain)) == canonical(number)
    assert canonical(json.loads(plain + ("0" if "." in plain else ".0"))) == canonical(number)


@pytest.mark.parametrize("body", [
    {"a": 0.1, "b": 1e22, "c": -0.0, "d": 1.7976931348623157e308, "e": 5e-324, "f": 10**40, "g": 1.0},
    {"text": "a\x00b\ud800c", "nested": [{"é": "ü"}], "nan": float("nan"), "at": datetime(2026, 1, 1, tzinfo=UTC)},
])  # fmt: skip
def test_what_was_written_is_what_was_hashed_after_the_round_through_the_database(
    fire: Incident, body: dict[str, Any]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        append(TEST, fire.log, "test", "a\x00b\ud800", body=body)
    assert verify_log(Log.objects.get(pk=fire.log_id)).findings == []


def test_every_entry_says_who_when_and_by_which_clock(fire: Incident) -> None:
    author = user("writer", "crisis_team")
    device = datetime(2026, 11, 28, 7, 0, 0, 123456, UTC)
    write_note(author, incident=fire, text="Smoke on 38", device_at=device)
    entry = newest(fire)
    assert (entry.author, entry.account, entry.text, entry.device_at) == ("writer", "writer", "Smoke on 38", device)
    assert entry.previous == LogEntry.objects.get(log=fire.log_id, number=entry.number - 1).hash
    assert entry.signature.startswith(f"ed25519:{keys.current_id(keys_folder())}:")


def test_a_correction_is_a_new_entry_and_what_was_written_stays(fire: Incident) -> None:
    write_note(TEST, incident=fire, text="Ten hurt")
    wrong = newest(fire)
    write_note(TEST, incident=fire, text="One hurt", corrects=wrong)
    assert LogEntry.objects.get(pk=wrong.pk).text == "Ten hurt"
    assert (newest(fire).corrects_id, newest(fire).kind) == (wrong.pk, "log.correction")


def test_when_the_clock_is_set_back_an_hour_the_order_is_that_of_the_numbers(
    fire: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(TEST, incident=fire, text="Before")
    back = clock.now() - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: back)
    write_note(TEST, incident=fire, text="After", device_at=back + timedelta(hours=1))
    entries = list(LogEntry.objects.filter(log=fire.log_id).order_by("number"))
    assert [entry.text for entry in entries[-2:]] == ["Before", "After"]
    assert entries[-1].at < entries[-2].at
    assert entries[-1].device_at == back + timedelta(hours=1)
    assert verify_log(Log.objects.get(pk=fire.log_id)).holds


@act("test.fails_after_telling", "incident.log", label="fail", under="incident")
def fails_after_telling(by: Any, *, incident: Incident) -> Incident:
    append(by, incident.log, "test", "It was told.")
    raise RuntimeError("it failed")


def test_what_is_rolled_back_with_its_act_is_not_in_the_log(fire: Incident) -> None:
    before = Log.objects.get(pk=fire.log_id)
    with pytest.raises(RuntimeError):
        fails_after_telling(TEST, incident=fire)
    after = Log.objects.get(pk=fire.log_id)
    assert (after.length, after.head) == (before.length, before.head)
    write_note(TEST, incident=fire, text="Next")
    assert newest(fire).number == before.length + 1
    assert verify_log(Log.objects.get(pk=fire.log_id)).holds


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_leave_no_gap_and_no_fork() -> None:
    incident = declare_incident(TEST, title="Fire")
    started = Log.objects.get(pk=incident.log_id).length

    def write(number: int) -> None:
        for turn in range(3):
            write_note(TEST, incident=incident, text=f"{number}.{turn}")

    found = at_once(*(lambda number=number: write(number) for number in range(12)))
    assert found == [None] * 12
    log = Log.objects.get(pk=incident.log_id)
    assert log.length == started + 36
    numbers = list(LogEntry.objects.filter(log=log).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, log.length + 1))
    verdict = verify_log(log)
    assert verdict.findings == []
    assert len({entry.previous for entry in LogEntry.objects.filter(log=log)}) == log.length


def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    found = at_once(*(lambda: keys.signature_of("00", folder) for _ in range(8)))
    assert len({keys.signer_of(one) for one in found}) == 1
    assert os.stat(folder / "log.key").st_mode & 0o777 == 0o600
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["log.key", f"log-{keys.current_id(folder)}.pub"][::-1]


def test_old_entries_are_checked_after_the_key_was_changed(fire: Incident) -> None:
    old, new = keys.rotate(keys_folder())
    assert old != new
    write_note(TEST, incident=fire, text="With the new key")
    assert keys.signer_of(newest(fire).signature) == new
    assert verify_log(Log.objects.get(pk=fire.log_id)).holds


def test_an_event_is_written_down_even_where_it_cannot_be_signed(fire: Incident, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with override_settings(DATA_DIR=blocked):
        write_note(TEST, incident=fire, text="Seen")
    assert newest(fire).signature == ""
    assert [one.code for one in verify_log(Log.objects.get(pk=fire.log_id)).findings] == ["unsigned"]


def test_every_entry_that_an_act_writes_says_in_words_what_it_is_about() -> None:
    source = [path.read_text() for path in (Path(settings.PACKAGE) / "crisis").rglob("*.py")]
    told = {part for text in source for part in re.findall(r'tell\(\s*by, [\w.]+,\s*f?"(\w+)\.', text)}
    assert len(told) > 8
    assert told <= set(ABOUT)
