"""What happened against what was planned, line by line, by the clock of the incident.

Each part of the room adds its lane to LANES: a function of the incident that gives lines. A line was planned from when
to when, went on from when to when, or is a row of moments; times that are not known are None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident
from holdfast.readiness.exercises.models import InjectState
from holdfast.readiness.plans.claims import works_of
from holdfast.readiness.plans.graph import Circle, schedule
from holdfast.readiness.plans.models import Phase

Span = tuple[datetime, datetime]
OURS = ("review.", "measurement.")
"""Kinds of log entries that are not what happened, but what was written about it."""


@dataclass(frozen=True)
class Line:
    """One row: a moment is a span whose ends are one."""

    label: str
    planned: Span | None = None
    actual: Span | None = None
    points: tuple[datetime, ...] = ()
    open: bool = False
    """Whether it goes on still: its end is now."""

    @property
    def late(self) -> timedelta | None:
        """How much later than planned it ended; negative where it was early. None where one of the two is missing."""
        return self.actual[1] - self.planned[1] if self.planned and self.actual and not self.open else None


@dataclass(frozen=True)
class Lane:
    name: str
    label: str | Promise
    lines: Callable[[Incident], Iterable[Line]]


@dataclass(frozen=True)
class Drawn:
    """A lane with what it has in an incident."""

    name: str
    label: str
    lines: list[Line] = field(default_factory=list)


def end_of(incident: Incident) -> datetime:
    """When it ended, by its own clock; now, while it is open."""
    return incident.closed_at or incident.moment()


def _phases(incident: Incident) -> Iterator[Line]:
    entries = list(incident.phases.order_by("at", "pk"))
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        until = following.at if following is not None else end_of(incident)
        yield Line(str(Phase(entry.phase).label), actual=(entry.at, until), open=following is None and incident.is_open)


def _injects(incident: Incident) -> Iterator[Line]:
    """Those of the exercise that it plays; what was skipped was planned alone. Not those that still wait: they are a
    secret."""
    exercise = incident.exercise
    if exercise is None or incident.split_from_id is not None:
        return
    for inject in exercise.injects.exclude(state=InjectState.WAITING):
        due = exercise.due_at(inject)
        yield Line(
            gettext("Inject %(number)d: %(text)s") % {"number": inject.number, "text": inject.text},
            planned=(due, due) if due is not None else None,
            actual=(inject.delivered_at, inject.delivered_at) if inject.delivered_at is not None else None,
        )


def _plans(incident: Incident) -> Iterator[Line]:
    """The tasks of the plans that an exercise tries, as they would go on from its start at their most likely
    durations."""
    exercise = incident.exercise
    if exercise is None or incident.split_from_id is not None:
        return
    for tried in exercise.plans.select_related("plan"):
        tasks = tried.plan.task_rows()
        try:
            slots = schedule(works_of(tasks))
        except Circle:
            continue
        for task in tasks:
            slot = slots[task.code]
            start, finish = (incident.began + timedelta(hours=hours) for hours in (slot.start, slot.finish))
            yield Line(f"{task.code} {task.title}", planned=(start, finish))


def _log(incident: Incident) -> Iterator[Line]:
    entries = [entry for entry in incident.log.entries.order_by("number") if not entry.kind.startswith(OURS)]
    if entries:
        yield Line(gettext("Entries of the log"), points=tuple(entry.moment for entry in entries))


LANES: list[Lane] = [
    Lane("phases", _("Phases"), _phases),
    Lane("injects", _("Injects"), _injects),
    Lane("tasks", _("Tasks of the plans"), _plans),
    Lane("log", _("Log"), _log),
]
"""In the order in which they are drawn. The parts to the left of this one are asked here; others may add theirs."""


def timeline_of(incident: Incident) -> list[Drawn]:
    """The lanes that have something in this incident."""
    found = [Drawn(lane.name, str(lane.label), list(lane.lines(incident))) for lane in LANES]
    return [lane for lane in found if lane.lines]


def span_of(lanes: Iterable[Drawn], incident: Incident) -> Span:
    """From the first to the last time that is drawn."""
    times = [incident.began, end_of(incident)]
    for lane in lanes:
        for line in lane.lines:
            times += [at for span in (line.planned, line.actual) if span is not None for at in span]
            times += line.points
    return min(times), max(times)
