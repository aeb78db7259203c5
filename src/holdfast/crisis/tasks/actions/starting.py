"""A plan goes under way, and is stood down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.decisions.models import Activation
from holdfast.crisis.incidents.actions import refuse_ended, tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN
from holdfast.crisis.tasks.models import ENDED, ActiveTask, Given, PlanRun, RunState, TaskState
from holdfast.crisis.tasks.moving import make_ready
from holdfast.crisis.tasks.telling import tell_task
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import Person
from holdfast.organization.structure.saving import change, create, save_all, unused_key
from holdfast.readiness.plans.claims import slots_of
from holdfast.readiness.plans.models import Plan, PlanTask


def parts_of(plan: Plan, on: date) -> list[Plan]:
    """The plans in force that are parts of this one, whichever version of it they name, and the parts of those."""
    found: list[Plan] = []
    lines = [plan.agreement.line]
    while lines:
        parts = Plan.objects.in_force(on).filter(part_of__agreement__line__in=lines, part_of__agreement__kind=Plan.KIND)
        new = [part for part in parts.select_related("agreement").order_by("key") if part not in found and part != plan]
        found += new
        lines = [part.agreement.line for part in new]
    return found


@act("incident.plan.start", RUN, label=_("set a plan under way"), under="incident")
def start_plan(by: Actor, incident: Incident, plan: Plan, *, parts: Iterable[Plan] = ()) -> PlanRun:
    """Each task of the plan is a task of the incident from now on, and those of the `parts` that go along with it.
    Raises ValidationError for what does not count (in an exercise any version may be tried), is under way already, or
    is no part of the plan."""
    refuse_ended(incident)
    on = clock.today()
    wanted = list(dict.fromkeys(parts))
    if wanted:
        known = {part.pk for part in parts_of(plan, on)}
        for part in wanted:
            if part.pk not in known:
                about = {"part": part, "plan": plan}
                raise ValidationError({"parts": gettext("“%(part)s” is no part in force of “%(plan)s”.") % about})
    run = _begin(by, incident, plan, None, on)
    for part in wanted:
        if not PlanRun.objects.filter(incident=incident, plan=part, state=RunState.RUNNING).exists():
            _begin(by, incident, part, run, on)
    return run


def start_among(
    by: Actor, incident: Incident, plans: Sequence[Plan], activation: Activation | None = None
) -> list[PlanRun]:
    """The plans of one activation, each within the one that it is a part of; what is under way already goes on. Inside
    an act."""
    on = clock.today()
    runs: dict[int, PlanRun] = {}
    lines = {plan.agreement.line: plan for plan in plans}
    found: list[PlanRun] = []

    def begin(plan: Plan, above: tuple[int, ...] = ()) -> PlanRun:
        if plan.pk in runs:
            return runs[plan.pk]
        running: PlanRun | None = PlanRun.objects.filter(incident=incident, plan=plan, state=RunState.RUNNING).first()
        if running is None:
            whole = lines.get(plan.part_of.agreement.line) if plan.part_of is not None else None
            within = begin(whole, (*above, plan.pk)) if whole is not None and whole.pk not in above else None
            running = _begin(by, incident, plan, within, on, activation)
            found.append(running)
        runs[plan.pk] = running
        return running

    for plan in plans:
        begin(plan)
    return found


def _begin(
    by: Actor,
    incident: Incident,
    plan: Plan,
    within: PlanRun | None,
    on: date,
    activation: Activation | None = None,
) -> PlanRun:
    if incident.real and not plan.agreement.in_force_on(on):
        raise ValidationError({"plan": gettext("“%(plan)s” does not count on this day.") % {"plan": plan}})
    if PlanRun.objects.filter(incident=incident, plan=plan, state=RunState.RUNNING).exists():
        raise ValidationError({"plan": gettext("“%(plan)s” is under way already.") % {"plan": plan}})
    now = incident.moment()
    key = unused_key(PlanRun, f"{incident.key}.p{PlanRun.objects.filter(incident=incident).count() + 1}")
    run = create(PlanRun(key=key, incident=incident, plan=plan, activation=activation, within=within, began_at=now), by)
    rows: list[PlanTask] = plan.task_rows()
    slots = slots_of(rows)
    posts = {pk for row in rows if row.role for pk in (row.role.post_id, row.role.alternate_id)}
    holding = persons_holding(posts, on)
    tasks = [_task(run, row, slots.get(row.code), holding, now) for row in rows]
    save_all(tasks, by)
    gaps = sum(1 for task in tasks if task.owner is None)
    text = gettext("Plan under way: %(plan)s") % {"plan": plan}
    if gaps:
        text += " · " + ngettext("%(n)d task has nobody", "%(n)d tasks have nobody", gaps) % {"n": gaps}
    listed = [
        {"code": task.code, "title": task.title, "owner": task.owner and task.owner.name, "due": task.due.isoformat()}
        for task in tasks
    ]
    tell(by, incident, "task.plan_started", text, body={"plan": plan.key, "run": run.key, "tasks": listed})
    for task in tasks:
        if task.state != TaskState.WAITING:
            tell_task(by, task)
    return run


def _task(run: PlanRun, row: PlanTask, slot: Any, holding: dict[int, list[Person]], now: datetime) -> ActiveTask:
    role, approval = row.role, row.approval
    posts = (role.post_id, role.alternate_id) if role is not None else ()
    owner = next((holding[post][0] for post in posts if post and holding.get(post)), None)
    task = ActiveTask(
        key=f"{run.key}.{row.code}",
        incident=run.incident,
        run=run,
        task=row,
        code=row.code,
        position=row.position,
        title=row.title,
        details=row.details,
        role=role.name if role else "",
        post=role.post if role else None,
        alternate=role.alternate if role else None,
        owner=owner,
        low=row.low,
        likely=row.likely,
        high=row.high,
        after=row.after,
        planned_start=slot.start if slot else None,
        planned_finish=slot.finish if slot else None,
        due=run.at(slot.finish if slot else row.likely),
        process=row.process,
        site=row.site,
        approver=approval.name if approval else "",
        approver_post=approval.post if approval else None,
        approver_alternate=approval.alternate if approval else None,
        verification=row.verification,
        way_back=row.way_back,
    )
    if not row.after:
        make_ready(task, now)
    return task


@act("incident.plan.stand_down", RUN, label=_("stand a plan down"), on="run")
def stand_down_plan(by: Actor, run: PlanRun, *, version: int, reason: str) -> PlanRun:
    """Its open tasks end, and what was given out for them comes back. Raises ValidationError."""
    refuse_ended(run.incident)
    if run.state != RunState.RUNNING:
        raise ValidationError(gettext("“%(plan)s” is %(state)s.") % {"plan": run, "state": run.get_state_display()})
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why.")})
    end_run(by, run, reason.strip())
    return run


def end_run(by: Actor, run: PlanRun, reason: str) -> None:
    """Stands a plan down. Inside an act that holds it."""
    now = run.incident.moment()
    tasks = list(ActiveTask.objects.select_for_update().filter(run=run).exclude(state__in=ENDED))
    for task in tasks:
        task.state, task.why, task.done_at = TaskState.STOOD_DOWN, reason, now
    save_all(tasks, by, fields=["state", "why", "done_at"])
    given = list(Given.objects.filter(task__run=run, ended_at=None))
    for one in given:
        one.ended_at = max(now, one.since)
    save_all(given, by, fields=["ended_at"])
    change(run, {"state": RunState.STOOD_DOWN, "ended_at": now}, {"state", "ended_at"}, by)
    tell(
        by, run.incident, "task.plan_stood_down", gettext("Stood down: %(plan)s") % {"plan": run},
        body={
            "run": run.key, "reason": reason, "tasks": [task.code for task in tasks],
            "given_back": [{"pool": one.pool.key, "amount": one.amount} for one in given],
        },
    )  # fmt: skip
    for task in tasks:
        tell_task(by, task)
    note(tasks=len(tasks), given_back=len(given))
