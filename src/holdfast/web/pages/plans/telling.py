"""What the page of a plan shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from holdfast.analysis.strategy.models import Fallback
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.models import held_posts
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import Person
from holdfast.readiness.plans.checks import Checked, Finding, check_plan
from holdfast.readiness.plans.gates import waits_for
from holdfast.readiness.plans.models import Phase, Plan, PlanRole
from holdfast.readiness.plans.template import LANGUAGES, label_of, sections_of, texts
from holdfast.readiness.plans.upkeep import Standing
from holdfast.web.pages.organization.values import Chip

TONES = {"draft": "is-idea", "in_review": "is-chosen", "approved": "is-tested", "superseded": "is-closed"}
WEIGHTS = {"stops": "rank-4", "mend": "rank-3", "look": "rank-1"}


@dataclass(frozen=True)
class Played:
    """A role with who holds it today."""

    role: PlanRole
    holders: list[Person]
    stand_ins: list[Person]


def state_of(plan: Plan) -> Chip:
    return Chip(plan.agreement.get_state_display(), TONES[plan.agreement.state])


def verdict(checked: Checked, *, waits: bool = False) -> str:
    """What is true of the plan now, in a sentence. `waits`: the gate before it is closed."""
    stands, plan = checked.stands, checked.plan
    if plan.agreement.is_draft:
        if checked.stops:
            return _("A draft; %(n)d things are missing before it can be submitted.") % {"n": len(checked.stops)}
        if waits:
            return _("A draft with nothing missing; it can be submitted once the step before is passed.")
        return _("A draft, ready to be submitted.")
    if plan.agreement.in_review:
        return _("It waits for %(who)s.") % {"who": plan.agreement.approves}
    if not stands.approved:
        return _("It does not count any more.")
    if stands.stands:
        return _("It counts: approved, tested, true as of today, and every task has somebody.")
    lacks = []
    if not stands.tested:
        lacks.append(_("it is not tested"))
    if stands.stale:
        lacks.append(_("%(n)d things are not as they were signed") % {"n": len(stands.stale)})
    if stands.late:
        lacks.append(_("its review is late"))
    if not stands.held:
        lacks.append(_("%(n)d tasks have nobody") % {"n": len(stands.loose)})
    return _("It is approved and covers nothing yet: %(why)s.") % {"why": ", ".join(lacks)}


def tell(plan: Plan, user: Any, on: date) -> dict[str, Any]:
    checked = check_plan(plan, on)
    agreement = plan.agreement
    waiting = waits_for(plan, on) if agreement.is_draft else []
    roles = list(plan.roles.select_related("post", "alternate", "called_by").order_by("position", "code"))
    held = persons_holding((pk for role in roles for pk in (role.post_id, role.alternate_id)), on)
    written = {(one.section, one.language): one for one in plan.sections.all()}
    versions = Plan.objects.filter(agreement__kind=agreement.kind, agreement__line=agreement.line)
    mine = set(held_posts(user, on).values_list("post", flat=True))
    copies = list(plan.copies.select_related("post", "received_by").order_by("post__title"))
    return {
        "above": [plan.part_of] if plan.part_of is not None else [],
        "agreement": agreement,
        "state": state_of(plan),
        "verdict": verdict(checked, waits=bool(waiting)),
        "checked": checked,
        "stands": checked.stands,
        "waits_for": waiting,
        "findings": [(one, Chip(weight_name(one), WEIGHTS[one.weight]), place_of(one)) for one in checked.findings],
        "people": [
            Played(role, held.get(role.post_id or 0, []), held.get(role.alternate_id or 0, [])) for role in roles
        ],
        "phases": phases(checked),
        "sections": [
            {
                "name": section.name,
                "title": label_of(section.name, "en"),
                "inner": bool(section.part_of),
                "standing": texts("en").sections[section.name].standing,
                "hint": texts("en").sections[section.name].hint,
                "writes": plan.kind in section.writes,
                "needed": plan.kind in section.needs,
                "text": written.get((section.name, plan.language)),
                "others": [
                    (code, name) for code, name in LANGUAGES
                    if code != plan.language and (one := written.get((section.name, code))) and one.text.strip()
                ],
            }
            for section in sections_of(plan.kind)
            if plan.kind in section.writes or section.name == "causes"
        ],
        "processes": list(plan.processes.select_related("node__unit", "node__site").order_by("position", "node__key")),
        "fallbacks": _fallbacks(plan, on),
        "parts": list(Plan.objects.filter(part_of__agreement__line=agreement.line).newest().order_by("title")),
        "tests": list(plan.tests.order_by("-on", "-pk")),
        "attestations": list(plan.attestations.select_related("user", "post").order_by("-on", "-pk")),
        "copies": copies,
        "mine": [copy for copy in copies if copy.post_id in mine and copy.received_on is None],
        "may_attest": plan.owner_id in mine if plan.owner_id else None,
        "languages": LANGUAGES,
        "changes": steps.changes_since(plan) if agreement.previous is not None else [],
        "remarks": list(agreement.remarks.select_related("by").order_by("pk")),
        "reviews": list(agreement.reviews.select_related("reviewer").order_by("pk")),
        "may_decide": agreement.in_review and steps.may_decide(user, agreement),
        "is_last": not type(agreement).objects.filter(previous=agreement).exists(),
        "versions": versions.select_related("agreement").order_by("-agreement__number"),
    }  # fmt: skip


def weight_name(finding: Finding) -> str:
    return {"stops": _("missing"), "mend": _("to mend"), "look": _("to look at")}[finding.weight]


def place_of(finding: Finding) -> str:
    """Where it is mended: a place on the page, or a page elsewhere."""
    return finding.address or f"#{finding.part}"


def phases(checked: Checked) -> list[dict[str, Any]]:
    """The tasks by phase, each with its time."""
    found = []
    for phase in Phase:
        tasks = [task for task in checked.tasks if task.phase == phase]
        if tasks:
            rows = [
                {"task": task, "slot": checked.slots.get(task.code), "loose": task.code in checked.stands.loose}
                for task in tasks
            ]
            found.append({"value": phase.value, "label": phase.label, "tasks": rows})
    return found


def _fallbacks(plan: Plan, on: date) -> list[Fallback]:
    rows = Fallback.objects.as_of(on).filter(requirement__node__in=plan.processes.values("node"))
    return list(rows.select_related("requirement__node", "provider").order_by("requirement__node__name", "position"))


def standing_chips(stands: Standing) -> list[Chip]:
    """How a plan stands, as words with a tone."""
    chips: Sequence[tuple[bool, str, str]] = (
        (stands.approved, _("approved"), _("not approved")),
        (stands.tested, _("tested"), _("not tested")),
        (stands.current, _("current"), _("not current")),
        (stands.held, _("every task held"), _("tasks without people")),
    )
    return [Chip(yes if is_so else no, "is-tested" if is_so else "rank-3") for is_so, yes, no in chips]


def lacks_of(stands: Standing) -> str:
    """What keeps a plan from covering its processes, in words; nothing where it covers them."""
    said: Sequence[tuple[bool, str]] = (
        (stands.approved, _("not approved")),
        (stands.tested, _("not tested")),
        (not stands.stale, _("not true any more")),
        (not stands.late, _("review late")),
        (stands.held, _("tasks without people")),
    )
    return ", ".join(words for is_so, words in said if not is_so)
