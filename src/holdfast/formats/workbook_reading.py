"""A workbook (.xlsx) read as records, without trust: a child process with limits unpacks it.

The row of column names is the first or the second of a sheet. Nothing is dropped in silence: an unknown, a double or a
nameless column, an unknown sheet, a formula is a problem that names its place.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

import msgspec

from holdfast.formats.cells import BadCell, facts_from, part_column, values_of
from holdfast.formats.tables import (
    FACT_PARTS,
    MISSING,
    Column,
    Document,
    Kind,
    Problem,
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
    return document_of(unpack(data), tables, name)


def document_of(
    answer: Mapping[str, Any],
    tables: Sequence[Table],
    name: str = "workbook.xlsx",
    *,
    whole: Mapping[str, Collection[str]] | None = None,
) -> Document:
    """As `read_workbook`, of what was unpacked. `whole`: by sheet the columns that have to be there, each sheet
    too. Raises Unreadable where the sheets come to no end."""
    document = Document(name, "xlsx", {}, {})
    known = {table.name: table for table in tables}
    bad: dict[str, dict[tuple[int, int], str]] = {}
    for title, row, column, what in answer["bad"]:
        bad.setdefault(title, {})[row, column] = what
    for title, rows in answer["sheets"]:
        if title in known:
            _Sheet(document, known[title], rows, bad.get(title, {}), (whole or {}).get(title, ())).read()
        elif any(cell != "" for row in rows for cell in row):
            said = unknown(gettext_noop("There is no table “%(name)s”."), title, known)
            document.problems.append(Problem(title, None, "", said))
    for title in whole or ():
        if title not in document.records:
            said = Said(
                gettext_noop("The sheet “%(name)s” is missing: it was there when this was written."), {"name": title}
            )
            document.problems.append(Problem(title, None, "", said))
    return document


def unpack(data: bytes, first: str = "") -> dict[str, Any]:
    """The plain cells of a workbook, from a child process with limits of time and memory: `bad`, what cannot be taken,
    and `sheets`, the rows of one after the other as they are read, that named `first` before the others. Raises
    Unreadable, also while the sheets are gone through."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            Said(gettext_noop("The file is larger than %(most)s MB."), {"most": MOST_BYTES >> 20}),
        )
    child = subprocess.Popen(
        [sys.executable, "-m", "holdfast.formats.workbook_child", first],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    parts: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_drain, args=(child, data, parts), daemon=True).start()
    head = _part(parts)
    return {"bad": head["bad"], "sheets": _sheets(parts)}


def _drain(child: subprocess.Popen[bytes], data: bytes, parts: queue.SimpleQueue[bytes | None]) -> None:
    """Feeds the child and takes what it sends, to its end, whether anybody still wants it or not; None comes last."""
    timer = threading.Timer(MOST_SECONDS, child.kill)
    timer.daemon = True
    timer.start()
    try:
        # A child that has refused early reads no further.
        with contextlib.suppress(OSError), child:
            if child.stdin is None or child.stdout is None:
                return
            with contextlib.suppress(OSError):
                child.stdin.write(data)
                child.stdin.close()
            while len(size := child.stdout.read(8)) == 8:
                parts.put(child.stdout.read(int.from_bytes(size, "big")))
    finally:
        timer.cancel()
        parts.put(None)


def _sheets(parts: queue.SimpleQueue[bytes | None]) -> Iterator[tuple[str, list[list[Any]]]]:
    while isinstance(part := _part(parts), list):
        yield part[0], part[1]


def _part(parts: queue.SimpleQueue[bytes | None]) -> Any:
    """What the child has sent next. Raises Unreadable where it refused, or ended before it was done."""
    sent = parts.get()
    if sent is None:
        raise _exhausting()
    try:
        part = msgspec.msgpack.decode(sent)
    except msgspec.DecodeError:
        raise _exhausting() from None
    if isinstance(part, dict) and (refused := part.get("refused")):
        raise Unreadable(Said(refused[0], refused[1]))
    return part


def _exhausting() -> Unreadable:
    return Unreadable(Said(gettext_noop("The workbook takes too much time or memory to read.")))


class _Sheet:
    """The reading of one sheet into the document: column by column, since a column is of one kind."""

    def __init__(
        self,
        document: Document,
        table: Table,
        rows: list[list[Any]],
        bad: dict[tuple[int, int], str],
        whole: Collection[str],
    ) -> None:
        self.document, self.table, self.rows, self.bad, self.whole = document, table, rows, bad, whole
        document.records[table.name], document.rows[table.name] = [], []
        self.fields: list[tuple[int, Column]] = []
        self.facts: dict[str, tuple[Column, dict[str, int]]] = {}
        self.wrong: list[tuple[int, int, Problem]] = []

    def problem(self, row: int | None, column: str, said: Said) -> None:
        self.document.problems.append(Problem(self.table.name, row, column, said))

    def read(self) -> None:
        names = {name for column in self.table.columns for name in _names(column)}
        head = next(
            (number for number, row in enumerate(self.rows[:2]) if any(cell in names for cell in _texts(row))), None
        )
        if head is None:
            if self.whole or any(cell != "" for row in self.rows for cell in row):
                said = gettext_noop(
                    "The row of column names is missing: row 2 has “%(first)s”, “%(second)s” and so on."
                )
                first = [column.name for column in self.table.columns[:2]]
                self.problem(2, "", Said(said, {"first": first[0], "second": first[-1]}))
            return
        self._columns(head, names)
        used = {position + 1 for position, _column in self.fields}
        used |= {position + 1 for _column, parts in self.facts.values() for position in parts.values()}
        bad_rows = {row for row, column in self.bad if column in used}
        filled = [
            (number, row)
            for number, row in enumerate(self.rows[head + 1 :], head + 2)
            if row.count("") != len(row) or number in bad_rows
        ]
        self._records([number for number, _row in filled], [row for _number, row in filled])

    def _columns(self, head: int, names: set[str]) -> None:
        by_name = {column.name: column for column in self.table.columns}
        seen: dict[str, int] = {}
        below = self.rows[head + 1 :]
        for position, cell in enumerate(_texts(self.rows[head])):
            if cell.startswith("#"):
                continue
            if not cell:
                filled = next((n for n, row in enumerate(below, head + 2) if _at(row, position) != ""), None)
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
        for name in self.whole:
            if name not in seen and not name.startswith("#"):
                gone = gettext_noop("The column “%(name)s” is missing: it was there when this was written.")
                self.problem(head + 1, name, Said(gone, {"name": name}))

    def _records(self, numbers: list[int], rows: list[list[Any]]) -> None:
        names: list[str] = []
        columns: list[list[Any]] = []
        sheet = list(zip_longest(*rows, fillvalue=""))
        for position, column in self.fields:
            names.append(column.name)
            columns.append(self._values(column, position, column.name, numbers, sheet))
        for name, (column, parts) in self.facts.items():
            read = {
                part: self._values(part_column(column, part), position, f"{name}.{part}", numbers, sheet)
                for part, position in parts.items()
            }
            names.append(name)
            columns.append(facts_from(column, list(read), zip(*read.values(), strict=True)))
        records = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        for name, values in zip(names, columns, strict=True):
            if MISSING in values:
                for record, value in zip(records, values, strict=True):
                    if value is MISSING:
                        del record[name]
        self.document.records[self.table.name] = records if names else [{} for _number in numbers]
        self.document.rows[self.table.name] = numbers
        self.document.problems += [problem for *_place, problem in sorted(self.wrong, key=lambda one: one[:2])]

    def _values(
        self, column: Column, position: int, name: str, numbers: list[int], sheet: Sequence[Sequence[Any]]
    ) -> list[Any]:
        """The values of one column; of what is wrong MISSING, and a problem that names the cell."""
        cells: list[Any] = list(sheet[position]) if position < len(sheet) else [""] * len(numbers)
        wrong: dict[int, BadCell] = {}
        for at, what in list(self._odd(position, numbers, cells)):
            try:
                cells[at] = _cell(cells[at], what)
            except BadCell as bad:
                cells[at], wrong[at] = "", bad
        values, more = values_of(column, cells)
        for at, bad_cell in {**more, **wrong}.items():
            values[at] = MISSING
            self.wrong.append((numbers[at], position, Problem(self.table.name, numbers[at], name, bad_cell.said)))
        return values

    def _odd(self, position: int, numbers: list[int], cells: Sequence[Any]) -> Iterator[tuple[int, str]]:
        """Where the column has a formula, an error, a date or what else is no plain value."""
        bad = {row: what for (row, column), what in self.bad.items() if column == position + 1}
        if not bad and dict not in set(map(type, cells)):
            return
        for at, cell in enumerate(cells):
            if (what := bad.get(numbers[at])) is not None or type(cell) is dict:
                yield at, what or ""


def _cell(cell: Any, what: str) -> Any:
    if what == "formula":
        raise BadCell(gettext_noop("This cell holds a formula: paste its value."))
    if what:
        raise BadCell(gettext_noop("This cell holds an error value."))
    if "date" in cell:
        said = cell["date"]
        return datetime.fromisoformat(said) if "T" in said else date.fromisoformat(said)
    raise BadCell(gettext_noop("This cell holds a time or duration, which no column takes."))


def _names(column: Column) -> list[str]:
    if column.kind is Kind.FACT:
        return [f"{column.name}.{part}" for part in FACT_PARTS]
    return [column.name]


def _texts(row: list[Any]) -> list[str]:
    return [cell.strip() if isinstance(cell, str) else str(cell) for cell in row]


def _at(row: list[Any], position: int) -> Any:
    return row[position] if position < len(row) else ""
