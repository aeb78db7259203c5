"""Records written as a workbook (.xlsx).

One sheet a table. Row 1 has the titles for people, row 2 the names that programs know (small, locked), data begin in
row 3. A column or sheet whose name begins with # is for reading only. Texts are written as texts, whatever they begin
with.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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


LINE = 15.0
"""The height of a line, in points."""
MOST_LINES = 12
SIGNS_A_PAGE = 150
MOST_RANGES = 2_000
"""Ranges of a sheet that one check may speak of; programs become slow beyond."""
_UNLOCKED: dict[str, bool] = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "sort": True,
    "autofilter": True,
}


class Heading(str):
    """A line of the first sheet that begins a part."""


@dataclass(frozen=True)
class Check:
    """What cells of some columns in some rows (by the position of their record) are held to: one of `choices`, or a
    number from `least` to `most`. `hint` stands beside the cell that somebody is about to fill in."""

    columns: Collection[str]
    rows: Sequence[int]
    choices: Sequence[float] = ()
    least: float | None = None
    most: float | None = None
    hint: str = ""
    shape: str = ""


class _Head:
    """One column of the sheet: of a plain field, of a part of a fact (`part`), or the name beside a reference."""

    def __init__(self, column: Column, part: str = "", named: bool = False) -> None:
        self.column, self.part, self.named = column, part, named
        self.cells = part_column(column, part) if part else column

    @property
    def aside(self) -> bool:
        """Whether it is for people alone."""
        return self.named or self.column.name.startswith("#")

    @property
    def name(self) -> str:
        return f"#{self.column.name}" if self.named else self.cells.name

    def title(self) -> str:
        title = self.column.title[:1].upper() + self.column.title[1:]
        if self.part == "value" and self.column.unit:
            return f"{title} ({self.column.unit})"
        return f"{title}: {self.part.replace('_', ' ')}" if self.part and self.part != "value" else title


def write_workbook(
    tables: Sequence[Table],
    records: Records,
    *,
    read_me: Sequence[str | tuple[str, ...]] = (),
    names: Mapping[str, Mapping[str, str]] | None = None,
    parts: Mapping[str, str] | None = None,
    checks: Mapping[str, Sequence[Check]] | None = None,
    hidden: Mapping[str, Sequence[Sequence[str]]] | None = None,
    footer: str = "",
) -> bytes:
    """A sheet for each of `tables`. `read_me`: lines of the first sheet, a tuple for a line in cells; `names`: by table
    the name of each key, shown beside references; `parts`: the words for the parts of a fact, and for the `name` beside
    a reference; `hidden`: rows of sheets that nobody sees; `footer` stands under every printed page. Raises Unreadable
    where a value does not fit into a sheet."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    writer = _Writer(book, tables, names or {}, dict(parts or {}), footer)
    writer.read_me(read_me)
    for table in tables:
        counts = {name: len(rows) for name, rows in records.items()}
        writer.sheet(table, records.get(table.name, []), counts, (checks or {}).get(table.name, ()))
    writer.choices()
    for title, lines in (hidden or {}).items():
        writer.hide(title, lines)
    book.close()
    return file.getvalue()


def columns_of(table: Table, rows: Sequence[Record]) -> list[str]:
    """The names of the columns that `write_workbook` writes of these rows and that are read again."""
    return [head.name for head in _heads(table, rows, frozenset()) if not head.aside]


class _Writer:
    def __init__(
        self,
        book: Any,
        tables: Sequence[Table],
        names: Mapping[str, Mapping[str, str]],
        parts: dict[str, str],
        footer: str,
    ) -> None:
        self.book, self.tables, self.names, self.parts, self.footer = book, tables, names, parts, footer
        self.lists: dict[tuple[tuple[str, str], ...], int] = {}
        self.font = font = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
        text = {**font, "num_format": "@", "locked": False}
        self.formats = {
            "title": book.add_format({**font, "bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#E8EEF7"}),
            "needed": book.add_format({**font, "bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#C9DAF0"}),
            "name": book.add_format({"font_size": 8, "font_color": "#6B7280", "bottom": 1}),
            "text": book.add_format(text),
            "prose": book.add_format({**text, "text_wrap": True}),
            "date": book.add_format({**font, "num_format": "yyyy-mm-dd", "locked": False}),
            "plain": book.add_format({**font, "locked": False}),
            "aside": book.add_format({**font, "italic": True, "font_color": "#6B7280", "num_format": "@"}),
            "given": book.add_format({**font, "font_color": "#4B5563", "bg_color": "#F3F4F6", "num_format": "@"}),
            "wrapped": book.add_format({**font, "text_wrap": True}),
            "heading": book.add_format({**font, "font_size": 13, "bold": True}),
            "strong": book.add_format({**font, "bold": True, "text_wrap": True}),
        }
        self.shapes: dict[str, Any] = {}

    def read_me(self, lines: Sequence[str | tuple[str, ...]]) -> None:
        sheet = self.book.add_worksheet(READ_ME)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100)
        sheet.hide_gridlines(2)
        row = 0
        for line in lines:
            said = line if isinstance(line, str) else line[-1]
            sheet.set_row(row, _height([said], [100]))
            if isinstance(line, Heading):
                row += 1
                sheet.set_row(row, 1.3 * LINE)
                sheet.write_string(row, 0, str(line), self.formats["heading"])
            elif isinstance(line, tuple):
                for position, cell in enumerate(line):
                    sheet.write_string(row, position, cell, self.formats["wrapped" if position else "strong"])
            else:
                sheet.write_string(row, 1, line, self.formats["wrapped"])
            row += 1
        for table in self.tables:
            row += 1
            said = ": ".join(said for said in (table.title, table.help) if said)
            sheet.set_row(row, _height([said], [100]))
            sheet.write_string(row, 0, table.name, self.formats["title"])
            sheet.write_string(row, 1, said, self.formats["wrapped"])
        self._for_print(sheet)

    def sheet(
        self, table: Table, rows: Sequence[Record], counts: Mapping[str, int], checks: Sequence[Check] = ()
    ) -> None:
        if len(rows) + FIRST_ROW - 1 > MOST_ROWS:
            raise Unreadable(
                Said(
                    gettext_noop("“%(sheet)s” has %(got)s rows; a sheet takes %(most)s. JSON takes them all."),
                    {"sheet": table.name, "got": len(rows), "most": MOST_ROWS - FIRST_ROW + 1},
                )
            )
        sheet = self.book.add_worksheet(table.name)
        heads = _heads(table, rows, self.names)
        fill = ROWS_TO_FILL if table.fill is None else table.fill
        last = min(len(rows) + FIRST_ROW - 1 + fill, MOST_ROWS) - 1
        checked = {name for check in checks for name in check.columns}
        for position, head in enumerate(heads):
            self._prepare(sheet, position, head, last, counts, head.name in checked)
        shapes = self._check(sheet, heads, checks)
        widths = [self._width(head) for head in heads]
        sheet.set_row(0, _height([self._title(head) for head in heads], [width * 0.85 for width in widths]))
        for position, head in enumerate(heads):
            needed = head.column.required and head.part in ("", "value") and not head.aside
            sheet.write_string(0, position, self._title(head), self.formats["needed" if needed else "title"])
        for position, head in enumerate(heads):
            sheet.write_string(1, position, head.name, self.formats["name"])
        prose = [at for at, head in enumerate(heads) if not head.aside and self._text_format(head.column) == "prose"]
        for number, row in enumerate(rows, FIRST_ROW - 1):
            if prose:
                texts = [str(row.get(heads[at].column.name) or "") for at in prose]
                sheet.set_row(number, _height(texts, [widths[at] for at in prose]))
            for position, head in enumerate(heads):
                try:
                    shape = shapes.get((number, head.name), "") if shapes else ""
                    self._write(sheet, number, position, head, self._cell(head, row), shape)
                except BadCell as error:
                    place = {"sheet": table.name, "row": number + 1, "column": head.name}
                    where = Said(gettext_noop("Sheet “%(sheet)s”, row %(row)s, column “%(column)s”:"), place)
                    raise Unreadable(joined(where, error.said)) from None
        sheet.freeze_panes(FIRST_ROW - 1, table.frozen)
        if heads:
            sheet.autofilter(1, 0, max(len(rows) + 1, 2), len(heads) - 1)
        sheet.protect("", {**_UNLOCKED, "insert_rows": fill > 0, "delete_rows": fill > 0})
        sheet.repeat_rows(0, 1)
        if table.frozen:
            sheet.repeat_columns(0, table.frozen - 1)
        self._for_print(sheet, sum(widths))

    def hide(self, title: str, lines: Sequence[Sequence[str]]) -> None:
        sheet = self.book.add_worksheet(title)
        for row, line in enumerate(lines):
            for column, said in enumerate(line):
                sheet.write_string(row, column, said)
        sheet.protect()
        sheet.very_hidden()

    def _for_print(self, sheet: Worksheet, width: float = 0) -> None:
        """On A4 across, and as many pages wide as can be read."""
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(max(1, round(width / SIGNS_A_PAGE)), 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.set_footer(f"&L&8{self.footer.replace('&', '&&')[:150]}&C&8&A&R&8&P / &N")

    def _check(self, sheet: Worksheet, heads: Sequence[_Head], checks: Sequence[Check]) -> dict[tuple[int, str], str]:
        """Sets the checks of single rows. By row and column the number format of their cells."""
        at = {head.name: position for position, head in enumerate(heads)}
        shapes: dict[tuple[int, str], str] = {}
        for check in checks:
            if check.shape:
                shapes.update(
                    {(row + FIRST_ROW - 1, name): check.shape for row in check.rows for name in check.columns}
                )
            places = sorted(at[name] for name in check.columns)
            if not places or not check.rows or len(check.rows) > MOST_RANGES:
                continue
            blocks = [(row + FIRST_ROW - 1, places[0], row + FIRST_ROW - 1, places[-1]) for row in check.rows]
            rule = _rule(check.choices, check.least, check.most) | _hint("", check.hint)
            sheet.data_validation(*blocks[0], {**rule, "other_cells": [list(block) for block in blocks[1:]]})
        return shapes

    def _title(self, head: _Head) -> str:
        if head.named:
            return self.parts.get("name", "…")
        return self._part_title(head) if head.part else head.title()

    def _part_title(self, head: _Head) -> str:
        if head.part == "value" or head.part not in self.parts:
            return head.title()
        title = head.column.title[:1].upper() + head.column.title[1:]
        return f"{title}: {self.parts[head.part]}"

    def _cell(self, head: _Head, row: Record) -> Cell:
        value = row.get(head.column.name)
        if head.named:
            named = (self.names.get(target, {}).get(str(value)) for target in head.column.target)
            return next((name for name in named if name is not None), None)
        if head.part:
            return cell_of(head.cells, (value or {}).get(head.part))
        return cell_of(head.cells, value) if head.column.name in row else None

    def _write(self, sheet: Worksheet, row: int, position: int, head: _Head, cell: Cell, shape: str) -> None:
        column = head.column
        if cell is None:
            if shape:
                sheet.write_blank(row, position, None, self._shape(shape))
            return
        if head.aside:
            sheet.write_string(row, position, str(cell)[:200], self.formats["aside"])
        elif column.locked:
            if sheet.write_string(row, position, str(cell), self.formats["given"]) != 0:
                raise BadCell(gettext_noop("The text is longer than a cell holds."))
        elif isinstance(cell, bool):
            sheet.write_boolean(row, position, cell, self.formats["plain"])
        elif isinstance(cell, date):
            sheet.write_datetime(row, position, cell, self.formats["date"])
        elif isinstance(cell, int | float):
            sheet.write_number(row, position, cell, self._shape(shape or self._shape_of(head)))
        elif sheet.write_string(row, position, cell, self.formats[self._text_format(column)]) != 0:
            raise BadCell(gettext_noop("The text is longer than a cell holds."))

    def _shape(self, shape: str) -> Any:
        """The format of numbers of this shape."""
        if not shape:
            return self.formats["plain"]
        if shape not in self.shapes:
            self.shapes[shape] = self.book.add_format({**self.font, "num_format": shape, "locked": False})
        return self.shapes[shape]

    @staticmethod
    def _shape_of(head: _Head) -> str:
        return head.column.shape if head.part in ("", "value", "low", "high", "p90") else ""

    @staticmethod
    def _width(head: _Head) -> float:
        if head.part:
            return _PART_WIDTHS.get(head.part, 12)
        return head.column.width or _WIDTHS.get(head.cells.kind, 12)

    @staticmethod
    def _text_format(column: Column) -> str:
        return "prose" if column.width is not None and column.width >= 30 else "text"

    def _prepare(
        self, sheet: Worksheet, position: int, head: _Head, last: int, counts: Mapping[str, int], checked: bool
    ) -> None:
        kind, column = head.cells.kind, head.column
        if head.aside:
            form = self.formats["aside"]
        elif column.locked == "all":
            form = self.formats["given"]
        elif kind is Kind.DATE:
            form = self.formats["date"]
        elif kind in (Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN):
            form = self._shape(self._shape_of(head))
        else:
            form = self.formats[self._text_format(column)]
        width = self._width(head)
        options: dict[str, Any] = {"level": 1, "hidden": True} if head.part in ("as_of", "valid_until") else {}
        sheet.set_column(position, position, width, form, options)
        if head.aside or column.locked == "all" or checked or last < FIRST_ROW - 1:
            return
        rule: dict[str, Any] = {}
        if source := self._source(head, counts):
            closed = column.choices and kind is not Kind.REFERENCE
            rule = {"validate": "list", "source": source, "error_type": "stop" if closed else "warning"}
        elif kind in (Kind.NUMBER, Kind.INTEGER):
            rule = _rule((), column.least, column.most)
        if head.part in ("", "value"):
            rule |= _hint(head.title(), column.help)
        if rule:
            sheet.data_validation(FIRST_ROW - 1, position, last, position, {"validate": "any", **rule})

    def _source(self, head: _Head, counts: Mapping[str, int]) -> Any:
        column = head.column
        listed = column.kind is Kind.REFERENCE and column.choices
        if head.part == "basis" or column.kind is Kind.CHOICE or listed:
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
        for number in self.lists.values():
            sheet.set_column(2 * number, 2 * number, 24)
            sheet.set_column(2 * number + 1, 2 * number + 1, 50)
        for row in range(max(map(len, self.lists), default=0)):
            for choices, number in self.lists.items():
                if row < len(choices):
                    sheet.write_string(row, 2 * number, choices[row][0])
                    sheet.write_string(row, 2 * number + 1, choices[row][1], self.formats["aside"])


def _heads(table: Table, rows: Sequence[Record], names: Collection[str]) -> list[_Head]:
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
            if column.kind is Kind.REFERENCE and any(target in names for target in column.target):
                heads.append(_Head(column, named=True))
    return heads


def _rule(choices: Sequence[float], least: float | None, most: float | None) -> dict[str, Any]:
    """The rule of a sheet for numbers, empty where anything goes."""
    if choices:
        return {"validate": "list", "source": [f"{one:g}" for one in choices]}
    if least is not None and most is not None:
        return {"validate": "decimal", "criteria": "between", "minimum": least, "maximum": most}
    if least is not None:
        return {"validate": "decimal", "criteria": ">=", "value": least}
    return {}


def _hint(title: str, said: str) -> dict[str, str]:
    """What a sheet shows beside a cell that is about to be filled in."""
    if not said:
        return {}
    short = said if len(said) <= 255 else said[:254] + "…"
    return {"input_message": short, **({"input_title": title[:32]} if title else {})}


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """The height of a row whose texts are wrapped in columns of these widths: programs do not find it themselves."""
    lines = (
        sum(-(-max(len(line), 1) // max(int(width), 1)) for line in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return LINE * min(max(lines, default=1), MOST_LINES)
