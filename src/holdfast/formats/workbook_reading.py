"""A workbook (.xlsx) read as records, without trust: a child process with limits unpacks it.

The row of column names is the first or the second of a sheet. Nothing is dropped in silence: an unknown, a double or a
nameless column, an unknown sheet, a formula is a problem that names its place.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from holdfast.formats.cells import BadCell, fact_of, part_column, value_of
from holdfast.formats.tables import (
    FACT_PARTS,
    MISSING,
    Column,
    Document,
    Kind,
    Problem,
    Record,
    Said,
    Table,
    Unreadable,
    gettext_noop,
    unknown,
)
from holdfast.formats.workbook_child import letters

MOST_BYTES = 64 << 20
MOST_SECONDS = 90


def read_workbook(data: bytes, tables: Sequence[Table], name: str = "workbook.xlsx") -> Document:
    """The records of a workbook and what is wrong in it. Raises Unreadable where it is none, or hostile."""
    answer = unpack(data)
    document = Document(name, "xlsx", {}, {})
    known = {table.name: table for table in tables}
    bad = {(cell[0], cell[1], cell[2]): cell[3] for cell in answer["bad"]}
    for title, rows in answer["sheets"]:
        if title in known:
            _Sheet(document, known[title], rows, bad).read()
        elif any(cell is not None for row in rows for cell in row):
            said = unknown(gettext_noop("There is no table “%(name)s”."), title, known)
            document.problems.append(Problem(title, None, "", said))
    return document


def unpack(data: bytes) -> dict[str, Any]:
    """The plain cells of a workbook, from a child process with limits of time and memory. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            Said(gettext_noop("The file is larger than %(most)s MB."), {"most": MOST_BYTES >> 20}),
        )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "holdfast.formats.workbook_child"],
            input=data,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _exhausting() from None
    if done.returncode != 0:
        raise _exhausting()
    try:
        answer: dict[str, Any] = msgspec.msgpack.decode(done.stdout)
    except msgspec.DecodeError:
        raise _exhausting() from None
    if refused := answer.get("refused"):
        raise Unreadable(Said(refused[0], refused[1]))
    return answer


def _exhausting() -> Unreadable:
    return Unreadable(Said(gettext_noop("The workbook takes too much time or memory to read.")))


class _Sheet:
    """The reading of one sheet into the document."""

    def __init__(
        self, document: Document, table: Table, rows: list[list[Any]], bad: dict[tuple[str, int, int], str]
    ) -> None:
        self.document, self.table, self.rows, self.bad = document, table, rows, bad
        self.records = document.records.setdefault(table.name, [])
        self.numbers = document.rows.setdefault(table.name, [])
        self.fields: list[tuple[int, Column]] = []
        self.facts: dict[str, tuple[Column, dict[str, int]]] = {}

    def problem(self, row: int | None, column: str, said: Said) -> None:
        self.document.problems.append(Problem(self.table.name, row, column, said))

    def read(self) -> None:
        names = {name for column in self.table.columns for name in _names(column)}
        head = next(
            (number for number, row in enumerate(self.rows[:2]) if any(cell in names for cell in _texts(row))), None
        )
        if head is None:
            if any(cell is not None for row in self.rows for cell in row):
                said = gettext_noop(
                    "The row of column names is missing: row 2 has “%(first)s”, “%(second)s” and so on."
                )
                first = [column.name for column in self.table.columns[:2]]
                self.problem(2, "", Said(said, {"first": first[0], "second": first[-1]}))
            return
        self._columns(head, names)
        for number, row in enumerate(self.rows[head + 1 :], head + 2):
            if any(cell is not None for cell in row) or any(
                (self.table.name, number, c) in self.bad for c in self._used
            ):
                self._record(number, row)

    def _columns(self, head: int, names: set[str]) -> None:
        by_name = {column.name: column for column in self.table.columns}
        seen: dict[str, int] = {}
        below = self.rows[head + 1 :]
        for position, cell in enumerate(_texts(self.rows[head])):
            if cell.startswith("#"):
                continue
            if not cell:
                filled = next((n for n, row in enumerate(below, head + 2) if _at(row, position) is not None), None)
                if filled is not None:
                    said = Said(gettext_noop("Column %(letters)s has no name."), {"letters": letters(position + 1)})
                    self.problem(filled, letters(position + 1), said)
            elif cell in seen:
                twice = gettext_noop("Column “%(name)s” stands here twice: in %(one)s and %(other)s.")
                places = {"one": letters(seen[cell] + 1), "other": letters(position + 1)}
                self.problem(head + 1, cell, Said(twice, {"name": cell, **places}))
            elif cell not in names:
                self.problem(head + 1, cell, unknown(gettext_noop("There is no column “%(name)s”."), cell, names))
            else:
                seen[cell] = position
                if cell in by_name:
                    self.fields.append((position, by_name[cell]))
                else:
                    field, _dot, part = cell.rpartition(".")
                    self.facts.setdefault(field, (by_name[field], {}))[1][part] = position
        self._used = {position + 1 for position in seen.values()}

    def _record(self, number: int, row: list[Any]) -> None:
        record: Record = {}
        for position, column in self.fields:
            try:
                value = value_of(column, self._cell(number, row, position))
            except BadCell as error:
                self.problem(number, column.name, error.said)
                continue
            if value is not MISSING:
                record[column.name] = value
        for name, (column, parts) in self.facts.items():
            cells: dict[str, Any] = {}
            for part, position in parts.items():
                try:
                    cells[part] = self._cell(number, row, position)
                    value_of(part_column(column, part), cells[part])
                except BadCell as error:
                    self.problem(number, f"{name}.{part}", error.said)
                    break
            else:
                record[name] = fact_of(column, cells)
        self.records.append(record)
        self.numbers.append(number)

    def _cell(self, number: int, row: list[Any], position: int) -> Any:
        what = self.bad.get((self.table.name, number, position + 1))
        if what == "formula":
            raise BadCell(gettext_noop("This cell holds a formula: paste its value."))
        if what is not None:
            raise BadCell(gettext_noop("This cell holds an error value."))
        cell = _at(row, position)
        if isinstance(cell, dict):
            if "date" in cell:
                said = cell["date"]
                return datetime.fromisoformat(said) if "T" in said else date.fromisoformat(said)
            raise BadCell(gettext_noop("This cell holds a time or duration, which no column takes."))
        return cell


def _names(column: Column) -> list[str]:
    if column.kind is Kind.FACT:
        return [f"{column.name}.{part}" for part in FACT_PARTS]
    return [column.name]


def _texts(row: list[Any]) -> list[str]:
    return [cell.strip() if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row]


def _at(row: list[Any], position: int) -> Any:
    return row[position] if position < len(row) else None
