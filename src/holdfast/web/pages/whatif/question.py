"""The question of a what-if: read from an address or a form, checked, and written back as an address.

An address holds ``scenario`` (a saved scenario), or ``hit`` once per thing that has failed with ``loss`` (a share of
1, or a percentage with its sign), ``start`` and ``duration`` beside it in the same order, and ``horizon``. Times are
hours, or a number with its unit (``30min``, ``4h``, ``3d``, ``1w``), and ``never`` for a duration without end;
``as_of`` is the day whose organisation is asked about, today where it is left out. The form of the page sends
``percent``, ``start-unit``, ``duration-unit`` and ``horizon-unit`` as well, and is led on to the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from holdfast.engine.errors import InputError
from holdfast.engine.scenario import Scenario, read_scenario

from .example import Example, SavedScenario
from .wording import number

DEFAULT_DURATION = 72.0
DEFAULT_HORIZON = 2160.0
LONGEST = 250_000.0
MOST_HITS = 200
UNITS = {"min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
NEVER = "never"
_QUANTITY = re.compile(r"([0-9]{1,12}(?:[.,][0-9]{0,9})?)\s*(min|h|d|w)?", re.ASCII)
_SHARE = re.compile(r"([0-9]{1,12}(?:[.,][0-9]{0,9})?)\s*(%)?", re.ASCII)


@dataclass(frozen=True)
class Hit:
    """``node`` loses the share ``loss`` (0 < loss ≤ 1) from ``start`` h for ``duration`` h; None: it never ends."""

    node: str
    loss: float = 1.0
    start: float = 0.0
    duration: float | None = DEFAULT_DURATION

    def as_json(self) -> dict[str, Any]:
        return {"node": self.node, "loss": self.loss, "start": self.start, "duration": self.duration}


@dataclass(frozen=True)
class Question:
    """What is asked: the hits and the horizon in hours, and the saved scenario that they are, if they are one."""

    hits: tuple[Hit, ...]
    horizon: float = DEFAULT_HORIZON
    saved: SavedScenario | None = None
    as_of: date | None = None
    """The day whose organisation is asked about; None: today's."""

    def as_json(self) -> dict[str, Any]:
        return {"hits": [hit.as_json() for hit in self.hits], "horizon": self.horizon}

    def scenario(self, example: Example) -> Scenario:
        return read_scenario(self.as_json(), example.twin, "")

    def address(self) -> QueryDict:
        """The question as query parameters; a saved scenario by its name alone."""
        query = QueryDict(mutable=True)
        if self.as_of:
            query["as_of"] = self.as_of.isoformat()
        if self.saved:
            query["scenario"] = self.saved.slug
            return query
        for hit in self.hits:
            query.appendlist("hit", hit.node)
            query.appendlist("loss", plain(hit.loss))
            query.appendlist("start", plain(hit.start))
            query.appendlist("duration", NEVER if hit.duration is None else plain(hit.duration))
        if self.hits and self.horizon != DEFAULT_HORIZON:
            query["horizon"] = plain(self.horizon)
        return query


@dataclass
class Row:
    """One hit as the form shows it: the texts as they were given, and what is wrong with each."""

    node: str
    percent: str
    start: str
    start_unit: str
    duration: str
    duration_unit: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What an address asks: ``question`` where it is complete and right, else None and ``errors`` or nothing."""

    rows: list[Row] = field(default_factory=list)
    horizon: str = "90"
    horizon_unit: str = "d"
    horizon_error: str = ""
    horizon_hours: float = DEFAULT_HORIZON
    errors: list[str] = field(default_factory=list)
    question: Question | None = None
    unknown_scenario: bool = False
    from_form: bool = False

    @property
    def wrong(self) -> bool:
        return bool(self.errors or self.horizon_error or any(row.errors for row in self.rows))


def plain(value: float) -> str:
    """A number as an address holds it: no exponent, no needless zeros."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def same(one: Question, other: Question) -> bool:
    return set(one.hits) == set(other.hits) and one.horizon == other.horizon


def of_saved(saved: SavedScenario) -> Question:
    """The question that a saved scenario asks; its file has been read by the engine before."""
    hits = tuple(
        Hit(
            node=hit["node"],
            loss=float(hit.get("loss", 1.0)),
            start=float(hit.get("start", 0.0)),
            duration=None if hit.get("duration") is None else float(hit["duration"]),
        )
        for hit in saved.record["hits"]
    )
    return Question(hits, float(saved.record.get("horizon") or DEFAULT_HORIZON), saved)


def read_day(query: QueryDict) -> tuple[date | None, str]:
    """The day that ``as_of`` names, and what is wrong with it."""
    text = query.get("as_of", "").strip()
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, _("“%(text)s” is no day: write it as 2008-10-01.") % {"text": text[:40]}


def read_question(query: QueryDict, example: Example) -> Asked:
    """Reads what ``query`` asks of ``example``; never raises, whatever the address holds."""
    asked = _read(query, example)
    day, problem = read_day(query)
    if problem:
        asked.errors.append(problem)
        asked.question = None
    elif day and asked.question:
        asked.question = replace(asked.question, as_of=day)
    return asked


def _read(query: QueryDict, example: Example) -> Asked:
    if "ask" in query:
        return _read_form(query, example)
    slug = query.get("scenario", "").strip()
    if slug:
        saved = example.scenarios.get(slug)
        if saved is None:
            message = _("There is no saved scenario “%(name)s”. Choose one from the list.") % {"name": slug[:80]}
            return Asked(errors=[message], unknown_scenario=True)
        question = of_saved(saved)
        number, unit = _in_unit(question.horizon)
        rows = [_row(hit) for hit in question.hits]
        return Asked(rows, number, unit, horizon_hours=question.horizon, question=question)
    return _read_address(query, example)


def _read_address(query: QueryDict, example: Example) -> Asked:
    nodes = query.getlist("hit")
    asked = Asked()
    hits: list[Hit | None] = []
    columns = {name: query.getlist(name) for name in ("loss", "start", "duration")}
    for name, values in columns.items():
        if len(values) > len(nodes):
            asked.errors.append(
                _("The address gives %(values)s values of “%(name)s” for %(hits)s hits. Give one of each per hit.")
                % {"values": len(values), "name": name, "hits": len(nodes)}
            )
    for index, node in enumerate(nodes[:MOST_HITS]):
        loss = _at(columns["loss"], index, "1")
        start = _at(columns["start"], index, "0")
        duration = _at(columns["duration"], index, plain(DEFAULT_DURATION))
        row = Row(node, _as_percent(loss), *_split(start), *_split(duration))
        asked.rows.append(row)
        hits.append(_hit(row, _share(loss, row), example))
    _read_horizon(asked, query.get("horizon", ""))
    return _complete(asked, hits, len(nodes), example)


def _read_form(query: QueryDict, example: Example) -> Asked:
    nodes = [node for node in query.getlist("hit") if node]
    asked = Asked(from_form=True)
    hits: list[Hit | None] = []
    for index, node in enumerate(nodes[:MOST_HITS]):
        row = Row(
            node,
            _at(query.getlist("percent"), index, "100"),
            _at(query.getlist("start"), index, "0"),
            _at(query.getlist("start-unit"), index, "h"),
            _at(query.getlist("duration"), index, "72"),
            _at(query.getlist("duration-unit"), index, "h"),
        )
        asked.rows.append(row)
        hits.append(_hit(row, _share(row.percent.rstrip(" %\u00a0") + "%", row), example))
    removed = query.get("remove", "")
    if removed.isascii() and removed.isdigit() and int(removed[:6]) < len(hits):
        del asked.rows[int(removed)], hits[int(removed)]
    added = query.get("add", "")
    if added:
        row = Row(added, "100", "0", "h", "3", "d")
        asked.rows.append(row)
        hits.append(_hit(row, 1.0, example))
    if not asked.rows and query.get("do", "") == "show" and not query.get("find", "").strip():
        asked.errors.append(_("Nothing has been chosen yet. Search for what has failed, and add it."))
    asked.horizon = query.get("horizon", "").strip() or "90"
    asked.horizon_unit = query.get("horizon-unit", "d")
    _read_horizon(asked, asked.horizon + ("" if asked.horizon[-1:].isalpha() else asked.horizon_unit))
    return _complete(asked, hits, len(nodes), example)


def _complete(asked: Asked, hits: list[Hit | None], given: int, example: Example) -> Asked:
    if given > MOST_HITS:
        asked.errors.append(_("A question may hold at most %(most)s hits.") % {"most": MOST_HITS})
    known = [hit for hit in hits if hit is not None]
    if asked.wrong or not known:
        return asked
    question = Question(tuple(known), asked.horizon_hours)
    try:
        question.scenario(example)
    except InputError as error:
        asked.errors.append(_("This question cannot be computed: %(reason)s") % {"reason": error.message})
        return asked
    for saved in example.scenarios.values():
        if same(of_saved(saved), question):
            question = Question(question.hits, question.horizon, saved)
            break
    asked.question = question
    return asked


def _hit(row: Row, loss: float | None, example: Example) -> Hit | None:
    """The hit of a row, or None with the row's errors filled in."""
    if row.node not in example.records:
        row.errors["node"] = _("Nothing here has the id “%(id)s”. Remove it, or search for what you mean.") % {
            "id": row.node[:80]
        }
    start = quantity(row.start + _unit_of(row.start, row.start_unit))
    if start is None or start > LONGEST:
        row.errors["start"] = _("Give the start as a number of 0 or more, at most %(most)s.") % {"most": _longest()}
    duration: float | None = None
    if row.duration_unit != NEVER and row.duration.strip().lower() != NEVER:
        duration = quantity(row.duration + _unit_of(row.duration, row.duration_unit))
        if duration is None or not 1 / 3600 <= duration <= LONGEST:
            row.errors["duration"] = _("Give the duration as a number above 0, at most %(most)s, or “never ends”.") % {
                "most": _longest()
            }
    if row.errors or loss is None or start is None:
        return None
    return Hit(row.node, loss, start, duration)


def _share(text: str, row: Row) -> float | None:
    """The loss as a share of 1, on the engine's grid of millionths; None with the row's error where it is not one."""
    match = _SHARE.fullmatch(text.strip())
    if match:
        value = float(match[1].replace(",", ".")) / (100 if match[2] else 1)
        if 1e-6 <= value <= 1:
            return round(value, 6)
    row.errors["percent"] = _("Give the loss as a percentage above 0 and at most 100.")
    return None


def quantity(text: str) -> float | None:
    """Hours from a number with or without a unit (hours if none), on the grid of whole seconds; None if it is not."""
    match = _QUANTITY.fullmatch(text.strip())
    if not match:
        return None
    return round(float(match[1].replace(",", ".")) * UNITS[match[2] or "h"] * 3600) / 3600


def _read_horizon(asked: Asked, text: str) -> None:
    value = quantity(text) if text.strip() else DEFAULT_HORIZON
    if value is None or not 0 < value <= LONGEST:
        asked.horizon_error = _("Give the horizon as a number above 0, at most %(most)s.") % {"most": _longest()}
        if not asked.from_form:
            asked.horizon, asked.horizon_unit = text[:40], "h"
        return
    asked.horizon_hours = value
    if not asked.from_form:
        asked.horizon, asked.horizon_unit = _in_unit(value)


def _row(hit: Hit) -> Row:
    start, start_unit = _in_unit(hit.start)
    duration, duration_unit = ("", NEVER) if hit.duration is None else _in_unit(hit.duration)
    return Row(hit.node, plain(hit.loss * 100), start, start_unit, duration, duration_unit)


def _in_unit(value: float) -> tuple[str, str]:
    """Whole days from two days on, else hours."""
    if value >= 48 and value % 24 == 0:
        return plain(value / 24), "d"
    return plain(value), "h"


def _split(text: str) -> tuple[str, str]:
    """A time of an address as the form's two fields; what is not a time stays as it was given."""
    if text.strip().lower() == NEVER:
        return "", NEVER
    value = quantity(text)
    return (text[:40], "h") if value is None else _in_unit(value)


def _as_percent(text: str) -> str:
    match = _SHARE.fullmatch(text.strip())
    if not match:
        return text[:40]
    return plain(float(match[1].replace(",", ".")) * (1 if match[2] else 100))


def _longest() -> str:
    return _("%(number)s hours") % {"number": number(LONGEST)}


def _unit_of(text: str, unit: str) -> str:
    """The unit chosen beside a number, unless the number carries its own."""
    return "" if text.strip()[-1:].isalpha() else unit


def _at(values: list[str], index: int, default: str) -> str:
    return values[index] if index < len(values) else default
