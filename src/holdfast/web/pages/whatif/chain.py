"""Why a process stops: the binding chain of an outage in words, from the effect back to what was hit."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _

from .example import Example
from .question import Hit, Question
from .wording import hours, moment, percent, since

Levels = list[list[float]]


@dataclass(frozen=True)
class Link:
    """A name that leads to its page."""

    node: str
    name: str

    @cached_property
    def url(self) -> str:
        # Not reverse() of the node: an id from an address may be anything, an empty one too.
        return f"{_above(get_script_prefix())}node/{quote(self.node, safe='')}/"


@lru_cache(maxsize=4)
def _above(prefix: str) -> str:
    """The address that those of the nodes begin with, where the pages are mounted at ``prefix``."""
    return reverse("what-if")


@dataclass(frozen=True)
class Step:
    link: Link
    text: str


@dataclass(frozen=True)
class Outage:
    """One outage of a process: ``start`` and ``end`` in hours, ``open`` where it goes on past the horizon."""

    start: float
    end: float
    open: bool
    text: str
    steps: list[Step]

    @property
    def length(self) -> float:
        return self.end - self.start

    @property
    def because(self) -> str:
        return _("Down %(outage)s, because:") % {"outage": self.text}

    @property
    def root(self) -> Link | None:
        return self.steps[-1].link if self.steps else None


def link(example: Example, node: str) -> Link:
    return Link(node, example.name(node))


def level_at(levels: Levels, time: float) -> float:
    """The level that holds at ``time`` of a step function given as [[time, level], …] from 0."""
    index = bisect_right(levels, time, key=lambda pair: pair[0]) - 1
    return levels[max(index, 0)][1]


def outage(example: Example, question: Question, nodes: dict[str, Any], record: dict[str, Any]) -> Outage:
    """The outage ``record`` of the engine's answer in words."""
    start, end, still_open = record["start"], record["end"], record["open"]
    if still_open:
        text = _("from %(start)s, still down at the horizon (%(length)s)")
    else:
        text = _("from %(start)s to %(end)s (%(length)s)")
    text = text % {"start": hours(start), "end": hours(end), "length": hours(end - start)}
    cause = record["cause"]
    steps = [
        _step(example, question, nodes, node, time, first=index == 0, last=index == len(cause) - 1)
        for index, (node, time) in enumerate(cause)
    ]
    return Outage(start, end, still_open, text, steps)


def _step(
    example: Example, question: Question, nodes: dict[str, Any], node: str, time: float, *, first: bool, last: bool
) -> Step:
    hits = [hit for hit in question.hits if hit.node == node and _active(hit, time)] if last else []
    if hits:
        text = hit_text(max(hits, key=lambda hit: hit.loss))
    else:
        level = level_at(nodes[node]["level"], time)
        if first and level == 0:
            text = _("stops %(when)s") % {"when": moment(time)}
        elif level == 0:
            text = _("is out %(since)s") % {"since": since(time)}
        else:
            text = _("is down to %(level)s %(since)s") % {"level": percent(level), "since": since(time)}
    return Step(link(example, node), text)


def _active(hit: Hit, time: float) -> bool:
    second = 1 / 7200
    return hit.start <= time + second and (hit.duration is None or time < hit.start + hit.duration - second)


def hit_text(hit: Hit) -> str:
    """What a hit does, in words without the name of what it hits."""
    lost = _("lost") if hit.loss == 1 else _("%(share)s lost") % {"share": percent(hit.loss)}
    if hit.duration is None:
        return _("%(lost)s %(since)s, without end") % {"lost": lost, "since": since(hit.start)}
    return _("%(lost)s %(since)s, for %(duration)s") % {
        "lost": lost,
        "since": since(hit.start),
        "duration": hours(hit.duration),
    }
