"""How many questions a page or a route asks the database, kept in tests/query_counts.json.

    def test_…(query_count, client):
        with query_count("api.units.list"):
            client.get("/api/v1/units")

A count that changes fails the test. HOLDFAST_WRITE_QUERY_COUNTS=1 writes the counts anew, to be looked at in the diff.
Import `query_count` in the folder's conftest.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

FILE = Path(__file__).with_name("query_counts.json")
WRITE = "HOLDFAST_WRITE_QUERY_COUNTS"
# What the test's own transactions add.
_NO_QUESTION = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "BEGIN", "COMMIT")

QueryCount = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def query_count() -> QueryCount:
    """A context in which the queries are counted under a name."""

    @contextmanager
    def counted(name: str) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        asked = [each["sql"] for each in captured.captured_queries if not each["sql"].startswith(_NO_QUESTION)]
        if os.environ.get(WRITE) == "1":
            _write(name, len(asked))
            return
        wanted = json.loads(FILE.read_text()).get(name)
        said = "\n".join(sql[:300] for sql in asked)
        assert len(asked) == wanted, f"{name}: {len(asked)} queries, {wanted} on file ({WRITE}=1 writes it)\n{said}"

    return counted


def _write(name: str, count: int) -> None:
    """Under a lock: several processes run the tests side by side."""
    with FILE.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        counts = json.loads(file.read() or "{}") | {name: count}
        file.seek(0)
        file.truncate()
        file.write(json.dumps(dict(sorted(counts.items())), indent=2) + "\n")
