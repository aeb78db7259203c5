"""Situation reports: made from the data for a time, compared with the last, frozen when issued; and the heads by
e-mail."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from holdfast.crisis.incidents.actions import close_incident, edit_incident, enter_phase, write_note
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.exporting import verify_log
from holdfast.crisis.log.models import Log
from holdfast.crisis.picture.actions import report_outage
from holdfast.crisis.reports import heads
from holdfast.crisis.reports.actions import (
    add_head_reader,
    digest_of,
    draft_report,
    edit_report,
    issue_report,
    refresh_report,
)
from holdfast.crisis.reports.forms import differences, document_of, edxl, fitted, lines_of, short_text
from holdfast.crisis.reports.models import HeadSent, SituationReport
from holdfast.crisis.reports.parts import Line, Part, said
from holdfast.crisis.reports.sources import lines_of_picture
from holdfast.formats.edxl_sitrep import SITREP
from holdfast.organization import clock
from holdfast.organization.structure.actions import people
from tests.cast import TEST, Cast, user
from tests.crisis.exercising import started


def issued(incident: Incident, words: str = "It burns.") -> SituationReport:
    report = draft_report(TEST, incident=incident, situation=words)
    return issue_report(TEST, report, version=report.version)


def again(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def texts(report: SituationReport) -> str:
    return "\n".join(line.text for _part, lines in lines_of(report) for line in lines)


def test_a_report_says_what_is_known_from_the_data_alone(fire: Incident) -> None:
    write_note(TEST, incident=fire, text="Smoke on the 38th floor")
    report = draft_report(TEST, incident=fire)
    assert "Fire in the Headquarters complex" in texts(report)
    assert "Smoke on the 38th floor" in texts(report)
    assert report.data["incident"]["phase"] == "incident"


def test_an_issued_report_does_not_change_and_the_log_holds_its_hash(fire: Incident) -> None:
    report = issued(fire)
    entry = Log.objects.get(pk=fire.log_id).entries.order_by("-number")[0]
    assert (entry.kind, entry.body["digest"], entry.body["log_head"]) == (
        "report.issued",
        report.digest,
        report.log_head,
    )
    assert verify_log(Log.objects.get(pk=fire.log_id), heads=[report.log_head]).holds
    for change in (
        lambda: edit_report(TEST, report, version=report.version, situation="All is well."),
        lambda: refresh_report(TEST, report, version=report.version),
        lambda: issue_report(TEST, report, version=report.version),
    ):
        with pytest.raises(ValidationError):
            change()
    found = SituationReport.objects.get(pk=report.pk)
    assert digest_of(found) == report.digest
    found.needs = "Nothing."
    assert digest_of(found) != report.digest


def test_a_report_without_words_is_not_issued_and_there_is_one_draft_at_a_time(fire: Incident) -> None:
    report = draft_report(TEST, incident=fire)
    with pytest.raises(ValidationError):
        issue_report(TEST, report, version=1)
    with pytest.raises(ValidationError):
        draft_report(TEST, incident=fire)


def test_what_has_changed_since_the_last_report_is_said(fire: Incident) -> None:
    first = issued(fire)
    assert differences(first) == [], "the first has nothing to be compared with"
    enter_phase(TEST, again(fire), version=again(fire).version, phase="response")
    second = draft_report(TEST, incident=fire)
    found = {change: [line.text for line in lines] for change, lines in differences(second)}
    assert found == {"new": ["Phase: crisis decisions and response"]}
    assert second.number == 2


def process(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "function": True, "site": None, "down_now": True, "back_at": None,
            "breach_at": None, "breached": False, "rto_missed": False, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ({}, {"breach_at": "2026-01-01T10:00:00+00:00"}, "worse"),
        ({"breach_at": "2026-01-01T10:00:00+00:00"}, {"breach_at": "2026-01-01T08:00:00+00:00"}, "worse"),
        ({"breach_at": "2026-01-01T08:00:00+00:00"}, {"breach_at": "2026-01-01T10:00:00+00:00"}, "better"),
        ({"breach_at": "2026-01-01T08:00:00+00:00"}, {}, "better"),
        ({"breach_at": "2026-01-01T08:00:00Z"}, {"breach_at": "2026-01-01T08:00:00Z", "breached": True}, "worse"),
        (None, {}, "new"),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_a_process_is_worse_or_better_than_in_the_last_picture(before: Any, now: Any, change: str) -> None:
    common = {"number": 1, "at": "2026-01-01T00:00:00+00:00", "restore_first": [], "contentions": 0, "cost": {},
              "zone": "UTC"}  # fmt: skip
    old = {**common, "processes": [] if before is None else [process("payroll", **before)]}
    lines = lines_of_picture({**common, "processes": [process("payroll", **now)]}, old)
    assert [line.change for line in lines if line.text.startswith("payroll")] == [change]


def test_the_picture_of_the_moment_stands_in_the_report(fire: Incident, cast: Cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-power"]])
    report = draft_report(TEST, incident=fire)
    assert report.picture == report.data["picture"]["number"]
    assert "Processes:" in texts(report)


def test_a_part_of_another_domain_plugs_in(fire: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    part = Part(
        "water", "Water", lambda incident, since: {"litres": 3}, lambda data, before: [Line(f"{data['litres']} l")]
    )
    monkeypatch.setattr("holdfast.crisis.reports.parts.PARTS", [part])
    report = draft_report(TEST, incident=fire)
    assert [(one.name, lines[0].text) for one, lines in said(report.data, None)] == [("water", "3 l")]


@pytest.mark.parametrize("real", [True, False])
def test_the_short_text_and_the_document_say_whether_it_is_real(cast: Cast, fire: Incident, real: bool) -> None:
    incident = fire if real else started(cast)
    report = issued(incident)
    band = "REAL INCIDENT" if real else "EXERCISE"
    assert short_text(report).startswith(band)
    document = document_of(report)
    assert (document.band, document.real) == (band, real)
    root = ET.fromstring(edxl(report))
    assert band in str(root.findtext(f"{{{SITREP}}}reportTitle"))


def test_a_long_report_is_shortened_to_two_kilobytes_and_says_so(fire: Incident) -> None:
    words = " ".join(["мост"] * 900)
    report = issued(fire, words)
    text = short_text(report)
    assert len(text.encode()) <= 2048
    assert "[shortened]" in text
    assert report.log_head[:16] in text
    cut = re.search(r"Situation: (.*) …", text)
    assert cut is not None and set(cut[1].split()) == {"мост"}, "no word is cut in two"
    assert "[shortened]" not in short_text(report, 1_000_000)


@given(st.lists(st.text(max_size=300).map(lambda text: " ".join(text.split())), max_size=20), st.integers(500, 2048))
def test_a_short_text_never_is_longer_than_it_may_be(lines: list[str], most: int) -> None:
    text = fitted(["REAL INCIDENT", "as of noon"], lines, "log 1", "[shortened]", most)
    assert len(text.encode()) <= most
    assert text.startswith("REAL INCIDENT") and text.endswith("log 1")


def test_the_heads_of_open_incidents_are_sent_once_a_day_to_posts_and_addresses(fire: Incident, cast: Cast) -> None:
    holder = people.create_person(TEST, key="holder", name="Chief of security", unit=cast.units["dss"])
    people.add_contact(TEST, holder, channel="email", address="security@example.org")
    people.hold_post(TEST, holder, cast.posts["usg-safety"])
    add_head_reader(TEST, post=cast.posts["usg-safety"])
    add_head_reader(TEST, address="auditor@example.org")
    assert heads.send_daily_heads(TEST)["sent"] == 2
    assert {message.to[0] for message in mail.outbox} == {"security@example.org", "auditor@example.org"}
    head = Log.objects.get(pk=fire.log_id).head
    assert f"holdfast verify-log {fire.key} --head {head}" in mail.outbox[0].body
    assert heads.send_daily_heads(TEST)["sent"] == 0, "begun again, nobody is told twice"


def test_the_last_head_is_sent_when_an_incident_has_ended(fire: Incident) -> None:
    add_head_reader(TEST, address="auditor@example.org")
    assert heads.send_final_heads(TEST)["sent"] == 0
    close_incident(TEST, again(fire), version=again(fire).version, reason="It is out.")
    assert heads.send_final_heads(TEST)["sent"] == 1
    assert HeadSent.objects.get().head == Log.objects.get(pk=fire.log_id).head
    assert heads.send_final_heads(TEST)["sent"] == 0
    write_note(TEST, incident=again(fire), text="Found later")
    assert heads.send_final_heads(TEST)["sent"] == 1, "what is found out later is kept too"


def test_the_next_day_the_heads_are_sent_again(fire: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    add_head_reader(TEST, address="auditor@example.org")
    heads.send_daily_heads(TEST)
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert heads.send_daily_heads(TEST)["sent"] == 1


@pytest.fixture
def browser(fire: Incident) -> Client:
    client = Client()
    client.force_login(user("chair", "crisis_team"))
    return client


def test_a_note_is_written_in_one_plain_post_with_the_time_of_the_device(browser: Client, fire: Incident) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = browser.get(f"/crisis/{fire.key}/log/").content.decode()
    assert 'name="device_at"' in page
    given = {"text": "Smoke", "device_at": "2026-11-28T07:00:00.000Z", "file": SimpleUploadedFile("a.txt", b"smoke")}
    assert browser.post(f"/crisis/{fire.key}/log/write/", given).status_code == 302
    entry = fire.log.entries.order_by("-number")[0]
    assert (entry.text, entry.device_at.hour, entry.files[0]["name"]) == ("Smoke", 7, "a.txt")
    assert browser.get(f"/crisis/{fire.key}/log/{entry.number}/files/0/").content == b"smoke"
    assert browser.post(f"/crisis/{fire.key}/log/write/", {"text": "Without a script"}).status_code == 302
    assert browser.post(f"/crisis/{fire.key}/log/write/", {"text": " "}).status_code == 422


def test_the_log_is_paged_and_chosen_and_shows_its_head(browser: Client, fire: Incident) -> None:
    for number in range(105):
        write_note(TEST, incident=fire, text=f"Note {number}")
    page = browser.get(f"/crisis/{fire.key}/log/").content.decode()
    assert Log.objects.get(pk=fire.log_id).head in page
    assert "Note 104" in page and "Note 3<" not in page
    assert "Note 3<" in browser.get(f"/crisis/{fire.key}/log/?order=first").content.decode()
    chosen = browser.get(f"/crisis/{fire.key}/log/?kind=incident.declared").content.decode()
    assert "Declared:" in chosen and "Note 104" not in chosen
    assert "Note 77" in browser.get(f"/crisis/{fire.key}/log/?q=77").content.decode()


def test_an_entry_is_corrected_from_its_page(browser: Client, fire: Incident) -> None:
    assert browser.post(f"/crisis/{fire.key}/log/1/correct/", {"text": "It was smoke"}).status_code == 302
    assert "It was smoke" in browser.get(f"/crisis/{fire.key}/log/1/").content.decode()


def test_a_report_goes_from_draft_to_issued_on_its_pages(browser: Client, fire: Incident) -> None:
    at = f"/crisis/{fire.key}/reports/"
    assert browser.post(f"{at}draft/").headers["Location"] == f"{at}1/write/"
    assert browser.post(f"{at}1/write/", {"situation": "It burns.", "version": 1}).status_code == 302
    assert browser.post(f"{at}1/issue/", {"version": 2}).status_code == 302
    page = browser.get(f"{at}1/").content.decode()
    assert "It burns." in page and SituationReport.objects.get().digest in page
    assert browser.get(at).status_code == 200
    assert browser.get(f"{at}1/text/").content.startswith(b"REAL INCIDENT")
    assert browser.get(f"{at}1/edxl/").content.startswith(b"<?xml")
    assert browser.get(f"{at}1/pdf/").content.startswith(b"%PDF")
    assert browser.get(f"/drill/{fire.key}/reports/").status_code == 404


def test_a_changed_title_is_new_in_the_next_report(fire: Incident) -> None:
    issued(fire)
    edit_incident(TEST, again(fire), version=again(fire).version, title="Fire and water")
    assert "Fire and water" in "".join(
        line.text for _c, lines in differences(draft_report(TEST, incident=fire)) for line in lines
    )
