"""Several tables as one workbook for people: a title, a line of explanation, heads and rows on each sheet, and native
charts beside them. Text is never a formula; numbers and dates stay such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The content type of such a workbook."""
WIDEST = 60
FIRST_ROW = 4
"""The rows of data begin in the fifth row of the sheet."""
_NEVER = "[]:*?/\\"


@dataclass(frozen=True)
class Column:
    """The head with its unit in it, as `MTPD (h)`; `form` is a number format of Excel."""

    head: str
    form: str = ""


@dataclass(frozen=True)
class Curve:
    """A native chart: for each of `series` (its name, the first row and the last row of the data, from 0) the column
    `y` over the column `x`, on a logarithmic axis from `least` on."""

    title: str
    x: int
    y: int
    series: tuple[tuple[str, int, int], ...]
    x_name: str
    y_name: str
    least: float = 0.1


@dataclass(frozen=True)
class Sheet:
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    curves: tuple[Curve, ...] = field(default=())


def write_sheets(sheets: Sequence[Sheet], *, title: str, right_to_left: bool = False) -> bytes:
    """The bytes of an xlsx file."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title})
    forms = {
        "bold": book.add_format({"bold": True}),
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "note": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    taken: set[str] = set()
    for one in sheets:
        name = _name(one.title, taken)
        sheet = book.add_worksheet(name)
        if right_to_left:
            sheet.right_to_left()
        _fill(book, sheet, one, forms)
        for n, curve in enumerate(one.curves):
            _draw(book, sheet, name, one, curve, n)
    book.close()
    return out.getvalue()


def _fill(book: Any, sheet: Any, one: Sheet, forms: dict[str, Any]) -> None:
    own = {c.form: book.add_format({"num_format": c.form}) for c in one.columns if c.form}
    sheet.write_string(0, 0, one.title, forms["bold"])
    if one.note:
        if len(one.columns) > 1:
            sheet.merge_range(1, 0, 1, min(len(one.columns), 8) - 1, one.note, forms["note"])
        else:
            sheet.write_string(1, 0, one.note, forms["note"])
        sheet.set_row(1, 48)
    for column, head in enumerate(one.columns):
        sheet.write_string(FIRST_ROW - 1, column, head.head, forms["head"])
        longest = max([min(len(head.head), 18), *(len(str(row[column])) for row in one.rows[:500])])
        sheet.set_column(column, column, min(WIDEST, longest + 2))
    for line, row in enumerate(one.rows, FIRST_ROW):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, forms["day"])
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(line, column, value, own.get(one.columns[column].form))
            elif value is not None and value != "":
                sheet.write_string(line, column, str(value))
    sheet.freeze_panes(FIRST_ROW, 1)
    if one.rows:
        sheet.autofilter(FIRST_ROW - 1, 0, FIRST_ROW - 1 + len(one.rows), len(one.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 1)


def _draw(book: Any, sheet: Any, name: str, one: Sheet, curve: Curve, number: int) -> None:
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    for said, first, last in curve.series:
        rows = (FIRST_ROW + first, FIRST_ROW + last)
        chart.add_series(
            {
                "name": said,
                "categories": [name, rows[0], curve.x, rows[1], curve.x],
                "values": [name, rows[0], curve.y, rows[1], curve.y],
                "line": {"width": 2},
            }
        )
    chart.set_title({"name": curve.title, "name_font": {"size": 12}})
    chart.set_x_axis({"name": curve.x_name, "log_base": 10, "min": curve.least, "num_format": "General"})
    chart.set_y_axis({"name": curve.y_name, "min": 0, "num_format": "#,##0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 720, "height": 400})
    sheet.insert_chart(FIRST_ROW - 1 + number * 22, len(one.columns) + 1, chart)


def _name(said: str, taken: set[str]) -> str:
    """A name that Excel takes: no more than 31 signs, some of them never, each once whatever its case."""
    plain = "".join(" " if sign in _NEVER else sign for sign in said).strip(" '")[:31] or "-"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[:28]} {number}"
    taken.add(name.lower())
    return name
