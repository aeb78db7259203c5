"""Plans: begun, written section by section, submitted, approved, followed by the next version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Threat
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.models import TAKE_PART
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.conflict import Conflict, Difference, conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Group, Node, Post
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.organization.structure.saving import create, remove_all, save_all
from holdfast.readiness.plans.actions.copying import copy_parts
from holdfast.readiness.plans.checks import check_plan
from holdfast.readiness.plans.facts import facts_of
from holdfast.readiness.plans.gates import require_gate
from holdfast.readiness.plans.models import Plan, PlanKind, PlanProcess, PlanSection, TaskAfter, TaskClaim
from holdfast.readiness.plans.rights import EDIT
from holdfast.readiness.plans.telling import tell_plan


class PlanFields(DescribedFields, total=False):
    title: str
    site: Site | None
    part_of: Plan | None
    crisis: str
    threat: Threat | None
    owner: Post | None
    language: str
    review_months: int
    status: str


@act("plan.create", EDIT, label=_("begin a plan"))
def create_plan(by: Actor, *, key: str, kind: str, unit: Unit, **fields: Unpack[PlanFields]) -> Plan:
    """The first draft of a plan of a unit. Its kind and its unit stay. Raises ValidationError."""
    _refuse_circle(None, fields.get("part_of"))
    return steps.draft(by, Plan(key=key, kind=kind, unit=unit, **fields))


@act("plan.edit", EDIT, label=_("change a draft of a plan"), on="plan")
def edit_plan(by: Actor, plan: Plan, *, version: int, **changes: Unpack[PlanFields]) -> Plan:
    """Raises ValidationError for what is no draft, and for a plan that would be part of itself."""
    if "part_of" in changes:
        _refuse_circle(plan, changes["part_of"])
    return steps.change_draft(by, plan, changes, PlanFields.__annotations__)


@act("plan.version", EDIT, label=_("draft the next version of a plan"), on="plan")
def draft_plan_version(by: Actor, plan: Plan, *, key: str = "", version: int | None = None) -> Plan:
    """The next version; it begins with all that is written in this one. The data is read anew."""
    line, number = plan.agreement.line, plan.agreement.number + 1
    following = steps.new_version(by, plan, key=key or f"{line}-{number}", frozen=None)
    copy_parts(by, plan, following)
    return following


@act("plan.write", EDIT, label=_("write a section of a plan"), under="plan")
def write_section(
    by: Actor, *, plan: Plan, section: str, language: str, text: str, version: int | None = None
) -> PlanSection:
    """The text of a section in a language, in place of what stood there; `version` of what was seen, 0 where nothing
    stood there yet. Raises Conflict where somebody else has written meanwhile, ValidationError for what is no
    draft or no section to write in."""
    steps.touch(by, plan)
    row = PlanSection.objects.select_for_update().filter(plan=plan, section=section, language=language).first()
    if row is None:
        row = PlanSection(plan=plan, section=section, language=language)
    elif version is not None and version != row.version:
        raise _written_meanwhile(row, version)
    row.text = text.replace("\r\n", "\n").strip()
    note(plan=plan.key, section=section, language=language)
    save_all([row], by)
    return row


@act("plan.process.add", EDIT, label=_("add a process to a plan"), under="plan")
def add_process(by: Actor, *, plan: Plan, node: Node) -> PlanProcess:
    """A continuity plan is for processes; a recovery plan for applications and infrastructure. Raises
    ValidationError."""
    steps.touch(by, plan)
    if plan.kind == PlanKind.CRISIS:
        raise ValidationError({"node": gettext("A crisis management plan serves life and property, not a process.")})
    fits = node.kind == NodeKind.PROCESS if plan.kind == PlanKind.CONTINUITY else node.kind in RECOVERED
    if not fits or node.is_function:
        said = (
            gettext("A continuity plan is for processes.")
            if plan.kind == PlanKind.CONTINUITY
            else gettext("A recovery plan is for applications and infrastructure.")
        )
        raise ValidationError({"node": said})
    if PlanProcess.objects.filter(plan=plan, node=node).exists():
        raise ValidationError({"node": gettext("It is in this plan already.")})
    position = PlanProcess.objects.filter(plan=plan).count()
    return create(PlanProcess(plan=plan, node=node, position=position), by)


RECOVERED = (NodeKind.APPLICATION, NodeKind.INFRASTRUCTURE, NodeKind.RECORD)


@act("plan.process.remove", EDIT, label=_("take a process out of a plan"), on="of")
def remove_process(by: Actor, of: PlanProcess, *, version: int) -> PlanProcess:
    """Raises ValidationError where a task still brings it back."""
    steps.touch(by, of.plan)
    if task := of.plan.tasks.filter(process=of.node).first():
        raise ValidationError(gettext("“%(task)s” still brings it back.") % {"task": task})
    note(plan=of.plan.key, node=of.node.key)
    remove_all([of], by)
    return of


@act("plan.submit", EDIT, label=_("submit a plan for approval"), on="plan")
def submit_plan(
    by: Actor,
    plan: Plan,
    *,
    version: int,
    approver: User | None = None,
    post: Post | None = None,
    body: Group | None = None,
    reviewers: Sequence[User] = (),
    due: date | None = None,
    comment: str = "",
) -> Plan:
    """Its data is frozen with it. Raises ValidationError with what is missing, GateClosed while the steps before are
    not passed (docs/guides/programme.md)."""
    on = clock.today()
    require_gate(plan, on)
    if stops := check_plan(plan, on).stops:
        raise ValidationError([finding.says for finding in stops])
    named = steps.one_approver(approver, post, body)
    steps.change_draft(by, plan, {"frozen": {"on": on.isoformat(), **facts_of(plan, on)}}, {"frozen"})
    steps.submit(by, plan, approver=named, reviewers=reviewers, due=due, comment=comment)
    return plan


@act("plan.approve", TAKE_PART, label=_("approve a plan"), on="plan")
def approve_plan(
    by: Actor, plan: Plan, *, version: int, on: date, reason: str, in_force_from: date | None = None
) -> Plan:
    """It counts from now on, in place of the version before. As `steps.decide`."""
    steps.decide(by, plan, on=on, reason=reason, in_force_from=in_force_from)
    tell_plan(by, plan, clock.today())
    return plan


@act("plan.withdraw", EDIT, label=_("withdraw a plan"), on="plan")
def withdraw_plan(by: Actor, plan: Plan, *, version: int, on: date, reason: str) -> Plan:
    """It counts no more from this day, and no version follows."""
    steps.supersede(by, plan, on=on, reason=reason)
    tell_plan(by, plan, clock.today())
    return plan


@act("plan.discard", EDIT, label=_("discard a draft of a plan"), on="plan")
def discard_plan(by: Actor, plan: Plan, *, version: int) -> Plan:
    """With all that is in it. Raises ValidationError for what is in review or approved, and where another plan is part
    of it."""
    steps.touch(by, plan)
    if part := Plan.objects.filter(part_of=plan).first():
        raise ValidationError(gettext("“%(part)s” is part of it.") % {"part": part})
    tasks = list(plan.tasks.all())
    links = [*TaskAfter.objects.filter(task__in=tasks), *TaskClaim.objects.filter(task__in=tasks)]
    roles = list(plan.roles.all())
    for role in roles:
        role.called_by = None
    save_all(roles, by, fields={"called_by"})
    parts = [*links, *tasks, *roles, *plan.processes.all(), *plan.sections.all(), *plan.copies.all()]
    remove_all([*parts, *plan.tests.all(), *plan.attestations.all()], by)
    steps.discard(by, plan)
    return plan


def _refuse_circle(plan: Plan | None, above: Plan | None) -> None:
    """Raises ValidationError where a plan would come to stand under itself, by the versions of each line."""
    seen: set[str] = {plan.agreement.line} if plan is not None else set()
    while above is not None:
        if above.agreement.line in seen:
            raise ValidationError({"part_of": gettext("A plan is no part of itself, nor of its own parts.")})
        seen.add(above.agreement.line)
        above = above.part_of


def _written_meanwhile(row: PlanSection, seen: int) -> Conflict:
    """What an editor is told who saw version `seen` of a section, 0 where there was none yet."""
    found = conflict(row, seen)
    if not found.differences:
        column = PlanSection._meta.get_field("text")
        found.differences.append(Difference("text", str(column.verbose_name), "", row.text))
    return found
