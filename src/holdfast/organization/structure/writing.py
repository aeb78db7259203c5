"""Rows and their history to the database, many at a time: one prepared statement a table, run for all rows.

django-simple-history's own bulk helpers build the SQL of each batch anew in Python, twice, and took 7.0 s for 44,000
persons (SQLite, two cores); this takes a fifth, so that other writers do not wait (docs/decisions/0024). The rows of
the history are the same as theirs. Ids are taken first, so that the history can name them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from holdfast.organization.accounts.models import User
from holdfast.organization.rows import Row

_PLAIN = frozenset({str, int, bool, float})


@dataclass(frozen=True)
class Stamp:
    """Who wrote, why and when, for the history."""

    by: User | None
    reason: str
    at: datetime


def insert(kind: type[Row], rows: Sequence[Row], stamp: Stamp) -> None:
    """New rows of one table, all checked before."""
    for row, number in zip(rows, _new_ids(kind, len(rows)), strict=True):
        row.pk = number
    fields = list(kind._meta.concrete_fields)
    values = [_values(row, fields) for row in rows]
    _insert(kind, [_column(field) for field in fields], values)
    _remember(kind, fields, values, "+", stamp)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def update(kind: type[Row], rows: Sequence[Row], names: Sequence[str], stamp: Stamp) -> None:
    """Rows of one table of which the fields `names` have changed."""
    fields = list(kind._meta.concrete_fields)
    values = [_values(row, fields) for row in rows]
    changed = [place for place, field in enumerate(fields) if field.name in set(names)]
    (key,) = (place for place, field in enumerate(fields) if field.primary_key)
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(_column(fields[place]))} = %s" for place in changed)
    table = quote(kind._meta.db_table)
    statement = f"UPDATE {table} SET {assignments} WHERE {quote(_column(fields[key]))} = %s"  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[*(row[place] for place in changed), row[key]] for row in values])
    _remember(kind, fields, values, "~", stamp)


def _new_ids(kind: type[Row], count: int) -> list[int]:
    """Ids that nobody else gets. SQLite has one writer at a time; PostgreSQL gives them from the table's sequence."""
    table = kind._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{table}"', count]
            )
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [table])
        (last,) = cursor.fetchone()
    return list(range(last + 1, last + 1 + count))


def _values(row: Row, fields: Sequence[models.Field[Any, Any]]) -> list[Any]:
    found = []
    for field in fields:
        value = getattr(row, field.attname)
        if value is None and field.is_relation and field.is_cached(row):  # type: ignore[attr-defined]
            # Related to a row that got its id after it was named here.
            related = getattr(row, field.name)
            value = related.pk if related is not None else None
            setattr(row, field.attname, value)
        # What the database takes as it is, which is most of it; a text in a JSON column is not.
        if value is not None and (type(value) not in _PLAIN or isinstance(field, models.JSONField)):
            value = field.get_db_prep_save(value, connection)
        found.append(value)
    return found


def _column(field: models.Field[Any, Any]) -> str:
    return str(field.column)


def _remember(
    kind: type[Row], fields: Sequence[models.Field[Any, Any]], values: list[list[Any]], what: str, stamp: Stamp
) -> None:
    past = kind.history.model  # type: ignore[attr-defined]
    tracked = {field.name for field in past.tracked_fields}
    kept = [place for place, field in enumerate(fields) if field.name in tracked]
    at = past._meta.get_field("history_date").get_db_prep_save(stamp.at, connection)
    tail = [at, what, stamp.by.pk if stamp.by else None, stamp.reason or None]
    columns = [_column(fields[place]) for place in kept]
    columns += ["history_date", "history_type", "history_user_id", "history_change_reason"]
    _insert(past, columns, [[*(row[place] for place in kept), *tail] for row in values])


def _insert(kind: type[models.Model], columns: Sequence[str], values: list[list[Any]]) -> None:
    quote = connection.ops.quote_name
    names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {quote(kind._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of columns
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
