"""How tasks come from one state to the next: shared by the acts, called inside them.

Locks are taken in one order, so that nobody waits in a circle: the plan under way, its tasks, the log.
"""

from __future__ import annotations

from datetime import datetime

from holdfast.crisis.incidents.actions import refuse_ended, tell
from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.crisis.tasks.models import ENDED, ActiveTask, PlanRun, RunState, TaskState
from holdfast.crisis.tasks.telling import tell_task
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.conflict import conflict
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import Person
from holdfast.organization.structure.saving import save_all


def room_of(incident: Incident) -> Incident:
    """Where the incident is run now: itself, or the one that took it in. Raises ValidationError where that is over."""
    while incident.state == IncidentState.MERGED and incident.merged_into is not None:
        incident = incident.merged_into
    refuse_ended(incident)
    return incident


def family(incident: Incident) -> list[Incident]:
    """The incident and those that it took in: their tasks are its own now."""
    found, at = [incident], 0
    while at < len(found):
        found += Incident.objects.filter(merged_into=found[at])
        at += 1
    return found


def held(task: ActiveTask, seen: int | None) -> ActiveTask:
    """The task as it is, held with its plan until the transaction ends. Raises Conflict where it is not as `seen`."""
    if task.run_id is not None:
        PlanRun.objects.select_for_update().get(pk=task.run_id)
    now: ActiveTask = ActiveTask.objects.select_for_update().get(pk=task.pk)
    if seen is not None and now.version != seen:
        raise conflict(now, seen)
    return now


def holder_of(task: ActiveTask, *, without: Person | None = None) -> Person | None:
    """Who holds the post of the role today, else who holds the alternate's, else nobody."""
    holding = persons_holding([task.post_id, task.alternate_id], clock.today())
    for post in (task.post_id, task.alternate_id):
        for person in holding.get(post or 0, ()):
            if person != without:
                return person
    return None


def make_ready(task: ActiveTask, now: datetime) -> None:
    """All before it is done: whoever has it is to do it now."""
    task.ready_at = now
    if task.owner is None and task.cannot is None:
        task.owner = holder_of(task)
    task.state = settled_state(task, waiting=False)


def settled_state(task: ActiveTask, *, waiting: bool) -> TaskState:
    """How a task that is not blocked stands."""
    if task.started_at is not None:
        return TaskState.DOING
    if waiting:
        return TaskState.WAITING
    if task.owner is None:
        return TaskState.READY
    return TaskState.ACCEPTED if task.accepted_at is not None else TaskState.ASSIGNED


def waits(task: ActiveTask) -> list[ActiveTask]:
    """What it comes after and is not done yet."""
    if task.run_id is None or not task.after:
        return []
    return list(ActiveTask.objects.open().filter(run=task.run_id, code__in=task.after))


def follow(by: Actor, task: ActiveTask, now: datetime) -> list[ActiveTask]:
    """What can begin now that this is over; the plan is done when all of it is. Gives what has become ready."""
    if task.run_id is None:
        return []
    tasks = {one.code: one for one in ActiveTask.objects.filter(run=task.run_id)}
    ready = []
    for one in tasks.values():
        behind = one.state == TaskState.WAITING and task.code in one.after
        if behind and all(tasks[code].state in ENDED for code in one.after if code in tasks):
            fresh = ActiveTask.objects.select_for_update().get(pk=one.pk)
            if fresh.state == TaskState.WAITING:
                make_ready(fresh, now)
                ready.append(fresh)
    save_all(ready, by, fields=["ready_at", "owner", "state"])
    if all(one.state in ENDED for one in tasks.values()):
        run = PlanRun.objects.get(pk=task.run_id)
        run.state, run.ended_at = RunState.DONE, now
        save_all([run], by, fields=["state", "ended_at"])
    return ready


def said(by: Actor, task: ActiveTask, kind: str, text: str, **body: object) -> None:
    """What was done to the task, into the log; and its notices. After all rows are written."""
    tell(by, room_of(task.incident), kind, text, body={"task": task.key, "code": task.code, **body})
    tell_task(by, task)
