"""`save_all`: the one way in which rows of places, structure and the higher rooms are written, with their history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.rows import Keyed, Row, Tree, Valid
from holdfast.organization.structure.writing import Stamp, insert, update

R = TypeVar("R", bound=Row)
V = TypeVar("V", bound=Valid)


def save_all(
    objects: Iterable[Row],
    by: Actor,
    *,
    reason: str = "",
    fields: Collection[str] | None = None,
    checked: bool = False,
) -> None:
    """Writes new and changed rows of any kinds, in the order in which the kinds come, each with its history.

    Every row is checked by `check_row` first, unless `check_all` has `checked` them already, outside of the
    transaction. `fields` names what has changed (None: everything). New rows that refer to other new ones need these
    saved before: rows of a tree level by level (`parents_first`). Raises ValidationError with the row in question as
    its `row`.
    """
    rows = list(objects)
    if not checked:
        check_all(rows)
    by_kind: dict[type[Row], tuple[list[Row], list[Row]]] = {}
    for row in rows:
        new, known = by_kind.setdefault(table_of(row), ([], []))
        (new if row._state.adding else known).append(row)
    stamp = Stamp(by if isinstance(by, User) else None, reason[:100], clock.now())
    with transaction.atomic(savepoint=False):
        for kind, (new, known) in by_kind.items():
            if new:
                insert(kind, new, stamp)
            if known:
                for row in known:
                    row.version += 1
                update(kind, known, _columns(kind, fields), stamp)


def check_all(rows: Iterable[Row]) -> None:
    """Checks each row by itself, without a query. Raises ValidationError with the row in question as its `row`."""
    for row in rows:
        try:
            row.check_row()
        except ValidationError as error:
            error.row = row  # type: ignore[attr-defined]
            raise


def remove_all(objects: Sequence[Row], by: Actor, *, reason: str = "") -> None:
    """Deletes rows, each with its history. Raises ValidationError where something still needs one of them."""
    for row in objects:
        row._history_user = by if isinstance(by, User) else None  # type: ignore[attr-defined]
        row._history_date = clock.now()  # type: ignore[attr-defined]
        row._change_reason = reason[:100]  # type: ignore[attr-defined]
        try:
            row.delete()
        except ProtectedError as error:
            used = ", ".join(sorted(str(user) for user in list(error.protected_objects)[:5]))
            raise ValidationError(
                gettext("“%(row)s” is still used by %(used)s.") % {"row": row, "used": used}
            ) from None


def create(row: R, by: Actor, *, reason: str = "") -> R:
    """Saves one new row whose key, if it has one, was never used before. Raises ValidationError."""
    if isinstance(row, Keyed):
        check_keys_free(type(row), [row.key])
    save_all([row], by, reason=reason)
    return row


def change(row: R, changes: Mapping[str, Any], allowed: Collection[str], by: Actor, *, reason: str = "") -> R:
    """Saves one row with some of its fields changed. Raises ValidationError, also for a field that is not in
    `allowed`."""
    refused = set(changes) - set(allowed)
    if refused:
        raise ValidationError({name: gettext("This cannot be changed here.") for name in sorted(refused)})
    old_path = row.path if isinstance(row, Tree) else ""
    if isinstance(row, Tree) and (parent := changes.get("parent")) is not None:
        # As it is now: the act holds the tree, and a move that was first may have changed the parent's path.
        changes = {**changes, "parent": type(row)._default_manager.get(pk=parent.pk)}
    for name, value in changes.items():
        setattr(row, name, value)
    save_all([row], by, reason=reason, fields=changes)
    if isinstance(row, Tree) and row.path != old_path:
        _move_below(row, old_path)
    return row


def end(row: V, on: date, by: Actor) -> V:
    """Ends the validity of a row: `on` is the first day without it. Raises ValidationError where it ends before
    that."""
    if row.valid_until is not None and on > row.valid_until:
        raise ValidationError({"valid_until": gettext("It ends on %(day)s already.") % {"day": row.valid_until}})
    return change(row, {"valid_until": on}, {"valid_until"}, by)


def check_keys_free(kind: type[Keyed], keys: Collection[str]) -> None:
    """Raises ValidationError for a key that a row of this kind has or once had: a key is never given twice."""
    table = kind._meta.concrete_model
    taken = set(table._default_manager.filter(key__in=keys).values_list("key", flat=True))  # type: ignore[union-attr]
    taken |= set(table.history.filter(key__in=keys).values_list("key", flat=True))  # type: ignore[union-attr]
    if taken:
        raise ValidationError(
            {"key": gettext("The key %(keys)s is or was another's.") % {"keys": ", ".join(sorted(taken))}}
        )


def unused_key(kind: type[Any], stem: str) -> str:
    """`stem`, or `stem-2` and so on: the first key that no row of the kind has or ever had."""
    taken = set(kind._default_manager.filter(key__startswith=stem).values_list("key", flat=True))
    taken |= set(kind.history.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def table_of(row: Row | type[Row]) -> type[Row]:
    """The model that has the table: of a process, Node."""
    return row._meta.concrete_model  # type: ignore[return-value]


def _columns(kind: type[Row], fields: Collection[str] | None) -> list[str]:
    names = [f.name for f in kind._meta.concrete_fields if not f.primary_key]
    wanted = set(names) if fields is None else {*fields, "version", *({"path"} if issubclass(kind, Tree) else ())}
    return [name for name in names if name in wanted]


def _move_below(row: Tree, old_path: str) -> None:
    """The path is made from the parents and not in the history, so one statement corrects all rows below."""
    type(row)._default_manager.filter(path__startswith=old_path).exclude(pk=row.pk).update(
        path=Concat(Value(row.path), Substr(F("path"), len(old_path) + 1))
    )
