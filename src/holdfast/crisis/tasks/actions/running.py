"""What those who run the incident do with tasks: add one, give it to somebody, move its time, let it be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.actions import refuse_ended
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN
from holdfast.crisis.tasks.models import ENDED, ActiveTask, PlanRun, RunState, TaskState
from holdfast.crisis.tasks.moving import follow, held, make_ready, room_of, said, settled_state, waits
from holdfast.crisis.tasks.telling import tell_task
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.structure.models import Person
from holdfast.organization.structure.saving import change, create, unused_key


@act("incident.task.add", RUN, label=_("add a task beside the plans"), under="incident")
def add_task(
    by: Actor,
    *,
    incident: Incident,
    title: str,
    due: datetime,
    owner: Person | None = None,
    details: str = "",
    run: PlanRun | None = None,
) -> ActiveTask:
    """With `run` it belongs to a plan under way, and the plan is not done before it is. Raises ValidationError."""
    refuse_ended(incident)
    if not title.strip():
        raise ValidationError({"title": gettext("Say what is to be done.")})
    if run is not None and (run.incident_id != incident.pk or run.state != RunState.RUNNING):
        raise ValidationError({"run": gettext("This plan is not under way here.")})
    task = new_task(incident, title.strip(), due, details=details, owner=owner, run=run)
    create(task, by)
    about = {"title": task.title, "who": owner or gettext("nobody")}
    said(by, task, "task.added", gettext("Task beside the plans: %(title)s (%(who)s)") % about, due=due.isoformat())
    return task


def new_task(
    incident: Incident, title: str, due: datetime, *, details: str, owner: Person | None, run: PlanRun | None
) -> ActiveTask:
    """A task beside the plan, ready to be saved. Its time is what there is until it is due."""
    now = incident.moment()
    number = ActiveTask.objects.filter(incident=incident, task=None).count() + 1
    key = unused_key(ActiveTask, f"{incident.key}.a{number}")
    hours = max(0.0, (due - now).total_seconds() / 3600)
    task = ActiveTask(
        key=key,
        incident=incident,
        run=run,
        code=f"+{key.rsplit('.a', 1)[1]}",
        position=10_000 + number,
        title=title,
        details=details,
        owner=owner,
        low=hours,
        likely=hours,
        high=hours,
        due=due,
    )
    make_ready(task, now)
    return task


@act("incident.task.assign", RUN, label=_("give a task to somebody"), on="task")
def assign_task(by: Actor, task: ActiveTask, *, version: int, to: Person, why: str = "") -> ActiveTask:
    """Raises ValidationError for one that is over."""
    _refuse_over(task)
    before = task.owner
    changes: dict[str, Any] = {"owner": to, "accepted_at": None if to != before else task.accepted_at, "cannot": None}
    for name, value in changes.items():
        setattr(task, name, value)
    changes["state"] = task.state if task.state == TaskState.BLOCKED else settled_state(task, waiting=_is_waiting(task))
    change(task, changes, changes, by)
    about = {"title": task.title, "who": to}
    said(
        by, task, "task.assigned", gettext("“%(title)s” is given to %(who)s") % about,
        **{"from": before and before.name, "to": to.name, "why": why.strip()},
    )  # fmt: skip
    return task


@act("incident.task.due", RUN, label=_("move when a task is due"), on="task")
def set_due(by: Actor, task: ActiveTask, *, version: int, due: datetime, why: str) -> ActiveTask:
    """Raises ValidationError without a reason."""
    _refuse_over(task)
    if not why.strip():
        raise ValidationError({"why": gettext("Say why.")})
    before = task.due
    change(task, {"due": due}, {"due"}, by)
    said(
        by, task, "task.due", gettext("“%(title)s” is due at another time") % {"title": task.title},
        **{"from": before.isoformat(), "to": due.isoformat(), "why": why.strip()},
    )  # fmt: skip
    return task


@act("incident.task.skip", RUN, label=_("say that a task is not needed"), under="task")
def skip_task(by: Actor, task: ActiveTask, *, seen: int | None = None, reason: str) -> ActiveTask:
    """What comes after it goes on as if it were done. Raises ValidationError without a reason."""
    task = held(task, seen)
    _refuse_over(task)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why it is not needed.")})
    now = task.incident.moment()
    changes = {"state": TaskState.NOT_NEEDED, "why": reason.strip(), "done_at": now}
    change(task, changes, changes, by)
    ready = follow(by, task, now)
    said(by, task, "task.not_needed", gettext("Not needed: %(title)s") % {"title": task.title}, reason=reason.strip())
    for one in ready:
        tell_task(by, one)
    return task


def _refuse_over(task: ActiveTask) -> None:
    room_of(task.incident)
    if task.state in ENDED:
        raise ValidationError(gettext("“%(task)s” is %(state)s.") % {"task": task, "state": task.get_state_display()})


def _is_waiting(task: ActiveTask) -> bool:
    return task.state == TaskState.WAITING and bool(waits(task))
