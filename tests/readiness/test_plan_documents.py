# ruff: noqa: F811 - fixtures of another file are asked for by their names
"""A plan on paper says what people wrote and what the data says, in six languages; nothing private is ever on it."""

from __future__ import annotations

import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import docx
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.formats.document import Document, Figure, Heading, Paragraph, Passage, Table
from holdfast.formats.typesetting import NotSet
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.running import Cancelled, Running
from holdfast.organization.jobs.worker import Crew
from holdfast.organization.structure.actions import people
from holdfast.readiness.plans import actions as acts
from holdfast.readiness.plans.documents import (
    TooMany,
    ask_for_prints,
    card_document,
    pdf_of,
    plan_document,
    printing,
    sets,
    unit_set,
    word_of,
    write_cards,
)
from holdfast.readiness.plans.models import Plan, PlanPrint, PlanTask
from holdfast.readiness.plans.template import LANGUAGES, sections_of, texts
from tests.cast import TEST, Cast, user
from tests.formats.test_documents import needs_fonts
from tests.readiness.test_plans import agreed, begin, filled, open_gates, staffed  # noqa: F401

PUBLIC, PRIVATE = "+1 212 555 0110", "+1 917 555 0199"


@pytest.fixture
def plan(staffed: Cast) -> Plan:
    """A plan in force whose head of team has a private number besides."""
    head = staffed.posts["chief-fcsd"].holdings.get().person
    people.add_contact(TEST, head, channel="mobile", address=PRIVATE, private=True)
    return agreed(filled(staffed))


def said(document: Document) -> str:
    return str(document.as_json())


def headings(document: Document) -> list[str]:
    return [part.text for part in document.parts if isinstance(part, Heading) and part.level == 1]


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_a_document_has_every_section_of_the_template_in_its_order_in_the_language_asked_for(
    plan: Plan, language: str
) -> None:
    document = plan_document(plan, language, clock.today())
    words = texts(language)
    wanted = [words.sections[one.name].title for one in sections_of("continuity") if not one.part_of]
    assert headings(document) == wanted
    inner = [part.text for part in document.parts if isinstance(part, Heading) and part.level == 2]
    causes = [words.sections[one.name].title for one in sections_of("continuity") if one.part_of]
    assert [one for one in inner if one in causes] == causes
    assert document.direction == ("rtl" if language == "ar" else "ltr")
    assert words.sections["purpose"].standing in said(document)


def test_what_is_written_in_another_language_only_is_shown_and_said(plan: Plan) -> None:
    document = plan_document(plan, "fr", clock.today())
    passages = [part for part in document.parts if isinstance(part, Passage)]
    assert {one.language for one in passages} == {"en"}
    assert "About purpose." in said(document) and "Texte disponible uniquement en anglais." in said(document)
    assert not [part for part in plan_document(plan, "en", clock.today()).parts if isinstance(part, Passage)]


def test_people_limits_and_addresses_are_those_of_the_data_and_of_the_day(staffed: Cast, plan: Plan) -> None:
    before = said(plan_document(plan, "en", clock.today()))
    assert "Chief of facilities" in before and "Running of the building systems" in before and "24 h" in before
    holding = staffed.posts["chief-fcsd"].holdings.get()
    people.end_holding(TEST, holding, version=holding.version, on=clock.today())
    after = said(plan_document(plan, "en", clock.today()))
    assert "Chief of facilities" not in after and "vacant" in after
    assert "Facts in this plan that have changed since it was signed" in after


@needs_fonts
def test_private_numbers_are_never_printed(plan: Plan) -> None:
    on = clock.today()
    document, cards = plan_document(plan, "en", on), card_document(plan, "en", on)
    for text in (said(document), str(cards)):
        assert PRIVATE not in text and "known to the duty officer" in text
    assert PUBLIC in said(document)
    with zipfile.ZipFile(BytesIO(word_of(document))) as package:
        assert all(b"917 555" not in package.read(name) for name in package.namelist())


def test_a_draft_an_untested_and_an_overtaken_plan_say_so_on_their_cover(staffed: Cast) -> None:
    def marks(plan: Plan) -> list[str]:
        cover = plan_document(plan, "en", clock.today()).cover
        return [part.text for part in cover if isinstance(part, Paragraph) and part.style == "lead"]

    draft = filled(staffed)
    assert marks(draft)[0].startswith("This is a draft") and "paragraph 26" in marks(draft)[1]
    plan = agreed(draft)
    acts.record_test(TEST, plan=plan, on=clock.today(), kind="tabletop", held=True, what="All of it.")
    assert marks(plan) == []


def test_tasks_are_drawn_over_time_with_those_that_have_no_time_to_spare(plan: Plan) -> None:
    document = plan_document(plan, "en", clock.today())
    (drawn,) = (part for part in document.parts if isinstance(part, Figure))
    assert drawn.svg.count("bar critical") == 2 and "2 of 2 tasks" in drawn.alt and "Start the systems" in drawn.svg
    captions = [part.caption for part in document.parts if isinstance(part, Table)]
    assert "When the tasks bring each one back, beside what is wanted" in captions


def test_steps_of_a_recovery_plan_show_how_they_are_verified_and_the_way_back(open_gates: Cast) -> None:
    plan = begin(open_gates, "mail", "ict")
    acts.add_process(TEST, plan=plan, node=open_gates.nodes["ny-power"])
    acts.create_task(
        TEST, plan=plan, title="Switch over", low=1, likely=1, high=1, verification="Ten people sign in.",
        way_back="Switch back.",
    )  # fmt: skip
    text = said(plan_document(plan, "en", clock.today()))
    assert "Ten people sign in." in text and "Switch back." in text


def test_a_plan_with_nothing_in_it_yet_is_a_document_that_says_so(open_gates: Cast) -> None:
    for kind, more in (("continuity", {}), ("crisis", {"crisis": "fire"}), ("ict", {})):
        document = plan_document(begin(open_gates, kind, kind, **more), "en", clock.today())
        assert "Nothing is written here yet." in said(document)


def test_the_number_of_queries_does_not_grow_with_the_plan(plan: Plan) -> None:
    def queries(plan: Plan) -> int:
        with CaptureQueriesContext(connection) as found:
            plan_document(plan, "en", clock.today())
        return len(found)

    before = queries(Plan.objects.get(pk=plan.pk))
    draft = acts.draft_plan_version(TEST, plan, version=plan.version)
    head = draft.roles.first()
    for n in range(12):
        role = acts.create_role(TEST, plan=draft, name=f"Role {n}", post=head.post, called_by=head)
        acts.create_task(TEST, plan=draft, title=f"Task {n}", role=role, low=1, likely=1, high=2)
    assert queries(Plan.objects.get(pk=draft.pk)) <= before + 2


@needs_fonts
@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
def test_the_pdf_is_tagged_and_the_word_file_has_real_styles(plan: Plan, language: str) -> None:
    document = plan_document(plan, language, clock.today())
    pdf = pdf_of(document)
    assert b"pdfuaid" in pdf and b"/StructTreeRoot" in pdf
    file = docx.Document(BytesIO(word_of(document)))
    found = [paragraph.text for paragraph in file.paragraphs if paragraph.style.name == "Heading 1"]
    assert found == headings(document)
    assert "TOC \\o" in file.element.xml


@needs_fonts
@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_wallet_cards_are_of_the_size_of_a_bank_card_and_say_whom_to_call_where_to_meet_and_what_to_do(
    plan: Plan, language: str
) -> None:
    cards = card_document(plan, language, clock.today())
    assert [card.role for card in cards.cards] == ["Head of team", "Safety"]
    words = texts(language).words
    titles = [group.title for group in cards.cards[0].groups]
    assert titles == [words["you_call"], words["where_to_meet"], words["you_first"]]
    assert cards.cards[0].groups[2].lines[0].text == "Call the team"
    pdf = write_cards(cards)
    assert b"/MediaBox[0 0 240.94" in pdf and b"153.07" in pdf and b"pdfuaid" in pdf


def test_one_card_can_be_had_alone(plan: Plan) -> None:
    (card,) = card_document(plan, "en", clock.today(), roles=["R2"]).cards
    assert card.role == "Safety"


def test_a_units_set_holds_all_plans_in_force_of_it_and_below_that_one_may_see(
    staffed: Cast,
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filled(staffed, "draft")
    reader = user("reader-of-un", "auditor", unit=staffed.units["un"])
    document = unit_set(reader, staffed.units["ocss"], "en", clock.today())
    assert [part.text for part in document.parts if isinstance(part, Heading) and part.level == 1] == [plan.title]
    stranger = user("reader-of-geneva", "auditor", unit=staffed.units["unog"])
    assert not unit_set(stranger, staffed.units["ocss"], "en", clock.today()).parts
    monkeypatch.setattr(sets, "MOST_IN_ONE", 0)
    with pytest.raises(TooMany):
        unit_set(reader, staffed.units["ocss"], "en", clock.today())


@pytest.fixture
def two(staffed: Cast, plan: Plan, settings: Any, tmp_path: Any) -> Cast:
    """Two plans in force called alike, and a folder of its own."""
    settings.DATA_DIR = tmp_path
    acts.edit_plan(TEST, other := filled(staffed, "other"), version=other.version, title=plan.title)
    agreed(Plan.objects.get(pk=other.pk))
    return staffed


def running(asked: Job) -> Running:
    return Running(asked)


@needs_fonts
def test_all_plans_of_a_unit_are_printed_as_a_job_into_one_file_under_names_that_people_know(two: Cast) -> None:
    reader = user("reader-of-un", "auditor", unit=two.units["un"])
    asked = ask_for_prints(reader, unit=two.units["ocss"], language="fr")
    while Crew().run_one():
        pass
    asked.refresh_from_db()
    assert (asked.state, asked.outcome["plans"], asked.outcome["not set"]) == ("done", 2, [])
    printed = visible(PlanPrint.objects.all(), reader).get()
    with zipfile.ZipFile(printed.path) as archive:
        names = archive.namelist()
        assert all(archive.read(name).startswith(b"%PDF") for name in names)
    assert names == [f"{two.units['fcsd']}/Plan of buildings.pdf", f"{two.units['fcsd']}/Plan of buildings (2).pdf"]
    assert not visible(PlanPrint.objects.all(), user("another", "staff", unit=two.units["un"])).exists()


class Setter:
    """In place of the typesetter: it sets what it is told to."""

    count = 1

    def __init__(self, fails: str = "") -> None:
        self.titles: list[str] = []
        self.fails = fails

    def set(self, data: Any) -> bytes:
        self.titles.append(data["title"])
        if self.fails in str(data) and self.fails:
            raise NotSet("no paper")
        return b"%PDF"


def test_a_job_that_is_cancelled_stops_and_one_that_is_begun_again_sets_only_what_is_missing(
    two: Cast, tmp_path: Any
) -> None:
    plans = sets.plans_of(TEST, two.units["ocss"], clock.today())
    asked = Job.objects.create(name="plans.print", enqueued_at=clock.now(), run_after=clock.now())
    context, setter = running(asked), Setter()
    context.is_cancelled = True
    with pytest.raises(Cancelled):
        printing.set_all(plans, "en", clock.today(), tmp_path, context, setter)  # type: ignore[arg-type]
    assert setter.titles == []
    printing.file_of(plans[0], tmp_path).write_bytes(b"%PDF")
    told: list[tuple[int, int | None]] = []
    context = running(asked)
    context.progress = lambda done, total=None, words="": told.append((done, total))  # type: ignore[method-assign]
    failed = printing.set_all(plans, "en", clock.today(), tmp_path, context, setter)  # type: ignore[arg-type]
    assert (failed, len(setter.titles), told[-1]) == ([], 1, (2, 2))
    assert printing.file_of(plans[1], tmp_path).exists()


def test_a_plan_that_cannot_be_set_is_named_and_holds_up_no_other(two: Cast, tmp_path: Any) -> None:
    plans = sets.plans_of(TEST, two.units["ocss"], clock.today())
    task = PlanTask.objects.filter(plan=plans[0]).first()
    assert task is not None
    PlanTask.objects.filter(pk=task.pk).update(title="cannot be set")
    asked = Job.objects.create(name="plans.print", enqueued_at=clock.now(), run_after=clock.now())
    context = running(asked)
    context.progress = lambda *_told: None  # type: ignore[method-assign]
    setter = Setter("cannot be set")
    failed = printing.set_all(plans, "en", clock.today(), tmp_path, context, setter)  # type: ignore[arg-type]
    assert failed == [plans[0].key] and printing.file_of(plans[1], tmp_path).exists()


def test_nothing_is_asked_for_where_there_is_nothing_to_print(two: Cast) -> None:
    with pytest.raises(ValidationError, match="no plan in force"):
        ask_for_prints(TEST, unit=two.units["unog"], language="en")
    with pytest.raises(ValidationError, match="six languages"):
        ask_for_prints(TEST, unit=two.units["ocss"], language="de")


def test_printed_sets_are_taken_away_after_a_month(two: Cast, tmp_path: Any) -> None:
    import os

    folder = tmp_path / "prints"
    (folder / "print-1").mkdir(parents=True)
    for name in ("print-1/2.pdf", "print-2.zip", "print-3.zip"):
        (folder / name).write_bytes(b"x")
    for name in ("print-1", "print-2.zip"):
        os.utime(folder / name, (0, 0))
    asked = Job.objects.create(name="plans.tidy_prints", enqueued_at=clock.now(), run_after=clock.now())
    assert printing.tidy_prints(TEST, running(asked)) == {"files": 2}
    assert [path.name for path in folder.iterdir()] == ["print-3.zip"]


def test_the_day_is_said_as_each_language_says_it(plan: Plan) -> None:
    from holdfast.readiness.plans.documents.wording import Wording

    day = date(2008, 10, 3)
    found = {code: Wording(code).day(day) for code, _name in LANGUAGES}
    assert found == {
        "en": "3 October 2008", "fr": "3 octobre 2008", "es": "3 de octubre de 2008", "ru": "3 октября 2008 года",
        "zh-hans": "2008年10月3日", "ar": "3 أكتوبر 2008",
    }  # fmt: skip
    assert [Wording("ar").time(hours) for hours in (0.5, 4, 24, 72)] == ["30 دقيقة", "4 ساعات", "24 ساعة", "3 أيام"]
