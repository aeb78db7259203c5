"""Units and sites of an import: no circles, paths made anew from the root down, nothing closed above what goes on; and
groups, which have no paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.exchange.preview import Item, Preview, Watched, grouped
from holdfast.organization.places.models import Site, State
from holdfast.organization.rows import Tree
from holdfast.organization.structure.models import Group

Trouble = Callable[[Item, str, str], None]


def check_trees(preview: Preview, items: list[Item], trouble: Trouble) -> None:
    """Checks each new and changed row of a tree, once its parent is right. `preview.moved` gets the rows below, whose
    path alone changes."""
    for table, rows in grouped(items).items():
        if table is Group:
            for item in rows:
                _in_circle(item, trouble)
        if not issubclass(table, Tree):
            continue
        every = preview.shelves[table].rows
        seen = frozenset((pk, row.version) for pk, row in every.items() if pk > 0)
        preview.watched.append(Watched(table, "pk", None, seen))
        by_row = {id(item.row): item for item in rows}
        for item in rows:
            _in_circle(item, trouble)
        sound = [row for row in every.values() if not _circles(row)]
        for row in _parents_first(sound):
            changing = by_row.get(id(row))
            if changing is None:
                path = f"{row.parent.path if row.parent is not None else ''}{row.key}/"
                if path != row.path:
                    row.path = path
                    preview.moved.append(row)
            else:
                _check(changing, trouble)
        for item in rows:
            if not item.broken and any(change.field in ("valid_until", "state") for change in item.changes):
                _check_end(item, list(every.values()), trouble)


def _check(item: Item, trouble: Trouble) -> None:
    from holdfast.exchange.checking import take_refusal

    # A row that has moved stands under its own old path while all are moved at once; circles were looked for.
    item.row.path = ""
    try:
        item.row.check_row()
    except ValidationError as error:
        take_refusal(item, error, trouble)
        if not item.row.path:
            item.row.path = f"{item.row.key}/"


def _circles(row: Any) -> bool:
    seen: set[int] = set()
    while row is not None:
        if row.pk in seen:
            return True
        seen.add(row.pk)
        row = row.parent
    return False


def _in_circle(item: Item, trouble: Trouble) -> None:
    if (item.new or any(change.field == "parent" for change in item.changes)) and _circles(item.row):
        said = gettext("%(row)s cannot stand under itself or under its own child.")
        trouble(item, "parent", said % {"row": item.row})


def _parents_first(rows: list[Any]) -> Iterator[Any]:
    done: set[int] = set()
    for row in rows:
        way = []
        while row is not None and row.pk not in done:
            way.append(row)
            done.add(row.pk)
            row = row.parent
        yield from reversed(way)


def _check_end(item: Item, every: list[Any], trouble: Trouble) -> None:
    """A unit or a site is not closed while what is under it goes on."""
    on = item.row.valid_until
    if on is None:
        return
    left = [
        row.name
        for row in every
        if row.path.startswith(item.row.path)
        and row is not item.row
        and row.is_valid_on(on)
        and not (isinstance(row, Site) and row.state == State.CLOSED)
    ]
    if left:
        said = gettext("What is under it goes on: %(names)s.")
        trouble(item, "valid_until", said % {"names": ", ".join(left[:5])})
