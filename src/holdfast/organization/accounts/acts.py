"""`@act`: what every business act has in common.

    @act("unit.edit", "structure.edit", label=_("change a unit"), on="unit")
    def edit_unit(by: Actor, unit: Unit, *, version: int, **changes) -> Unit: ...

A call opens the one transaction, locks the row named by `on` and refuses an edit that saw an older version, checks the
permission on that row as it was and on the row as it has become (so that nobody moves a thing out of, or into, a
scope that is not theirs), and writes one event. Acts call acts: each checks and records for itself, in the
outermost's transaction.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import connection, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext

from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict, conflict
from holdfast.organization.accounts.models import Event, System, User, kind_of
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import NotAllowed, may_somewhere, require
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Row, Tree

P = ParamSpec("P")
R = TypeVar("R")
Actor = User | System

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered; each event carries it."""

# Any number that no other lock of the product takes.
_EVENT_LOCK = 0x686F6C64


@dataclass(frozen=True)
class Act:
    """A declared act. `on` names the argument that it changes, or is None where it makes something new."""

    name: str
    permission: str
    label: str | Promise
    on: str | None
    call: Callable[..., Any]


ACTS: dict[str, Act] = {}
"""Every act of the product, by its name."""


@dataclass
class _Doing:
    """The outermost act under way: the events to write when it ends."""

    events: list[Event] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)


_doing: ContextVar[_Doing | None] = ContextVar("doing", default=None)


def act(
    name: str,
    permission: str,
    *,
    label: str | Promise,
    on: str | None = None,
    under: str | None = None,
    whole: bool = False,
    checked_on: Callable[[Any], models.Model] = lambda row: row,
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Declares an act. `under` names the argument that a new row becomes a part of: it takes the permission too.
    `whole`: it needs the permission on the whole organisation. `checked_on`: the row whose scope counts."""
    if name in ACTS:
        raise ValueError(f"There is an act {name} already.")
    if permission not in PERMISSIONS:
        raise ValueError(f"{name}: there is no permission {permission}.")

    def declare(call: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        signature = inspect.signature(call)
        if on is not None and on not in signature.parameters:
            raise ValueError(f"{name}: there is no argument {on}.")
        if under is not None and under not in signature.parameters:
            raise ValueError(f"{name}: there is no argument {under}.")

        @wraps(call)
        def wrapper(by: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(by, *args, **kwargs)
            with _transaction() as doing:
                before: Row | None = None
                if under is not None:
                    require(by, permission, bound.arguments[under])
                elif on is None:
                    _may_begin(by, permission, whole)
                else:
                    row = _locked(bound.arguments[on], bound.arguments.get("version"), moves="parent" in kwargs)
                    require(by, permission, checked_on(row))
                    bound.arguments[on] = row
                    before = _frozen(row)
                doing.notes.append({})
                result = call(*bound.args, **bound.kwargs)
                notes = doing.notes.pop()
                subject = _subject(result) or (bound.arguments[on] if on is not None else None)
                if subject is not None and subject.pk is not None and not whole:
                    require(by, permission, checked_on(subject))
                doing.events.append(_event(name, by, subject, before, notes))
            return result

        ACTS[name] = Act(name, permission, label, on, wrapper)
        return wrapper

    return declare


def note(**details: Any) -> None:
    """Adds to what the running act records as its outcome: counts of an import, the reason of a decision."""
    doing = _doing.get()
    if doing is None or not doing.notes:
        raise RuntimeError("No act is running.")
    doing.notes[-1].update(details)


@contextmanager
def _transaction() -> Iterator[_Doing]:
    outer = _doing.get()
    if outer is not None:
        so_far = len(outer.events), len(outer.notes)
        try:
            with transaction.atomic():
                yield outer
        except BaseException:
            del outer.events[so_far[0] :], outer.notes[so_far[1] :]
            raise
        return
    doing = _Doing()
    token = _doing.set(doing)
    try:
        with transaction.atomic(durable=True):
            yield doing
            _write(doing.events)
    finally:
        _doing.reset(token)


def _write(events: list[Event]) -> None:
    """Writes the events last of all. On PostgreSQL under a lock held to the commit, so that ids follow the commits
    and a reader with a cursor misses none; SQLite has one writer at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_EVENT_LOCK])
    Event.objects.bulk_create(events, batch_size=500)


def _may_begin(by: Actor, permission: str, whole: bool) -> None:
    if whole:
        require(by, permission)
    elif not may_somewhere(by, permission):
        raise NotAllowed(
            gettext("You may not do this: %(what)s.") % {"what": str(PERMISSIONS[permission].label).lower()}
        )


def _locked(row: Row, version: Any, moves: bool) -> Row:
    """The row as it is now, held until the end of the transaction. Raises Conflict, or DoesNotExist where it is
    gone."""
    model = type(row)
    if moves and isinstance(row, Tree):
        # Two moves at once could each be right and together make a circle, so a move holds the whole tree. It takes
        # the rows in one order and before its own: with one row in hand, two moves would wait for each other.
        list(model._default_manager.select_for_update().order_by("pk").values_list("pk"))
    try:
        found: Row = model._default_manager.select_for_update().get(pk=row.pk)
    except model.DoesNotExist:
        if version is None:
            raise
        raise Conflict(row, version, None, []) from None
    if version is not None and found.version != version:
        raise conflict(found, version)
    return found


def _frozen(row: Row) -> Row:
    """A copy of the row that later assignments do not touch."""
    copy = type(row).from_db(
        None,
        [f.attname for f in row._meta.concrete_fields],
        [getattr(row, f.attname) for f in row._meta.concrete_fields],
    )
    return copy


def _subject(result: Any) -> Row | None:
    if isinstance(result, tuple):
        return next((part for part in result if isinstance(part, Row)), None)
    return result if isinstance(result, Row) else None


def _event(name: str, by: Actor, subject: Row | None, before: Row | None, notes: Mapping[str, Any]) -> Event:
    event = Event(
        at=clock.now(),
        act=name,
        user=by if isinstance(by, User) else None,
        system=by.name if isinstance(by, System) else "",
        request=request_id.get(),
    )
    if subject is not None:
        # A row that has been removed has no id any more; what it was is in `before`.
        lasting = before if subject.pk is None and before is not None else subject
        event.kind, event.key, event.title = kind_of(subject), lasting.stable_key[:200], str(lasting)[:300]
        event.unit_id, event.site_id = place_of(lasting)
        if before is None:
            event.after = subject.as_record()
        elif subject.pk is None:
            event.before = before.as_record()
        elif type(before) is type(subject):
            changed = _changed(before, subject)
            event.before, event.after = before.as_record(changed), subject.as_record(changed)
        else:
            event.after = subject.as_record()
    if notes:
        event.after = {**(event.after or {}), **notes}
    return event


def _changed(before: Row, after: Row) -> set[str]:
    return {
        field.name
        for field in after._meta.concrete_fields
        if field.name != "version" and getattr(before, field.attname) != getattr(after, field.attname)
    }


def place_of(row: Row) -> tuple[int | None, int | None]:
    """The ids of the unit and the site that a row belongs to by its scope."""
    scope = row.SCOPE
    return _first(row, scope.unit, Unit), _first(row, scope.site, Site)


def _first(row: Any, lookups: tuple[str, ...], kind: type[models.Model]) -> int | None:
    for lookup in lookups:
        found = row
        for name in lookup.split("__") if lookup else ():
            found = getattr(found, name, None)
            if found is None:
                break
        if isinstance(found, kind):
            return found.pk  # type: ignore[no-any-return]
    return None
