"""A copy of this checkout, and what a person does in it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".venv", "var", "build", "dist", "node_modules", "built", "__pycache__", ".*_cache", ".hypothesis")
)


def copy_of_the_checkout(target: Path) -> Path:
    """What a fresh clone would hold: nothing installed, nothing built."""
    shutil.copytree(ROOT, target, ignore=NOT_COPIED)
    return target


def environment(**changes: str) -> dict[str, str]:
    """This machine's environment without Holdfast's own variables and without the one Python that runs the tests."""
    dropped = ("VIRTUAL_ENV", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "CC")
    kept = {key: value for key, value in os.environ.items() if key not in dropped and not key.startswith("HOLDFAST_")}
    return kept | changes


def empty_path(folder: Path) -> str:
    """A PATH with python3 and env, and with neither a C compiler nor Node.js."""
    folder.mkdir(parents=True)
    base = os.path.realpath(sys.executable)
    for name, target in {"python3": base, "env": shutil.which("env") or "/usr/bin/env"}.items():
        (folder / name).symlink_to(target)
    return str(folder)


def run(checkout: Path, *words: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    """``./run WORDS`` to its end."""
    return subprocess.run(
        [sys.executable, str(checkout / "run"), *words],
        cwd=cwd or checkout,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )


@dataclass
class Served:
    """``./run`` serving, from the line that names the address to the end of the ``with``."""

    checkout: Path
    changes: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ("--port", "0")
    said: list[str] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Served:
        self.process = subprocess.Popen(
            [sys.executable, str(self.checkout / "run"), *self.words],
            cwd=self.checkout,
            env=environment(**self.changes),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip())
            if found := re.search(r"open http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(found[1])
                return self
        raise AssertionError(f"no address was named, exit {self.process.wait()}: {self.said}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.interrupt()

    def health(self) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def interrupt(self) -> tuple[int, str, str]:
        """Ctrl-C; the exit status, and what was still said on standard output and standard error."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err
