"""Brings Django and the database up to date, for the commands that need them."""

from __future__ import annotations

import fcntl
import os

import click

from holdfast.commands.refusals import Failed


def ready_database() -> None:
    """Sets Django up and applies the migrations that are pending; raises Failed where it cannot."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.web.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    django.setup()
    try:
        if not _pending():
            return
        # Two processes that start on one folder: the second finds nothing left to do.
        with (settings.DATA_DIR / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if pending := _pending():
                click.echo(f"holdfast: bringing the database up to date, {pending} steps", err=True)
                call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise Failed(f"the database ({connection.vendor}) cannot be used: {str(error).strip()}") from error


def _pending() -> int:
    """How many migrations are not applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
