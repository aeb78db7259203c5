"""The plans in force of a unit and all below it, as one document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from holdfast.formats.document import Cell, Document, Head, Heading, NewPage, Paragraph, Part, Table
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Unit
from holdfast.readiness.plans.documents.plan import body, cover
from holdfast.readiness.plans.documents.reading import read_plan
from holdfast.readiness.plans.documents.wording import Wording, speaking
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.rights import VIEW
from holdfast.readiness.plans.upkeep import Standing, standings

MOST_IN_ONE = 15
"""Plans in one document: more would take too much memory, and nobody leafs through them."""


class TooMany(ValueError):
    """More plans than one document takes; they can be had as single files (the job plans.print)."""


def plans_of(user: Asker, unit: Unit, on: date) -> list[Plan]:
    """The plans in force of a unit and all below it that the user may see, by unit, then by title."""
    rows = visible(Plan.objects.in_force(on).filter(unit__path__startswith=unit.path), user, VIEW)
    related = ("agreement__approver", "agreement__approver_post", "agreement__approver_body", "unit", "site", "owner",
               "threat", "part_of__agreement")  # fmt: skip
    found: list[Plan] = list(rows.select_related(*related).order_by("unit__path", "kind", "title", "key"))
    return found


def unit_set(user: Asker, unit: Unit, language: str, on: date) -> Document:
    """One document of all plans of `plans_of`, with contents. Raises TooMany, KeyError for another language."""
    plans = plans_of(user, unit, on)
    if len(plans) > MOST_IN_ONE:
        raise TooMany(len(plans))
    stand = standings(plans, on)
    with speaking(language) as say:
        printed = say("printed", day=say.day(on))
        return Document(
            title=say("set", unit=unit.name),
            language=language,
            direction=say.direction,
            eyebrow=unit.name,
            about=say("set_about", day=say.day(on), n=say.number(len(plans))) if plans else "",
            foot=printed,
            author=unit.name,
            words=say.words(),
            cover=tuple(_cover(plans, on, say)),
            parts=tuple(part for plan in plans for part in _parts(plan, stand[plan.pk], say)),
        )


def _cover(plans: list[Plan], on: date, say: Wording) -> Iterator[Part]:
    if not plans:
        yield Paragraph(say("set_none", day=say.day(on)))
        return
    heads = (Head("", 3), Head(say("unit"), 2), Head(say("version"), 0, True), Head(say("in_force_from"), 1.4))
    rows = tuple(
        (
            Cell(plan.title, more=say(plan.kind)),
            Cell(plan.unit.name),
            Cell(str(plan.agreement.number)),
            Cell(say.day(plan.agreement.in_force_from)),
        )
        for plan in plans
    )
    yield Table(heads, rows)


def _parts(plan: Plan, stands: Standing, say: Wording) -> Iterator[Part]:
    whole = read_plan(plan, stands.on, stands)
    yield NewPage()
    yield Heading(1, plan.title)
    yield from cover(whole, say)
    yield from body(whole, say, 2)
