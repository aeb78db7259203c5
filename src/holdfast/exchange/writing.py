"""The rows of an import and their history, prepared before the transaction and written in it.

It writes what `save_all` would write, row for row (tests/exchange/test_import_writes.py holds the two together), but
the ids, the values and, on SQLite, temporary tables with all of it are made beforehand, so that the one transaction
only copies. docs/decisions/0041 has the measurements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext

from holdfast.exchange.preview import Item, Preview, Progress, Watched, grouped
from holdfast.exchange.records.types import target_of
from holdfast.exchange.shelf import chunks
from holdfast.organization import clock
from holdfast.organization.accounts.models import User

STAGE = 2_000
PLAIN = frozenset({"CharField", "TextField", "BooleanField", "IntegerField", "PositiveIntegerField", "BigAutoField"})


class Overtaken(Exception):
    """The database has changed since the preview; the message says where. Nothing was written."""


@dataclass
class Batch:
    """Rows for one table: new ones, or changes of known ones, which begin with the id and the version seen."""

    table: str
    columns: list[str]
    rows: list[tuple[Any, ...]]
    update: bool = False
    staged: str = ""

    def stale(self) -> str:
        """Asks for a row that is not at the version seen."""
        quote = connection.ops.quote_name
        return (
            f"SELECT s.{quote('id')} FROM {self.staged} AS s LEFT JOIN {quote(self.table)} AS t "  # noqa: S608
            f"ON t.{quote('id')} = s.{quote('id')} "
            f"WHERE t.{quote('version')} IS NULL OR t.{quote('version')} <> s.{quote('seen')} LIMIT 1"
        )

    def statement(self) -> str:
        quote = connection.ops.quote_name
        if self.update:
            sets = ", ".join(f"{quote(name)} = s.{quote(name)}" for name in self.columns[2:])
            return (
                f"UPDATE {quote(self.table)} SET {sets} FROM {self.staged} AS s "  # noqa: S608 - names of our tables
                f"WHERE {quote(self.table)}.{quote('id')} = s.{quote('id')} "
                f"AND {quote(self.table)}.{quote('version')} = s.{quote('seen')}"
            )
        names = ", ".join(quote(name) for name in self.columns)
        return f"INSERT INTO {quote(self.table)} ({names}) SELECT {names} FROM {self.staged}"  # noqa: S608


class Plan:
    """All that an import writes."""

    def __init__(self, preview: Preview, progress: Progress | None = None) -> None:
        self.preview, self.progress = preview, progress
        self.batches: list[Batch] = []
        self.at: datetime = clock.now()
        items = [item for tally in preview.tallies.values() for item in (*tally.new, *tally.changed)]
        self.total = len(items)
        self.by_table = grouped([*preview.along, *items])

    def prepare(self) -> None:
        """Gives the new rows their ids and makes the values. Writes nothing but the counters of ids."""
        for table, items in self.by_table.items():
            new = [item for item in items if item.new]
            for item, pk in zip(new, reserved(table, len(new)), strict=True):
                item.row.pk = pk
        done = 0
        for table, items in self.by_table.items():
            for field in (one for one in table._meta.concrete_fields if one.is_relation):
                for item in items:
                    if field.is_cached(item.row) and (target := field.get_cached_value(item.row)) is not None:
                        setattr(item.row, field.attname, target.pk)
            self._values(table, items, done)
            done += len(items)

    def _values(self, table: type[Any], items: list[Item], done: int) -> None:
        history = table.history.model
        fields = list(table._meta.concrete_fields)
        read = [(field.attname, _preparing(field)) for field in fields]
        position = {field.column: number for number, field in enumerate(fields)}
        past = [field for field in history._meta.concrete_fields if not field.primary_key]
        by = self.preview.by.pk if isinstance(self.preview.by, User) else None
        evidence = {
            "history_date": connection.ops.adapt_datetimefield_value(self.at),
            "history_change_reason": self.preview.document.name[:100],
            "history_user_id": by,
        }
        made: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        pasts: list[tuple[Any, ...]] = []
        take = [(position.get(field.column), field.column) for field in past]
        for number, item in enumerate(items, done):
            if self.progress is not None and number % STAGE == 0:
                self.progress(gettext("preparing rows"), number, self.total)
            if not item.new:
                item.row.version = item.seen + 1
            row = tuple(prepare(getattr(item.row, name)) for name, prepare in read)
            if item.new:
                made.append(row)
            else:
                changed.append((item.row.pk, item.seen, *row))
            kind = "+" if item.new else "~"
            pasts.append(
                tuple(
                    row[place] if place is not None else kind if name == "history_type" else evidence[name]
                    for place, name in take
                )
            )
        columns = [field.column for field in fields]
        if made:
            self.batches.append(Batch(table._meta.db_table, columns, made))
        if changed:
            names = ["id", "seen", *(name for name in columns if name != "id")]
            pk = columns.index("id") + 2
            rows = [row[:pk] + row[pk + 1 :] for row in changed]
            self.batches.append(Batch(table._meta.db_table, names, rows, update=True))
        if pasts:
            self.batches.append(Batch(history._meta.db_table, [field.column for field in past], pasts))

    def stage(self) -> None:
        """Puts the values into temporary tables, which no other connection sees or waits for."""
        with connection.cursor() as cursor:
            done, total = 0, sum(len(batch.rows) for batch in self.batches)
            for number, batch in enumerate(self.batches):
                batch.staged = f"import_{number}"
                with _alone(cursor):
                    cursor.execute(f"DROP TABLE IF EXISTS {batch.staged}")
                    self._make_table(cursor, batch)
                    self._fill(cursor, batch)
                done += len(batch.rows)
                if self.progress is not None:
                    self.progress(gettext("laying out"), done, total)

    def _make_table(self, cursor: Any, batch: Batch) -> None:
        quote = connection.ops.quote_name
        if connection.vendor == "sqlite":
            names = ", ".join(quote(name) for name in batch.columns)
            cursor.execute(f"CREATE TEMPORARY TABLE {batch.staged} ({names})")
            return
        known = ", ".join(quote(name) for name in batch.columns if name != "seen")
        seen = f", {quote('version')} AS seen" if batch.update else ""
        cursor.execute(
            f"CREATE TEMPORARY TABLE {batch.staged} AS SELECT {known}{seen} FROM {quote(batch.table)} WITH NO DATA"  # noqa: S608
        )

    def _fill(self, cursor: Any, batch: Batch) -> None:
        quote = connection.ops.quote_name
        names = ", ".join(quote(name) for name in batch.columns)
        marks = ", ".join(["%s"] * len(batch.columns))
        sql = f"INSERT INTO {batch.staged} ({names}) VALUES ({marks})"  # noqa: S608
        for rows in chunks(batch.rows, STAGE):
            cursor.executemany(sql, rows)

    def clear(self) -> None:
        """Removes the temporary tables."""
        with connection.cursor() as cursor:
            for batch in self.batches:
                if batch.staged:
                    cursor.execute(f"DROP TABLE IF EXISTS {batch.staged}")

    # In the transaction

    def check_unchanged(self) -> None:
        """Raises Overtaken where a row that the checks rested on is not as they saw it."""
        for watched in self.preview.watched:
            self._hold(watched)
            rows = watched.table._default_manager.all()
            if watched.ids is None:
                now = set(rows.values_list("pk", "version"))
            elif len(watched.ids) > STAGE:
                column = "pk" if watched.attribute == "pk" else f"{watched.attribute}_id"
                found = rows.values_list("pk", "version", column)
                now = {(pk, version) for pk, version, parent in found if parent in watched.ids}
            else:
                now = set()
                for chunk in chunks(sorted(watched.ids)):
                    now |= set(rows.filter(**{f"{watched.attribute}__in": chunk}).values_list("pk", "version"))
            if now != watched.seen:
                self._tell(watched.table, {pk for pk, _version in now ^ watched.seen})

    def _hold(self, watched: Watched) -> None:
        """Locks what the acts lock for the same rule: the post whose holders are asked, or a tree as a whole."""
        if not connection.features.has_select_for_update:
            return
        if watched.ids is None:
            list(watched.table._default_manager.select_for_update().order_by("pk").values_list("pk"))
            return
        if watched.attribute == "pk":
            for chunk in chunks(sorted(watched.ids)):
                list(watched.table._default_manager.filter(pk__in=chunk).select_for_update().values_list("pk"))
            return
        parents = target_of(watched.table._meta.get_field(watched.attribute))._default_manager
        for chunk in chunks(sorted(watched.ids)):
            list(parents.filter(pk__in=chunk).select_for_update().order_by("pk").values_list("pk"))

    def _tell(self, table: type[Any], ids: set[int]) -> None:
        row = table._default_manager.filter(pk__in=ids).first()
        what = str(table._meta.verbose_name_plural)
        if row is None:
            raise Overtaken(gettext("Somebody has changed the %(what)s in the meantime.") % {"what": what})
        raise Overtaken(
            gettext("“%(row)s” was changed by somebody in the meantime (%(what)s).") % {"row": row, "what": what}
        )

    def write(self) -> None:
        """Copies what was laid out. Raises Overtaken where a row that changes is not at the version seen."""
        with connection.cursor() as cursor:
            for table, batch in self._updates():
                cursor.execute(batch.stale())
                if found := cursor.fetchone():
                    self._tell(table, {found[0]})
            for batch in self.batches:
                cursor.execute(batch.statement())
                if batch.update and cursor.rowcount != len(batch.rows):
                    raise Overtaken(gettext("Somebody has changed the data in the meantime."))
            for row in self.preview.moved:
                cursor.execute(
                    f"UPDATE {connection.ops.quote_name(row._meta.db_table)} SET path = %s WHERE id = %s",  # noqa: S608
                    [row.path, row.pk],
                )

    def _updates(self) -> Iterator[tuple[type[Any], Batch]]:
        tables = {table._meta.db_table: table for table in self.by_table}
        for batch in self.batches:
            if batch.update:
                yield tables[batch.table], batch


def reserved(table: type[models.Model], count: int) -> Sequence[int]:
    """Ids that no other row gets."""
    if not count:
        return ()
    name = table._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
            found = cursor.fetchone()
            if found is None:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, count])
                return range(1, count + 1)
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, name])
            return range(found[0] + 1, found[0] + count + 1)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [connection.ops.quote_name(name), count],
        )
        return [row[0] for row in cursor.fetchall()]


class _alone:
    """A transaction that does not take SQLite's one write lock, as temporary tables need none."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.own = connection.vendor == "sqlite" and not connection.in_atomic_block

    def __enter__(self) -> None:
        if self.own:
            self.cursor.execute("BEGIN DEFERRED")

    def __exit__(self, kind: Any, *_more: Any) -> None:
        if self.own:
            self.cursor.execute("COMMIT" if kind is None else "ROLLBACK")


def _preparing(field: Any) -> Callable[[Any], Any]:
    """How a value of this field goes to the database."""
    if field.get_internal_type() in PLAIN or field.is_relation:
        return _as_it_is
    return lambda value: field.get_db_prep_save(value, connection)


def _as_it_is(value: Any) -> Any:
    return value
