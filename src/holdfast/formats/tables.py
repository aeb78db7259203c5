"""What a file of records looks like: tables with columns, and what is wrong with a row.

Messages are kept apart from the values in them (`Said`), so that whoever shows them can translate them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Record = dict[str, Any]
Records = dict[str, list[Record]]
"""Rows by the name of their table. A value is what JSON holds: text, number, truth, null, list, object; a date is text
in ISO 8601; a reference is the key of the other row."""

MISSING: Any = object()
"""The value of an empty cell that says nothing: the field is not in the record."""

FACT_PARTS = ("value", "unit", "basis", "source", "as_of", "valid_until", "low", "high", "p90", "entered_by", "files")


def gettext_noop(said: str) -> str:
    """Marks a text for translation."""
    return said


_JOINED = "%(one)s %(other)s"


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    REFERENCE = "reference"
    LIST = "list"
    MAPPING = "mapping"
    JSON = "json"
    FACT = "fact"


@dataclass(frozen=True)
class Column:
    """A field of a record. `target`: the tables that hold what a reference names. `unit`: of a fact, where only one is
    taken. `empty`: what an empty cell means. A column whose name begins with # is written for people and never read.

    Of a workbook alone: `shape` is the number format, `locked` which cells nobody types into (those of the rows that
    are given, or all), `least` and `most` what a number is held to, `width` that of the column in signs."""

    name: str
    title: str
    kind: Kind
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    target: tuple[str, ...] = ()
    unit: str | None = None
    empty: Any = None
    help: str = ""
    shape: str = ""
    locked: Literal["", "given", "all"] = ""
    least: float | None = None
    most: float | None = None
    width: float | None = None


@dataclass(frozen=True)
class Table:
    """`fill`: as many rows of a workbook stand ready below those that are given, None for the usual number. `frozen`:
    so many columns stay in sight."""

    name: str
    title: str
    columns: tuple[Column, ...]
    help: str = ""
    fill: int | None = None
    frozen: int = 1

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Said:
    """A sentence to be translated, and the values in it, which may be sentences."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        values = {name: v.text(translate) if isinstance(v, Said) else v for name, v in self.values.items()}
        return (translate(self.template) if self.template != _JOINED else self.template) % values

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file. `row` is the number of the sheet's row, or in JSON the index of the record; None
    speaks of the whole table. `column` is the column's name in the file, or empty."""

    table: str
    row: int | None
    column: str
    said: Said


@dataclass
class Document:
    """A file that was read: its records, for each the row it stood in, and what is wrong with it."""

    name: str
    form: Literal["json", "xlsx"]
    records: Records
    rows: dict[str, list[int]]
    problems: list[Problem] = field(default_factory=list)


class Unreadable(Exception):
    """The file as a whole cannot be used: not such a file, too large, or hostile."""

    def __init__(self, said: Said) -> None:
        super().__init__(str(said))
        self.said = said


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that was probably meant."""
    lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.strip().lower().replace(" ", "_"), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def joined(one: Said, other: Said) -> Said:
    """Two sentences as one."""
    return Said(_JOINED, {"one": one, "other": other})


def unknown(what: str, name: str, known: Collection[str]) -> Said:
    """The message about a name that is not known; `what` is a template with %(name)s."""
    said = Said(what, {"name": name})
    if meant := nearest(name, known):
        return joined(said, Said(gettext_noop("Did you mean “%(meant)s”?"), {"meant": meant}))
    return said
