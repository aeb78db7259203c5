"""Rows at hand: those that an import names or refers to, each loaded once and in bulk, and the new ones.

A new row has a negative id until it is written, so that it can be referred to and compared before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import models

from holdfast.exchange.records.types import MODELS, target_of
from holdfast.organization.rows import Keyed, Row, Tree

CHUNK = 900
WHOLE = 2_700
"""When more rows than this are asked for, the table is read as a whole."""


class Shelf:
    """The rows of one table."""

    def __init__(self, table: type[Row]) -> None:
        self.table = table
        self.keyed = issubclass(table, Keyed)
        self.rows: dict[int, Any] = {}
        self.by_key: dict[str, Any] = {}
        self.whole = False
        self.relations = [
            field
            for field in table._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and target_of(field) in MODELS
        ]
        self._next = -1

    def add(self, row: Any) -> None:
        """A new row; its key, if it has one, is not on the shelf yet."""
        row.pk = self._next
        self._next -= 1
        self.rows[row.pk] = row
        if self.keyed:
            self.by_key[row.key] = row

    def load(self, lookup: str, values: Collection[Any]) -> list[Any]:
        """Puts the rows with one of these values on the shelf. Those that were not there before."""
        if self.whole or not values:
            return []
        if len(values) > WHOLE or issubclass(self.table, Tree):
            self.whole = True
            return self._take(self.table._default_manager.all())
        found: list[Any] = []
        for chunk in chunks(list(values)):
            found += self._take(self.table._default_manager.filter(**{f"{lookup}__in": chunk}))
        return found

    def _take(self, rows: Iterable[Any]) -> list[Any]:
        new = [row for row in rows if row.pk not in self.rows]
        for row in new:
            self.rows[row.pk] = row
            if self.keyed:
                self.by_key[row.key] = row
        return new


class Shelves(dict[type[Row], Shelf]):
    """A shelf for each table of records."""

    def __missing__(self, table: type[Row]) -> Shelf:
        shelf = self[table] = Shelf(table)
        return shelf

    def load(self, table: type[Row], lookup: str, values: Collection[Any]) -> None:
        """Loads rows, and all that they refer to, and so on; links them with each other."""
        front = {table: self[table].load(lookup, values)}
        loaded: list[tuple[Shelf, list[Any]]] = []
        while front:
            now = [(self[one], rows) for one, rows in front.items() if rows]
            wanted: dict[type[Row], set[int]] = defaultdict(set)
            for shelf, rows in now:
                for field in shelf.relations:
                    target = target_of(field)
                    known = self[target].rows
                    ids = {getattr(row, field.attname) for row in rows}
                    wanted[target] |= {pk for pk in ids if pk is not None and pk not in known}
            front = {target: self[target].load("pk", ids) for target, ids in wanted.items() if ids}
            loaded += now
        for shelf, rows in loaded:
            self._link(shelf, rows)

    def _link(self, shelf: Shelf, rows: Iterable[Any]) -> None:
        for field in shelf.relations:
            known = self[target_of(field)].rows
            for row in rows:
                pk = getattr(row, field.attname)
                if pk is not None and (target := known.get(pk)) is not None:
                    field.set_cached_value(row, target)


def chunks(values: list[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
