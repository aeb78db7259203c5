"""Injects are played in: at their time by a job, by hand before it, or not at all with the reason. Each once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.drills.clocks import first_of, moment_of, running
from holdfast.crisis.drills.telling import tell_inject
from holdfast.crisis.incidents.actions import tell
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.saving import change
from holdfast.readiness.exercises.models import Exercise, Inject, InjectState
from holdfast.readiness.exercises.rights import EDIT


class NotWaiting(ValidationError):
    """Somebody was quicker: it is delivered or skipped already."""


@act("inject.deliver", EDIT, label=_("deliver an inject"), on="inject")
def deliver_inject(by: Actor, inject: Inject, *, version: int | None = None) -> Inject:
    """Into the log of the exercise, and to those who play. Raises ValidationError where it was delivered or skipped, or
    the exercise is not under way or was stopped."""
    exercise = _playing(inject)
    if exercise.stopped_at is not None:
        raise ValidationError(gettext("The exercise is stopped: nothing is played in."))
    incidents = running(exercise)
    if not incidents:
        raise ValidationError(gettext("Nothing of “%(exercise)s” is open: end it.") % {"exercise": exercise})
    incident = first_of(exercise)
    if incident is None or not incident.is_open:
        incident = incidents[0]
    changes = {
        "state": InjectState.DELIVERED,
        "delivered_at": incident.moment(),
        "delivered_by": by if isinstance(by, User) else None,
    }
    change(inject, changes, changes, by)
    about = {"channel": inject.get_channel_display(), "to": inject.to or gettext("all"), "text": inject.text}
    tell(by, incident, "exercise.inject", gettext("EXERCISE · %(channel)s to %(to)s: %(text)s") % about,
         body={"inject": inject.number, "planned_after": inject.at_hours})  # fmt: skip
    inject.exercise = exercise
    tell_inject(by, inject, incident)
    return inject


@act("inject.skip", EDIT, label=_("skip an inject"), on="inject")
def skip_inject(by: Actor, inject: Inject, *, version: int | None = None, reason: str) -> Inject:
    """It is not played in. It does not go into the log, which the players read. Raises ValidationError."""
    _playing(inject)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why it is skipped.")})
    changes = {"state": InjectState.SKIPPED, "skipped_because": reason.strip()}
    return change(inject, changes, changes, by)


def _playing(inject: Inject) -> Exercise:
    """The exercise, held: a pause or the end waits, or was first. Raises ValidationError."""
    if not inject.is_waiting:
        about = {"number": inject.number, "state": inject.get_state_display()}
        raise NotWaiting(gettext("Inject %(number)d is %(state)s already.") % about)
    exercise: Exercise = Exercise.objects.select_for_update().get(pk=inject.exercise_id)
    if not exercise.is_under_way:
        raise ValidationError(gettext("“%(exercise)s” is not under way.") % {"exercise": exercise})
    return exercise


def due_injects(exercise: Exercise, at: datetime | None = None) -> list[Inject]:
    """Those that wait and whose time has come, by the clock of the exercise, in order; none while it is stopped."""
    shows = moment_of(exercise, at)
    if shows is None or exercise.story_starts is None or exercise.stopped_at is not None:
        return []
    waiting = exercise.injects.filter(state=InjectState.WAITING).order_by("at_hours", "number", "pk")
    return [row for row in waiting if exercise.story_starts + timedelta(hours=row.at_hours) <= shows]


def deliver_due(by: Actor, exercise: Exercise) -> int:
    """Delivers what is due, each by itself; gives how many this call has delivered. What another delivers at the same
    moment is left to that one."""
    count = 0
    if not exercise.is_under_way or not running(exercise):
        return count
    for inject in due_injects(exercise):
        try:
            deliver_inject(by, inject)
        except NotWaiting:
            continue
        count += 1
    return count


@job("exercises.play", label=_("injects of exercises"), every=timedelta(minutes=1), takes_context=True)
def play(by: Actor, context: Running) -> dict[str, int]:
    """Begun again after a worker was killed, it finds what was delivered as delivered."""
    count = 0
    rows = list(Exercise.objects.under_way().order_by("pk"))
    for number, exercise in enumerate(rows):
        context.progress(number, len(rows))
        count += deliver_due(by, exercise)
    return {"exercises": len(rows), "injects": count}
