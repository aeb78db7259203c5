"""An analysis goes out as a workbook, is filled in elsewhere, and comes back: merged, checked, all or nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from holdfast.analysis.impact.actions import analyses as acts
from holdfast.analysis.impact.actions import campaigns
from holdfast.analysis.impact.actions import processes as answers
from holdfast.analysis.impact.checks import scales_of
from holdfast.analysis.impact.limits import hour_text
from holdfast.analysis.impact.models import Analysis, Peak, ProcessImpact
from holdfast.exchange.impact.applying import take_in
from holdfast.exchange.impact.comparing import preview
from holdfast.exchange.impact.exporting import impact_workbook
from holdfast.exchange.impact.found import Found
from holdfast.exchange.impact.held import state_of
from holdfast.exchange.importing import BadFile, Refused
from holdfast.exchange.writing import Overtaken
from holdfast.formats.workbook_reading import unpack
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.models import Step
from holdfast.governance.settings.default import default_scales
from holdfast.organization.accounts.models import Event
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.evidence.fact import assumed, stated
from holdfast.organization.structure.actions.nodes import create_node
from holdfast.organization.structure.actions.places import edit_unit
from holdfast.organization.structure.actions.requirements import (
    Draw,
    create_requirement,
    edit_requirement,
    remove_requirement,
)
from holdfast.organization.structure.models import Requirement, Supply
from tests import cast as made
from tests.cast import TEST, Cast, again, user
from tests.exchange.books import Book

DAY, DUE = date(2008, 10, 1), date(2008, 12, 31)
SCALES = default_scales()
FIRST = SCALES.categories[0].key


def ask(cast: Cast, unit: str, mode: str) -> Analysis:
    found = cast.units[unit]
    cast.units[unit] = edit_unit(TEST, found, version=found.version, analysis_mode=mode)
    campaign = campaigns.create_campaign(
        TEST, key=f"c-{unit}", title="Impact analysis 2008", units=[cast.units[unit]], due=DUE, as_of=DAY,
        instructions="Say how it was in the last year.\nAsk the engineers.", unit=cast.units["bcmu"],
    )  # fmt: skip
    campaigns.send_campaign(TEST, campaign, version=campaign.version)
    return campaign.analyses.select_related("unit", "campaign__unit", "agreement").get()


def grid(level: int = 1) -> dict[str, dict[str, float]]:
    return {one.key: {hour_text(hour): float(level) for hour in SCALES.hours} for one in SCALES.categories}


def the_row(analysis: Analysis, process: str = "building") -> ProcessImpact:
    return ProcessImpact.objects.select_related("analysis__unit", "process").get(
        analysis=analysis, process__key=process
    )


def say(analysis: Analysis, process: str = "building", **said: Any) -> ProcessImpact:
    row = the_row(analysis, process)
    return answers.edit_answers(TEST, row, version=row.version, **said)


@pytest.fixture
def full(cast: Cast) -> Analysis:
    """In the full mode, filled in, with a peak."""
    analysis = ask(cast, "fcsd", "full")
    say(
        analysis, critical=True, why="The building cannot be used without it.", impact=grid(), basis="assumed",
        minimum_level=0.4, minimum_agreed_by=cast.posts["chief-fcsd"], minimum_agreed_on=DAY, staff_normal=12.5,
    )  # fmt: skip
    answers.add_peak(
        TEST, of=the_row(analysis), name="General Assembly", kind="dates", when="09-15/12-20", mtpd=4.0,
        reason="All halls are used.",
    )  # fmt: skip
    return analysis


@pytest.fixture
def light(cast: Cast) -> Analysis:
    return ask(cast, "fcsd", "light")


def book_of(analysis: Analysis) -> Book:
    return Book(impact_workbook(TEST, analysis))


def look(analysis: Analysis, book: Book, by: Any = TEST, **choices: str) -> Found:
    return preview(by, analysis, book.data(), choices={name.replace("__", "."): side for name, side in choices.items()})


def told(found: Found) -> list[tuple[str, int | None, str]]:
    return [(problem.table, problem.row, problem.column) for problem in found.problems]


def changes(found: Found) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    return {
        (i.sheet, i.key, c.field): (c.before, c.after) for i in found.items if i.kind == "changed" for c in i.changes
    }


# Out and back unchanged


@pytest.mark.parametrize("mode", ["full", "light"])
def test_a_workbook_brought_back_as_it_went_out_changes_nothing(cast: Cast, mode: str) -> None:
    analysis = ask(cast, "fcsd", mode)
    data = impact_workbook(TEST, analysis)
    found = preview(TEST, analysis, data)
    assert (found.problems, found.nothing_to_do) == ([], True)
    sheets = {name for name, _rows in unpack(data)["sheets"]}
    assert sheets == {"processes", "peaks", "needs", "exported"} | ({"impact"} if mode == "full" else set())


def test_the_light_mode_is_asked_for_no_indicator(light: Analysis) -> None:
    book = book_of(light)
    assert "rationale" not in book.sheets["processes"][1]
    assert "mtpd" in book.sheets["processes"][1]


def test_a_workbook_saved_by_libreoffice_comes_back_unchanged(full: Analysis, tmp_path: Path) -> None:
    say(
        full, why="=1+1", procedure="Zeile eins\nZeile zwei; «é» ☃", staff_normal=1 / 3, mtpd=0.1 + 0.2,
        minimum_level=1 / 3, stand_ins=" a ", mtpd_reason="+49", rto_reason="-", rpo_reason="@SUM(A1)",
        source="\t00123",
    )  # fmt: skip
    saved = through_libreoffice(impact_workbook(TEST, full), tmp_path)
    found = preview(TEST, full, saved)
    assert (found.problems, changes(found), found.nothing_to_do) == ([], {}, True)


def through_libreoffice(data: bytes, folder: Path) -> bytes:
    soffice = shutil.which("soffice")
    if soffice is None or not any(Path(soffice).resolve().parent.glob("libsc*lo.so")):
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice Calc is missing: .ci/run installs it")
        pytest.skip("needs LibreOffice Calc (apt-get install libreoffice-calc-nogui)")
    (folder / "book.xlsx").write_bytes(data)
    subprocess.run(
        [
            soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
            "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "saved"), str(folder / "book.xlsx"),
        ],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    return (folder / "saved" / "book.xlsx").read_bytes()


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "json:", "_x000D_", " a", "12", "TRUE", "a\r\nb", "'x"]),
)


def figures(least: float, most: float, **more: Any) -> st.SearchStrategy[float]:
    """Numbers of twelve digits: a spreadsheet keeps fifteen."""
    return (
        st.floats(least, most, **more)
        .map(lambda value: float(f"{value:.12g}"))
        .filter(lambda value: least <= value <= most)
    )


HOURS = st.none() | figures(0, 8760) | st.integers(0, 500).map(float)
SHARES = st.none() | figures(0.01, 1)
LEVELS = st.none() | st.integers(0, 5).map(float)


class Random(TestCase):
    """import(export(x)) = x, and what is changed in a workbook is what is then there."""

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_random_analyses_come_back_as_they_went_out(self, data: st.DataObject) -> None:
        cast = made.secretariat()
        mode = data.draw(st.sampled_from(["full", "light"]))
        analysis = ask(cast, "fcsd", mode)
        one, other = (random_answers(data, mode == "full", cast) for _ in range(2))
        say(analysis, **one)
        row = the_row(analysis)
        for number in range(data.draw(st.integers(0, 2))):
            peak = {"kind": "month_end", "when": str(number + 1), "minimum_level": 1.0}
            reason = data.draw(TEXTS.filter(str.strip))
            answers.add_peak(TEST, of=row, name=f"{number} {data.draw(TEXTS)}"[:300], reason=reason, **peak)
        for number in range(data.draw(st.integers(0, 2))):
            weight = data.draw(figures(1, 1e6))
            drawn = [
                Draw(cast.nodes[key], weight, "assumed", "Kept.") for key in ("ny-power", "ny-offices", "fcsd-staff")
            ]
            create_requirement(
                TEST, key=f"building.more{number}", node=cast.nodes["building"], name=data.draw(TEXTS), needs=1.0,
                quorum=data.draw(figures(0, 1)), reason=data.draw(TEXTS),
                tolerance=data.draw(st.none() | st.just(stated(3, "h", "Paragraph 4")) | st.just(assumed(1, "h"))),
                supply=drawn[: data.draw(st.integers(1, 3))],
            )  # fmt: skip
        went_out = impact_workbook(TEST, analysis)
        found = preview(TEST, analysis, went_out)
        assert (found.problems, found.nothing_to_do) == ([], True), changes(found)
        # Filled in by somebody who types what the other answers say into the workbook that went out.
        before = everything(analysis)
        say(analysis, **other)
        wanted = everything(analysis)
        filled = book_of(analysis)
        filled.sheets["exported"] = Book(went_out).sheets["exported"]
        say(analysis, **one)
        assert everything(analysis) == before
        found = look(analysis, filled)
        assert (found.problems, list(found.clashes)) == ([], [])
        take_in(TEST, found)
        assert everything(analysis) == wanted


def random_answers(data: st.DataObject, full: bool, cast: Cast) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: data.draw(TEXTS)
        for name in (
            "why",
            "mtpd_reason",
            "rto_reason",
            "minimum_said",
            "stand_ins",
            "records_said",
            "procedure",
            "source",
        )
    }
    mtpd, rto = data.draw(HOURS), data.draw(HOURS)
    if mtpd is not None and rto is not None and rto > mtpd:
        mtpd, rto = rto, mtpd
    normal, least = sorted([data.draw(figures(0, 1e9)), data.draw(figures(0, 1e9))], reverse=True)
    said |= {
        "critical": data.draw(st.sampled_from([None, True, False])), "mtpd": mtpd, "rto": rto, "rpo": data.draw(HOURS),
        "minimum_level": data.draw(SHARES), "staff_normal": normal, "staff_minimum": least,
        "minimum_agreed_by": data.draw(st.sampled_from([None, cast.posts["cdc"], cast.posts["chief-fcsd"]])),
        "minimum_agreed_on": data.draw(st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))),
        "basis": data.draw(st.sampled_from(["", "measured", "stated", "assumed"])),
    }  # fmt: skip
    if full:
        cells = {
            one.key: {hour_text(h): v for h in SCALES.hours if (v := data.draw(LEVELS)) is not None}
            for one in SCALES.categories
        }
        said["impact"] = {key: row for key, row in cells.items() if row}
        said["rationale"] = data.draw(TEXTS)
    return said


def everything(analysis: Analysis) -> Any:
    state = state_of(analysis, scales_of(analysis))
    return {sheet: {key: held.record for key, held in rows.items()} for sheet, rows in state.rows.items()}


# What was filled in


def test_what_was_filled_in_is_shown_and_then_taken_in(cast: Cast, full: Analysis) -> None:
    book = book_of(full)
    book.set("processes", "building", why="Nobody can work without it.", minimum_level=0.6, critical="NO", mtpd=12)
    book.set("impact", ("building", FIRST), h24=5)
    book.add("peaks", process="building", name="Month end", kind="month_end", when="3", mtpd=2, reason="Payments.")
    book.add("needs", process="building", needs=2, draws_on_1="ny-power", draws_on_2="ny-offices", gives_2=1,
             tolerance__value=3)  # fmt: skip
    book.set("needs", "building.people", needs=8)
    found = look(full, book)
    assert found.problems == []
    assert changes(found) == {
        ("processes", "building", "critical"): ("yes", "no"),
        ("processes", "building", "why"): ("The building cannot be used without it.", "Nobody can work without it."),
        ("processes", "building", "minimum_level"): (0.4, 0.6),
        ("processes", "building", "mtpd"): (None, 12),
        ("impact", f"building\t{FIRST}", "h24"): (1, 5),
        ("needs", "building.people", "needs"): (10, 8),
    }
    assert the_row(full).critical is True
    take_in(TEST, found)
    row = the_row(full)
    assert (row.critical, row.minimum_level, row.mtpd, row.impact[FIRST]["24"]) == (False, 0.6, 12, 5)
    assert {peak.name for peak in row.peaks.all()} == {"General Assembly", "Month end"}
    new = Requirement.objects.get(key="building.ny-power")
    assert (new.name, new.needs, new.tolerance.value, new.tolerance.basis) == (
        "Power, New York, Offices, New York", 2, 3, "assumed",
    )  # fmt: skip
    assert list(Supply.objects.filter(requirement=new).values_list("provider__key", "weight")) == [
        ("ny-power", 2), ("ny-offices", 1),
    ]  # fmt: skip
    done = [event.act for event in Event.objects.order_by("-id")[:6]]
    assert {"process_impact.edit", "peak.create", "requirement.create", "requirement.edit", "analysis.take_in"} <= set(
        done
    )
    # The same file a second time: all of it is there.
    assert look(full, book).nothing_to_do


def test_a_row_is_taken_out_by_its_last_column_and_never_by_being_gone(cast: Cast, full: Analysis) -> None:
    book = book_of(full)
    peak = str(Peak.objects.get().pk)
    book.drop_row("peaks", peak)
    assert told(look(full, book)) == [("peaks", None, "key")]
    book = book_of(full)
    book.set("peaks", peak, remove="yes")
    book.set("needs", "building.people", remove="Yes")
    found = look(full, book)
    assert [(item.sheet, item.kind) for item in found.items] == [("peaks", "removed"), ("needs", "removed")]
    take_in(TEST, found)
    assert not Peak.objects.exists()
    assert not Requirement.objects.filter(key="building.people").exists()


def test_what_supplies_a_requirement_keeps_its_basis_and_its_answer(cast: Cast, full: Analysis) -> None:
    people = cast.requirements["building.people"]
    Supply.objects.filter(requirement=people)
    edit_requirement(
        TEST, people, version=people.version, supply=[Draw(cast.nodes["fcsd-staff"], 20, "stated", "Roster.")]
    )
    book = book_of(full)
    book.set("needs", "building.people", draws_on_2="ny-power", gives_2=1)
    take_in(TEST, look(full, book))
    drawn = Supply.objects.filter(requirement=people).order_by("position")
    assert [(s.provider.key, s.weight, s.basis, s.reason) for s in drawn] == [
        ("fcsd-staff", 20, "stated", "Roster."), ("ny-power", 1, "", ""),
    ]  # fmt: skip


# What is wrong


@pytest.mark.parametrize(
    ("sheet", "key", "cells", "column"),
    [
        ("processes", ("building",), {"mtpd": "soon"}, "mtpd"),
        ("processes", ("building",), {"critical": "maybe"}, "critical"),
        ("processes", ("building",), {"basis": "guessed"}, "basis"),
        ("processes", ("building",), {"minimum_level": 40}, "minimum_level"),
        ("processes", ("building",), {"minimum_agreed_by": "nobody"}, "minimum_agreed_by"),
        ("processes", ("building",), {"minimum_agreed_on": "last week"}, "minimum_agreed_on"),
        ("processes", ("building",), {"staff_minimum": 13}, "staff_minimum"),
        ("processes", ("building",), {"mtpd": 4, "rto": 8}, "rto"),
        ("processes", ("building",), {"staff_normal": "=1+1!"}, "staff_normal"),
        ("impact", ("building", FIRST), {"h24": 9}, "h24"),
        ("impact", ("building", FIRST), {"h24": 1.5}, "h24"),
        ("impact", ("building", FIRST), {"h24": -1}, "h24"),
        ("impact", ("building", FIRST), {"h24": "bad"}, "h24"),
        ("peaks", None, {"kind": "never"}, "kind"),
        ("peaks", None, {"when": "october"}, "when"),
        ("peaks", None, {"mtpd": 9999}, "mtpd"),
        ("peaks", None, {"reason": ""}, "reason"),
        ("needs", ("building.people",), {"draws_on_1": "nothing"}, "draws_on_1"),
        ("needs", ("building.people",), {"needs": 99}, "draws_on_1"),
        ("needs", ("building.people",), {"needs": ""}, "needs"),
        ("needs", ("building.people",), {"quorum": 11}, "quorum"),
        ("needs", ("building.people",), {"draws_on_2": "", "gives_2": 3}, "draws_on_2"),
        ("needs", ("building.people",), {"draws_on_2": "fcsd-staff", "gives_2": 3}, "draws_on_1"),
        ("needs", ("building.people",), {"tolerance__value": "a day"}, "tolerance.value"),
        ("needs", ("building.people",), {"tolerance__basis": "heard"}, "tolerance.value"),
        ("needs", ("building.people",), {"process": "geneva-meetings"}, "process"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_cell_is_named_with_its_place(
    full: Analysis, sheet: str, key: tuple[str, ...] | None, cells: dict[str, Any], column: str
) -> None:
    say(full, mtpd=24.0)
    book = book_of(full)
    key = key or (str(Peak.objects.get().pk),)
    book.set(sheet, key, **cells)
    row = book.sheets[sheet].index(book.row(sheet, *key)) + 1
    found = look(full, book)
    assert (sheet, row, column) in told(found)
    assert not found.can_be_taken_in
    with pytest.raises(Refused):
        take_in(TEST, found)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"name": "New"}, "process"),
        ({"process": "geneva-meetings", "needs": 1, "draws_on_1": "ny-power"}, "process"),
        ({"process": "building", "draws_on_1": "ny-power"}, "needs"),
        ({"process": "building", "needs": 1}, "draws_on_1"),
        ({"process": "building", "needs": 1, "draws_on_1": "geneva"}, "draws_on_1"),
        ({"key": "made-up", "process": "building", "needs": 1, "draws_on_1": "ny-power"}, "key"),
    ],
)
def test_a_new_row_says_what_it_lacks(full: Analysis, cells: dict[str, Any], column: str) -> None:
    book = book_of(full)
    book.add("needs", **cells)
    assert told(look(full, book)) == [("needs", len(book.sheets["needs"]), column)]


def test_two_new_peaks_of_one_name_are_refused(full: Analysis) -> None:
    book = book_of(full)
    peak = {"process": "building", "kind": "month_end", "when": "3", "mtpd": 2, "reason": "Payments."}
    book.add("peaks", name="Month end", **peak)
    book.add("peaks", name="Month end", **peak)
    book.add("peaks", name="General Assembly", **peak)
    assert told(look(full, book)) == [("peaks", 5, "name"), ("peaks", 6, "name")]


def test_nothing_is_dropped_in_silence(full: Analysis) -> None:
    def after(change: Any) -> list[tuple[str, int | None, str]]:
        book = book_of(full)
        change(book)
        return told(look(full, book))

    def rename(book: Book) -> None:
        book.sheets["processes"][1][book.column("processes", "why")] = "reason why"

    def rename_sheet(book: Book) -> None:
        book.sheets["Peaks"] = book.sheets.pop("peaks")

    def double(book: Book) -> None:
        for row, cell in zip(book.sheets["processes"][1:], ["why", "x"], strict=True):
            row.append(cell)

    def twice(book: Book) -> None:
        book.sheets["processes"].append(list(book.row("processes", "building")))

    assert after(rename) == [("processes", 2, "reason why"), ("processes", 2, "why")]
    assert after(lambda book: book.drop_column("processes", "why")) == [("processes", 2, "why")]
    assert after(lambda book: book.drop_column("impact", "h24")) == [("impact", 2, "h24")]
    assert after(lambda book: book.drop_column("needs", "tolerance.basis")) == [("needs", 2, "tolerance.basis")]
    assert after(lambda book: book.sheets.pop("peaks")) == [("peaks", None, "")]
    assert after(rename_sheet) == [("Peaks", None, ""), ("peaks", None, "")]
    assert after(double) == [("processes", 2, "why")]
    assert after(twice) == [("processes", 4, "process")]
    assert after(lambda book: book.set("processes", "building", process="buildings")) == [
        ("processes", 3, "process"), ("processes", None, "process"),
    ]  # fmt: skip
    assert after(lambda book: book.set("impact", ("building", FIRST), category="weather"))[0] == (
        "impact",
        3,
        "process",
    )
    assert after(lambda book: book.drop_row("processes", "building")) == [("processes", None, "process")]
    assert after(lambda book: book.sheets.update(notes=[["mine"]])) == [("notes", None, "")]


def test_messages_are_in_the_language_of_the_reader(full: Analysis) -> None:
    from unittest.mock import patch

    book = book_of(full)
    book.drop_column("processes", "why")
    with patch("holdfast.exchange.impact.comparing.gettext", lambda said: f"«{said}»"):
        (problem,) = look(full, book).problems
    assert problem.message.startswith("«")


# Whose workbook it is


def test_the_workbook_of_another_analysis_is_refused(cast: Cast, full: Analysis) -> None:
    other = ask(cast, "unog", "full")
    with pytest.raises(BadFile, match="upload it there"):
        preview(TEST, other, impact_workbook(TEST, full))


def test_without_the_hidden_sheet_or_with_another_nothing_is_read(full: Analysis) -> None:
    book = book_of(full)
    exported = book.sheets.pop("exported")
    with pytest.raises(BadFile, match="was lost"):
        look(full, book)
    for line, at in ((exported[1], 5), (exported[2], 50)):
        kept = line[0]
        line[0] = kept[:at] + ("A" if kept[at] != "A" else "B") + kept[at + 1 :]
        book.sheets["exported"] = exported
        with pytest.raises(BadFile, match="not as it was written"):
            look(full, book)
        line[0] = kept


def test_an_analysis_in_review_takes_nothing_in(cast: Cast, full: Analysis) -> None:
    for step in (Step.POLICY, Step.RISK):
        let_pass(TEST, cast.units["un"], step=step, reason="The test begins with the third step.")
    data = impact_workbook(TEST, full)
    say(full, impact=grid(2), minimum_said="Power.", rto=8.0, rto_reason="x", mtpd=24.0, mtpd_reason="x", rpo=8.0)
    acts.submit_analysis(TEST, full, version=full.version, post=cast.posts["cdc"])
    with pytest.raises(BadFile):
        preview(TEST, Analysis.objects.get(pk=full.pk), data)


def test_a_process_owner_of_the_unit_may_and_a_stranger_and_a_reader_may_not(cast: Cast, full: Analysis) -> None:
    owner = again(user("owner", "process_owner", unit=cast.units["fcsd"]))
    stranger = again(user("stranger", "process_owner", unit=cast.units["unog"]))
    auditor = again(user("auditor", "auditor"))
    book = Book(impact_workbook(owner, full))
    book.set("processes", "building", why="As the owner says.")
    book.add("needs", process="building", needs=1, draws_on_1="ny-power")
    for other in (stranger, auditor):
        with pytest.raises(NotAllowed):
            look(full, book, other)
    with pytest.raises(NotAllowed):
        impact_workbook(stranger, full)
    impact_workbook(auditor, full)
    found = look(full, book, owner)
    with pytest.raises(Refused):
        take_in(stranger, found)
    take_in(owner, look(full, book, owner))
    assert the_row(full).why == "As the owner says."
    assert the_row(full).history.latest().history_user == owner


def test_what_the_reader_may_not_see_cannot_be_drawn_on(cast: Cast, full: Analysis) -> None:
    owner = again(user("owner", "process_owner", unit=cast.units["fcsd"]))
    book = Book(impact_workbook(owner, full))
    book.add("needs", process="building", needs=1, draws_on_1="geneva-offices")
    assert told(look(full, book, owner)) == [("needs", 5, "draws_on_1")]


# Merged with what others have done meanwhile


def test_what_only_one_side_has_changed_is_merged(cast: Cast, full: Analysis) -> None:
    book = book_of(full)
    say(full, why="Changed on the page.", impact={**grid(), FIRST: {**grid()[FIRST], "4": 2.0}})
    people = cast.requirements["building.people"]
    edit_requirement(TEST, people, version=people.version, name="Engineers")
    book.set("processes", "building", procedure="By hand.")
    book.set("impact", ("building", FIRST), h24=3)
    book.set("needs", "building.people", needs=9)
    found = look(full, book)
    assert (found.problems, list(found.clashes)) == ([], [])
    take_in(TEST, found)
    row, need = the_row(full), Requirement.objects.get(key="building.people")
    assert (row.why, row.procedure) == ("Changed on the page.", "By hand.")
    assert (row.impact[FIRST]["4"], row.impact[FIRST]["24"]) == (2, 3)
    assert (need.name, need.needs) == ("Engineers", 9)


@pytest.mark.parametrize(("side", "why"), [("file", "In the file."), ("database", "On the page.")])
def test_where_both_have_changed_a_field_the_user_chooses(full: Analysis, side: str, why: str) -> None:
    book = book_of(full)
    say(full, why="On the page.")
    book.set("processes", "building", why="In the file.", procedure="By hand.")
    found = look(full, book)
    ((item, clash),) = found.clashes
    assert (clash.was, clash.file, clash.database) == (
        "The building cannot be used without it.", "In the file.", "On the page.",
    )  # fmt: skip
    assert item.number == 3 and not found.can_be_taken_in
    with pytest.raises(Refused):
        take_in(TEST, found)
    chosen = look(full, book, processes__3__why=side)
    assert chosen.fingerprint == found.fingerprint
    take_in(TEST, chosen)
    assert (the_row(full).why, the_row(full).procedure) == (why, "By hand.")


def test_a_cell_of_the_impact_and_what_is_drawn_on_can_clash_too(cast: Cast, full: Analysis) -> None:
    book = book_of(full)
    answers.save_answer(TEST, the_row(full), name=f"impact.{FIRST}.24", value=4, seen=1)
    people = cast.requirements["building.people"]
    edit_requirement(TEST, people, version=people.version, supply=[Draw(cast.nodes["fcsd-staff"], 15)])
    book.set("impact", ("building", FIRST), h24=2)
    book.set("needs", "building.people", gives_1=12)
    found = look(full, book)
    assert [(i.sheet, c.field, c.was, c.file, c.database) for i, c in found.clashes] == [
        ("impact", "h24", 1, 2, 4),
        ("needs", "draws_on", [["fcsd-staff", 20]], [["fcsd-staff", 12]], [["fcsd-staff", 15]]),
    ]


def test_both_changed_to_the_same_is_no_clash(full: Analysis) -> None:
    book = book_of(full)
    say(full, why="Alike.")
    book.set("processes", "building", why="Alike.")
    assert look(full, book).nothing_to_do


@pytest.mark.parametrize("side", ["file", "database"])
def test_taken_out_on_one_side_and_changed_on_the_other(cast: Cast, full: Analysis, side: str) -> None:
    book = book_of(full)
    peak, people = Peak.objects.get(), cast.requirements["building.people"]
    answers.edit_peak(TEST, peak, version=peak.version, mtpd=3.0)
    remove_requirement(TEST, people, version=people.version)
    book.set("peaks", str(peak.pk), remove="yes")
    book.set("needs", "building.people", needs=9)
    found = look(full, book)
    assert [(item.sheet, clash.field) for item, clash in found.clashes] == [("peaks", ""), ("needs", "")]
    choices = {clash.id: side for _item, clash in found.clashes}
    take_in(TEST, preview(TEST, full, book.data(), choices=choices))
    needs = Requirement.objects.filter(node__key="building", name="people")
    assert Peak.objects.exists() is (side == "database")
    assert [need.needs for need in needs] == ([9] if side == "file" else [])


def test_a_process_that_was_taken_out_meanwhile_is_told(cast: Cast, full: Analysis) -> None:
    create_node(TEST, key="lifts", kind="process", name="Lifts", unit=cast.units["fcsd"])
    from holdfast.organization.structure.models import Node

    row = acts.add_process(TEST, analysis=full, process=Node.objects.get(key="lifts"))
    book = book_of(full)
    acts.remove_process(TEST, row, version=row.version)
    assert look(full, book).nothing_to_do
    book.set("processes", "lifts", why="They carry people.")
    assert told(look(full, book)) == [("processes", 3, "")]


# All or nothing


def test_a_preview_that_was_overtaken_is_refused_and_writes_nothing(full: Analysis) -> None:
    book = book_of(full)
    book.set("processes", "building", procedure="By hand.")
    found = look(full, book)
    say(full, why="In between.")
    with pytest.raises(Overtaken):
        take_in(TEST, found)
    assert (the_row(full).why, the_row(full).procedure) == ("In between.", "")


def test_of_two_who_take_in_at_once_the_second_is_refused(full: Analysis) -> None:
    one, other = book_of(full), book_of(full)
    one.set("processes", "building", why="One.")
    other.set("processes", "building", procedure="Other.")
    first, second = look(full, one), look(full, other)
    take_in(TEST, first)
    with pytest.raises(Overtaken):
        take_in(TEST, second)
    take_in(TEST, look(full, other))
    assert (the_row(full).why, the_row(full).procedure) == ("One.", "Other.")
    with pytest.raises(Refused):
        take_in(TEST, first)


def test_where_an_act_refuses_a_row_nothing_is_written(full: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.exceptions import ValidationError

    from holdfast.exchange.impact import applying

    def refuse(*_given: Any, **_more: Any) -> None:
        raise ValidationError("No.")

    monkeypatch.setattr(applying, "create_requirement", refuse)
    book = book_of(full)
    book.set("processes", "building", why="Changed.")
    book.add("needs", process="building", needs=1, draws_on_1="ny-power")
    with pytest.raises(Refused, match="row 5"):
        take_in(TEST, look(full, book))
    assert the_row(full).why == "The building cannot be used without it."


def test_progress_is_told_and_the_queries_do_not_grow_with_the_rows(
    cast: Cast, full: Analysis, django_assert_max_num_queries: Any
) -> None:
    from holdfast.organization.structure.models import Node

    for number in range(12):
        create_node(TEST, key=f"p{number}", kind="process", name=f"Process {number}", unit=cast.units["fcsd"])
        acts.add_process(TEST, analysis=full, process=Node.objects.get(key=f"p{number}"))
    book = book_of(full)
    for number in range(12):
        book.set("processes", f"p{number}", why=f"Because of {number}.")
        book.add("needs", process=f"p{number}", needs=1, draws_on_1="ny-power")
    steps: list[tuple[str, int, int]] = []
    data = book.data()
    with django_assert_max_num_queries(20):
        found = preview(TEST, full, data, progress=lambda *step: steps.append(step))
    assert found.problems == []
    take_in(TEST, found, lambda *step: steps.append(step))
    assert steps[-1][1:] == (24, 24)
    with django_assert_max_num_queries(20):
        impact_workbook(TEST, full)
