"""What taking a workbook in would do: what changes, what is new, what goes, where two have changed the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from holdfast.analysis.impact.limits import hour_text
from holdfast.analysis.impact.models import Analysis
from holdfast.exchange.impact.held import BETWEEN, State
from holdfast.exchange.impact.layout import hour_column
from holdfast.exchange.preview import MOST_PROBLEMS, Change, Trouble, place
from holdfast.formats.tables import Document
from holdfast.organization.accounts.acts import Actor

FILE, DATABASE = "file", "database"
Side = Literal["file", "database"]


@dataclass
class Clash:
    """A field that the file and somebody else have changed to different values: all three, as JSON values. `field` is
    empty where one side has taken the row out. `chosen` is empty until somebody has chosen."""

    id: str
    field: str
    label: str
    was: Any
    file: Any
    database: Any
    chosen: str = ""


@dataclass(eq=False)
class Item:
    """A row of the file with what it changes. `key` is empty for a new one, `process` the key of its process; `values`
    are the fields as acts take them."""

    sheet: str
    number: int
    key: str
    process: str
    title: str
    kind: Literal["changed", "new", "removed", "same"]
    changes: list[Change] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    row: Any = None

    @property
    def does_something(self) -> bool:
        return self.kind in ("new", "removed") or bool(self.changes)


@dataclass(eq=False)
class Found:
    """A workbook that was compared with the database. It can be taken in once, by the one who asked, when nothing is
    wrong and every clash is decided."""

    by: Actor
    analysis: Analysis
    document: Document
    written: str
    state: State = field(repr=False)
    sheets: tuple[str, ...]
    titles: dict[str, str]
    items: list[Item] = field(default_factory=list)
    problems: list[Trouble] = field(default_factory=list)
    more_problems: int = 0
    unchanged: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """What the keys in changes are called, of those that the reader may see."""
    taken_in: bool = False

    @property
    def clashes(self) -> Iterator[tuple[Item, Clash]]:
        for item in self.items:
            for clash in item.clashes:
                yield item, clash

    @property
    def undecided(self) -> int:
        return sum(not clash.chosen for _item, clash in self.clashes)

    @property
    def can_be_taken_in(self) -> bool:
        return not self.problems and not self.undecided and not self.taken_in

    @property
    def nothing_to_do(self) -> bool:
        return not any(item.does_something or item.clashes for item in self.items)

    def trouble(self, sheet: str, row: int | None, column: str, message: str) -> None:
        if len(self.problems) >= MOST_PROBLEMS:
            self.more_problems += 1
            return
        self.problems.append(Trouble(sheet, row, column, message, place(self.document, sheet, row, column)))

    def count(self, sheet: str) -> dict[str, int]:
        """How many rows of a sheet are new, changed, taken out, as they were; and how many fields clash."""
        rows = [item for item in self.items if item.sheet == sheet]
        return {
            "new": sum(item.kind == "new" for item in rows),
            "changed": sum(item.kind == "changed" and bool(item.changes) for item in rows),
            "removed": sum(item.kind == "removed" for item in rows),
            "unchanged": self.unchanged.get(sheet, 0),
            "clashes": sum(len(item.clashes) for item in rows),
        }

    @property
    def fingerprint(self) -> str:
        """Stands for the file, all that it would do and the versions it was compared with, whatever is chosen where the
        two clash: what a person agreed to is what is taken in."""
        digest = hashlib.sha256(json.dumps(self.state.versions(), sort_keys=True).encode())
        for item in self.items:
            clashes = [[c.id, c.was, c.file, c.database] for c in item.clashes]
            decided = {c.field for c in item.clashes}
            changes = [[c.field, c.before, c.after] for c in item.changes if c.field not in decided]
            said = [item.sheet, item.number, item.key, item.kind if not item.clashes else "", changes, clashes]
            digest.update(json.dumps(said, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    def as_json(self, most: int | None = None) -> dict[str, Any]:
        """By sheet the counts and, up to `most`, the rows; the clashes; the problems; the fingerprint."""
        sheets: dict[str, Any] = {}
        for sheet in self.sheets:
            rows = [item for item in self.items if item.sheet == sheet and item.does_something]
            sheets[sheet] = {**self.count(sheet), "rows": [_row(item) for item in rows[:most]]}
        return {
            "file": self.document.name,
            "analysis": self.analysis.key,
            "written": self.written,
            "sheets": sheets,
            "clashes": [
                {"sheet": item.sheet, "row": item.number, "key": item.key, "process": item.process, **vars(clash)}
                for item, clash in self.clashes
            ],
            "problems": [vars(problem) for problem in self.problems],
            "more_problems": self.more_problems,
            "fingerprint": self.fingerprint,
        }


def _row(item: Item) -> Mapping[str, Any]:
    changes = [{"field": c.field, "before": c.before, "after": c.after} for c in item.changes]
    return {
        "row": item.number, "key": item.key, "process": item.process, "title": item.title, "what": item.kind,
        "changes": changes,
    }  # fmt: skip


def with_cells(
    impact: Mapping[str, Mapping[str, float]], items: Iterable[Item], hours: Iterable[float]
) -> dict[str, dict[str, float]]:
    """The impact of a process with the cells that rows of the file change."""
    found = {category: dict(said) for category, said in impact.items()}
    for item in items:
        said = found.setdefault(item.key.partition(BETWEEN)[2], {})
        for hour in hours:
            if (name := hour_column(hour)) not in item.values:
                continue
            if item.values[name] is None:
                said.pop(hour_text(hour), None)
            else:
                said[hour_text(hour)] = float(item.values[name])
    return {category: said for category, said in found.items() if said}
