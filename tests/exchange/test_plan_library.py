"""Existing plans are read without trust, mapped section by section with nothing dropped, and taken in parts."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from django.test import override_settings

from holdfast.exchange.plan_library.actions import AFTER, INSTEAD, accept_parts, keep_plan, proposal_of
from holdfast.exchange.plan_library.proposing import Proposal, propose
from holdfast.exchange.plan_library.recognising import hours, recognise
from holdfast.exchange.plan_library.words import section_of
from holdfast.formats.plan_reading import read_plan
from holdfast.formats.tables import Unreadable
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.attachments.models import Attachment
from holdfast.readiness.plans.actions import create_plan, create_role, write_section
from holdfast.readiness.plans.models import Plan, PlanRole, PlanSection, PlanTask, TaskAfter
from holdfast.readiness.plans.template import LANGUAGES, SECTIONS, texts
from tests.cast import TEST, Cast, user

ROLES = [
    ["Role", "Name", "Alternate", "Phone", "Responsibilities"],
    ["Chief, Facilities and Commercial Services Division", "Ann Lee", "Chef de Cabinet", "+1 212 1", "Opens the hall"],
    ["Runner", "Bo Chen", "", "+1 212 2", "Carries messages"],
]
TASKS = [
    ["Step", "Action", "Responsible", "Time", "After"],
    ["1", "Close the valves", "Runner", "30 min", ""],
    ["2", "Open the hall", "Nobody", "2-4 hours", "1"],
    ["3", "Tell the staff", "Runner", "", "1, 2"],
]
CONTACTS = [["Name", "Telephone"], ["Cy Dean", "+1 212 3"]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Any:
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


def add_table(document: Any, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, said in zip(table.add_row().cells, row, strict=True):
            cell.text = said


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Secret until signed"
    document.add_paragraph("Issued by the office.")
    document.add_heading("1. Introduction", 1)
    paragraph = document.add_paragraph("We go on ")
    paragraph.add_run("whatever happens").bold = True
    paragraph.add_run(" * and * so on.")
    document.add_heading("Who reads this", 2)
    document.add_paragraph("Everybody", style="List Bullet")
    document.add_paragraph("Their deputies", style="List Bullet")
    document.add_paragraph().add_run("Communications").bold = True
    document.add_paragraph("By telephone first.")
    document.add_heading("Roles and responsibilities", 1)
    document.add_paragraph("The team meets at once.")
    add_table(document, ROLES)
    document.add_heading("Recovery procedures", 1)
    add_table(document, TASKS)
    document.add_heading("Call tree", 1)
    add_table(document, CONTACTS)
    document.add_heading("Parking of bicycles", 1)
    document.add_paragraph("Behind the house.")
    add_table(document, [["Rack", "Places"], ["North", "12"]])
    return saved(document)


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, tables in (("Objectives", [[["To go on."]]]), ("Team", [ROLES, CONTACTS]), ("Actions", [TASKS])):
            sheet, at = book.add_worksheet(name), 0
            for rows in tables:
                for row in rows:
                    sheet.write_row(at, 0, row)
                    at += 1
                at += 1
            if name == "Team":
                sheet.write_comment(0, 0, "Ask Ann", {"author": ""})
    return out.getvalue()


def draft(cast: Cast, **more: Any) -> Plan:
    return create_plan(TEST, key="plan", kind="continuity", unit=cast.units["fcsd"], title="Plan", **more)


def proposed(plan: Plan, data: bytes) -> Proposal:
    return propose(TEST, plan, read_plan(data))


def words_in(said: str) -> Counter[str]:
    """The words of a text without the marks of Markdown."""
    plain = said.replace("\\", "")
    for mark in ("**", "### ", "- ", "1. "):
        plain = plain.replace(mark, " ")
    return Counter(word for word in plain.replace("|", " ").split() if word not in ("*", "/"))


@pytest.mark.parametrize("make", [word, workbook])
def test_every_text_of_the_file_is_in_exactly_one_place_of_the_proposal(make: Callable[[], bytes]) -> None:
    read = read_plan(make())
    there: Counter[str] = Counter()
    for block in read.blocks:
        there += words_in(block.text)
        for row in block.rows:
            for cell in row:
                there += words_in(cell)
    found: Counter[str] = Counter()
    for part in recognise(read.blocks):
        found += words_in(part.heading) + words_in(part.text)
        for row in part.rows:
            for cell in row:
                found += words_in(cell)
    assert found == there
    everything = zipfile.ZipFile(io.BytesIO(make()))
    raw = b"".join(everything.read(name) for name in everything.namelist()).decode("utf-8", "replace")
    for said in ("Close the valves", "Opens the hall", "+1 212 3", "Bo Chen"):
        assert said in raw
        assert sum(said in " ".join((part.heading, part.text, str(part.rows))) for part in recognise(read.blocks)) == 1


def test_headings_are_matched_to_the_sections_of_the_template_in_six_languages() -> None:
    for language, _label in LANGUAGES:
        for section in SECTIONS:
            title = texts(language).sections[section.name].title
            assert section_of(f"3.1 {title.upper()}") == section.name, (language, title)
    for said, section in (
        ("Introduction", "purpose"), ("II. OBJECTIVES", "purpose"), ("Annex B: Call tree", "contacts"),
        ("Contact list", "contacts"), ("Roles and responsibilities", "roles"), ("4) Recovery procedures", "tasks"),
        ("二、目标", "purpose"), ("Порядок парковки", ""), ("Parking of bicycles", ""),
    ):  # fmt: skip
        assert section_of(said) == section, said


def test_a_document_is_mapped_section_by_section(cast: Cast) -> None:
    found = proposed(draft(cast), word())
    placed = [(one.part.kind, one.section, one.part.heading) for one in found.placed]
    assert placed == [
        ("text", "annexes", ""),
        ("text", "purpose", "1. Introduction"),
        ("text", "communication", "Communications"),
        ("text", "roles", "Roles and responsibilities"),
        ("roles", "roles", ""),
        ("text", "annexes", "Recovery procedures"),
        ("tasks", "tasks", ""),
        ("text", "annexes", "Call tree"),
        ("contacts", "contacts", ""),
        ("text", "annexes", "Parking of bicycles"),
        ("aside", "annexes", ""),
    ]
    purpose = found.placed[1].part
    assert purpose.text == (
        "We go on **whatever happens** \\* and \\* so on.\n\n### Who reads this\n\n- Everybody\n- Their deputies"
    )
    assert (
        found.placed[9].part.written == "### Parking of bicycles\n\nBehind the house.\n\n- Rack | Places\n- North | 12"
    )


def test_roles_are_matched_to_posts_by_title_and_names_and_numbers_stay_in_the_file(cast: Cast) -> None:
    (roles,) = [one.roles for one in proposed(draft(cast), word()).placed if one.roles]
    chief, runner = roles
    assert (chief.post, chief.alternate) == (cast.posts["chief-fcsd"], cast.posts["cdc"])
    assert chief.rest == [("Name", "Ann Lee"), ("Phone", "+1 212 1")]
    assert (runner.post, runner.alternate, runner.does) == (None, None, "Carries messages")


def taken(cast: Cast, plan: Plan, data: bytes, **more: Any) -> Proposal:
    file = keep_plan(TEST, plan, "old.docx", data)
    read = read_plan(data)
    found = propose(TEST, plan, read)
    sections = {one.part.id: one.section for one in found.placed if one.part.written}
    rows = {row.id for one in found.placed for row in (*one.roles, *one.tasks)}
    given = {"sections": sections, "rows": rows, "versions": found.versions, **more}
    accept_parts(TEST, plan=plan, file=file, read=read, **given)
    return found


def test_what_is_ticked_is_taken_and_the_file_stays_as_evidence(cast: Cast) -> None:
    plan = draft(cast)
    taken(cast, plan, word())
    assert PlanSection.objects.get(plan=plan, section="communication").text == "By telephone first."
    assert [role.name for role in PlanRole.objects.filter(plan=plan)] == [row[0] for row in ROLES[1:]]
    tasks = list(PlanTask.objects.filter(plan=plan).select_related("role"))
    assert [(task.title, task.low, task.high, task.basis) for task in tasks] == [
        ("Close the valves", 0.5, 0.5, "stated"),
        ("Open the hall", 2, 4, "stated"),
        ("Tell the staff", 1, 1, "assumed"),
    ]
    assert [task.role.name if task.role else "" for task in tasks] == ["Runner", "", "Runner"]
    assert "Nobody" in tasks[1].details
    orders = TaskAfter.objects.values_list("task__title", "after__title").order_by("task__position", "after__position")
    assert list(orders) == [
        ("Open the hall", "Close the valves"),
        ("Tell the staff", "Close the valves"),
        ("Tell the staff", "Open the hall"),
    ]
    kept = Attachment.objects.get()
    assert len(kept.sha256) == 64
    assert "(plan)" in kept.about
    again = proposed(plan, word())
    assert all(one.there for one in again.placed if one.part.kind == "text")
    assert all(row.there for one in again.placed for row in (*one.roles, *one.tasks))


def test_a_part_goes_into_another_section_and_what_stands_there_stays_or_gives_way(cast: Cast) -> None:
    plan = draft(cast)
    write_section(TEST, plan=plan, section="purpose", language="en", text="To go on.")
    found = proposed(plan, word())
    bikes = next(one.part for one in found.placed if "bicycles" in one.part.heading)
    taken(cast, plan, word(), sections={bikes.id: "purpose"}, rows=(), how=AFTER)
    text = PlanSection.objects.get(plan=plan, section="purpose").text
    assert text.startswith("To go on.\n\n### Parking of bicycles")
    taken(cast, plan, word(), sections={bikes.id: "purpose"}, rows=(), how=INSTEAD)
    assert PlanSection.objects.get(plan=plan, section="purpose").text.startswith("### Parking of bicycles")


def test_what_differs_from_the_draft_is_shown_word_by_word(cast: Cast) -> None:
    plan = draft(cast)
    write_section(TEST, plan=plan, section="communication", language="en", text="By radio first.")
    one = next(one for one in proposed(plan, word()).placed if one.section == "communication")
    assert [(piece.kind, piece.text) for piece in one.pieces if piece.kind != "same"] == [
        ("gone", "radio"), ("new", "telephone"),
    ]  # fmt: skip


def test_nothing_is_taken_where_the_draft_was_written_meanwhile(cast: Cast) -> None:
    plan = draft(cast)
    write_section(TEST, plan=plan, section="purpose", language="en", text="Old.")
    seen = proposed(plan, word()).versions
    write_section(TEST, plan=plan, section="purpose", language="en", text="Newer.")
    with pytest.raises(Conflict):
        taken(cast, plan, word(), versions=seen)
    assert PlanSection.objects.get(plan=plan).text == "Newer."
    assert not PlanRole.objects.exists()
    assert not PlanTask.objects.exists()


def test_who_may_not_write_the_plan_brings_nothing_in(cast: Cast) -> None:
    plan = draft(cast)
    other = user("other", "focal_point", unit=cast.units["unog"])
    with pytest.raises(NotAllowed):
        keep_plan(other, plan, "old.docx", word())
    file = keep_plan(TEST, plan, "old.docx", word())
    with pytest.raises(NotAllowed):
        accept_parts(other, plan=plan, file=file, read=read_plan(word()), sections={}, rows=())


def test_a_section_that_nobody_writes_in_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        taken(cast, draft(cast), word(), sections={"p1": "contacts"}, rows=())


def test_a_workbook_is_mapped_by_its_sheets_and_tables(cast: Cast) -> None:
    plan = draft(cast)
    create_role(TEST, plan=plan, name="Runner")
    found = proposed(plan, workbook())
    kinds = [(one.part.kind, one.section) for one in found.placed]
    assert kinds[0] == ("text", "purpose")
    assert [kind for kind, _section in kinds if kind not in ("text",)] == ["roles", "contacts", "tasks", "aside"]
    (roles,) = [one.roles for one in found.placed if one.roles]
    assert [row.there for row in roles] == [False, True]


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("30 min", (0.5, 0.5)), ("2-4 hours", (2, 4)), ("1 day", (24, 24)), ("within 1,5 h", (1.5, 1.5)),
        ("2 heures", (2, 2)), ("3 小时", (3, 3)), ("2 недели", (336, 336)), ("soon", None), ("4", None),
    ],
)  # fmt: skip
def test_times_are_read_as_hours(said: str, span: tuple[float, float] | None) -> None:
    assert hours(said) == span


def with_parts(data: bytes, more: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in more:
                new.writestr(name, old.read(name))
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: b"", "neither a Word document"),
        (lambda: b"PK\x03\x04 no more", "neither a Word document"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "password or the old format"),
        (lambda: with_parts(word(), {"word/media/bomb.xml": b" " * (300 << 20)}), "too large"),
        (lambda: with_parts(word(), {"word/document.xml": ENTITY}), "declares entities"),
        (lambda: with_parts(word(), {"word/footnotes.xml": ENTITY}), "declares entities"),
        (lambda: with_parts(word(), {"word/vbaProject.bin": b"x"}), "macros"),
        (lambda: with_parts(word(), {"../../etc/cron.d/x": b"x"}), "leads out"),
        (lambda: with_parts(word(), {"word/document.xml": b"<broken"}), "damaged"),
        (lambda: with_parts(workbook(), {"xl/sharedStrings.xml": ENTITY}), "declares entities"),
        (lambda: with_parts(word(), {"word/document.xml": "<x/>".encode("utf-16")}), "damaged"),
    ],
)
def test_a_hostile_file_is_refused_with_a_clear_word(make: Callable[[], bytes], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_plan(make())


def test_a_bad_file_is_not_kept(cast: Cast) -> None:
    plan = draft(cast)
    with pytest.raises(Unreadable):
        keep_plan(TEST, plan, "old.docx", b"nothing")
    assert not Attachment.objects.exists()
    kept = keep_plan(TEST, plan, "old.docx", word())
    assert len(proposal_of(user("m", "programme_manager"), plan, kept).placed) == 11
