"""Records as JSON: `{"units": [{…}, …], "sites": […]}`, one record a line, so that differences can be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from holdfast.formats.tables import Document, Problem, Record, Records, Said, Table, Unreadable, gettext_noop, unknown


def write_json(records: Records) -> bytes:
    """Tables in the order given. Raises ValueError for a number that is not finite."""
    tables = []
    for name, rows in records.items():
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
        tables.append(f"{json.dumps(name)}: [\n{lines}\n]" if rows else f"{json.dumps(name)}: []")
    text = "{\n" + ",\n".join(tables) + "\n}\n"
    return text.encode()


def read_json(data: bytes, tables: Sequence[Table], name: str = "records.json") -> Document:
    """The records of a JSON file, and what is wrong with its shape. Raises Unreadable."""
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise Unreadable(Said(gettext_noop("The file is not UTF-8."))) from None
    except json.JSONDecodeError as error:
        said = gettext_noop("The file is not JSON: line %(line)s, column %(column)s: %(why)s")
        raise Unreadable(Said(said, {"line": error.lineno, "column": error.colno, "why": error.msg})) from None
    except RecursionError:
        raise Unreadable(Said(gettext_noop("The file is nested too deep."))) from None
    except ValueError as error:
        raise Unreadable(Said(gettext_noop("The file is not JSON: %(why)s"), {"why": str(error)[:200]})) from None
    return document_of(found, tables, name)


def document_of(found: Any, tables: Sequence[Table], name: str = "") -> Document:
    """The same from values that were decoded already: the body of a request. Raises Unreadable."""
    if not isinstance(found, dict):
        said = gettext_noop("Wanted an object of tables: {“%(table)s”: […]}.")
        raise Unreadable(Said(said, {"table": tables[0].name if tables else "…"}))
    document = Document(name, "json", {}, {})
    known = {table.name: table for table in tables}
    for title, rows in found.items():
        if title not in known:
            what = unknown(gettext_noop("There is no table “%(name)s”."), title, known)
            document.problems.append(Problem(title, None, "", what))
        elif not isinstance(rows, list):
            document.problems.append(Problem(title, None, "", Said(gettext_noop("Wanted a list of records."))))
        else:
            _records(document, known[title], rows)
    return document


def _records(document: Document, table: Table, rows: list[Any]) -> None:
    records = document.records.setdefault(table.name, [])
    numbers = document.rows.setdefault(table.name, [])
    known = {column.name for column in table.columns}
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            document.problems.append(Problem(table.name, number, "", Said(gettext_noop("Wanted an object."))))
            continue
        record: Record = {}
        for field, value in row.items():
            if field in known:
                record[field] = value
            else:
                what = unknown(gettext_noop("There is no field “%(name)s”."), field, known)
                document.problems.append(Problem(table.name, number, field, what))
        records.append(record)
        numbers.append(number)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"“{name}” stands twice in one object")
        found[name] = value
    return found
