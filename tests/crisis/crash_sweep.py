"""Kills the program at every commit of a crisis, one after the other, and looks at what is left.

    HOLDFAST_DATA=FOLDER python -m tests.crisis.crash_sweep

FOLDER is empty; a database with the Secretariat in small is made in it. For k = 1, 2, … a copy of it is run through the
whole cycle by a process of its own, in which the k-th boundary (before a commit, after it) is `kill -9`; each step that
was answered is written down first, as a person would have seen it. Then what is there is looked at (`looked_at`), and
the same cycle is gone on with by another process until its end. The sweep ends with the first k that is never reached.
The last line is JSON: boundaries, and what was found wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

NEVER = 10_000
KILLED = -signal.SIGKILL


def main() -> int:
    template = _prepared()
    found: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        whole = _run(template, Path(place) / "whole", NEVER)
        assert whole.code == 0, whole.told
        wanted = whole.end
        number = 0
        while True:
            number += 1
            folder = Path(place) / str(number)
            first = _run(template, folder, number)
            if first.code == 0:
                break
            if first.code != KILLED:
                found.append(f"{number}: ended with {first.code}: {first.told[-500:]}")
                continue
            left = _apart(folder, _look, first.steps)
            found += [f"{number}, {wrong}" for wrong in left]
            second = _run(template, folder, NEVER)
            if second.code != 0:
                found.append(f"{number}: does not go on: {second.told[-800:]}")
            elif second.end != wanted:
                found.append(f"{number}: ends as {second.end}, wanted {wanted}")
            shutil.rmtree(folder)
    # Where the cycle ends without being killed, number - 1 boundaries were met.
    print(json.dumps({"boundaries": number - 1, "steps": len(whole.steps), "end": wanted, "wrong": found}))
    return 1 if found else 0


def _prepared() -> Path:
    """The database that every run begins with."""
    from django.core.management import call_command
    from django.db import connection

    from tests import cast

    call_command("migrate", verbosity=0)
    cast.secretariat()
    connection.close()
    return Path(connection.settings_dict["NAME"])


class _Ran:
    """How a run ended: its exit code, the steps that were answered, what it said, the state at its end."""

    def __init__(self, folder: Path, code: int) -> None:
        self.code = code
        self.steps = (folder / "answered").read_text().split() if (folder / "answered").exists() else []
        self.told = (folder / "told").read_text() if (folder / "told").exists() else ""
        self.end: Any = json.loads((folder / "end").read_text()) if code == 0 else None


def _run(template: Path, folder: Path, kill_at: int) -> _Ran:
    if not folder.exists():
        folder.mkdir(parents=True)
        shutil.copy(template, folder / "holdfast.sqlite3")
    pid = os.fork()
    if pid == 0:
        _child(folder, lambda: _cycle(folder, kill_at))
    return _Ran(folder, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _apart(folder: Path, look: Callable[[list[str]], list[str]], steps: list[str]) -> list[str]:
    """What another process finds in the database that is left."""
    pid = os.fork()
    if pid == 0:
        _child(folder, lambda: (folder / "looked").write_text(json.dumps(look(steps))))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code != 0:
        return [f"could not be looked at: {(folder / 'told').read_text()[-500:]}"]
    return json.loads((folder / "looked").read_text())  # type: ignore[no-any-return]


def _child(folder: Path, run: Callable[[], Any]) -> None:
    """Runs in a process of its own on the folder's database, and ends it."""
    import traceback

    from django.conf import settings
    from django.db import connection

    try:
        connection.settings_dict["NAME"] = str(folder / "holdfast.sqlite3")
        settings.DATA_DIR = folder
        run()
    except BaseException:
        (folder / "told").write_text(traceback.format_exc())
        os._exit(3)
    finally:
        connection.close()
    os._exit(0)


def _cycle(folder: Path, kill_at: int) -> None:
    from tests.crisis.cycle import end_of, steps

    _kill_at(kill_at)
    with open(folder / "answered", "a") as answered:
        for name, step in steps():
            step()
            answered.write(f"{name}\n")
            answered.flush()
            os.fsync(answered.fileno())
    (folder / "end").write_text(json.dumps(end_of()))


def _look(steps: list[str]) -> list[str]:
    from tests.crisis.cycle import looked_at

    return looked_at(steps)


def _kill_at(number: int) -> None:
    """From now on the process ends itself at this boundary: each commit has one before and one after it, and so has a
    statement that is a transaction by itself."""
    from django.db import connection

    met = 0

    def meet() -> None:
        nonlocal met
        met += 1
        if met == number:
            os.kill(os.getpid(), signal.SIGKILL)

    commit = connection._commit

    def committing() -> Any:
        meet()
        done = commit()
        meet()
        return done

    def executing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        alone = not connection.in_atomic_block and not sql.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN"))
        if alone:
            meet()
        done = execute(sql, params, many, context)
        if alone:
            meet()
        return done

    connection._commit = committing
    connection.execute_wrappers.append(executing)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.web.settings")
    import django

    django.setup()
    sys.exit(main())
