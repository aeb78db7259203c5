"""Jobs at set times. Each set time is a slot with a name of its own, and no two jobs have the same slot: however many
workers look, one job is made, and one of them does it. A time that passed while no worker ran is made up once."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.jobs.leased import LeaseState
from holdfast.organization.jobs.models import Job, Worker
from holdfast.organization.jobs.registry import JOBS, Declared, job

KEPT = timedelta(days=30)
KEPT_FAILED = timedelta(days=180)


def plan(declared: Declared | None = None) -> list[str]:
    """Makes the jobs whose set time has come, those of `declared` or all. Gives their slots, made before or now."""
    now = clock.now()
    wanted = [declared] if declared is not None else [each for each in JOBS.values() if each.every is not None]
    slots = {f"{each.name} {each.slot(now):%Y-%m-%dT%H:%MZ}": each for each in wanted}
    known = set(Job.objects.filter(slot__in=slots).values_list("slot", flat=True))
    rows = [
        Job(
            name=each.name,
            priority=each.priority,
            queue_name=each.queue_name,
            most_attempts=each.most_attempts,
            system=f"job {each.name}",
            enqueued_at=now,
            run_after=now,
            slot=slot,
        )
        for slot, each in slots.items()
        if slot not in known
    ]
    if rows:
        # Another worker may be as far at the same moment: the slot that is there already stays.
        Job.objects.bulk_create(rows, ignore_conflicts=True)
    return list(slots)


@job("jobs.sweep", label=_("remove old jobs"), at="03:30", takes_context=True)
def sweep(by: object, context: object) -> dict[str, int]:
    """Removes what ended long ago, and workers that have gone. The newest job of each set time stays."""
    now = clock.now()
    newest = [f"{each.name} {each.slot(now):%Y-%m-%dT%H:%MZ}" for each in JOBS.values() if each.every is not None]
    over = Job.objects.exclude(slot__in=newest)
    old = over.filter(state__in=[LeaseState.DONE, LeaseState.CANCELLED], finished_at__lt=now - KEPT)
    failed = over.filter(state=LeaseState.FAILED, finished_at__lt=now - KEPT_FAILED)
    count = old.delete()[0] + failed.delete()[0]
    return {"jobs": count, "workers": Worker.objects.filter(beat_at__lt=now - timedelta(days=1)).delete()[0]}
