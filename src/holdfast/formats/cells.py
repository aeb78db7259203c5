"""A value of a record as the cell of a sheet, and back without loss.

Lists of texts stand as `one; two`, mappings of texts as `fr=Nom; es=Nombre`, with a backslash before a `;`, `=` or
backslash that is meant as such. What does not fit that, or is an object, stands as JSON. A text that a sheet cannot
hold (control characters) stands as `json:"…"`. A fact takes several cells.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from holdfast.formats.tables import FACT_PARTS, MISSING, Column, Kind, Said, gettext_noop

Cell = str | int | float | bool | date | None

MOST_TEXT = 32_767
"""The longest text that a cell of a workbook holds."""
FIRST_DAY = date(1900, 3, 1)
"""Dates before this one differ between programs, and stand as text."""

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_JSON_TEXT = "json:"
_TEXTS = frozenset({Kind.TEXT, Kind.CHOICE, Kind.REFERENCE})
_HARD: Any = object()
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


class BadCell(ValueError):
    """A cell that does not hold what its column wants."""

    def __init__(self, template: str, **values: Any) -> None:
        self.said = Said(template, values)
        super().__init__(str(self.said))


def cell_of(column: Column, value: Any) -> Cell:
    """The cell of a value. Raises BadCell for a text that is too long."""
    if value is MISSING or value == column.empty or value is None:
        return None
    match column.kind:
        case Kind.BOOLEAN:
            return bool(value)
        case Kind.INTEGER | Kind.NUMBER:
            return number_cell(value)
        case Kind.DATE:
            return date_cell(value)
        case Kind.LIST:
            return _fits(_safe(_list_text(value)))
        case Kind.MAPPING:
            return _fits(_safe(_mapping_text(value)))
        case Kind.JSON:
            return _fits(_json(value))
        case _:
            return _fits(_safe(str(value)))


def value_of(column: Column, cell: Any) -> Any:
    """The value of a cell; of an empty one the column's `empty`. Raises BadCell."""
    if cell is None or cell == "":
        return column.empty
    match column.kind:
        case Kind.BOOLEAN:
            return _truth(cell)
        case Kind.INTEGER:
            return _integer(cell)
        case Kind.NUMBER:
            return _number(cell)
        case Kind.DATE:
            return _date(cell)
        case Kind.MOMENT:
            return _moment(cell)
        case Kind.LIST:
            return _list(text_of(cell))
        case Kind.MAPPING:
            return _mapping(text_of(cell))
        case Kind.JSON:
            return _loads(text_of(cell))
        case _:
            return text_of(cell)


def values_of(column: Column, cells: Sequence[Any]) -> tuple[list[Any], dict[int, BadCell]]:
    """As `value_of` for a whole column, at once for what is as it should be: the values, and by position what is wrong
    (its value is MISSING)."""
    empty, kind = column.empty, column.kind
    if cells.count("") == len(cells):
        return [empty] * len(cells), {}
    kinds = set(map(type, cells))
    values: list[Any]
    if kind in _TEXTS:
        if kinds == {str} and _JSON_TEXT not in "\n".join(cells):
            return (list(cells) if empty == "" or "" not in cells else [cell or empty for cell in cells]), {}
        values = [
            empty if cell == "" else cell if type(cell) is str and cell[:5] != _JSON_TEXT else _HARD for cell in cells
        ]
    elif kind is Kind.NUMBER:
        if kinds == {float}:
            return list(cells), {}
        values = [cell if type(cell) is float else empty if cell == "" else _HARD for cell in cells]
    elif kind is Kind.INTEGER:
        values = [
            int(cell) if type(cell) is float and cell.is_integer() else empty if cell == "" else _HARD for cell in cells
        ]
    else:
        values = [empty if cell == "" else _HARD for cell in cells]
    wrong: dict[int, BadCell] = {}
    if _HARD in values:
        for position, value in enumerate(values):
            if value is _HARD:
                try:
                    values[position] = value_of(column, cells[position])
                except BadCell as error:
                    wrong[position], values[position] = error, MISSING
    return values, wrong


def part_column(column: Column, part: str) -> Column:
    """The column of a part of a fact: `rto.basis`."""
    name = f"{column.name}.{part}"
    if part in ("as_of", "valid_until"):
        return Column(name, name, Kind.DATE)
    if part in ("value", "low", "high", "p90"):
        return Column(name, name, Kind.NUMBER)
    if part == "files":
        return Column(name, name, Kind.LIST)
    return Column(name, name, Kind.TEXT)


def fact_of(column: Column, cells: dict[str, Any]) -> Any:
    """The fact of the cells of its parts, or None where all are empty. Raises BadCell whose `said` has the part."""
    found: dict[str, Any] = {}
    for part, cell in cells.items():
        try:
            found[part] = value_of(part_column(column, part), cell)
        except BadCell as error:
            error.said = Said(error.said.template, {**error.said.values, "part": part})
            raise
    return fact_from(column, found)


def fact_from(column: Column, values: Mapping[str, Any]) -> Any:
    """The fact of the values of its parts, in the order of these, or None where there are none."""
    found = {part: values[part] for part in FACT_PARTS if values.get(part) is not None}
    return _with_unit(column, found)


def facts_from(column: Column, parts: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Any]:
    """As `fact_from` of many rows with the same parts; MISSING where one of them is."""
    order = sorted(range(len(parts)), key=lambda at: FACT_PARTS.index(parts[at]))
    named = [(parts[at], at) for at in order]
    return [
        MISSING if MISSING in row else _with_unit(column, {part: row[at] for part, at in named if row[at] is not None})
        for row in rows
    ]


def _with_unit(column: Column, found: dict[str, Any]) -> Any:
    if not found or (len(found) == 1 and "unit" in found):
        return None
    if column.unit is not None and "unit" not in found:
        found["unit"] = column.unit
    return found


def number_cell(value: float) -> Cell:
    """A number, or its digits as text where the sixteen of a sheet would change it."""
    if isinstance(value, float) and float(f"{value:.16G}") == value:
        return value
    if isinstance(value, int) and abs(value) <= 2**53:
        return value if abs(value) < 10**15 else str(value)
    return repr(value)


def date_cell(value: str) -> Cell:
    day = date.fromisoformat(value)
    return day if day >= FIRST_DAY else value


def text_of(cell: Any) -> str:
    """The text of a cell; a whole number that somebody typed into a column of texts is its digits."""
    if isinstance(cell, bool):
        raise BadCell(gettext_noop("Wanted text, got a truth value: format the cell as text."))
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, date | datetime):
        raise BadCell(gettext_noop("Wanted text, got the date %(got)s: format the cell as text."), got=cell.isoformat())
    text = str(cell)
    if text.startswith(_JSON_TEXT):
        found = _loads(text.removeprefix(_JSON_TEXT))
        if not isinstance(found, str):
            raise BadCell(gettext_noop("Wanted a text in quotes after “json:”."))
        return found
    return text


def _safe(text: str) -> str:
    if _UNSAFE.search(text) or text.startswith(_JSON_TEXT) or text != text.strip():
        return _JSON_TEXT + json.dumps(text)
    return text


def _fits(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 > MOST_TEXT:
        raise BadCell(
            gettext_noop("The text is longer than the %(most)s characters that a cell holds."), most=MOST_TEXT
        )
    return text


def _json(value: Any) -> str:
    return _UNSAFE.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\u{ord(sign):04x}" for sign in match.group()[:1]) + match.group()[1:]


def _loads(text: str) -> Any:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise BadCell(gettext_noop("Wanted JSON, got “%(got)s”."), got=_short(text)) from None


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _plain(item: Any) -> bool:
    return isinstance(item, str) and item != "" and item == item.strip()


def _list_text(items: Any) -> str:
    if isinstance(items, list) and all(_plain(item) for item in items):
        text = "; ".join(re.sub(r"([\\;])", r"\\\1", item) for item in items)
        if text and text[0] not in "[{":
            return text
    return _json(items)


def _mapping_text(mapping: Any) -> str:
    if isinstance(mapping, dict) and all(_plain(name) and _plain(value) for name, value in mapping.items()):
        text = "; ".join("=".join(re.sub(r"([\\;=])", r"\\\1", part) for part in pair) for pair in mapping.items())
        if text and text[0] not in "[{":
            return text
    return _json(mapping)


def _list(text: str) -> list[Any]:
    if text[:1] in ("[", "{"):
        found = _loads(text)
        if not isinstance(found, list):
            raise BadCell(gettext_noop("Wanted a list: one; two."))
        return found
    items = [_unescaped(item) for item in _split(text, ";")]
    return [item for item in items if item]


def _mapping(text: str) -> dict[str, Any]:
    if text[:1] in ("[", "{"):
        found = _loads(text)
        if not isinstance(found, dict):
            raise BadCell(gettext_noop("Wanted names and values: fr=Nom; es=Nombre."))
        return found
    mapping: dict[str, Any] = {}
    for item in _split(text, ";"):
        if not item.strip():
            continue
        name, *value = [_unescaped(part) for part in _split(item, "=")]
        if len(value) != 1 or not name or not value[0]:
            raise BadCell(gettext_noop("Wanted names and values: fr=Nom; es=Nombre."))
        if name in mapping:
            raise BadCell(gettext_noop("“%(name)s” stands here twice."), name=name)
        mapping[name] = value[0]
    return mapping


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between marks that have no backslash before them."""
    part, signs = "", iter(text)
    for sign in signs:
        if sign == "\\":
            part += sign + next(signs, "")
        elif sign == mark:
            yield part
            part = ""
        else:
            part += sign
    yield part


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip(), flags=re.DOTALL)


def _truth(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    said = text_of(cell).strip().lower() if not isinstance(cell, date) else str(cell)
    if said in _TRUE | _FALSE:
        return said in _TRUE
    raise BadCell(gettext_noop("Wanted TRUE or FALSE, got “%(got)s”."), got=_short(said))


def _integer(cell: Any) -> int:
    if isinstance(cell, str) and re.fullmatch(r"[+-]?\d{1,30}", cell.strip()):
        return int(cell)
    number = _number(cell)
    if not float(number).is_integer():
        raise BadCell(gettext_noop("Wanted a whole number, got %(got)s."), got=cell)
    return int(number)


def _number(cell: Any) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    try:
        number = float(cell) if isinstance(cell, str) and "_" not in cell else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadCell(gettext_noop("Wanted a number, got “%(got)s”."), got=_short(str(cell)))
    return number


def _moment(cell: Any) -> str:
    """A date with its time, as text; a cell of a sheet knows no zone, and is taken as UTC."""
    try:
        if isinstance(cell, date):
            found = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
        else:
            found = datetime.fromisoformat(str(cell).strip())
    except ValueError:
        wanted = gettext_noop("Wanted a time such as 2008-10-31T22:00:00+00:00, got “%(got)s”.")
        raise BadCell(wanted, got=_short(str(cell))) from None
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).isoformat()


def _date(cell: Any) -> str:
    if isinstance(cell, datetime):
        if cell.time().isoformat() != "00:00:00":
            raise BadCell(gettext_noop("Wanted a date without a time, got %(got)s."), got=cell.isoformat(" "))
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    try:
        if isinstance(cell, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", cell.strip()):
            return date.fromisoformat(cell.strip()).isoformat()
    except ValueError:
        pass
    raise BadCell(gettext_noop("Wanted a date such as 2008-10-31, got “%(got)s”."), got=_short(str(cell)))
