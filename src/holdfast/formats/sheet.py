"""One table as a workbook for people: a title, a line of explanation, heads and rows. Text is never a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

WIDEST = 60


def write_sheet(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], note: str = "") -> bytes:
    """The bytes of an xlsx file. Numbers and dates stay such."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, day, wrapped = (
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    sheet = book.add_worksheet(title[:31])
    sheet.write_string(0, 0, title, bold)
    if note:
        sheet.merge_range(1, 0, 1, max(1, len(heads) - 1), note, wrapped)
        sheet.set_row(1, 32)
    for column, head in enumerate(heads):
        sheet.write_string(3, column, head, bold)
        longest = max([len(head), *(len(str(row[column])) for row in rows)])
        sheet.set_column(column, column, min(WIDEST, longest + 2))
    for line, row in enumerate(rows, 4):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, day)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(line, column, value)
            else:
                sheet.write_string(line, column, "" if value is None else str(value))
    sheet.freeze_panes(4, 1)
    if rows:
        sheet.autofilter(3, 0, 3 + len(rows), len(heads) - 1)
    book.close()
    return out.getvalue()
