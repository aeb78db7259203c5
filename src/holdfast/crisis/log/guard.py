"""The database itself refuses to change or to delete an entry of a log: triggers on its table.

They stop mistakes and programs that go round the acts. Who may change the schema can drop them, and is found by the
chain of hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TABLE = "crisis_logentry"
SAID = "entries of a log are kept: a correction is a new entry"
NAMES = ("crisis_logentry_keeps_update", "crisis_logentry_keeps_delete")


def set_guard(connection: Any) -> None:
    """Sets both triggers; such as are there already stay."""
    with connection.cursor() as cursor:
        for name, event in zip(NAMES, ("UPDATE", "DELETE"), strict=True):
            if connection.vendor == "sqlite":
                cursor.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {TABLE} "
                    f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
                )
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION crisis_logentry_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"BEGIN RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
            for name, event in zip(NAMES, ("UPDATE", "DELETE"), strict=True):
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {TABLE} "
                    "FOR EACH ROW EXECUTE FUNCTION crisis_logentry_keeps()"
                )


def lift_guard(connection: Any) -> None:
    """Drops both: for a step of the schema that makes the table anew, and for tests that empty the database."""
    with connection.cursor() as cursor:
        for name in NAMES:
            on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS crisis_logentry_keeps()")


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Without the triggers for a while, where the table is there at all."""
    if TABLE not in connection.introspection.table_names():
        yield
        return
    lift_guard(connection)
    try:
        yield
    finally:
        set_guard(connection)
