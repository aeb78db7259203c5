"""Jobs and the workers that are at work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import System, User
from holdfast.organization.jobs.leased import Leased, LeaseState
from holdfast.organization.jobs.registry import DEFAULT_QUEUE, JOBS
from holdfast.organization.rows import Row, Scope

ALIVE = timedelta(seconds=90)
"""A worker that has not been heard of for longer counts as gone."""


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> Self:
        """What waits or runs."""
        return self.filter(state__in=[LeaseState.WAITING, LeaseState.RUNNING])


class Job(Leased, Row):
    """Something to be done in the background: the name of a declared job and plain values, for whom, and how far it is.

    `slot` names the set time of a periodic job; no two jobs have the same.
    """

    SCOPE: ClassVar[Scope] = Scope("job.view", owner="user")

    name = models.CharField(_("job"), max_length=80)
    arguments = models.JSONField(_("values"), default=dict, blank=True)
    queue_name = models.CharField(_("queue"), max_length=40, default=DEFAULT_QUEUE)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by"))
    system = models.CharField(_("asked by the system"), max_length=100, blank=True, default="")
    request = models.CharField(_("request"), max_length=64, blank=True, default="")
    enqueued_at = models.DateTimeField(_("asked for"))
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True, blank=True)
    words = models.CharField(_("progress"), max_length=300, blank=True, default="")
    outcome = models.JSONField(_("outcome"), null=True, blank=True)
    slot = models.CharField(_("set time"), max_length=120, null=True, blank=True, unique=True)

    objects = JobQuerySet.as_manager()

    class Meta(Leased.Meta):
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes: ClassVar[list[models.Index]] = [
            *Leased.Meta.indexes,
            models.Index(fields=["user", "-id"], name="organization_job_own"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What is done, in the reader's language."""
        return str(JOBS[self.name].label) if self.name in JOBS else self.name

    @property
    def set_time(self) -> datetime | None:
        """The set time that this one is for; None for a job that somebody asked for."""
        return parse_datetime((self.slot or "").rpartition(" ")[2])

    @property
    def rhythm(self) -> str:
        """The set times of such jobs, in the reader's language."""
        return JOBS[self.name].rhythm if self.name in JOBS else ""

    @property
    def actor(self) -> Actor:
        """On whose behalf it runs: the acts that it calls check that person's rights as they are then."""
        return self.user if self.user is not None else System(self.system or f"job {self.name}")

    @property
    def share(self) -> int | None:
        """How much is done, in percent."""
        if not self.total:
            return None
        return min(100, 100 * self.done // self.total)


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> Self:
        return self.filter(beat_at__gt=clock.now() - ALIVE)


class Worker(models.Model):
    """A worker process, and when it was last heard of."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    begun_at = models.DateTimeField(_("begun"))
    beat_at = models.DateTimeField(_("last heard of"), db_index=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


def last_beat() -> Any:
    """When a worker was last heard of; None where none ever was."""
    return Worker.objects.aggregate(last=models.Max("beat_at"))["last"]


__all__ = ["Job", "Worker"]
