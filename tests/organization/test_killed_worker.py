"""A worker that is killed loses nothing: real processes on the database of the test. Runs on PostgreSQL too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from holdfast.organization import clock
from holdfast.organization.jobs.models import Job, Worker
from holdfast.organization.places.models import Unit

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def start(tmp_path: Path, log: Path) -> Iterator[Start]:
    """Begins a worker with a lease of two seconds; whatever still runs at the end of the test is ended."""
    begun: list[subprocess.Popen[bytes]] = []

    def one(*options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.organization.working", str(connection.settings_dict["NAME"]), str(log)]
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        begun.append(
            subprocess.Popen(
                [*command, "--lease", "2", *options],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": path, "HOLDFAST_DATA": str(tmp_path)},
                stderr=(tmp_path / f"worker-{len(begun)}").open("wb"),
            )
        )
        return begun[-1]

    yield one
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait()


def until(true: Callable[[], object], what: str) -> None:
    """Waits for something that other processes do."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def asked(name: str, **values: object) -> Job:
    """A job of the processes, which this process does not know by name."""
    now = clock.now()
    job = Job(name=name, arguments=values, system="test", enqueued_at=now, run_after=now)
    job.save()
    return job


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def lines(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def test_a_job_whose_worker_is_killed_in_the_middle_is_finished_by_another_once(start: Start, log: Path) -> None:
    job = asked("test.units", count=20, pause=0.1)
    first = start()
    until(lambda: now(job).done >= 5, "the first worker is in the middle")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert now(job).state == "running", "nobody has said anything"
    second = start()
    until(lambda: now(job).is_over, "the second worker ends it")
    ended = now(job)
    assert (ended.state, ended.attempts, ended.done, ended.outcome) == ("done", 2, 20, {"units": 20})
    assert Unit.objects.filter(key__startswith="step-").count() == 20
    steps = [(int(pid), int(number)) for pid, _step, number in lines(log)]
    assert {pid for pid, _number in steps} == {first.pid, second.pid}
    # The one that was killed may have committed a step and not have said so any more; none was done twice.
    numbers = [number for _pid, number in steps]
    assert len(numbers) == len(set(numbers))


def test_two_workers_never_have_one_job_at_the_same_time(start: Start, log: Path) -> None:
    jobs = [asked("test.line", number=number) for number in range(40)]
    workers = [start("--threads", "3") for _each in range(2)]
    until(lambda: not Job.objects.filter(name="test.line").open().exists(), "all is done")
    assert {now(job).state for job in jobs} == {"done"}
    assert {now(job).attempts for job in jobs} == {1}
    begun = [number for _pid, what, number in lines(log) if what == "begin"]
    assert sorted(begun, key=int) == [str(number) for number in range(40)]
    assert {int(pid) for pid, *_rest in lines(log)} <= {worker.pid for worker in workers}


def test_a_worker_that_is_asked_to_end_gives_back_what_it_is_at(start: Start, log: Path) -> None:
    job = asked("test.units", count=10_000, pause=0.05)
    first = start()
    until(lambda: now(job).done >= 2, "it is at work")
    until(lambda: Worker.objects.alive().exists(), "it shows that it lives")
    first.terminate()
    assert first.wait(PATIENCE) == 0
    given_back = now(job)
    assert (given_back.state, given_back.attempts) == ("waiting", 0)
    assert not Worker.objects.exists()


def test_a_running_job_can_be_cancelled_from_elsewhere(start: Start, log: Path) -> None:
    from holdfast.organization.jobs.actions import cancel_job
    from tests.cast import TEST

    job = asked("test.units", count=10_000, pause=0.05)
    start()
    until(lambda: now(job).done >= 2, "it is at work")
    cancel_job(TEST, now(job))
    until(lambda: now(job).is_over, "it notices")
    ended = now(job)
    assert ended.state == "cancelled"
    assert Unit.objects.filter(key__startswith="step-").count() == ended.done < 10_000
