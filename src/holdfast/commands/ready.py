"""Brings Django and the database up to date, with the example in an empty one, for the commands that need them."""

from __future__ import annotations

import fcntl
import os

import click

from holdfast.commands.refusals import Failed
from holdfast.commands.tables import is_empty, make_tables


def ready_database() -> None:
    """Sets Django up, applies the migrations that are pending and loads the example where nothing is set up.

    Raises Failed where it cannot.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.web.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    django.setup()
    from holdfast.exchange.example import BadExample, is_unfounded, load_example

    def wants_example() -> bool:
        return not settings.EMPTY_START and is_unfounded()

    try:
        if not _pending() and not wants_example():
            return
        # Two processes that start on one folder: the second finds nothing left to do.
        with (settings.DATA_DIR / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if is_empty():
                click.echo("holdfast: making the database", err=True)
                make_tables()
            elif pending := _pending():
                click.echo(f"holdfast: bringing the database up to date, {pending} steps", err=True)
                call_command("migrate", interactive=False, verbosity=0)
            if wants_example():
                load_example(settings.EXAMPLE_DIR, lambda said: click.echo(f"holdfast: {said}", err=True))
    except DatabaseError as error:
        raise Failed(f"the database ({connection.vendor}) cannot be used: {str(error).strip()}") from error
    except BadExample as error:
        raise Failed(f"the example cannot be loaded: {error}") from error


def _pending() -> int:
    """How many migrations are not applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
