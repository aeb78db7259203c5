"""A workbook changed as another program would: read, edited cell by cell, saved anew."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import xlsxwriter

from holdfast.formats.workbook_reading import unpack


class Book:
    """The sheets of a workbook by name, each a list of rows; names of columns stand in the second."""

    def __init__(self, data: bytes) -> None:
        self.sheets: dict[str, list[list[Any]]] = dict(unpack(data)["sheets"])

    def column(self, sheet: str, name: str) -> int:
        return self.sheets[sheet][1].index(name)

    def row(self, sheet: str, *key: str) -> list[Any]:
        """The row of a key: the first column, of the impact the process and the category."""
        at = [0] if len(key) == 1 else [0, self.column(sheet, "category")]
        return next(row for row in self.sheets[sheet][2:] if tuple(row[place] for place in at) == key)

    def set(self, sheet: str, key: str | tuple[str, ...], **cells: Any) -> None:
        row = self.row(sheet, *((key,) if isinstance(key, str) else key))
        for name, value in cells.items():
            row[self.column(sheet, name.replace("__", "."))] = value

    def add(self, sheet: str, **cells: Any) -> None:
        row: list[Any] = [""] * len(self.sheets[sheet][1])
        for name, value in cells.items():
            row[self.column(sheet, name.replace("__", "."))] = value
        self.sheets[sheet].append(row)

    def drop_column(self, sheet: str, name: str) -> None:
        at = self.column(sheet, name)
        for row in self.sheets[sheet]:
            del row[at]

    def drop_row(self, sheet: str, *key: str) -> None:
        self.sheets[sheet].remove(self.row(sheet, *key))

    def data(self) -> bytes:
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in self.sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, dict):
                        sheet.write_datetime(number, column, date.fromisoformat(cell["date"]), day)
                    elif isinstance(cell, str) and cell.startswith("=") and cell.endswith("!"):
                        sheet.write_formula(number, column, cell[:-1])
                    elif isinstance(cell, bool):
                        sheet.write_boolean(number, column, cell)
                    elif isinstance(cell, int | float):
                        sheet.write_number(number, column, cell)
                    elif cell != "":
                        sheet.write_string(number, column, cell)
        book.close()
        return out.getvalue()
