"""An empty database is made at once from the models, and is what the migrations lead to."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = "from holdfast.commands.ready import ready_database; ready_database()"
STEP_BY_STEP = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "holdfast.web.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
"""


def begun(program: str, data: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"HOLDFAST_DATA": str(data), "HOLDFAST_EMPTY": "1", "PYTHONPATH": str(ROOT / "src")}
    environment.pop("HOLDFAST_DATABASE_URL", None)
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def made(program: str, data: Path) -> sqlite3.Connection:
    assert begun(program, data).wait(500) == 0
    return sqlite3.connect(data / "holdfast.sqlite3")


def schema(database: sqlite3.Connection) -> dict[str, Any]:
    """What the database says of itself, without the order of columns and what a step has left in the text."""
    rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    found: dict[str, Any] = {}
    for kind, name, _table, sql in rows:
        if kind == "table":
            columns = {row[1:4] + row[5:] for row in database.execute(f'PRAGMA table_info("{name}")')}
            keys = {row[2:7] for row in database.execute(f'PRAGMA foreign_key_list("{name}")')}
            checks = set(re.findall(r'CONSTRAINT "(\w+)"', sql))
            found[name] = (columns, keys, checks)
        else:
            # The words of a list come from a set, in any order.
            found[name] = re.sub(r"IN \((.*?)\)", lambda part: str(sorted(part[1].split(", "))), " ".join(sql.split()))
    unique = database.execute(
        "SELECT m.name, group_concat(ii.name) FROM sqlite_master m, pragma_index_list(m.name) il,"
        " pragma_index_info(il.name) ii WHERE m.type = 'table' AND il.origin = 'u' GROUP BY m.name, il.name"
    )
    found["unique"] = sorted((table, *sorted((columns or "").split(","))) for table, columns in unique)
    return found


@pytest.mark.timeout(900)
def test_the_tables_made_at_once_are_those_that_the_migrations_lead_to(tmp_path: Path) -> None:
    at_once, step_by_step = made(AT_ONCE, tmp_path / "once"), made(STEP_BY_STEP, tmp_path / "steps")
    one, other = schema(at_once), schema(step_by_step)
    assert set(one) == set(other)
    assert len(one) > 300
    assert {name: (one[name], other[name]) for name in one if one[name] != other[name]} == {}
    applied = "SELECT app, name FROM django_migrations ORDER BY app, name"
    assert at_once.execute(applied).fetchall() == step_by_step.execute(applied).fetchall()
    kinds = "SELECT app_label, model FROM django_content_type ORDER BY 1, 2"
    assert at_once.execute(kinds).fetchall() == step_by_step.execute(kinds).fetchall()


def test_who_is_killed_while_the_tables_are_made_leaves_an_empty_database(tmp_path: Path) -> None:
    """The next start makes them."""
    killed = 0
    for pause in (1.5, 2.0, 2.5, 3.0):
        data = tmp_path / f"after-{pause}"
        process = begun(AT_ONCE, data)
        time.sleep(pause)
        if process.poll() is None:
            killed += 1
            process.send_signal(signal.SIGKILL)
        process.wait()
        database = made(AT_ONCE, data)
        assert database.execute("SELECT count(*) FROM crisis_logentry").fetchone() == (0,)
        assert database.execute("SELECT count(*) > 10 FROM django_migrations").fetchone() == (1,)
    assert killed
