"""`holdfast serve` begins a worker, `holdfast worker` does jobs: real processes on a folder of their own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0


def begun(folder: Path, *words: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = os.environ | {"HOLDFAST_DATA": str(folder), "HOLDFAST_EMPTY": "1", "PYTHONPATH": path}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.Popen(
        [sys.executable, "-m", "holdfast", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "said").open("w"),
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> None:
    """Nothing that it began is left: a server that is killed leaves its own processes behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


def until(true: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)
    return found


class Server:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = begun(folder, "serve", "--port", "0")
        self.port = int(until(lambda: re.search(r"open http://127\.0\.0\.1:(\d+)/", self.said), "it serves")[1])

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text()

    def worker(self) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/health")
        found: dict[str, Any] = json.loads(connection.getresponse().read())["worker"]
        return found

    def children(self) -> list[int]:
        """The worker processes that say that this server is their parent."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = place.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"worker" in words and str(self.process.pid).encode() in words:
                found.append(int(place.parent.name))
        return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    served = Server(tmp_path)
    yield served
    if served.process.poll() is None:
        served.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            served.process.wait(60)
    ended(served.process)


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has waited for yet has ended too."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_the_server_begins_a_worker_that_ends_with_it(server: Server) -> None:
    until(lambda: server.worker()["alive"], "the worker shows that it lives")
    (worker,) = server.children()
    assert "is at work" in server.said
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(60) == 0
    assert gone(worker)


def test_a_worker_that_is_killed_is_begun_again(server: Server) -> None:
    (first,) = until(server.children, "there is a worker")
    os.kill(first, signal.SIGKILL)
    second = until(lambda: [pid for pid in server.children() if pid != first and not gone(pid)], "there is another")
    assert second != [first]
    assert "begun again" in server.said


def test_a_worker_ends_when_its_server_is_killed(server: Server) -> None:
    until(lambda: server.worker()["alive"], "the worker shows that it lives")
    (worker,) = server.children()
    server.process.kill()
    server.process.wait()
    until(lambda: gone(worker), "the worker has noticed")


def test_a_worker_alone_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    process = begun(tmp_path, "worker", "--threads", "1")
    until(lambda: "is at work" in (tmp_path / "said").read_text(), "it works")
    process.terminate()
    assert process.wait(60) == 0


@pytest.mark.parametrize("words", [["--threads", "0"], ["--lease", "0"], ["--threads", "many"], ["--queue"], ["else"]])
def test_a_worker_refuses_what_cannot_be(tmp_path: Path, words: list[str]) -> None:
    process = begun(tmp_path, "worker", *words)
    assert process.wait(60) == 2
    assert "Error" in (tmp_path / "said").read_text()
