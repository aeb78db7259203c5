"""What an import would do: the rows it would make and change, and what is wrong in the file."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from holdfast.exchange.records.types import RecordType
from holdfast.exchange.shelf import Shelves
from holdfast.formats.tables import Document, Problem
from holdfast.organization.accounts.acts import Actor

MOST_PROBLEMS = 1000
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many rows are done, and of how many."""


@dataclass(frozen=True)
class Change:
    """A field that an import would change, as JSON values."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(eq=False)
class Item:
    """One record of the file. `row`: the row of the organisation that it makes or changes; `seen`: its version."""

    kind: RecordType
    index: int
    number: int
    values: dict[str, Any]
    row: Any = None
    new: bool = False
    seen: int = 0
    changes: list[Change] = field(default_factory=list)
    broken: bool = False

    @property
    def label(self) -> str:
        """What names the row for a person: its key, or the keys that identify it."""
        parts = (self.values.get(name) for name in self.kind.identity)
        return " ".join(str(part) for part in parts if part not in (None, ""))


@dataclass(frozen=True)
class Trouble:
    """A problem with its place, in the active language. `place`: sheet, row and column, or the JSON path."""

    table: str
    row: int | None
    column: str
    message: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass
class Tally:
    """What an import would do to one table."""

    new: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    unchanged: int = 0


@dataclass(eq=False)
class Preview:
    """An import that was checked. It can be applied once, by the one who asked, if it has no problems."""

    by: Actor
    document: Document
    tallies: dict[str, Tally] = field(default_factory=dict)
    problems: list[Trouble] = field(default_factory=list)
    more_problems: int = 0
    shelves: Shelves = field(default_factory=Shelves, repr=False)
    watched: list[Watched] = field(default_factory=list, repr=False)
    moved: list[Any] = field(default_factory=list, repr=False)
    along: list[Item] = field(default_factory=list, repr=False)
    """Rows that are written with those of the file, before them: no table of a file is theirs."""
    applied: bool = False

    @property
    def can_be_applied(self) -> bool:
        return not self.problems and not self.applied

    @property
    def nothing_to_do(self) -> bool:
        return not any(tally.new or tally.changed for tally in self.tallies.values())

    def trouble(self, table: str, row: int | None, column: str, message: str) -> None:
        if len(self.problems) >= MOST_PROBLEMS:
            self.more_problems += 1
            return
        self.problems.append(Trouble(table, row, column, message, place(self.document, table, row, column)))

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """The problems of the file's shape."""
        for problem in problems:
            self.trouble(problem.table, problem.row, problem.column, problem.said.text(gettext))

    @property
    def fingerprint(self) -> str:
        """Stands for all that would be done, and to which versions: a form sends it back, so that what a person agreed
        to is what is applied."""
        digest = hashlib.sha256()
        for name, tally in self.tallies.items():
            for item in (*tally.new, *tally.changed):
                said = [name, item.label, item.seen, [[c.field, c.before, c.after] for c in item.changes]]
                if item.new:
                    said.append(self.document.records[name][item.index])
                digest.update(json.dumps(said, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    def as_json(self, most: int | None = None) -> dict[str, Any]:
        """Per table the counts and, up to `most`, the rows with their changes; the problems; the fingerprint."""
        tables = {
            name: {
                "new": len(tally.new),
                "changed": len(tally.changed),
                "unchanged": tally.unchanged,
                "rows": [_row(item) for item in (*tally.new, *tally.changed)[:most]],
            }
            for name, tally in self.tallies.items()
        }
        return {
            "file": self.document.name,
            "tables": tables,
            "problems": [vars(problem) for problem in self.problems],
            "more_problems": self.more_problems,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True)
class Watched:
    """Rows that the checks looked at, beyond those that change: those of `table` whose `attribute` is one of `ids`
    (None: all of the table), with the versions seen."""

    table: type[Any]
    attribute: str
    ids: frozenset[int] | None
    seen: frozenset[tuple[int, int]]


def _row(item: Item) -> dict[str, Any]:
    changes = [{"field": c.field, "before": c.before, "after": c.after} for c in item.changes]
    return {"row": item.number, "key": item.label, "new": item.new, "changes": changes}


def place(document: Document, table: str, row: int | None, column: str) -> str:
    """Where a problem is, in the words of the file's form."""
    if document.form == "json":
        return table + ("" if row is None else f"[{row}]") + (f".{column}" if column else "")
    parts = [gettext("sheet “%(sheet)s”") % {"sheet": table}]
    if row is not None:
        parts.append(gettext("row %(row)d") % {"row": row})
    if column:
        parts.append(gettext("column “%(column)s”") % {"column": column})
    return ", ".join(parts)


def grouped(items: Iterable[Item]) -> dict[type[Any], list[Item]]:
    """Items by the table that their rows stand in."""
    found: dict[type[Any], list[Item]] = defaultdict(list)
    for item in items:
        found[item.kind.table].append(item)
    return found
