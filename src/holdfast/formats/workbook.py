"""Records written as a workbook (.xlsx).

One sheet a table. Row 1 has the titles for people, row 2 the names that programs know (small, locked), data begin in
row 3. A column or sheet whose name begins with # is for reading only. Texts are written as texts, whatever they begin
with.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from holdfast.formats.cells import BadCell, Cell, cell_of, part_column
from holdfast.formats.tables import (
    FACT_PARTS,
    Column,
    Kind,
    Record,
    Records,
    Said,
    Table,
    Unreadable,
    gettext_noop,
    joined,
)
from holdfast.formats.workbook_child import MOST_ROWS, letters

FIRST_ROW = 3
ROWS_TO_FILL = 1000
"""Below the data, as many rows have the formats and the lists to choose from."""

READ_ME = "#read me"
CHOICES = "#choices"
_ALWAYS = ("value", "basis", "source", "as_of", "valid_until")
_WIDTHS = {Kind.TEXT: 28, Kind.JSON: 28, Kind.LIST: 24, Kind.MAPPING: 24, Kind.REFERENCE: 22, Kind.CHOICE: 18}
_PART_WIDTHS = {"source": 28, "value": 12}


class _Head:
    """One column of the sheet: of a plain field, of a part of a fact (`part`), or the name beside a reference."""

    def __init__(self, column: Column, part: str = "", named: bool = False) -> None:
        self.column, self.part, self.named = column, part, named
        self.cells = part_column(column, part) if part else column

    @property
    def name(self) -> str:
        return f"#{self.column.name}" if self.named else self.cells.name

    def title(self) -> str:
        title = self.column.title[:1].upper() + self.column.title[1:]
        if self.named:
            return "…"
        if self.part == "value" and self.column.unit:
            return f"{title} ({self.column.unit})"
        return f"{title}: {self.part.replace('_', ' ')}" if self.part and self.part != "value" else title


def write_workbook(
    tables: Sequence[Table],
    records: Records,
    *,
    read_me: Sequence[str] = (),
    names: Mapping[str, Mapping[str, str]] | None = None,
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """A sheet for each of `tables`. `read_me`: lines of the first sheet; `names`: by table the name of each key, shown
    beside references; `parts`: the words for the parts of a fact. Raises Unreadable where a value does not fit into a
    sheet."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    writer = _Writer(book, tables, names or {}, dict(parts or {}))
    writer.read_me(read_me)
    for table in tables:
        writer.sheet(table, records.get(table.name, []), {t: len(records.get(t, [])) for t in records})
    writer.choices()
    book.close()
    return file.getvalue()


class _Writer:
    def __init__(
        self,
        book: Any,
        tables: Sequence[Table],
        names: Mapping[str, Mapping[str, str]],
        parts: dict[str, str],
    ) -> None:
        self.book, self.tables, self.names, self.parts = book, tables, names, parts
        self.lists: dict[tuple[tuple[str, str], ...], int] = {}
        font = {"font_name": "Calibri", "font_size": 11}
        text = {**font, "num_format": "@", "locked": False}
        self.formats = {
            "title": book.add_format(
                {**font, "bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF7"}
            ),
            "needed": book.add_format(
                {**font, "bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#C9DAF0"}
            ),
            "name": book.add_format({"font_size": 8, "font_color": "#6B7280", "bottom": 1}),
            "text": book.add_format(text),
            "date": book.add_format({**font, "num_format": "yyyy-mm-dd", "locked": False}),
            "plain": book.add_format({**font, "locked": False}),
            "aside": book.add_format({**font, "italic": True, "font_color": "#6B7280", "num_format": "@"}),
            "wrapped": book.add_format({**font, "text_wrap": True, "valign": "top"}),
        }

    def read_me(self, lines: Sequence[str]) -> None:
        sheet = self.book.add_worksheet(READ_ME)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100)
        row = 0
        for line in lines:
            sheet.write_string(row, 1, line, self.formats["wrapped"])
            row += 1
        for table in self.tables:
            row += 1
            sheet.write_string(row, 0, table.name, self.formats["title"])
            sheet.write_string(row, 1, ": ".join(said for said in (table.title, table.help) if said))

    def sheet(self, table: Table, rows: Sequence[Record], counts: Mapping[str, int]) -> None:
        if len(rows) + FIRST_ROW - 1 > MOST_ROWS:
            raise Unreadable(
                Said(
                    gettext_noop("“%(sheet)s” has %(got)s rows; a sheet takes %(most)s. JSON takes them all."),
                    {"sheet": table.name, "got": len(rows), "most": MOST_ROWS - FIRST_ROW + 1},
                )
            )
        sheet = self.book.add_worksheet(table.name)
        heads = self._heads(table, rows)
        last = min(len(rows) + FIRST_ROW - 1 + ROWS_TO_FILL, MOST_ROWS) - 1
        for position, head in enumerate(heads):
            self._prepare(sheet, position, head, last, counts)
        for position, head in enumerate(heads):
            title = "needed" if head.column.required and head.part in ("", "value") and not head.named else "title"
            said = head.title() if not head.part else self._part_title(head)
            sheet.write_string(0, position, said, self.formats[title])
        for position, head in enumerate(heads):
            sheet.write_string(1, position, head.name, self.formats["name"])
        for number, row in enumerate(rows, FIRST_ROW - 1):
            for position, head in enumerate(heads):
                try:
                    self._write(sheet, number, position, head, self._cell(head, row))
                except BadCell as error:
                    place = {"sheet": table.name, "row": number + 1, "column": head.name}
                    where = Said(gettext_noop("Sheet “%(sheet)s”, row %(row)s, column “%(column)s”:"), place)
                    raise Unreadable(joined(where, error.said)) from None
        sheet.freeze_panes(FIRST_ROW - 1, 1)
        if heads:
            sheet.autofilter(1, 0, max(len(rows) + 1, 2), len(heads) - 1)
        sheet.protect(
            "",
            {
                "format_cells": True,
                "format_columns": True,
                "format_rows": True,
                "insert_rows": True,
                "delete_rows": True,
                "sort": True,
                "autofilter": True,
            },
        )

    def _part_title(self, head: _Head) -> str:
        if head.part == "value" or head.part not in self.parts:
            return head.title()
        title = head.column.title[:1].upper() + head.column.title[1:]
        return f"{title}: {self.parts[head.part]}"

    def _heads(self, table: Table, rows: Sequence[Record]) -> list[_Head]:
        heads: list[_Head] = []
        for column in table.columns:
            if column.kind is Kind.FACT:
                facts = [row[column.name] for row in rows if row.get(column.name)]
                for part in FACT_PARTS:
                    used = any(fact.get(part) is not None for fact in facts)
                    if part == "unit":
                        used = column.unit is None or any(fact.get("unit") != column.unit for fact in facts)
                    if used or part in _ALWAYS:
                        heads.append(_Head(column, part))
            else:
                heads.append(_Head(column))
                if column.kind is Kind.REFERENCE and any(target in self.names for target in column.target):
                    heads.append(_Head(column, named=True))
        return heads

    def _cell(self, head: _Head, row: Record) -> Cell:
        value = row.get(head.column.name)
        if head.named:
            named = (self.names.get(target, {}).get(str(value)) for target in head.column.target)
            return next((name for name in named if name is not None), None)
        if head.part:
            return cell_of(head.cells, (value or {}).get(head.part))
        return cell_of(head.cells, value) if head.column.name in row else None

    def _write(self, sheet: Worksheet, row: int, position: int, head: _Head, cell: Cell) -> None:
        if cell is None:
            return
        if head.named:
            sheet.write_string(row, position, str(cell)[:200], self.formats["aside"])
        elif isinstance(cell, bool):
            sheet.write_boolean(row, position, cell, self.formats["plain"])
        elif isinstance(cell, date):
            sheet.write_datetime(row, position, cell, self.formats["date"])
        elif isinstance(cell, int | float):
            sheet.write_number(row, position, cell, self.formats["plain"])
        elif sheet.write_string(row, position, cell, self.formats["text"]) != 0:
            raise BadCell(gettext_noop("The text is longer than a cell holds."))

    def _prepare(self, sheet: Worksheet, position: int, head: _Head, last: int, counts: Mapping[str, int]) -> None:
        kind = head.cells.kind
        name = "date" if kind is Kind.DATE else "plain" if kind in (Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN) else "text"
        width = _PART_WIDTHS.get(head.part, 12) if head.part else _WIDTHS.get(kind, 12)
        options: dict[str, Any] = {"level": 1, "hidden": True} if head.part in ("as_of", "valid_until") else {}
        sheet.set_column(position, position, width, self.formats["aside" if head.named else name], options)
        if head.named:
            return
        source = self._source(head, counts)
        if source:
            sheet.data_validation(
                FIRST_ROW - 1,
                position,
                last,
                position,
                {"validate": "list", "source": source, "error_type": "stop" if head.column.choices else "warning"},
            )

    def _source(self, head: _Head, counts: Mapping[str, int]) -> Any:
        column = head.column
        if head.part == "basis" or column.kind is Kind.CHOICE:
            if not column.choices:
                return None
            number = self.lists.setdefault(column.choices, len(self.lists))
            return f"='{CHOICES}'!${letters(2 * number + 1)}$1:${letters(2 * number + 1)}${len(column.choices)}"
        if column.kind is Kind.BOOLEAN:
            return ["TRUE", "FALSE"]
        if column.kind is Kind.REFERENCE and len(column.target) == 1:
            (target,) = column.target
            table = next((table for table in self.tables if table.name == target), None)
            if table is not None and table.columns and table.columns[0].name == "key":
                end = min(counts.get(target, 0) + FIRST_ROW - 1 + ROWS_TO_FILL, MOST_ROWS)
                return f"='{target}'!$A${FIRST_ROW}:$A${end}"
        return None

    def choices(self) -> None:
        """The lists to choose from: the value, and beside it what it means."""
        sheet = self.book.add_worksheet(CHOICES)
        for row in range(max(map(len, self.lists), default=0)):
            for choices, number in self.lists.items():
                if row < len(choices):
                    sheet.write_string(row, 2 * number, choices[row][0])
                    sheet.write_string(row, 2 * number + 1, choices[row][1], self.formats["aside"])
