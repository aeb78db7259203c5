"""The year and the sweeps on a Dask cluster of two local worker processes: the same bits, and a worker killed on the
way loses nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.twins import organisation

from holdfast.engine.cluster import Cluster
from holdfast.engine.errors import InputError
from holdfast.engine.feasibility import feasibility
from holdfast.engine.hazards import read_hazards
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import read_twin
from holdfast.engine.weak_points import weak_points
from holdfast.engine.year import year

pytest.importorskip("distributed")
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("cluster")]
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Machines:
    """A scheduler and its workers on this machine's own address, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        host, port = self.address.split(":")
        self.scheduler = self._begin("scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-show")
        self.workers = [self.worker(), self.worker()]

    def worker(self) -> subprocess.Popen[bytes]:
        return self._begin(
            "worker", f"tcp://{self.address}", "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--no-dashboard",
            "--death-timeout", "240", "--local-directory", str(self.folder),
        )  # fmt: skip

    def _begin(self, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def wait(self, data: bytes) -> Cluster:
        until = time.monotonic() + 120
        while True:
            try:
                cluster = Cluster(self.address, data)
            except InputError:
                if time.monotonic() > until:
                    raise
                continue
            cluster._client.wait_for_workers(len(self.workers), timeout=120)
            return cluster

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.terminate()
        for process in (*self.workers, self.scheduler):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    found = Machines(tmp_path_factory.mktemp("cluster"))
    try:
        yield found
    finally:
        found.end()


@pytest.fixture(scope="module")
def data() -> bytes:
    return json.dumps(organisation(7, 400)).encode()


def test_two_machines_give_the_same_bits_as_this_one_for_sweeps_and_years(machines: Machines, data: bytes) -> None:
    twin = read_twin(data)
    hazards = read_hazards(data, twin)
    with machines.wait(data) as cluster:
        there = year(twin, hazards, 500, 3, cluster=cluster)
        points = weak_points(twin, 24.0, cluster=cluster)
        ready = feasibility(twin, cluster=cluster)
    assert there.as_json() == year(twin, hazards, 500, 3, workers=1).as_json()
    assert points.as_json() == weak_points(twin, 24.0, workers=1).as_json()
    assert ready == feasibility(twin, workers=1)


def test_it_can_be_stopped(machines: Machines, data: bytes) -> None:
    twin = read_twin(data)
    with machines.wait(data) as cluster, pytest.raises(Cancelled):
        year(twin, read_hazards(data, twin), 5_000, 3, cluster=cluster, cancelled=lambda: True)


def test_a_worker_killed_in_the_middle_changes_nothing(machines: Machines, data: bytes) -> None:
    twin = read_twin(data)
    hazards = read_hazards(data, twin)
    killed: list[int] = []

    def tell(done: int, _years: int) -> None:
        if not killed and done:
            killed.append(machines.workers[0].pid)
            os.kill(machines.workers[0].pid, signal.SIGKILL)

    with machines.wait(data) as cluster:
        there = year(twin, hazards, 4_000, 5, cluster=cluster, progress=tell)
    assert killed and machines.workers[0].wait(20) == -signal.SIGKILL
    assert there.as_json() == year(twin, hazards, 4_000, 5, workers=1).as_json()
    machines.workers[0] = machines.worker()


def test_where_nobody_answers_it_says_so(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.engine.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"nobody answers at 127\.0\.0\.1"):
        Cluster(f"127.0.0.1:{free_port()}", data)
