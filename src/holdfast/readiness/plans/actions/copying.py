"""The parts of a plan, copied into its next version."""

from __future__ import annotations

from typing import Any

from holdfast.organization.accounts.acts import Actor
from holdfast.organization.rows import Row
from holdfast.organization.structure.saving import save_all
from holdfast.readiness.plans.models import (
    Plan,
    PlanProcess,
    PlanRole,
    PlanSection,
    PlanTask,
    TaskAfter,
    TaskClaim,
    key_in,
)


def copy_parts(by: Actor, plan: Plan, following: Plan) -> None:
    """Sections, processes, roles and tasks with their order and claims. Copies and tests stay with their version."""
    save_all(
        [
            *(_like(row, plan=following) for row in PlanSection.objects.filter(plan=plan)),
            *(_like(row, plan=following) for row in PlanProcess.objects.filter(plan=plan)),
        ],
        by,
    )
    roles = {
        row.pk: (row, _like(row, plan=following, key=key_in(following, row.code), called_by=None))
        for row in PlanRole.objects.filter(plan=plan)
    }
    save_all([new for _old, new in roles.values()], by)
    fresh = {new.code: new for new in PlanRole.objects.filter(plan=following)}
    role_of = {pk: fresh[old.code] for pk, (old, _new) in roles.items()}
    called = [pk for pk, (old, _new) in roles.items() if old.called_by_id is not None]
    for pk in called:
        role_of[pk].called_by = role_of[roles[pk][0].called_by_id or 0]
    save_all([role_of[pk] for pk in called], by, fields={"called_by"})
    tasks = list(PlanTask.objects.filter(plan=plan))
    save_all(
        [
            _like(
                row,
                plan=following,
                key=key_in(following, row.code),
                role=role_of.get(row.role_id or 0),
                approval=role_of.get(row.approval_id or 0),
            )
            for row in tasks
        ],
        by,
    )
    made = {new.code: new for new in PlanTask.objects.filter(plan=following).select_related("plan")}
    task_of = {row.pk: made[row.code] for row in tasks}
    links = TaskAfter.objects.filter(task__in=tasks)
    save_all([TaskAfter(task=task_of[link.task_id], after=task_of[link.after_id]) for link in links], by)
    claims = TaskClaim.objects.filter(task__in=tasks).select_related("pool", "node")
    save_all([_like(claim, task=task_of[claim.task_id]) for claim in claims], by)


def _like(row: Any, **other: Any) -> Row:
    """A new row with the fields of another, but for these."""
    fields = {
        field.name: getattr(row, field.attname if field.is_relation else field.name)
        for field in row._meta.concrete_fields
        if field.name not in ("id", "version", *other)
    }
    names = {
        (row._meta.get_field(name).attname if row._meta.get_field(name).is_relation else name): value
        for name, value in fields.items()
    }
    made: Row = type(row)(**names, **other)
    return made
