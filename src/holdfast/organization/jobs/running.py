"""The job that is being done, as its function sees it: how far it is, and whether it has to stop."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Event

from django.db.models.functions import Now

from holdfast.organization.jobs.leased import LEASE, held, renew
from holdfast.organization.jobs.models import Job

TELL_EVERY = 0.5
"""Seconds between two notes of progress; more often than people look is work for nothing."""


class LeaseLost(Exception):
    """Another worker has the job: whatever this one does from now on would be done twice."""


class Cancelled(Exception):
    """Somebody has cancelled the job."""


class Stopping(Exception):
    """The worker is to end; the job goes on in another."""


class Running:
    """`context` of a job. The job calls `check` or `progress` often enough to be stopped, and `checkpoint` inside the
    transaction that does a part of the work."""

    def __init__(self, job: Job, stop: Event | None = None, lease: timedelta = LEASE) -> None:
        self.job = job
        self.lease = lease
        self.is_lost = False
        self.is_cancelled = False
        self._stop = stop or Event()
        self._told_at = 0.0

    @property
    def done(self) -> int:
        """How much was done before, by this attempt or an earlier one."""
        return self.job.done

    def check(self) -> None:
        """Raises LeaseLost, Cancelled or Stopping where the job has to end here. Asks the database nothing."""
        if self.is_lost:
            raise LeaseLost
        if self.is_cancelled:
            raise Cancelled
        if self._stop.is_set():
            raise Stopping

    def progress(self, done: int, total: int | None = None, words: str = "") -> None:
        """Tells those who wait how far it is, now and then; and checks."""
        self.check()
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY or (total is not None and done >= total):
            self._told_at = now
            self._write(done, total, words)

    def checkpoint(self, done: int, total: int | None = None, words: str = "") -> None:
        """Keeps count together with what is done in the transaction that this is called in: both are committed, or
        neither, and only while the job is this worker's. The next attempt finds the count as `done`."""
        self.check()
        self._write(done, total, words)

    def renew(self) -> None:
        """Holds the job for another lease, and learns whether it was lost or is to be cancelled."""
        answer = renew(self.job, self.lease)
        self.is_lost = answer is None
        self.is_cancelled = self.is_cancelled or bool(answer)

    def _write(self, done: int, total: int | None, words: str) -> None:
        changes = {"done": done, "words": words[:300], "lease_until": Now() + self.lease}
        if total is not None:
            changes["total"] = total
        if not held(self.job).update(**changes):
            self.is_lost = True
            raise LeaseLost
        self.job.done = done
        self.job.total = self.job.total if total is None else total
