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
from holdfast.crisis.picture.models import Outage
from holdfast.crisis.tasks.questions import tasks_of
from holdfast.readiness.exercises.models import InjectState
from holdfast.readiness.plans.claims import works_of
from holdfast.readiness.plans.graph import Circle, schedule
from holdfast.readiness.plans.models import Phase, Plan

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


def _outages(incident: Incident) -> Iterator[Line]:
    """What was out, from when until it worked again; planned: until when that was thought to last."""
    for outage in Outage.objects.true().filter(incident=incident).select_related("node"):
        until = outage.ended_at or end_of(incident)
        yield Line(
            outage.node.name,
            planned=(outage.since, outage.until_likely) if outage.until_likely is not None else None,
            actual=(outage.since, max(outage.since, until)),
            open=outage.ended_at is None,
        )


def _meetings(incident: Incident) -> Iterator[Line]:
    """From the call to the end."""
    for meeting in incident.meetings.select_related("group").order_by("called_at", "pk"):
        until = meeting.closed_at or end_of(incident)
        yield Line(
            str(meeting.group),
            actual=(meeting.called_at, max(meeting.called_at, until)),
            open=meeting.closed_at is None,
        )


def _decisions(incident: Incident) -> Iterator[Line]:
    """From the proposal to the decision."""
    for decision in incident.decisions.order_by("number"):
        until = decision.decided_at or decision.proposed_at
        yield Line(f"{decision.number}. {decision.title}", actual=(decision.proposed_at, until))


def _tasks(incident: Incident) -> Iterator[Line]:
    """The tasks of plans that were activated, against when the plan would have them; and those of plans that an
    exercise tries and nobody activated, as they would have gone on from its start."""
    begun = set()
    for task in tasks_of(incident):
        planned = None
        if task.run is not None:
            begun.add(task.run.plan.agreement.line)
            if task.planned_start is not None and task.planned_finish is not None:
                start, finish = (
                    task.run.began_at + timedelta(hours=h) for h in (task.planned_start, task.planned_finish)
                )
                planned = (start, finish)
        start_at = task.first_at or task.started_at
        until = task.done_at or end_of(incident)
        yield Line(
            f"{task.code} {task.title}",
            planned=planned,
            actual=(start_at, max(start_at, until)) if start_at is not None else None,
            open=task.done_at is None,
        )
    exercise = incident.exercise
    if exercise is None or incident.split_from_id is not None:
        return
    for tried in exercise.plans.select_related("plan__agreement"):
        if tried.plan.agreement.line not in begun:
            yield from _as_planned(tried.plan, incident.began)


def _as_planned(plan: Plan, began: datetime) -> Iterator[Line]:
    tasks = plan.task_rows()
    try:
        slots = schedule(works_of(tasks))
    except Circle:
        return
    for task in tasks:
        slot = slots[task.code]
        start, finish = (began + timedelta(hours=hours) for hours in (slot.start, slot.finish))
        yield Line(f"{task.code} {task.title}", planned=(start, finish))


def _log(incident: Incident) -> Iterator[Line]:
    entries = [entry for entry in incident.log.entries.order_by("number") if not entry.kind.startswith(OURS)]
    if entries:
        yield Line(gettext("Entries of the log"), points=tuple(entry.moment for entry in entries))


LANES: list[Lane] = [
    Lane("phases", _("Phases"), _phases),
    Lane("injects", _("Injects"), _injects),
    Lane("outages", _("What was out"), _outages),
    Lane("meetings", _("Meetings"), _meetings),
    Lane("decisions", _("Decisions"), _decisions),
    Lane("tasks", _("Tasks of the plans"), _tasks),
    Lane("log", _("Log"), _log),
]
"""In the order in which they are drawn; parts to the right of this one may add theirs."""


def timeline_of(incident: Incident) -> list[Drawn]:
    """The lanes that have something in this incident."""
    found = [Drawn(lane.name, str(lane.label), list(lane.lines(incident))) for lane in LANES]
    return [lane for lane in found if lane.lines]


def span_of(lanes: Iterable[Drawn], incident: Incident) -> Span:
    """From the first to the last time that is drawn. What was planned for long after the end is not followed: three
    times as long as it lasted, or an exercise was to last, is far enough."""
    times = [incident.began, end_of(incident)]
    exercise = incident.exercise
    lasted = end_of(incident) - incident.began
    if exercise is not None:
        lasted = max(lasted, timedelta(hours=exercise.hours))
    for lane in lanes:
        for line in lane.lines:
            times += [at for span in (line.planned, line.actual) if span is not None for at in span]
            times += line.points
    last = max(times)
    return min(times), min(last, incident.began + 3 * lasted) if lasted else last
