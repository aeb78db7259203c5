"""The tables of an empty database, made at once from the models.

Going through every migration from nothing takes a minute and a half: each step draws the state of some three hundred
connected models anew. Where there is nothing to be kept, the tables are made as the models say, what a migration sets
beside them is set, and every migration counts as applied; tests/start/test_tables.py holds the two ways together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def is_empty() -> bool:
    """Whether the database has no table at all."""
    from django.db import connection

    return not connection.introspection.table_names()


def make_tables() -> None:
    """All tables of an empty database, in one transaction: whoever is killed in the middle leaves it empty."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection, transaction

    from holdfast.crisis.log.guard import set_guard

    none = dict.fromkeys((config.label for config in apps.get_app_configs()), None)
    # SQLite takes its keys' checks off outside of a transaction only, and changes no schema while they are on.
    with connection.constraint_checks_disabled(), transaction.atomic():
        with _migrations_in(none):
            call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
        set_guard(connection)
        record_migrations(connection)


def record_migrations(connection: Any) -> None:
    """Lets every migration count as applied: the tables are as they leave them, and no process begins to migrate."""
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    with _migrations_in({}):
        known = list(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in known:
        recorder.record_applied(app, name)


@contextmanager
def _migrations_in(modules: dict[str, None]) -> Iterator[None]:
    """With the apps' migrations where they usually are, but for those of `modules`, which have none."""
    from django.conf import settings

    before: Any = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = modules
    try:
        yield
    finally:
        settings.MIGRATION_MODULES = before
