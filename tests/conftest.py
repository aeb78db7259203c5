"""What all tests share: the database they run on.

SQLite in a file is the default. `HOLDFAST_DATABASE_URL=postgresql://… pytest` runs the same tests on a PostgreSQL
server, in a database of their own; tests/test_on_postgresql.py does that where a server is given or installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations

from holdfast.commands.tables import record_migrations
from holdfast.crisis.log.guard import TABLE, lifted, set_guard
from tests.postgresql import Cluster, find_programs


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings: None) -> None:
    """SQLite in a file as in operation: one writer at a time, readers beside it. In memory it behaves otherwise."""
    settings = connections["default"].settings_dict
    if settings["ENGINE"].endswith("sqlite3"):
        settings["TEST"]["NAME"] = str(Path(tmp_path_factory.mktemp("database")) / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """What a migration sets beside the tables is set here too, and other processes find nothing to migrate. Where no
    test that runs asks for the database, there are no tables."""
    with django_db_blocker.unblock():
        if TABLE in connections["default"].introspection.table_names():
            set_guard(connections["default"])
            record_migrations(connections["default"])


@pytest.fixture(scope="session", autouse=True)
def flush_of_kept_entries() -> Iterator[None]:
    """Tests that commit are followed by a flush of all tables; the entries of logs, which the database keeps, go with
    them."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_all(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        with lifted(self.connection):
            flush(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = flush_all
    yield
    BaseDatabaseOperations.execute_sql_flush = flush


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory):
    """A server to test on: HOLDFAST_TEST_DATABASE_URL, or a throw-away cluster of the PostgreSQL that is installed."""
    import os

    if url := os.environ.get("HOLDFAST_TEST_DATABASE_URL"):
        yield url
        return
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: set HOLDFAST_TEST_DATABASE_URL, or install Debian's postgresql")
    with Cluster(programs) as cluster:
        yield cluster.url
