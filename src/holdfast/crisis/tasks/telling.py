"""The notices of tasks under way: who has to do one, who has to let one begin, and what somebody has to see to.

An exercise says in each that it is one.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN
from holdfast.crisis.tasks.models import ActiveTask, TaskState
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.holders import accounts_holding

DO = declare_kind("crisis.task", _("Do your task in the incident"))
APPROVE = declare_kind("crisis.approve", _("Let a step begin, or say why not"))
GAP = declare_kind("crisis.gap", _("A task has nobody: give it to somebody"))
BLOCKED = declare_kind("crisis.blocked", _("A task is blocked: help it on"))

FOR_DOERS, FOR_RUNNERS = "crisis-task:", "crisis-gap:"
WITH_OWNER = (TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.DOING, TaskState.BLOCKED)


def titled(incident: Incident, title: str) -> str:
    return title if incident.real else f"{gettext('EXERCISE')}: {title}"


def my_address(incident: Incident) -> str:
    return f"{incident.address}my-tasks/"


def tell_task(by: Actor, task: ActiveTask) -> None:
    """Brings the notices of a task in line with how it stands. Inside an act."""
    incident = task.incident
    common: dict[str, Any] = {
        "title": titled(incident, task.title),
        "unit": incident.unit,
        "site": incident.site,
        "due": task.due.astimezone(incident.zone).date() if incident.real else None,
    }
    doers: list[Wanted] = []
    owner = task.owner.user if task.owner is not None else None
    if owner is not None and owner.is_active and task.state in WITH_OWNER:
        doers.append(Wanted(DO, user=owner))
    runners: list[Wanted] = []
    if task.awaits_approval and task.state != TaskState.WAITING:
        approvers = _approvers(task)
        doers += [Wanted(APPROVE, user=user) for user in approvers]
        if not approvers:
            runners.append(Wanted(APPROVE, permission=RUN))
    if task.state == TaskState.READY:
        runners.append(Wanted(GAP, permission=RUN))
    if task.state == TaskState.BLOCKED:
        runners.append(Wanted(BLOCKED, permission=RUN, words=task.why))
    keep_notices(by, source=f"{FOR_DOERS}{task.key}", wanted=doers, address=my_address(incident), **common)
    keep_notices(
        by, source=f"{FOR_RUNNERS}{task.key}", wanted=runners, address=f"{incident.address}tasks/{task.key}/", **common
    )


def _approvers(task: ActiveTask) -> list[User]:
    """Who holds the approver's post today, else who stands in."""
    posts = (task.approver_post_id, task.approver_alternate_id)
    holding = accounts_holding(posts, clock.today())
    return next((holding[post] for post in posts if post and holding.get(post)), [])
