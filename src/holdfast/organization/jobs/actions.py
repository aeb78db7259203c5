"""What people and acts do with jobs: ask for one, cancel it, let it start again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, request_id
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.leased import PRIORITIES, LeaseState, ask_to_cancel, start_again
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.registry import JOBS, Declared, check_queue

MOST_ARGUMENTS = 65_536
"""Bytes of a job's values as JSON. What is larger belongs into rows or files that the job is told of."""


def enqueue(
    name: str,
    kwargs: Mapping[str, Any] | None = None,
    *,
    by: Actor,
    priority: int | None = None,
    queue_name: str | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Asks for a job, in the transaction of the act that wants it done: no job without the act, no act without the job.

    The names are those of Django's tasks. `kwargs` are plain values (JSON); `priority` from -100 to 100, higher first;
    `run_after` with its time zone. The job runs on behalf of `by`, and the acts that it calls check for themselves.
    Raises ValidationError.
    """
    declared = JOBS.get(name)
    if declared is None:
        raise ValidationError({"name": gettext("There is no job “%(name)s”.") % {"name": name[:80]}})
    job = Job(
        name=name,
        arguments=plain(declared, dict(kwargs or {})),
        priority=declared.priority if priority is None else priority,
        queue_name=declared.queue_name if queue_name is None else queue_name,
        most_attempts=declared.most_attempts,
        user=by if isinstance(by, User) else None,
        system="" if isinstance(by, User) else by.name,
        request=request_id.get(),
        enqueued_at=clock.now(),
        run_after=run_after or clock.now(),
    )
    problems: dict[str, Any] = {}
    if job.priority not in PRIORITIES:
        problems["priority"] = gettext("Wanted a whole number from -100 to 100.")
    if not check_queue(job.queue_name):
        problems["queue_name"] = gettext("Wanted small letters, digits, - and _.")
    if job.run_after.tzinfo is None:
        problems["run_after"] = gettext("Wanted a time with its zone.")
    if problems:
        raise ValidationError(problems)
    job.save()
    return job


@act("job.cancel", "job.manage", label=_("cancel a job"), on="job")
def cancel_job(by: Actor, job: Job, *, version: int | None = None) -> Job:
    """One that waits ends here; one that runs is asked to stop, and ends at its next check. Raises ValidationError."""
    if not ask_to_cancel(job):
        raise ValidationError(gettext("This job has ended already: %(state)s.") % {"state": job.get_state_display()})
    job.refresh_from_db()
    return job


@act("job.retry", "job.manage", label=_("let a job start again"), on="job")
def retry_job(by: Actor, job: Job, *, version: int | None = None) -> Job:
    """One that failed or was cancelled waits anew; one that waits is due at once. Raises ValidationError."""
    if not start_again(job):
        said = gettext("This job is running.") if job.state == LeaseState.RUNNING else gettext("This job is done.")
        raise ValidationError(said)
    job.refresh_from_db()
    return job


def plain(declared: Declared, arguments: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON gives them back. Raises ValidationError for what is no JSON, too much, or not wanted."""
    try:
        said = json.dumps(arguments, allow_nan=False)
        if len(said) > MOST_ARGUMENTS:
            raise ValueError(gettext("More than %(most)s bytes of values.") % {"most": MOST_ARGUMENTS})
        if "\\u0000" in said:
            raise ValueError(gettext("A text holds a character that cannot be kept."))
        found: dict[str, Any] = json.loads(said)
        declared.check(found)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError({"kwargs": str(error)}) from None
    return found
