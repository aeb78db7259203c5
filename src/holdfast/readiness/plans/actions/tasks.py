"""Roles and tasks of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement import steps
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Node, Pool, Post
from holdfast.organization.structure.saving import change, create, remove_all, save_all
from holdfast.readiness.plans.graph import Circle, Work, in_order
from holdfast.readiness.plans.models import Plan, PlanProcess, PlanRole, PlanTask, TaskAfter, TaskClaim, key_in
from holdfast.readiness.plans.rights import EDIT


class RoleFields(TypedDict, total=False):
    position: int
    name: str
    does: str
    post: Post | None
    alternate: Post | None
    called_by: PlanRole | None


class TaskFields(TypedDict, total=False):
    position: int
    phase: str
    title: str
    details: str
    role: PlanRole | None
    low: float
    likely: float
    high: float
    basis: str
    source: str
    site: Site | None
    process: Node | None
    approval: PlanRole | None
    verification: str
    way_back: str


Claims = Sequence[tuple[Pool | Node, float]]
"""What a task takes while it goes on, and how much of it."""


@act("plan.role.create", EDIT, label=_("add a role to a plan"), under="plan")
def create_role(by: Actor, *, plan: Plan, code: str = "", **fields: Unpack[RoleFields]) -> PlanRole:
    """Without a code it gets the next number. Raises ValidationError for what is no draft and for a code that is
    taken."""
    steps.touch(by, plan)
    fields.setdefault("position", PlanRole.objects.filter(plan=plan).count())
    code = _free(PlanRole, plan, code, "R")
    role = PlanRole(plan=plan, key=key_in(plan, code), code=code, **fields)
    return create(role, by)


@act("plan.role.edit", EDIT, label=_("change a role of a plan"), on="role")
def edit_role(by: Actor, role: PlanRole, *, version: int, **changes: Unpack[RoleFields]) -> PlanRole:
    """Raises ValidationError for what is no draft, and for a call tree that leads back to the role."""
    steps.touch(by, role.plan)
    above = changes.get("called_by")
    while above is not None:
        if above.pk == role.pk:
            raise ValidationError({"called_by": gettext("The call tree would lead back to this role.")})
        above = above.called_by
    return change(role, changes, RoleFields.__annotations__, by)


@act("plan.role.remove", EDIT, label=_("remove a role from a plan"), on="role")
def remove_role(by: Actor, role: PlanRole, *, version: int) -> PlanRole:
    """Raises ValidationError where a task or another role still names it."""
    steps.touch(by, role.plan)
    note(plan=role.plan.key, name=role.name)
    remove_all([role], by)
    return role


@act("plan.task.create", EDIT, label=_("add a task to a plan"), under="plan")
def create_task(
    by: Actor,
    *,
    plan: Plan,
    code: str = "",
    after: Iterable[PlanTask] = (),
    claims: Claims = (),
    **fields: Unpack[TaskFields],
) -> PlanTask:
    """Without a code it gets the next number. Raises ValidationError for what is no draft, a code that is taken, and
    what it brings back where the plan is not for it."""
    steps.touch(by, plan)
    _refuse_other(plan, fields.get("process"))
    fields.setdefault("position", PlanTask.objects.filter(plan=plan).count())
    code = _free(PlanTask, plan, code, "T")
    task = create(PlanTask(plan=plan, key=key_in(plan, code), code=code, **fields), by)
    save_all([TaskAfter(task=task, after=one) for one in dict.fromkeys(after)], by)
    save_all([_claim(task, what, amount) for what, amount in claims], by)
    return task


@act("plan.task.edit", EDIT, label=_("change a task of a plan"), on="task")
def edit_task(
    by: Actor,
    task: PlanTask,
    *,
    version: int,
    after: Iterable[PlanTask] | None = None,
    claims: Claims | None = None,
    **changes: Unpack[TaskFields],
) -> PlanTask:
    """`after` and `claims` take the place of what stood there; None leaves them. Raises ValidationError for what is no
    draft, and for tasks that would wait for each other, with their codes."""
    steps.touch(by, task.plan)
    _refuse_other(task.plan, changes.get("process"))
    if after is not None:
        wanted = list(dict.fromkeys(after))
        _refuse_circle(task, wanted)
        _put(by, task.afters.all(), [TaskAfter(task=task, after=one) for one in wanted], "after_id")
    if claims is not None:
        rows = [_claim(task, what, amount) for what, amount in claims]
        _put(by, task.claims.all(), rows, "pool_id", "node_id", "amount")
    return change(task, changes, TaskFields.__annotations__, by)


@act("plan.task.remove", EDIT, label=_("remove a task from a plan"), on="task")
def remove_task(by: Actor, task: PlanTask, *, version: int) -> PlanTask:
    """What came after it comes after what it came after itself: the order of the others stays."""
    steps.touch(by, task.plan)
    note(plan=task.plan.key, code=task.code, title=task.title)
    before = [link.after for link in task.afters.select_related("after")]
    following = list(task.befores.select_related("task"))
    there = set(TaskAfter.objects.filter(task__in=[link.task for link in following]).values_list("task", "after"))
    joined = [
        TaskAfter(task=link.task, after=one)
        for link in following
        for one in before
        if (link.task_id, one.pk) not in there
    ]
    remove_all([*following, *task.afters.all(), *task.claims.all()], by)
    save_all(joined, by)
    remove_all([task], by)
    return task


def _free(kind: type[PlanRole | PlanTask], plan: Plan, code: str, letter: str) -> str:
    """The code that was asked for, else the next number. Raises ValidationError where it is taken."""
    taken = set(kind._default_manager.filter(plan=plan).values_list("code", flat=True))
    if code:
        if code in taken:
            raise ValidationError({"code": gettext("This code is taken in this plan.")})
        return code
    number = len(taken) + 1
    while f"{letter}{number}" in taken:
        number += 1
    return f"{letter}{number}"


def _refuse_other(plan: Plan, process: Node | None) -> None:
    if process is not None and not PlanProcess.objects.filter(plan=plan, node=process).exists():
        said = gettext("The plan is not for %(process)s: add it to the plan first.")
        raise ValidationError({"process": said % {"process": process}})


def _refuse_circle(task: PlanTask, after: Sequence[PlanTask]) -> None:
    """Raises ValidationError with the codes of tasks that would wait for each other."""
    waits: dict[str, list[str]] = {code: [] for code in task.plan.tasks.values_list("code", flat=True)}
    links = TaskAfter.objects.filter(task__plan=task.plan_id).exclude(task=task)
    for code, before in links.values_list("task__code", "after__code"):
        waits[code].append(before)
    waits[task.code] = [one.code for one in after]
    try:
        in_order(Work(code, 0.0, 0.0, 0.0, tuple(before)) for code, before in waits.items())
    except Circle as circle:
        said = gettext("These tasks would wait for each other: %(codes)s.")
        raise ValidationError({"after": said % {"codes": str(circle)}}) from None


def _claim(task: PlanTask, what: Pool | Node, amount: float) -> TaskClaim:
    return TaskClaim(task=task, amount=amount, **{"pool" if isinstance(what, Pool) else "node": what})


def _put(by: Actor, there: Iterable[Any], wanted: Sequence[Any], *names: str) -> None:
    """Leaves exactly the wanted rows: what is there already stays as it is."""
    old = {tuple(getattr(row, name) for name in names): row for row in there}
    new = {tuple(getattr(row, name) for name in names): row for row in wanted}
    remove_all([row for said, row in old.items() if said not in new], by)
    save_all([row for said, row in new.items() if said not in old], by)
