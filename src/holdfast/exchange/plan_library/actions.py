"""Parts of a proposal are accepted: all that was chosen, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.exchange.plan_library.proposing import UNSAID, Proposal, propose
from holdfast.exchange.plan_library.words import bare
from holdfast.formats.plan_reading import Read, read_plan
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import require
from holdfast.organization.attachments.actions import bring_in
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import read as stored
from holdfast.readiness.plans.actions import create_role, create_task, edit_task, write_section
from holdfast.readiness.plans.models import Plan, PlanRole, PlanTask
from holdfast.readiness.plans.rights import EDIT

AFTER, INSTEAD = "after", "instead"
"""Whether a text comes after what stands in the section, or in its place."""


def keep_plan(by: Actor, plan: Plan, name: str, data: bytes) -> Attachment:
    """Keeps an existing plan as evidence, once it could be read. Raises Unreadable, ValidationError, NotAllowed."""
    require(by, EDIT, plan)
    read_plan(data)
    about = gettext("Existing plan brought in for “%(plan)s” (%(key)s)") % {"plan": plan.title, "key": plan.key}
    return bring_in(by, name=name, pieces=[data], about=about, unit=plan.unit, site=plan.site)


def proposal_of(by: User, plan: Plan, file: Attachment) -> Proposal:
    """What a kept file would bring into the plan. Raises Unreadable, Damaged."""
    return propose(by, plan, read_plan(stored(file.sha256)))


@act("plan.library.accept", EDIT, label=_("take parts of an existing plan into a draft"), under="plan")
def accept_parts(
    by: Actor,
    *,
    plan: Plan,
    file: Attachment,
    read: Read,
    sections: Mapping[str, str],
    rows: Collection[str],
    how: str = AFTER,
    versions: Mapping[str, int] | None = None,
) -> Plan:
    """`sections`: of each part with text that is taken the section where it goes; `rows`: the roles and tasks that are.
    `versions` are those of the sections that were seen. Raises Conflict where one was written meanwhile,
    ValidationError, NotAllowed: then nothing is taken."""
    found = propose(by, plan, read)
    texts: dict[str, list[str]] = defaultdict(list)
    for placed in found.placed:
        goal = sections.get(placed.part.id)
        if goal is None or not placed.part.written:
            continue
        if goal not in found.open_sections:
            raise ValidationError(gettext("Nobody writes in the section “%(section)s”.") % {"section": goal})
        texts[goal].append(placed.part.written)
    for section, said in texts.items():
        old = found.standing[section] if how == AFTER else ""
        new = [one for one in said if one not in old]
        seen = (versions or found.versions).get(section, 0)
        if new or how == INSTEAD:
            text = "\n\n".join(filter(None, (old, *new)))
            write_section(by, plan=plan, section=section, language=plan.language, text=text, version=seen)
    roles = [one for placed in found.placed for one in placed.roles if one.id in rows]
    for role in roles:
        create_role(by, plan=plan, name=role.name, does=role.does, post=role.post, alternate=role.alternate)
    tasks = _make_tasks(by, plan, file, [one for placed in found.placed for one in placed.tasks if one.id in rows])
    note(file=file.key, sha256=file.sha256, sections=sorted(texts), roles=len(roles), tasks=tasks)
    return plan


def _make_tasks(by: Actor, plan: Plan, file: Attachment, rows: list[Any]) -> int:
    by_name = {bare(role.name): role for role in PlanRole.objects.filter(plan=plan)}
    by_step: dict[str, PlanTask] = {}
    made: list[tuple[Any, PlanTask]] = []
    for row in rows:
        given: dict[str, Any] = {"title": row.title, "details": row.details, "role": by_name.get(bare(row.role))}
        if row.role and given["role"] is None:
            given["details"] = f"{gettext('Responsible')}: {row.role}\n{row.details}".strip()
        if row.low is None:
            given |= {"low": UNSAID, "likely": UNSAID, "high": UNSAID, "basis": "assumed"}
            given["source"] = gettext("The file gives no time.")
        else:
            given |= {"low": row.low, "likely": (row.low + row.high) / 2, "high": row.high}
            given |= {"basis": "stated", "source": file.name[:300]}
        task = create_task(by, plan=plan, **given)
        made.append((row, task))
        if row.step:
            by_step.setdefault(row.step, task)
    for row, task in made:
        after = [by_step[step] for step in row.after if step in by_step and by_step[step].pk != task.pk]
        if after:
            edit_task(by, task, version=task.version, after=after)
    return len(made)
