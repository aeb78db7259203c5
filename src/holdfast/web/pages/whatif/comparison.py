"""Two answers side by side: what is better, what is worse, by how much, and what stays the same.

An address holds ``one`` and ``other``, each the address of a question without its page:
``/what-if/compare/?one=scenario%3Dhall-lost&other=hit%3Dhall%26duration%3D24``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .answer import Answer
from .example import Example
from .line import Line
from .question import Asked, Question, read_question
from .timeline import Axis
from .wording import hours, listing, number

LONGEST_ADDRESS = 20_000
MOST_NAMED = 2
MOST_OPEN = 12


class Verdict(Enum):
    """How the other answer is for a process, against the one."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"

    @property
    def word(self) -> str:
        return str(_WORDS[self])

    @property
    def mark(self) -> str:
        """Beside the word, so that it is not told by a colour."""
        return {"worse": "▼", "better": "▲", "same": "="}[self.value]


_WORDS = {
    Verdict.WORSE: gettext_lazy("worse"),
    Verdict.BETTER: gettext_lazy("better"),
    Verdict.SAME: gettext_lazy("the same"),
}


@dataclass(frozen=True)
class Pair:
    """One process in both answers."""

    one: Line
    other: Line

    @property
    def verdict(self) -> Verdict:
        """By the state first, then by the total time down, the longest outage, and how early it goes down."""
        one, other = _badness(self.one), _badness(self.other)
        return Verdict.SAME if one == other else Verdict.WORSE if other > one else Verdict.BETTER

    @property
    def difference(self) -> str:
        """What differs, in words: time down, or else when it goes down."""
        change = self.other.downtime - self.one.downtime
        if change:
            text = _("%(time)s more down") if change > 0 else _("%(time)s less down")
            return text % {"time": hours(abs(change))}
        if self.one.first_down != self.other.first_down:
            earlier = (self.one.first_down or 0) - (self.other.first_down or 0)
            text = _("down %(time)s earlier") if earlier > 0 else _("down %(time)s later")
            return text % {"time": hours(abs(earlier))}
        if self.one.lowest != self.other.lowest:
            return _("%(one)s at worst, then %(other)s") % {
                "one": self.one.lowest_text,
                "other": self.other.lowest_text,
            }
        return ""


def _badness(line: Line) -> tuple[float, ...]:
    early = -line.first_down if line.first_down is not None else float("-inf")
    return (line.state, line.downtime, line.longest, early, -line.lowest)


@dataclass(frozen=True)
class CostPair:
    category: str
    unit: str
    one: str
    other: str
    change: str
    verdict: Verdict


def _said(count: int, verdict: Verdict, functions: bool) -> str:
    """How many are worse or better; a sentence of its own for each, since languages agree in number and kind."""
    if functions and verdict is Verdict.WORSE:
        text = ngettext("%(n)s critical function is worse", "%(n)s critical functions are worse", count)
    elif functions:
        text = ngettext("%(n)s critical function is better", "%(n)s critical functions are better", count)
    elif verdict is Verdict.WORSE:
        text = ngettext("%(n)s process is worse", "%(n)s processes are worse", count)
    else:
        text = ngettext("%(n)s process is better", "%(n)s processes are better", count)
    return text % {"n": number(count)}


class Comparison:
    """``one`` and ``other`` over the same axis; ``other`` is judged against ``one``."""

    def __init__(self, example: Example, one: Question, other: Question) -> None:
        axis = Axis(max(one.horizon, other.horizon))
        self.axis = axis
        self.one, self.other = Answer(example, one, axis), Answer(example, other, axis)

    @cached_property
    def functions(self) -> list[Pair]:
        return [Pair(a, b) for a, b in zip(self.one.functions, self.other.functions, strict=True)]

    @cached_property
    def processes(self) -> list[Pair]:
        """Those that differ, the worst first, then those that are better."""
        pairs = [Pair(a, b) for a, b in zip(self.one.processes, self.other.processes, strict=True)]
        differing = [pair for pair in pairs if pair.verdict is not Verdict.SAME]
        return sorted(
            differing,
            key=lambda pair: (
                pair.verdict is Verdict.BETTER,
                -max(pair.one.state, pair.other.state),
                -abs(pair.other.downtime - pair.one.downtime),
                pair.one.link.name,
            ),
        )

    @property
    def first(self) -> list[Pair]:
        """Those that differ most, open on the page."""
        return self.processes[:MOST_OPEN]

    @property
    def others(self) -> list[Pair]:
        return self.processes[MOST_OPEN:]

    @property
    def same(self) -> int:
        """How many processes are the same in both."""
        return len(self.one.processes) - len(self.processes)

    @cached_property
    def finding(self) -> str:
        """What is true, in one sentence: functions where they differ, else processes."""
        pairs = [pair for pair in self.functions if pair.verdict is not Verdict.SAME] or self.processes
        worse = [pair.one.link.name for pair in pairs if pair.verdict is Verdict.WORSE]
        better = [pair.one.link.name for pair in pairs if pair.verdict is Verdict.BETTER]
        functions = any(pair.verdict is not Verdict.SAME for pair in self.functions)
        parts = [
            f"{_said(len(names), verdict, functions)} ({listing(names, MOST_NAMED)})"
            for verdict, names in ((Verdict.WORSE, worse), (Verdict.BETTER, better))
            if names
        ]
        if not parts:
            return _("Both questions have the same answer for every function and process.")
        return _("In the second, %(what)s.") % {"what": _(" and ").join(parts)}

    @cached_property
    def costs(self) -> list[CostPair]:
        names = {cost.category: cost for cost in [*self.one.costs, *self.other.costs]}
        one, other = self.one.totals, self.other.totals
        found = []
        for category in sorted(set(one) | set(other)):
            a, b = one.get(category, 0.0), other.get(category, 0.0)
            if not a and not b:
                continue
            name = self.one.category_name(category)
            digits = 0 if max(abs(a), abs(b)) >= 100 else 1
            verdict = Verdict.SAME if a == b else Verdict.WORSE if b > a else Verdict.BETTER
            sign = "+" if b > a else "−" if b < a else ""
            found.append(
                CostPair(
                    name,
                    names[name].unit if name in names else "",
                    number(a, digits),
                    number(b, digits),
                    f"{sign}{number(abs(b - a), digits)}",
                    verdict,
                )
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """Both questions, and per process what differs."""
        return {
            "one": self.one.question.as_json(),
            "other": self.other.question.as_json(),
            "processes": {
                pair.one.node: {
                    "verdict": pair.verdict.value,
                    "downtime": [pair.one.downtime, pair.other.downtime],
                    "longest_outage": [pair.one.longest, pair.other.longest],
                    "first_down": [pair.one.first_down, pair.other.first_down],
                }
                for pair in [*self.functions, *self.processes]
            },
            "same": self.same,
        }


@dataclass
class Side:
    """One of the two questions as the page asks for it: the text of its address, and what it is read as."""

    name: str
    text: str
    asked: Asked

    @property
    def question(self) -> Question | None:
        return self.asked.question

    @property
    def errors(self) -> list[str]:
        """What is wrong with it, each reason once."""
        rows = [text for row in self.asked.rows for text in row.errors.values()]
        found = [*self.asked.errors, *([self.asked.horizon_error] if self.asked.horizon_error else []), *rows]
        return list(dict.fromkeys(found))


def read_side(query: QueryDict, name: str, example: Example) -> Side:
    """A question from ``one`` or ``other``, as a query or as a whole address that somebody pasted."""
    text = query.get(name, "").strip()[:LONGEST_ADDRESS]
    if "?" in text:
        text = text.partition("?")[2]
    text = text.partition("#")[0]
    return Side(name, text, read_question(QueryDict(text), example) if text else Asked())


def told(count: int) -> str:
    """How many processes are the same."""
    return ngettext("%(n)s process is the same in both.", "%(n)s processes are the same in both.", count) % {
        "n": number(count)
    }
