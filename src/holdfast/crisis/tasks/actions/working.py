"""What is done with a task by who has it: accepted, begun, done, failed, blocked, handed back; and who lets it begin.

Two may press at once. Each act holds the task first and then looks: what is already so is left as it is, silently, so
that done twice is done once; what has become something else is told as a conflict.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.rights import RUN
from holdfast.crisis.tasks.actions.running import new_task
from holdfast.crisis.tasks.models import ENDED, ActiveTask, TaskState
from holdfast.crisis.tasks.moving import follow, held, holder_of, room_of, said, settled_state, waits
from holdfast.crisis.tasks.rights import TASK
from holdfast.crisis.tasks.telling import tell_task
from holdfast.governance.agreement.models import held_posts
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.conflict import conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed, may
from holdfast.organization.structure.models import Person
from holdfast.organization.structure.saving import change, create


def is_doer(by: Actor, task: ActiveTask) -> bool:
    """Whether it is for this account to do: as its owner, as a holder of the role's posts, or for who runs it all."""
    if not isinstance(by, User):
        return True
    if task.owner is not None and task.owner.user_id == by.pk:
        return True
    posts = [pk for pk in (task.post_id, task.alternate_id) if pk]
    return held_posts(by, clock.today()).filter(post__in=posts).exists() or may(by, RUN, task)


def is_approver(by: Actor, task: ActiveTask) -> bool:
    if not isinstance(by, User):
        return True
    posts = [pk for pk in (task.approver_post_id, task.approver_alternate_id) if pk]
    return held_posts(by, clock.today()).filter(post__in=posts).exists()


@act("incident.task.accept", TASK, label=_("accept a task"), under="task")
def accept_task(by: Actor, task: ActiveTask, *, seen: int | None = None) -> ActiveTask:
    """Whoever has it says so; one that nobody has becomes the one's who accepts it. Also ahead of its time."""
    task = _mine(by, task)
    if task.accepted_at is not None or task.state in (TaskState.DOING, *ENDED):
        return task
    _refuse_changed(task, seen)
    changes: dict[str, Any] = {"accepted_at": task.incident.moment()}
    person = _person(by)
    if task.owner is None:
        if person is None:
            raise ValidationError(gettext("Your account stands for no person: give the task to somebody."))
        changes["owner"] = person
    _take(task, changes)
    if task.state != TaskState.BLOCKED:
        changes["state"] = settled_state(task, waiting=task.state == TaskState.WAITING)
    change(task, changes, changes, by)
    said(by, task, "task.accepted", gettext("Accepted: %(title)s") % {"title": task.title}, owner=str(task.owner))
    return task


@act("incident.task.begin", TASK, label=_("begin a task"), under="task")
def begin_task(by: Actor, task: ActiveTask, *, seen: int | None = None) -> ActiveTask:
    """Out of order too; the log says so. Raises ValidationError for a step that nobody has let begin."""
    task = _mine(by, task)
    if task.state == TaskState.DOING:
        return task
    _refuse_changed(task, seen)
    _refuse_over(task)
    _refuse_unapproved(task)
    before = [one.code for one in waits(task)]
    changes = _begun(by, task)
    changes["state"] = TaskState.DOING
    _take(task, changes)
    change(task, changes, changes, by)
    text = gettext("Begun: %(title)s") % {"title": task.title}
    if before:
        text += " · " + gettext("out of order, before %(codes)s") % {"codes": ", ".join(before)}
    said(by, task, "task.begun", text, owner=str(task.owner or ""), before=before)
    return task


@act("incident.task.finish", TASK, label=_("say that a task is done"), under="task")
def finish_task(
    by: Actor, task: ActiveTask, *, seen: int | None = None, verified: str = "", note: str = ""
) -> ActiveTask:
    """What comes after it can begin. Said twice, it is done once. Raises ValidationError for a step that nobody has let
    begin, and for one whose success has to be verified and is not."""
    task = _mine(by, task)
    if task.state == TaskState.DONE:
        return task
    _refuse_changed(task, seen)
    _refuse_over(task)
    _refuse_unapproved(task)
    if task.verification.strip() and not verified.strip():
        raise ValidationError(
            {"verified": gettext("Say what the verification found: %(how)s") % {"how": task.verification}}
        )
    now = task.incident.moment()
    changes: dict[str, Any] = {"state": TaskState.DONE, "done_at": now, "verified": verified.strip(), "why": ""}
    if task.started_at is None and task.accepted_at is not None:
        changes["started_at"] = max(task.accepted_at, task.ready_at or task.accepted_at)
    _take(task, changes)
    change(task, changes, changes, by)
    ready = follow(by, task, now)
    said(
        by, task, "task.done", gettext("Done: %(title)s") % {"title": task.title},
        owner=str(task.owner or ""), hours=task.measured_hours, verified=verified.strip(), note=note.strip(),
        ready=[one.code for one in ready],
    )  # fmt: skip
    for one in ready:
        tell_task(by, one)
    return task


@act("incident.task.fail", TASK, label=_("say that a step failed"), under="task")
def fail_task(by: Actor, task: ActiveTask, *, seen: int | None = None, found: str) -> ActiveTask:
    """The way back, where there is one, becomes a task, and the step waits for it to be tried again; without one it is
    blocked. Raises ValidationError."""
    task = held(_mine(by, task), seen)
    _refuse_over(task)
    if not found.strip():
        raise ValidationError({"found": gettext("Say what failed.")})
    now = task.incident.moment()
    changes: dict[str, Any] = {
        "failures": task.failures + 1,
        "verified": found.strip(),
        "first_at": task.first_at or task.started_at,
        "started_at": None,
        "approved_at": None,
        "approved_by": None,
    }
    back: ActiveTask | None = None
    if task.way_back.strip() and task.run is not None:
        title = (gettext("The way back of %(code)s: %(title)s") % {"code": task.code, "title": task.title})[:300]
        due = now + timedelta(hours=task.likely)
        back = new_task(task.incident, title, due, details=task.way_back, owner=task.owner, run=task.run)
        back.post, back.alternate, back.role = task.post, task.alternate, task.role
        create(back, by)
        changes |= {"state": TaskState.WAITING, "after": [*task.after, back.code], "why": found.strip()}
    else:
        changes |= {"state": TaskState.BLOCKED, "why": found.strip(), "blocked_at": now}
    change(task, changes, changes, by)
    text = gettext("Failed: %(title)s") % {"title": task.title}
    said(by, task, "task.failed", text, found=found.strip(), way_back=back.key if back else None)
    if back is not None:
        tell_task(by, back)
    return task


@act("incident.task.block", TASK, label=_("say that a task is blocked"), under="task")
def block_task(by: Actor, task: ActiveTask, *, seen: int | None = None, why: str, helps: str = "") -> ActiveTask:
    """Why it does not go on, and what would help. Raises ValidationError."""
    task = held(_mine(by, task), seen)
    _refuse_over(task)
    if not why.strip():
        raise ValidationError({"why": gettext("Say what blocks it.")})
    changes = {
        "state": TaskState.BLOCKED,
        "why": why.strip(),
        "helps": helps.strip(),
        "blocked_at": task.blocked_at if task.state == TaskState.BLOCKED else task.incident.moment(),
    }
    change(task, changes, changes, by)
    text = gettext("Blocked: %(title)s · %(why)s") % {"title": task.title, "why": why.strip()}
    said(by, task, "task.blocked", text, why=why.strip(), helps=helps.strip())
    return task


@act("incident.task.unblock", TASK, label=_("say that a task goes on"), under="task")
def unblock_task(by: Actor, task: ActiveTask, *, seen: int | None = None, how: str = "") -> ActiveTask:
    task = _mine(by, task)
    if task.state != TaskState.BLOCKED:
        return task
    _refuse_changed(task, seen)
    _refuse_over(task)
    changes: dict[str, Any] = {"why": "", "helps": "", "blocked_at": None}
    changes["state"] = settled_state(task, waiting=bool(waits(task)))
    if changes["state"] != TaskState.WAITING and task.ready_at is None:
        changes["ready_at"] = task.incident.moment()
    change(task, changes, changes, by)
    said(by, task, "task.unblocked", gettext("Goes on: %(title)s") % {"title": task.title}, how=how.strip())
    return task


@act("incident.task.decline", TASK, label=_("say that one cannot do a task"), under="task")
def decline_task(by: Actor, task: ActiveTask, *, seen: int | None = None, why: str) -> ActiveTask:
    """It goes to who stands in; where nobody does, it has nobody, and those who run the incident are told."""
    task = held(_mine(by, task), seen)
    _refuse_over(task)
    if not why.strip():
        raise ValidationError({"why": gettext("Say why.")})
    before = task.owner
    changes: dict[str, Any] = {
        "owner": holder_of(task, without=before),
        "cannot": before or _person(by),
        "accepted_at": None,
        "first_at": task.first_at or task.started_at,
        "started_at": None,
    }
    for name, value in changes.items():
        setattr(task, name, value)
    if task.state != TaskState.BLOCKED:
        changes["state"] = settled_state(task, waiting=bool(waits(task)))
    change(task, changes, changes, by)
    about = {"who": before or by, "title": task.title, "to": task.owner or gettext("nobody")}
    text = gettext("%(who)s cannot do “%(title)s”: it goes to %(to)s") % about
    said(by, task, "task.declined", text, why=why.strip(), to=task.owner and task.owner.name)
    return task


@act("incident.task.take_over", TASK, label=_("take over a task"), under="task")
def take_over_task(by: Actor, task: ActiveTask, *, seen: int | None = None) -> ActiveTask:
    """From who had it; what was begun goes on. Raises ValidationError for an account that stands for no person."""
    task = _mine(by, task)
    person = _person(by)
    if person is None:
        raise ValidationError(gettext("Your account stands for no person: give the task to somebody."))
    if task.owner == person:
        return task
    _refuse_changed(task, seen)
    _refuse_over(task)
    before = task.owner
    changes: dict[str, Any] = {"owner": person, "accepted_at": task.incident.moment(), "cannot": None}
    _take(task, changes)
    if task.state != TaskState.BLOCKED:
        changes["state"] = settled_state(task, waiting=task.state == TaskState.WAITING)
    change(task, changes, changes, by)
    about = {"who": person, "title": task.title}
    said(
        by, task, "task.taken_over", gettext("%(who)s takes over “%(title)s”") % about,
        **{"from": before and before.name, "to": person.name},
    )  # fmt: skip
    return task


@act("incident.task.approve", TASK, label=_("let a step begin"), under="task")
def approve_task(by: Actor, task: ActiveTask, *, seen: int | None = None, instead: str = "") -> ActiveTask:
    """By who holds the post of the approver, or stands in; who runs the incident may in their place, and says why
    (`instead`). Raises NotAllowed, ValidationError."""
    task = held(task, None)
    if task.approved_at is not None:
        return task
    _refuse_changed(task, seen)
    _refuse_over(task)
    if not task.approver:
        raise ValidationError(gettext("“%(task)s” needs nobody's word to begin.") % {"task": task})
    if not is_approver(by, task):
        if not may(by, RUN, task):
            raise NotAllowed(gettext("“%(task)s” is let begin by: %(role)s.") % {"task": task, "role": task.approver})
        if not instead.strip():
            about = {"role": task.approver}
            raise ValidationError({"instead": gettext("Say why you decide in place of: %(role)s.") % about})
    changes = {"approved_at": task.incident.moment(), "approved_by": by if isinstance(by, User) else None}
    change(task, changes, changes, by)
    text = gettext("May begin: %(title)s") % {"title": task.title}
    said(by, task, "task.approved", text, role=task.approver, instead=instead.strip())
    return task


def _mine(by: Actor, task: ActiveTask) -> ActiveTask:
    """The task, held. Raises NotAllowed where it is for somebody else to do."""
    now = held(task, None)
    if not is_doer(by, now):
        raise NotAllowed(gettext("“%(task)s” is for somebody else to do.") % {"task": now})
    return now


def _refuse_changed(task: ActiveTask, seen: int | None) -> None:
    if seen is not None and task.version != seen:
        raise conflict(task, seen)


def _refuse_over(task: ActiveTask) -> None:
    room_of(task.incident)
    if task.state in ENDED:
        raise ValidationError(gettext("“%(task)s” is %(state)s.") % {"task": task, "state": task.get_state_display()})


def _refuse_unapproved(task: ActiveTask) -> None:
    if task.awaits_approval:
        about = {"task": task, "role": task.approver}
        raise ValidationError(gettext("“%(task)s” has not been let begin by: %(role)s.") % about)


def _begun(by: Actor, task: ActiveTask) -> dict[str, Any]:
    now = task.incident.moment()
    person = _person(by)
    changes: dict[str, Any] = {
        "started_at": now,
        "first_at": task.first_at or now,
        "why": "",
        "helps": "",
        "blocked_at": None,
    }
    if task.accepted_at is None:
        changes["accepted_at"] = now
    if task.owner is None and person is not None:
        changes["owner"] = person
    return changes


def _take(task: ActiveTask, changes: dict[str, Any]) -> None:
    """Sets what changes, so that what follows from it can be asked."""
    for name, value in changes.items():
        setattr(task, name, value)


def _person(by: Actor) -> Person | None:
    return Person.objects.filter(user=by).first() if isinstance(by, User) else None
