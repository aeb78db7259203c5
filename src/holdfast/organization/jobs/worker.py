"""A worker: claims one job after the other, does each, and holds it by its lease while it does."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, InterfaceError, connection
from django.utils import translation

from holdfast.organization import clock
from holdfast.organization.accounts.acts import request_id
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs import periodic
from holdfast.organization.jobs.leased import (
    LEASE,
    RENEWED_EVERY,
    LeaseState,
    claim,
    end_abandoned,
    finish,
    give_back,
)
from holdfast.organization.jobs.models import Job, Worker
from holdfast.organization.jobs.registry import JOBS
from holdfast.organization.jobs.running import Cancelled, LeaseLost, Running, Stopping

log = logging.getLogger("holdfast.worker")

IDLE_SECONDS = 1.0
PLAN_SECONDS = 15.0
BEAT_SECONDS = 15.0
GRACE_SECONDS = 10.0
LONGEST_PAUSE = timedelta(hours=1)
MOST_ERROR = 2000
Failure = (DatabaseError, InterfaceError)


class Crew:
    """Some threads that do jobs, and one that renews their leases, until `stop` is set."""

    def __init__(self, *, threads: int = 1, lease: timedelta = LEASE, queues: Sequence[str] = ()) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.lease = lease
        self.stop = Event()
        self._threads = threads
        self._among = {"queue_name": list(queues)} if queues else None
        self._running: dict[int, Running] = {}
        self._lock = Lock()
        self._planned_at = self._beaten_at = float("-inf")

    def run(self) -> bool:
        """Works until it is told to stop. Gives whether all jobs were ended or given back in time."""
        workers = [Thread(target=self._work, args=(number,), daemon=True) for number in range(self._threads)]
        keeper = Thread(target=self._keep, daemon=True)
        for thread in (*workers, keeper):
            thread.start()
        while not self.stop.wait(3600):
            pass
        until = time.monotonic() + GRACE_SECONDS
        for thread in workers:
            thread.join(max(0.0, until - time.monotonic()))
        ended = not any(thread.is_alive() for thread in workers)
        if ended:
            self._guarded(lambda: Worker.objects.filter(name=self.name).delete())
        return ended

    def run_one(self, number: int = 0) -> bool:
        """Claims one job and does it. Gives whether there was one."""
        found = claim(Job, f"{self.name}/{number}", lease=self.lease, among=self._among)
        for job in found:
            self._do(job)
        return bool(found)

    def tend(self) -> None:
        """What is due besides: set times, jobs whose workers are gone, the sign of life, leases."""
        now = time.monotonic()
        if now - self._planned_at >= PLAN_SECONDS:
            periodic.plan()
            end_abandoned(Job, "Its worker ended in the middle of it, each time that it was tried.")
            self._planned_at = now
        if now - self._beaten_at >= BEAT_SECONDS:
            at = clock.now()
            if not Worker.objects.filter(name=self.name).update(beat_at=at):
                Worker(name=self.name, begun_at=at, beat_at=at).save()
            self._beaten_at = now
        with self._lock:
            held = list(self._running.values())
        for running in held:
            running.renew()

    def _work(self, number: int) -> None:
        while not self.stop.is_set():
            if not self._guarded(lambda: self.run_one(number)):
                self.stop.wait(IDLE_SECONDS)
        connection.close()

    def _keep(self) -> None:
        """Goes on while the last jobs end, so that their leases hold."""
        pause = min(self.lease.total_seconds() / RENEWED_EVERY, PLAN_SECONDS)
        while True:
            self._guarded(self.tend)
            time.sleep(pause)

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """The answer; None where the database did not answer, which is told and tried again later."""
        try:
            return call()
        except Failure as error:
            log.warning("the database does not answer: %s", str(error).strip())
            connection.close()
            return None

    def _do(self, job: Job) -> None:
        running = Running(job, self.stop, self.lease)
        with self._lock:
            self._running[job.pk] = running
        language = job.user.language if job.user is not None else ""
        token = request_id.set(job.request or f"job-{job.pk}")
        begun = time.monotonic()
        try:
            with translation.override(language or settings.LANGUAGE_CODE):
                said = self._outcome(job, running)
        finally:
            request_id.reset(token)
            with self._lock:
                del self._running[job.pk]
        log.info("job %s %s: %s after %.1f s", job.pk, job.name, said, time.monotonic() - begun)

    def _outcome(self, job: Job, running: Running) -> str:
        """Does the job and ends it; gives in a word how it went."""
        declared = JOBS.get(job.name)
        if declared is None:
            return self._fail(job, f"There is no job {job.name!r}.", again=False)
        try:
            values = declared.check(job.arguments)
        except ValueError as error:
            return self._fail(job, str(error), again=False)
        try:
            context = (running,) if declared.takes_context else ()
            outcome = declared.call(_fresh(job), *context, **values)
            if outcome is not None and not isinstance(outcome, dict):
                raise TypeError(f"{job.name}: wanted a dictionary or None as its outcome.")
        except LeaseLost:
            return "went to another worker"
        except Cancelled:
            self._end(lambda: finish(job, LeaseState.CANCELLED))
            return "cancelled"
        except Stopping:
            self._end(lambda: give_back(job, counted=False))
            return "given back"
        except (ValidationError, PermissionDenied) as error:
            # The same again would be refused again.
            said = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            return self._fail(job, said or type(error).__name__, again=False)
        except Failure as error:
            connection.close()
            return self._fail(job, f"{type(error).__name__}: {error}", again=True)
        except Exception as error:
            log.error("job %s %s:\n%s", job.pk, job.name, traceback.format_exc())
            return self._fail(job, f"{type(error).__name__}: {error}", again=True)
        whole: dict[str, Any] = {"done": job.total} if job.total else {}
        return (
            "done" if self._end(lambda: finish(job, LeaseState.DONE, outcome=outcome, **whole)) else "was not its own"
        )

    def _fail(self, job: Job, said: str, *, again: bool) -> str:
        said = said.replace("\0", "")[:MOST_ERROR]
        if again and job.attempts < job.most_attempts:
            pause = min(LONGEST_PAUSE, timedelta(seconds=10 * 2**job.attempts))
            self._end(lambda: give_back(job, after=pause, error=said))
            return f"failed, tried again in {pause}: {said}"
        self._end(lambda: finish(job, LeaseState.FAILED, error=said))
        return f"failed: {said}"

    def _end(self, call: Callable[[], bool]) -> bool:
        """Writes how a job ended, while its lease may still hold; the database may have been gone for a moment."""
        until = time.monotonic() + self.lease.total_seconds()
        while True:
            try:
                return call()
            except Failure:
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(min(1.0, self.lease.total_seconds() / RENEWED_EVERY))


def _fresh(job: Job) -> Any:
    """Who the job is done for, as they are now: rights that ended meanwhile have ended."""
    return job.actor if job.user is None else User.objects.get(pk=job.user.pk)
