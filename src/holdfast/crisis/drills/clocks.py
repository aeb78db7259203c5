"""The clock of an exercise. It is continuous: whatever is done to its pace, it goes on from what it shows.

    moment(t) = clock_shows + pace · (t − clock_from)

A pause is a pace of 0. All incidents of an exercise (one that was split off is another) have one clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.structure.saving import save_all
from holdfast.readiness.exercises.models import Exercise


def running(exercise: Exercise) -> list[Incident]:
    """The open incidents of an exercise, the first one first."""
    return list(Incident.objects.filter(exercise=exercise, state=IncidentState.OPEN).order_by("pk"))


def first_of(exercise: Exercise) -> Incident | None:
    """The incident that the exercise began with."""
    found: Incident | None = Incident.objects.filter(exercise=exercise, split_from=None).first()
    return found


def moment_of(exercise: Exercise, at: datetime | None = None) -> datetime | None:
    """What the clock of an exercise shows; None before it was started."""
    first = first_of(exercise)
    return first.moment(at) if first is not None else None


def turned(incident: Incident, now: datetime, pace: float) -> dict[str, Any]:
    """The columns of a clock that goes on at another pace from `now`, showing what it shows then. Where the world's
    clock was set back before it was last turned, it stays at what it showed."""
    since = incident.clock_from
    at = now if since is None else max(now, since)
    return {"clock_from": now, "clock_shows": incident.moment(at), "pace": pace}


def turn(by: Actor, incidents: Iterable[Incident], now: datetime, pace: float) -> None:
    """All of them at one moment. Inside an act that holds the exercise."""
    rows = list(incidents)
    for incident in rows:
        for name, value in turned(incident, now, pace).items():
            setattr(incident, name, value)
    save_all(rows, by, fields=["clock_from", "clock_shows", "pace"])
