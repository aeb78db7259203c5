"""A throw-away PostgreSQL cluster on a free port of this machine, ended by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

OWNER = "postgres"
# Nothing here outlives the tests, so nothing is flushed to the disk.
OPTIONS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories="]


def find_programs() -> Path | None:
    """The folder of Debian's newest PostgreSQL, or the one on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


class Cluster:
    """`with Cluster(programs) as cluster: cluster.url`."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-postgresql-"))
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/holdfast"

    def __enter__(self) -> Cluster:
        data = self.folder / "data"
        if os.geteuid() == 0:
            # The server refuses to run as root.
            shutil.chown(self.folder, OWNER, OWNER)
        self._run("initdb", "-D", data, "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = [part for option in OPTIONS for part in ("-c", option)]
        self.process = subprocess.Popen(
            self._command("postgres", "-D", data, "-p", self.port, "-c", "listen_addresses=127.0.0.1", *settings),
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("wb"),
        )
        self._wait(data / "postmaster.pid")
        return self

    def __exit__(self, *exc: Any) -> None:
        if self.process is not None:
            number = (self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
            os.kill(int(number), signal.SIGINT)
            self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self, program: str, *args: Any) -> list[str]:
        command = [str(self.programs / program), *map(str, args)]
        return ["runuser", "-u", OWNER, "--", *command] if os.geteuid() == 0 else command

    def _run(self, program: str, *args: Any) -> None:
        subprocess.run(self._command(program, *args), check=True, capture_output=True, cwd=self.folder)

    def _wait(self, pid_file: Path) -> None:
        for _attempt in range(300):
            if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
                return
            if self.process is not None and self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
