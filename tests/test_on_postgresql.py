"""The tests of the rooms that use the database, once more, on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Folders and files whose tests ask the database; a test each, so that they share the processors.
ROOMS = {
    "organization": ["tests/organization"],
    "governance": ["tests/governance"],
    "analysis": ["tests/analysis"],
    "crisis": [f"tests/crisis/test_{name}.py" for name in ("incidents", "meetings", "decisions", "activation", "log")],
}


@pytest.mark.postgresql
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("room", ROOMS)
def test_what_holds_on_sqlite_holds_on_postgresql_too(room: str, postgresql_url: str, tmp_path: Path) -> None:
    """The embedded database and the server keep the same promises."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not postgresql", *ROOMS[room]],
        cwd=ROOT,
        env=os.environ | {"HOLDFAST_DATABASE_URL": postgresql_url, "HOLDFAST_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    assert " passed" in done.stdout
