"""A table of an answer as the page writes it: ordered by the column that was asked for, its first rows or all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from holdfast.web.pages.whatif.wording import number

from .shown import DEAD, Cell, Column, Table

FIRST = 20


@dataclass
class Arranged:
    table: Table
    heads: list[dict[str, Any]]
    rows: list[list[tuple[str, bool, Cell]]]
    left_out: int
    whole: str


def arrange(table: Table, query: QueryDict) -> Arranged:
    """`sort=TABLE.COLUMN` or `-TABLE.COLUMN` orders, `all=TABLE` shows every row."""
    order = query.get("sort", "")
    name, _point, column = order.removeprefix("-").partition(".")
    places = {one.name: n for n, one in enumerate(table.columns)}
    rows = list(table.rows)
    turned = order.startswith("-")
    if name == table.name and column in places:
        rows.sort(key=lambda row: _key(row[places[column]]), reverse=turned)
    else:
        column = ""
    heads = []
    for one in table.columns:
        now = "" if one.name != column else "descending" if turned else "ascending"
        way = f"-{table.name}.{one.name}" if now == "ascending" else f"{table.name}.{one.name}"
        url = "" if table.grid else _address(query, sort=way) + f"#{table.name}"
        heads.append({"label": one.label, "number": one.number, "now": now, "url": url})
    most = len(rows) if table.grid or table.name in query.getlist("all") else FIRST
    shown = [
        [(col.label, col.number, cell) for col, cell in zip(table.columns, row, strict=True)] for row in rows[:most]
    ]
    return Arranged(table, heads, shown, max(len(rows) - most, 0), _address(query, all=table.name) + f"#{table.name}")


def _key(cell: Cell) -> tuple[bool, Any]:
    bare = cell.bare
    return (True, bare.casefold()) if isinstance(bare, str) else (False, bare)


def _address(query: QueryDict, **changed: str) -> str:
    found = query.copy()
    for key, value in changed.items():
        found[key] = value
    return f"?{found.urlencode()}"


def compared(one: Iterable[Table], other: Iterable[Table]) -> list[Table]:
    """The tables that both have, with what differs: each number of the first beside that of the second."""
    others = {table.name: table for table in other}
    return [
        _differences(table, others[table.name])
        for table in one
        if table.name in others and not table.grid and table.columns == others[table.name].columns
    ]


def _differences(one: Table, other: Table) -> Table:
    numbers = [n for n, column in enumerate(one.columns) if column.number and column.name != "rank"]
    columns = [one.columns[0]]
    for n in numbers:
        label, name = one.columns[n].label, one.columns[n].name
        columns += [
            Column(f"{name}-one", _("%(column)s, first") % {"column": label}, True),
            Column(f"{name}-other", _("second"), True),
            Column(f"{name}-change", _("difference"), True),
        ]
    before, after = ({row[0].text: row for row in table.rows} for table in (one, other))
    none = Cell(DEAD, sort=0.0)
    rows: list[tuple[Cell, ...]] = []
    for name in dict.fromkeys([*before, *after]):
        pair = before.get(name), after.get(name)
        head = (pair[0] or pair[1])[0]  # type: ignore[index]
        cells, differs = [head], pair[0] is None or pair[1] is None
        for n in numbers:
            a, b = (row[n] if row is not None else none for row in pair)
            change = None
            if isinstance(a.bare, int | float) and isinstance(b.bare, int | float) and None not in pair:
                change = float(b.bare) - float(a.bare)
                differs = differs or bool(change)
            cells += [Cell(a.text, sort=a.sort), Cell(b.text, sort=b.sort), Cell(_signed(change), sort=change or 0.0)]
        if differs:
            rows.append(tuple(cells))
    return Table(one.name, one.title, tuple(columns), rows, "", _("Nothing differs."))


def _signed(change: float | None) -> str:
    if not change:
        return ""
    size = abs(change)
    digits = 0 if size >= 100 else 2 if size >= 1 else 4
    return f"{'+' if change > 0 else '−'}{number(size, digits)}"
