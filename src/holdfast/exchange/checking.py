"""From the records of a file to the rows that they would make and change, outside any transaction.

The steps follow each other over all tables: read the values; find the rows that are there; compare; ask the rights on
the rows as they are; set the new values; check each row, the trees, the rights on what the rows have become, and last
the rules that concern several rows.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.exchange.agreed import attach_agreements, check_ratings
from holdfast.exchange.footprints import check_footprints
from holdfast.exchange.plans import check_plans
from holdfast.exchange.preview import Change, Item, Preview, Progress, Tally, grouped
from holdfast.exchange.records.fields import BadValue, shown
from holdfast.exchange.records.types import BY_NAME, TYPES, RecordType
from holdfast.exchange.rights import Rights
from holdfast.exchange.rules import check_rules
from holdfast.exchange.scales import number_scales
from holdfast.exchange.shelf import Shelf
from holdfast.exchange.trees import check_trees
from holdfast.formats.tables import Kind
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.rows import Keyed, Tree

IMPORT = "data.import"
EVERY_ROWS = 500
MOST_GUESSES = 20


class Checker:
    """Fills a preview."""

    def __init__(self, preview: Preview, progress: Progress | None = None) -> None:
        self.preview, self.progress = preview, progress
        self.shelves = preview.shelves
        self.rights = Rights(preview.by)
        self.items: list[Item] = []
        self._guesses = 0

    def check(self) -> None:
        self._read()
        self._find()
        for item in self.items:
            self._refer(item)
        self._compare()
        active = [item for item in self.items if not item.broken and (item.new or item.changes)]
        for item in self._counted(gettext("setting values"), active):
            self._set(item)
        attach_agreements(self.preview, active, self.trouble)
        number_scales(self.preview, active, self.trouble)
        check_trees(self.preview, active, self.trouble)
        for item in self._counted(gettext("checking rows"), active):
            if not isinstance(item.row, Tree):
                self._check_row(item)
        for item in self._counted(gettext("checking rights"), active) if not self.rights.all else ():
            if not item.broken:
                self._check_rights(item)
        check_rules(self.preview, active, self.trouble)
        check_ratings(active, self.trouble)
        check_plans(active, self.trouble)
        check_footprints(self.preview, active, self.rights, self.trouble)
        self._count_up()

    def trouble(self, item: Item, column: str, message: str) -> None:
        """A problem in a record, at the column of the file."""
        item.broken = True
        field = item.kind.by_name.get(column)
        if field is None:
            column = ""
        elif field.kind is Kind.FACT and self.preview.document.form == "xlsx":
            column = f"{column}.value"
        self.preview.trouble(item.kind.name, item.number, column, message)

    def _counted(self, what: str, items: list[Item]) -> Iterator[Item]:
        for done, item in enumerate(items):
            if self.progress is not None and done % EVERY_ROWS == 0:
                self.progress(what, done, len(items))
            yield item
        if self.progress is not None and items:
            self.progress(what, len(items), len(items))

    # Values

    def _read(self) -> None:
        document = self.preview.document
        waiting = [
            Item(kind, index, document.rows[kind.name][index], record)
            for kind in TYPES
            for index, record in enumerate(document.records.get(kind.name, ()))
        ]
        for item in self._counted(gettext("reading values"), waiting):
            item.values = self._values(item)
        self.items = waiting

    def _values(self, item: Item) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in item.values.items():
            try:
                values[name] = item.kind.by_name[name].read(value)
            except BadValue as error:
                self.trouble(item, name, str(error))
        for name in item.kind.identity:
            field = item.kind.by_name[name]
            if name not in values and not item.broken:
                if field.required:
                    self.trouble(item, name, gettext("This is missing."))
                values[name] = field.default()
        return values

    # Rows that are there

    def _find(self) -> None:
        wanted: dict[type[Any], set[str]] = defaultdict(set)
        for item in self.items:
            if item.kind.keyed and (key := item.values.get("key")):
                wanted[item.kind.table].add(key)
            for field in item.kind.references:
                if key := item.values.get(field.name):
                    wanted[BY_NAME[field.target[0]].table].add(key)
        for table, keys in wanted.items():
            self.shelves.load(table, "key", keys)
        for table, items in grouped(self.items).items():
            if issubclass(table, Keyed):
                self._find_by_key(self.shelves[table], items)
            else:
                self._find_by_identity(self.shelves[table], items)

    def _find_by_key(self, shelf: Shelf, items: list[Item]) -> None:
        first: dict[str, Item] = {}
        new: list[Item] = []
        for item in items:
            key = item.values.get("key")
            if not key or item.broken:
                if not item.broken:
                    self.trouble(item, "key", gettext("This is missing."))
                continue
            if key in first:
                self._twice(item, first[key])
                continue
            first[key] = item
            item.row = shelf.by_key.get(key)
            if item.row is None:
                new.append(item)
            elif any(getattr(item.row, name) != value for name, value in item.kind.fixed.items()):
                self.trouble(item, "key", gettext("This key is a row's of another table."))
        for item in self._never_used(shelf, new):
            self._make(shelf, item, key=item.values["key"])

    def _never_used(self, shelf: Shelf, items: list[Item]) -> Iterable[Item]:
        """The items whose keys no row ever had."""
        if not items:
            return
        gone = set(shelf.table.history.filter(history_type="-").values_list("key", flat=True))  # type: ignore[attr-defined]
        for item in items:
            if item.values["key"] in gone:
                self.trouble(
                    item, "key", gettext("This key was another row's, which is gone; a key is not given twice.")
                )
            else:
                yield item

    def _find_by_identity(self, shelf: Shelf, items: list[Item]) -> None:
        kind = items[0].kind
        lead = next(field for field in kind.fields if field.kind is Kind.REFERENCE)
        names = [lead.name] if lead.required else [one.name for one in kind.references if one.name in kind.identity]
        for name in names:
            known = self.shelves[BY_NAME[kind.by_name[name].target[0]].table].by_key
            ids = {known[key].pk for item in items if (key := item.values.get(name)) in known}
            self.shelves.load(kind.table, name, {pk for pk in ids if pk > 0})
        there: dict[tuple[Any, ...], Any] = {_identity(kind, row): row for row in shelf.rows.values()}
        first: dict[tuple[Any, ...], Item] = {}
        for item in items:
            if item.broken:
                continue
            identity = tuple(item.values[name] for name in kind.identity)
            if identity in first:
                self._twice(item, first[identity])
                continue
            first[identity] = item
            item.row = there.get(identity)
            if item.row is None:
                self._make(shelf, item)

    def _make(self, shelf: Shelf, item: Item, **more: Any) -> None:
        item.new = True
        item.row = shelf.table(**item.kind.fixed, **more)
        shelf.add(item.row)

    def _twice(self, item: Item, first: Item) -> None:
        column = item.kind.identity[0]
        said = gettext("“%(label)s” stands here twice: first in row %(row)d.")
        self.trouble(item, column, said % {"label": item.label, "row": first.number})

    # References

    def _refer(self, item: Item) -> None:
        """Puts the rows in the place of their keys."""
        for field in item.kind.references:
            key = item.values.get(field.name)
            if not isinstance(key, str):
                continue
            shelf = self.shelves[BY_NAME[field.target[0]].table]
            target = shelf.by_key.get(key)
            if target is not None and not self._may_name(item, field.name, target):
                target = None
            if target is None:
                self.trouble(item, field.name, self._nobody(field.target, key, shelf))
            item.values[field.name] = target

    def _may_name(self, item: Item, name: str, target: Any) -> bool:
        """Whoever may see a row may refer to it, and a reference that is there may stay."""
        if self.rights.all or target.pk < 0:
            return True
        named = not item.new and item.row is not None and getattr(item.row, f"{name}_id") == target.pk
        return named or self.rights.permits(target, target.SCOPE.view)

    def _nobody(self, target: tuple[str, ...], key: str, shelf: Shelf) -> str:
        kinds = gettext(" or ").join(BY_NAME[name].one for name in target)
        said = gettext("There is no %(kind)s with the key “%(key)s”.") % {"kind": kinds, "key": key[:80]}
        self._guesses += 1
        if self.rights.all and self._guesses <= MOST_GUESSES:
            near = difflib.get_close_matches(key, list(shelf.by_key)[:5000], n=1, cutoff=0.8)
            if near:
                return f"{said} {gettext('Did you mean “%(meant)s”?') % {'meant': near[0]}}"
        return said

    # Differences, rights and values

    def _compare(self) -> None:
        for item in self._counted(gettext("comparing"), self.items):
            if item.broken or item.row is None:
                continue
            if item.new:
                continue
            item.seen = item.row.version
            for name, value in item.values.items():
                before = getattr(item.row, name)
                if before != value:
                    if name in item.kind.stays:
                        said = gettext("This stays as it was made: %(now)s.") % {"now": shown(_json(before))}
                        self.trouble(item, name, said)
                    label = item.kind.by_name[name].title
                    item.changes.append(Change(name, label, _json(before), _json(value)))
            if item.changes and not self._permits(item):
                item.changes = []
                self._not_yours(item)

    def _permits(self, item: Item) -> bool:
        return self.rights.all or (
            self.rights.permits(item.row, IMPORT) and self.rights.permits(item.row, item.kind.edit)
        )

    def _set(self, item: Item) -> None:
        names = item.values if item.new else [change.field for change in item.changes]
        for name in names:
            setattr(item.row, name, item.values[name])

    def _check_row(self, item: Item) -> None:
        try:
            item.row.check_row()
        except ValidationError as error:
            self.refused(item, error)

    def refused(self, item: Item, error: ValidationError) -> None:
        take_refusal(item, error, self.trouble)

    def _check_rights(self, item: Item) -> None:
        if not self._permits(item):
            self._not_yours(item)

    def _not_yours(self, item: Item) -> None:
        what = str(PERMISSIONS[item.kind.edit].label).lower()
        said = gettext("This row lies outside the part of the organisation where you may do this: %(what)s.")
        self.trouble(item, item.kind.identity[0], said % {"what": what})

    def _count_up(self) -> None:
        for kind in TYPES:
            if kind.name in self.preview.document.records:
                self.preview.tallies[kind.name] = Tally()
        for item in self.items:
            tally = self.preview.tallies[item.kind.name]
            if item.new:
                tally.new.append(item)
            elif item.changes:
                tally.changed.append(item)
            elif not item.broken:
                tally.unchanged += 1


def take_refusal(item: Item, error: ValidationError, trouble: Any) -> None:
    """The messages of a row's own checks, each at its field."""
    if hasattr(error, "error_dict"):
        for name, messages in error.message_dict.items():
            trouble(item, "" if name == "__all__" else name, " ".join(dict.fromkeys(messages)))
    else:
        trouble(item, "", " ".join(error.messages))


def _identity(kind: RecordType, row: Any) -> tuple[Any, ...]:
    return tuple(getattr(getattr(row, name), "key", getattr(row, name)) for name in kind.identity)


def _json(value: Any) -> Any:
    if hasattr(value, "as_json"):
        return value.as_json()
    if isinstance(value, Keyed):
        return value.key
    return value.isoformat() if hasattr(value, "isoformat") else value
