"""Wallet cards: for each role of a plan, on pages of 85 × 54 mm, whom to call, where to meet, and what to do first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import msgspec

from holdfast.formats.typesetting import typeset
from holdfast.organization.structure.models import Post
from holdfast.readiness.plans.documents.filled import reached
from holdfast.readiness.plans.documents.reading import Whole, read_plan
from holdfast.readiness.plans.documents.setting import CARD_TEMPLATE, FONTS
from holdfast.readiness.plans.documents.wording import Wording, speaking
from holdfast.readiness.plans.models import Plan, PlanRole

MOST_CALLS, MOST_PLACES, MOST_TASKS, MOST_WAYS = 8, 6, 10, 3


class Line(msgspec.Struct, frozen=True):
    """`label` stands small above the text, `more` below it."""

    text: str
    label: str = ""
    more: str = ""


class Group(msgspec.Struct, frozen=True):
    """One side of a card."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""


class Card(msgspec.Struct, frozen=True):
    role: str
    groups: tuple[Group, ...]


class Cards(msgspec.Struct, frozen=True):
    """The cards of a plan in one language; `write_cards` makes the PDF of them."""

    title: str
    language: str
    direction: str
    eyebrow: str
    foot: str
    author: str
    cards: tuple[Card, ...]


def card_document(plan: Plan, language: str, on: date, roles: Collection[str] | None = None) -> Cards:
    """The cards of all roles of a plan, or of those with these codes. Raises KeyError for another language."""
    whole = read_plan(plan, on)
    with speaking(language) as say:
        printed = say("printed", day=say.day(on))
        return Cards(
            title=f"{say('card')}: {plan.title}",
            language=language,
            direction=say.direction,
            eyebrow=plan.title,
            foot=f"{say('version_no', n=plan.agreement.number)} · {say(plan.agreement.state)} · {printed}",
            author=plan.unit.name,
            cards=tuple(_card(role, whole, say) for role in whole.roles if roles is None or role.code in roles),
        )


def write_cards(cards: Cards) -> bytes:
    """The bytes of a tagged PDF. Raises NotSet."""
    return typeset(CARD_TEMPLATE, msgspec.to_builtins(cards), "pdf", FONTS)


def _card(role: PlanRole, whole: Whole, say: Wording) -> Card:
    calls = tuple(_calls(role, whole, say))
    groups = (
        Group(say("you_call"), calls[:MOST_CALLS], _more(calls, MOST_CALLS, say) or say("card_keep")),
        _places(role, whole, say),
        _first(role, whole, say),
    )
    return Card(role.name, groups)


def _more(lines: Collection[object], most: int, say: Wording) -> str:
    return say("more_in_plan", n=len(lines) - most) if len(lines) > most else ""


def _calls(role: PlanRole, whole: Whole, say: Wording) -> Iterator[Line]:
    """Who calls, then whom one calls, then who stands in for oneself; in a plan without a call tree all others."""
    above = [one for one in whole.roles if one.pk == role.called_by_id]
    below = [one for one in whole.roles if one.called_by_id == role.pk]
    if not above and not below:
        below = [one for one in whole.roles if one.pk != role.pk]
    for one in below:
        yield from _reach(one, whole, say, one.name)
    for one in above:
        yield from _reach(one, whole, say, f"{say('you_are_called_by')}: {one.name}")
    if role.alternate is not None:
        yield _person(role.alternate, whole, say, say("alternate"))


def _reach(role: PlanRole, whole: Whole, say: Wording, label: str) -> Iterator[Line]:
    if role.post is not None:
        yield _person(role.post, whole, say, label)
    if role.alternate is not None:
        yield _person(role.alternate, whole, say, f"{role.name}, {say('alternate')}")


def _person(post: Post, whole: Whole, say: Wording, label: str) -> Line:
    holders = whole.holding(post.pk)
    names = ", ".join(holder.name for holder in holders) or f"{post.title} ({say('vacant')})"
    ways = [reached(way, say) for holder in holders for way in holder.ways]
    return Line(names, label, "\n".join(ways[:MOST_WAYS]))


def _places(role: PlanRole, whole: Whole, say: Wording) -> Group:
    """Where one's tasks are first, then the other places of the plan, each with what stands in for it."""
    mine = {task.site_id for task in whole.tasks if task.role_id == role.pk}
    sites = sorted(whole.sites, key=lambda site: site.pk not in mine)
    lines = []
    for site in sites:
        lines.append(Line(site.name, more=site.address or site.city))
        for one in whole.alternates:
            if one.site_id == site.pk:
                there = one.alternate
                lines.append(Line(there.name, say("instead"), there.address or there.city))
    note = _more(lines, MOST_PLACES, say) if lines else say("none_named")
    return Group(say("where_to_meet"), tuple(lines[:MOST_PLACES]), note)


def _first(role: PlanRole, whole: Whole, say: Wording) -> Group:
    mine = [task for task in whole.tasks if task.role_id == role.pk]
    mine.sort(key=lambda task: (whole.slots[task.code].start if task.code in whole.slots else 0.0, task.position))
    lines = tuple(
        Line(
            task.title,
            " · ".join(
                filter(None, (say.time(whole.slots[task.code].start) if task.code in whole.slots else "",
                              task.site.name if task.site else ""))
            ),
        )
        for task in mine[:MOST_TASKS]
    )  # fmt: skip
    if not lines and role.does:
        lines = (Line(role.does),)
    return Group(say("you_first"), lines, _more(mine, MOST_TASKS, say) if lines else say("none_named"))
