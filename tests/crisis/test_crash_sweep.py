"""The program is killed at every commit of a crisis, from the declaration to the end: nothing that was answered is
lost, nothing is half there, and it goes on by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LEAST_BOUNDARIES = 40
"""How many were met when this was written: an act that is taken apart adds some, and none may get lost."""


@pytest.mark.timeout(1200)
def test_a_kill_at_any_commit_loses_nothing_that_was_answered_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    swept = subprocess.run(
        [sys.executable, "-m", "tests.crisis.crash_sweep"],
        env={**os.environ, "HOLDFAST_DATA": str(tmp_path), "HOLDFAST_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert swept.stdout, swept.stderr
    found = json.loads(swept.stdout.splitlines()[-1])
    print(f"{found['boundaries']} boundaries of {found['steps']} steps")
    assert found["wrong"] == []
    assert found["boundaries"] >= LEAST_BOUNDARIES
    assert found["end"]["rows"]["Incident"] == 1
    assert found["end"]["log"][0] == "incident.declared"
    assert found["end"]["log"][-1] == "incident.closed"
    assert swept.returncode == 0
