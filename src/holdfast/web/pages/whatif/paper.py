"""The answer on paper: one PDF to print and send, one picture to paste, both with the page's words and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from holdfast.formats.typesetting import Form, typeset

from .answer import SORTS, Answer
from .chain import hit_text, link
from .line import Line
from .states import State
from .wording import number

TEMPLATE = Path(settings.PACKAGE) / "web" / "documents" / "answer.typ"
FONTS = Path(settings.PACKAGE) / "web" / "static" / "built" / "fonts"
MOST_LINES = {"pdf": 40, "png": 12}
MOST_HITS = 8
MOST_CLAIMS = 12


def on_paper(answer: Answer, title: str, address: str, form: Form) -> bytes:
    """The bytes of the PDF or the PNG. Raises NotSet."""
    return typeset(TEMPLATE, _data(answer, title, address, MOST_LINES[form]), form, FONTS)


def _data(answer: Answer, title: str, address: str, most: int) -> dict[str, Any]:
    example, question = answer.example, answer.question
    touched = sorted((line for line in answer.processes if line.state != State.HOLDS), key=SORTS["state"])
    shown, left = touched[:most], len(touched[most:])
    held = sum(line.state == State.HOLDS for line in answer.processes)
    claims = [
        _("%(pool)s: %(who)s wanted %(wanted)s and was granted %(granted)s.")
        % {"pool": claim.pool, "who": claim.claimant.name, "wanted": claim.wanted, "granted": claim.granted}
        for claim in answer.claims
    ]
    hits = [f"{link(example, hit.node).name}: {hit_text(hit)}" for hit in question.hits]
    return {
        "title": title,
        "language": get_language() or "en",
        "eyebrow": _("What if"),
        "finding": answer.finding,
        "state": int(answer.state),
        "about": str(question.saved.record.get("description") or "") if question.saved else "",
        "hits": _first(hits, MOST_HITS),
        "ticks": [[answer.axis.x(tick), answer.axis.label(tick)] for tick in answer.axis.ticks],
        "functions": [_line(answer, line) for line in answer.functions],
        "processes": [_line(answer, line) for line in shown],
        "costs": [[cost.category, f"{cost.amount} {cost.unit}", cost.basis.word] for cost in answer.costs],
        "contention": [*_first(claims, MOST_CLAIMS), *answer.places_short],
        "deadlocks": [", ".join(one.name for one in group) for group in [*answer.deadlocks, *answer.unsettled]],
        "foot": _("Computed from %(nodes)s nodes as of %(day)s, looking %(horizon)s ahead. %(address)s")
        % {
            "nodes": number(len(example.records)),
            "day": date_format(example.as_of, "j F Y"),
            "horizon": answer.horizon_text,
            "address": address,
        },
        "words": {
            "name": _("Name"),
            "state": _("State"),
            "functions": _("The critical functions"),
            "processes": _("Processes touched"),
            "rest": _rest(left, held),
            "legend": _("Thick: down. Thin: reduced. The line below: a fallback is in use."),
            "costs": _("What it costs"),
            "costs_of": answer.costs_of,
            "contention": _("Who claims the same places"),
            "deadlocks": _("What holds itself down"),
        },
    }


def _rest(left: int, held: int) -> str:
    parts = []
    if left:
        text = ngettext("%(n)s more process is touched.", "%(n)s more processes are touched.", left)
        parts.append(text % {"n": number(left)})
    text = ngettext("%(n)s process holds throughout.", "%(n)s processes hold throughout.", held)
    return " ".join([*parts, text % {"n": number(held)}])


def _line(answer: Answer, line: Line) -> dict[str, Any]:
    return {
        "name": line.link.name,
        "where": line.where,
        "why": _("Because of %(name)s") % {"name": line.root.name} if line.root else "",
        "state": int(line.state),
        "word": line.state.word,
        "text": line.sentence.split(";")[0] if line.state != State.HOLDS else "",
        **line.plain_drawing,
    }


def _first(items: list[str], most: int) -> list[str]:
    if len(items) <= most:
        return items
    left = len(items) - most
    return [*items[:most], ngettext("and %(n)s more", "and %(n)s more", left) % {"n": number(left)}]
