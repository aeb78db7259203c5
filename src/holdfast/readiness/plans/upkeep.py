"""Whether a plan can be relied on: approved, tested, current, with every task held (A/63/359, 11, 26, 59)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.governance.agreement.models import Agreement
from holdfast.governance.settings.scales import add_months
from holdfast.organization.structure.holders import persons_holding
from holdfast.readiness.plans.facts import Difference, differences_of, facts_of_all
from holdfast.readiness.plans.models import Attestation, Plan, PlanTask, PlanTest


@dataclass(frozen=True)
class Standing:
    """How one version of a plan stands on a day. `stale`: what is not as it was signed; `loose`: the codes of tasks
    that nobody holds; `tested_by`: the newest test that counts."""

    plan: Plan
    approved: bool
    tested_by: PlanTest | None
    stale: tuple[Difference, ...]
    review_due: date | None
    loose: tuple[str, ...]
    tasks: int
    on: date

    @property
    def tested(self) -> bool:
        return self.tested_by is not None

    @property
    def late(self) -> bool:
        """Its review should have been."""
        return self.review_due is not None and self.review_due <= self.on

    @property
    def current(self) -> bool:
        return not self.stale and not self.late

    @property
    def held(self) -> bool:
        return self.tasks > 0 and not self.loose

    @property
    def stands(self) -> bool:
        """Whether it counts as cover."""
        return self.approved and self.tested and self.current and self.held


def standings(plans: Sequence[Plan], on: date) -> dict[int, Standing]:
    """How plans stand on a day, by their ids: the same number of queries however many they are."""
    ids = [plan.pk for plan in plans]
    facts = facts_of_all(plans, on)
    tests = _tests(plans, on)
    attested: dict[int, date] = {}
    for pk, day in Attestation.objects.filter(plan__in=ids, on__lte=on).order_by("on").values_list("plan", "on"):
        attested[pk] = day
    loose = loose_tasks(ids, on)
    count: dict[int, int] = defaultdict(int)
    for pk in PlanTask.objects.filter(plan__in=ids).values_list("plan", flat=True):
        count[pk] += 1
    found: dict[int, Standing] = {}
    for plan in plans:
        approved = plan.agreement.is_decided and plan.agreement.in_force_on(on)
        found[plan.pk] = Standing(
            plan=plan,
            approved=approved,
            tested_by=tests.get(plan.pk),
            stale=tuple(differences_of(plan.frozen, facts[plan.pk])) if approved else (),
            review_due=review_due(plan, attested.get(plan.pk)) if approved else None,
            loose=tuple(loose.get(plan.pk, ())),
            tasks=count[plan.pk],
            on=on,
        )
    return found


def standing(plan: Plan, on: date) -> Standing:
    return standings([plan], on)[plan.pk]


def review_due(plan: Plan, attested: date | None) -> date | None:
    """The day by which its owner has to look at it again: counted from the last attestation, else from the day from
    which it counts."""
    start = attested or plan.agreement.in_force_from
    return None if start is None else add_months(start, plan.review_months)


def loose_tasks(plans: Sequence[int], on: date) -> dict[int, list[str]]:
    """The codes of tasks that no person would do on this day, by the id of the plan: without a role, or with one whose
    post and alternate are both vacant."""
    tasks = list(
        PlanTask.objects.filter(plan__in=plans)
        .order_by("position", "code")
        .values_list("plan", "code", "role__post", "role__alternate")
    )
    held = persons_holding((pk for _plan, _code, *posts in tasks for pk in posts), on)
    found: dict[int, list[str]] = defaultdict(list)
    for plan, code, *posts in tasks:
        if not any(held.get(pk) for pk in posts if pk is not None):
            found[plan].append(code)
    return found


def _tests(plans: Sequence[Plan], on: date) -> dict[int, PlanTest]:
    """The newest test that counts for each: of this version, or of one before it whose tasks were the same when they
    were submitted. A draft has not been submitted."""
    lines = {plan.agreement.line for plan in plans}
    of_line: dict[str, list[PlanTest]] = defaultdict(list)
    tests = PlanTest.objects.filter(plan__agreement__line__in=lines, held=True, on__lte=on, until__gt=on)
    related = tests.select_related("plan__agreement").defer("plan__agreement__record", "plan__frozen")
    for test in related.order_by("-on", "-pk"):
        of_line[test.plan.agreement.line].append(test)
    unlike = [plan for plan in plans if any(test.plan_id != plan.pk for test in of_line[plan.agreement.line])]
    tasks = _tasks_submitted(unlike, of_line)
    found: dict[int, PlanTest] = {}
    for plan in plans:
        mine = tasks.get(plan.agreement_id)
        for test in of_line[plan.agreement.line]:
            earlier = test.plan.agreement.number < plan.agreement.number
            same = earlier and bool(mine) and tasks.get(test.plan.agreement_id) == mine
            if test.plan_id == plan.pk or same:
                found[plan.pk] = test
                break
    return found


def _tasks_submitted(plans: Sequence[Plan], of_line: Mapping[str, Sequence[PlanTest]]) -> dict[int, Any]:
    """The tasks as they were submitted, of these plans and of the versions that were tested in their place, by the id
    of the agreement. Records are large: only these are read."""
    wanted = {plan.agreement_id for plan in plans}
    wanted |= {test.plan.agreement_id for plan in plans for test in of_line[plan.agreement.line]}
    records = Agreement.objects.filter(pk__in=wanted).values_list("pk", "record")
    return {pk: (record or {}).get("tasks") for pk, record in records}
