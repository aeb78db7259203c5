"""`Leased`: a row that one of many workers takes for a while, and that nobody loses.

A worker claims rows by one statement, holds each by a lease that it renews while it works, and ends it. A worker that
is killed renews no more: its lease runs out and the row goes to another, until it has been tried `most_attempts` times.
Whoever ends or renews names the attempt that he has: the worker whose lease went to another changes nothing any more.

Leases are timed by the clock of the database on PostgreSQL, which is one for all machines; SQLite is on one machine.
They are no business acts and no history: docs/decisions/0050 says why they are written past `save_all`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock

L = TypeVar("L", bound="Leased")

LEASE = timedelta(seconds=60)
"""How long a row stays with a worker that says no more."""
RENEWED_EVERY = 12
"""So many times within a lease it is renewed, so that a busy database does not end it."""
PRIORITIES = range(-100, 101)


class LeaseState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Leased(models.Model):
    """What a worker may claim. Higher priorities go first, then what has waited longest."""

    state = models.CharField(_("state"), max_length=10, choices=LeaseState, default=LeaseState.WAITING)
    priority = models.SmallIntegerField(_("priority"), default=0)
    run_after = models.DateTimeField(_("not before"))
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    leased_by = models.CharField(_("held by"), max_length=120, blank=True, default="")
    claimed_at = models.DateTimeField(_("last begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    most_attempts = models.PositiveSmallIntegerField(_("most attempts"), default=3)
    cancel_asked = models.BooleanField(_("to be cancelled"), default=False)
    error = models.TextField(_("what went wrong"), blank=True, default="")

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=LeaseState.values), name="%(app_label)s_%(class)s_state"),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="%(app_label)s_%(class)s_lease",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                F("priority").desc(),
                "run_after",
                "id",
                condition=Q(state__in=["waiting", "running"]),
                name="%(app_label)s_%(class)s_next",
            )
        ]

    @property
    def is_over(self) -> bool:
        return self.state in (LeaseState.DONE, LeaseState.FAILED, LeaseState.CANCELLED)


def claim(
    model: type[L],
    worker: str,
    *,
    lease: timedelta = LEASE,
    most: int = 1,
    among: Mapping[str, Sequence[str]] | None = None,
) -> list[L]:
    """Up to `most` rows that are this worker's now, each for the length of the lease; `among` narrows them to values of
    columns. One statement: two workers never get the same row."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    now, until, at = _times(lease)
    due = (
        "state IN ('waiting', 'running')"  # as the index says it, so that SQLite takes it
        f" AND ((state = 'waiting' AND run_after <= {now}) OR"
        f" (state = 'running' AND lease_until < {now} AND attempts < most_attempts AND NOT cancel_asked))"
    )
    asked = at["now"] * 2
    for name, wanted in (among or {}).items():
        column = quote(str(model._meta.get_field(name).column))  # type: ignore[union-attr]
        due += f" AND {column} IN ({', '.join(['%s'] * len(wanted))})"
        asked += list(wanted)
    # Only names of our own columns stand in the text. PostgreSQL looks at a WITH once, at a subquery perhaps again.
    locked = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    chosen = f"SELECT id FROM {table} WHERE {due} ORDER BY priority DESC, run_after, id LIMIT %s{locked}"  # noqa: S608
    statement = (
        f"WITH chosen AS ({chosen}) UPDATE {table} SET state = 'running', leased_by = %s, lease_until = {until},"  # noqa: S608
        f" claimed_at = {now}, attempts = attempts + 1, error = '' WHERE id IN (SELECT id FROM chosen) RETURNING id"
    )
    with connection.cursor() as cursor:
        # A question disturbs no writer; an UPDATE that finds nothing holds SQLite's only pen all the same.
        cursor.execute(f"SELECT 1 FROM {table} WHERE {due} LIMIT 1", asked)  # noqa: S608
        if not cursor.fetchall():
            return []
        cursor.execute(statement, [*asked, most, worker, *at["until"], *at["now"]])
        taken = [number for (number,) in cursor.fetchall()]
    if not taken:
        return []
    rows: models.QuerySet[L] = model._default_manager.filter(pk__in=taken)
    return list(rows.order_by("-priority", "run_after", "pk"))


def held(row: Leased) -> models.QuerySet[Any]:
    """The row, while the attempt that `row` was read in still has it; nothing afterwards."""
    return type(row)._default_manager.filter(
        pk=row.pk, state=LeaseState.RUNNING, leased_by=row.leased_by, attempts=row.attempts
    )


def renew(row: Leased, lease: timedelta = LEASE) -> bool | None:
    """Holds the row for another lease. Gives whether it is to be cancelled, and None where it is another's by now."""
    if not held(row).update(lease_until=Now() + lease):
        return None
    return bool(held(row).values_list("cancel_asked", flat=True).first())


def finish(row: Leased, state: LeaseState, **more: Any) -> bool:
    """Ends the row in this state. Gives whether it was still held."""
    return bool(held(row).update(state=state, lease_until=None, finished_at=clock.now(), **more))


def give_back(row: Leased, *, after: timedelta = timedelta(0), counted: bool = True, **more: Any) -> bool:
    """Lets another attempt have the row, after a while; `counted`: this one counts. Gives whether it was held."""
    attempts = row.attempts if counted else row.attempts - 1
    return bool(
        held(row).update(
            state=LeaseState.WAITING, lease_until=None, run_after=clock.now() + after, attempts=attempts, **more
        )
    )


def ask_to_cancel(row: Leased) -> bool:
    """Cancels a row that waits, and asks whoever runs it to stop. Gives whether there was something to cancel."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    over = rows.filter(state=LeaseState.WAITING).update(
        state=LeaseState.CANCELLED, cancel_asked=True, finished_at=clock.now()
    )
    return bool(over or rows.filter(state=LeaseState.RUNNING).update(cancel_asked=True))


def start_again(row: Leased) -> bool:
    """Lets a row that has failed or was cancelled wait anew, with all its attempts; one that waits is due at once.
    Gives whether it is so."""
    states = [LeaseState.WAITING, LeaseState.FAILED, LeaseState.CANCELLED]
    return bool(
        type(row)
        ._default_manager.filter(pk=row.pk, state__in=states)
        .update(
            state=LeaseState.WAITING,
            attempts=0,
            cancel_asked=False,
            finished_at=None,
            run_after=clock.now(),
            error="",
        )
    )


def end_abandoned(model: type[Leased], said: str) -> int:
    """Ends rows whose last attempt was lost with its worker, and those that were to be cancelled. Gives how many."""
    lost = model._default_manager.filter(state=LeaseState.RUNNING, lease_until__lt=Now())
    ended: dict[str, Any] = {"lease_until": None, "finished_at": clock.now()}
    cancelled = lost.filter(cancel_asked=True).update(state=LeaseState.CANCELLED, **ended)
    spent = lost.filter(attempts__gte=F("most_attempts")).update(state=LeaseState.FAILED, error=said, **ended)
    return cancelled + spent


def _times(lease: timedelta) -> tuple[str, str, dict[str, list[Any]]]:
    """Now and the end of a lease as SQL, and the parameters that each takes."""
    if connection.vendor == "postgresql":
        return "statement_timestamp()", "statement_timestamp() + %s", {"now": [], "until": [lease]}
    now = clock.now()
    said = connection.ops.adapt_datetimefield_value
    return "%s", "%s", {"now": [said(now)], "until": [said(now + lease)]}
