"""The document of a plan: its cover, and the sections of the template in their order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from holdfast.formats.document import Cell, Document, Fact, Head, Heading, Paragraph, Part, Passage, Table, Terms
from holdfast.formats.rich import as_parts
from holdfast.readiness.plans.documents.filled import FILLED
from holdfast.readiness.plans.documents.reading import Whole, read_plan
from holdfast.readiness.plans.documents.wording import NOTHING, Wording, speaking
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.template import Section, sections_of
from holdfast.readiness.plans.upkeep import Standing


def plan_document(plan: Plan, language: str, on: date, stands: Standing | None = None) -> Document:
    """One version of a plan as of a day, in one of the six languages. `stands`, where it is known already, saves
    queries. Raises KeyError for another language."""
    return document_of(read_plan(plan, on, stands), language)


def document_of(whole: Whole, language: str) -> Document:
    """The document of a plan that was read."""
    with speaking(language) as say:
        plan, printed = whole.plan, say("printed", day=say.day(whole.on))
        version = say("version_no", n=plan.agreement.number)
        return Document(
            title=plan.title,
            language=language,
            direction=say.direction,
            eyebrow=say(plan.kind),
            about=" · ".join(filter(None, (plan.unit.name, plan.site.name if plan.site else "", version))),
            foot=f"{version} · {state_words(whole, say)} · {printed}",
            author=plan.unit.name,
            words=say.words(),
            cover=tuple(cover(whole, say)),
            parts=tuple(body(whole, say)),
        )


def state_words(whole: Whole, say: Wording) -> str:
    return say(whole.plan.agreement.state)


def cover(whole: Whole, say: Wording) -> Iterator[Part]:
    """What somebody who signs, or is to rely on it, has to see first."""
    plan, agreement, stands = whole.plan, whole.plan.agreement, whole.stands
    for mark in _marks(whole, say):
        yield Paragraph(mark, "lead")
    names = [holder.name for holder in whole.holding(plan.owner_id)]
    owner = "" if plan.owner is None else plan.owner.title
    lines = [
        (say("unit"), plan.unit.name),
        (say("site"), plan.site.name if plan.site else NOTHING),
        (say("crisis_kind"), plan.crisis),
        (say("owner"), f"{owner} ({', '.join(names)})" if names else owner or say("nobody")),
        (say("version"), str(agreement.number)),
        (say("state"), state_words(whole, say)),
        (say("approved_by"), str(agreement.approves or NOTHING) if agreement.is_decided else NOTHING),
        (say("approved_on"), say.day(agreement.decided_on if agreement.is_decided else None)),
        (say("in_force_from"), say.day(agreement.in_force_from)),
        (say("review_due"), say.day(stands.review_due)),
        (say("tested_on"), say.day(stands.tested_by.on if stands.tested_by else None)),
        (say("language"), say.name_of(say.language)),
    ]
    yield Terms(tuple(Fact(label, value) for label, value in lines if value))
    yield Paragraph(say("printed", day=say.day(whole.on)) + ". " + say("copy_of"), "note")
    heads = (Head("", 2), Head(say("name"), 2.4), Head(say("signature"), 3), Head(say("date"), 1.4))
    blank = Cell("", more="\n")
    rows = (
        (Cell(say("owner"), strong=True), Cell(", ".join(names), more="\n"), blank, blank),
        (Cell(say("head_of_office"), strong=True), blank, blank, blank),
    )
    yield Table(heads, rows)


def _marks(whole: Whole, say: Wording) -> Iterator[str]:
    agreement, stands = whole.plan.agreement, whole.stands
    if not agreement.is_decided:
        yield say("draft_mark")
    elif not agreement.in_force_on(whole.on):
        yield say("superseded_mark")
    if not stands.tested:
        yield say("untested")
    if stands.stale:
        yield say("stale_mark", n=say.number(len(stands.stale)))
    if stands.late:
        yield say("late_mark")


def body(whole: Whole, say: Wording, level: int = 1) -> Iterator[Part]:
    """The sections in the order of the template. `level` is that of their headings."""
    for section in sections_of(whole.plan.kind):
        yield from _section(section, whole, say, level)


def _section(section: Section, whole: Whole, say: Wording, level: int) -> Iterator[Part]:
    words = say.texts.sections[section.name]
    depth = min(level + (1 if section.part_of else 0), 3)
    yield Heading(depth, words.title)
    if words.standing:
        yield Paragraph(words.standing)
    wrote = list(_wrote(section, whole, say, depth))
    yield from wrote
    made = FILLED.get(section.name)
    filled = list(made(whole, say, min(depth + 1, 3))) if section.data and made else []
    yield from filled
    empty = not wrote and not filled and not words.standing
    if empty or (whole.plan.kind in section.needs and not wrote):
        yield Paragraph(say("not_written"), "note")


def _wrote(section: Section, whole: Whole, say: Wording, depth: int) -> Iterator[Part]:
    """What people wrote: in the language asked for, else in the plan's own, else in whichever there is, which is
    said."""
    there = whole.written.get(section.name, {})
    language = next((one for one in (say.language, whole.plan.language, *sorted(there)) if one in there), None)
    if language is None or whole.plan.kind not in section.writes:
        return
    parts = as_parts(there[language], min(depth + 1, 3))
    if language == say.language:
        yield from parts
    else:
        yield Paragraph(say("only_in", language=say.name_of(language)), "note")
        yield Passage(language, Wording(language).direction, parts)
