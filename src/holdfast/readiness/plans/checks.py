"""The plan check (E2): what there is to mend in a plan, each with the place where it is mended.

One score is not the point: the list is. `stops` keeps a draft from being submitted; `mend` is a gap that would show on
the day; `look` asks a person to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from django.utils.functional import cached_property
from django.utils.translation import gettext

from holdfast.analysis.strategy.models import Fallback, FallbackState
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import ContactPoint, Node, Person, Pool
from holdfast.readiness.plans.claims import COUNTED_ON, claims_on, most_at_once, works_of
from holdfast.readiness.plans.graph import Circle, Slot, Spread, schedule, spreads
from holdfast.readiness.plans.models import Plan, PlanKind, PlanProcess, PlanRole, PlanSection, PlanTask
from holdfast.readiness.plans.template import label_of, sections_of
from holdfast.readiness.plans.upkeep import Standing, standing

OLD_CONTACT = timedelta(days=90)
"""How long a contact point counts as verified."""
Weight = Literal["stops", "mend", "look"]
ORDER: dict[str, int] = {"stops": 0, "mend": 1, "look": 2}


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `part` is the place on the plan's page, `about` the code of a role or task, or the key of a
    row elsewhere; `address` leads to it where it lies outside the plan."""

    check: str
    weight: Weight
    says: str
    part: str
    about: str = ""
    address: str = ""


@dataclass(frozen=True)
class Return:
    """When the tasks bring a process back, beside its limits; hours from activation."""

    process: Node
    when: Spread | None
    rto: float | None
    mtpd: float | None

    @property
    def over_mtpd(self) -> bool:
        return self.when is not None and self.mtpd is not None and self.when.likely > self.mtpd

    @property
    def over_rto(self) -> bool:
        return self.when is not None and self.rto is not None and self.when.likely > self.rto

    @property
    def may_pass(self) -> bool:
        """The most likely time is within the limits; one case in ten is not."""
        limit = self.rto if self.rto is not None else self.mtpd
        return self.when is not None and limit is not None and self.when.likely <= limit < self.when.p90


@dataclass(frozen=True)
class Checked:
    """A plan with its tasks in time and what was found, worst first."""

    plan: Plan
    stands: Standing
    tasks: list[PlanTask]
    slots: dict[str, Slot]
    returns: list[Return]
    end: Spread | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def stops(self) -> list[Finding]:
        return [one for one in self.findings if one.weight == "stops"]

    @cached_property
    def critical(self) -> list[str]:
        """The codes on the critical path, in order of time."""
        return [code for code, slot in sorted(self.slots.items(), key=lambda one: one[1].start) if slot.critical]


def check_plan(plan: Plan, on: date) -> Checked:
    """All that there is to mend in a plan on a day."""
    tasks: list[PlanTask] = plan.task_rows()
    stands = standing(plan, on)
    works = works_of(tasks)
    found: list[Finding] = []
    slots: dict[str, Slot] = {}
    ends: Mapping[str, Spread] = {}
    processes = list(PlanProcess.objects.filter(plan=plan).select_related("node").order_by("position", "node__key"))
    try:
        slots = schedule(works)
        wanted = {"": [task.code for task in tasks]} | {
            str(row.node_id): [task.code for task in tasks if task.process_id == row.node_id] for row in processes
        }
        ends = spreads(works, wanted)
    except Circle as circle:
        said = gettext("Tasks wait for each other: %(codes)s.") % {"codes": str(circle)}
        found.append(Finding("circle", "stops", said, "tasks", circle.codes[0]))
    returns = [_return(row.node, ends.get(str(row.node_id))) for row in processes]
    found += _written(plan)
    found += _missing(plan, tasks, processes)
    found += _people(plan, tasks, slots, on)
    found += _times(plan, returns)
    found += _steps(plan, tasks)
    found += _claims(plan, tasks, slots, on)
    found += _contacts(plan, on)
    found += _evidence(plan, processes, on)
    found += _upkeep(stands)
    found.sort(key=lambda one: ORDER[one.weight])
    return Checked(plan, stands, tasks, slots, returns, ends.get(""), found)


def _return(node: Node, when: Spread | None) -> Return:
    def value(name: str) -> float | None:
        fact = getattr(node, name)
        return None if fact is None else fact.value

    return Return(node, when, value("rto"), value("mtpd"))


def _written(plan: Plan) -> list[Finding]:
    """Sections of the template that are still empty in the plan's own language."""
    rows = PlanSection.objects.filter(plan=plan, language=plan.language).values_list("section", "text")
    written = {section for section, text in rows if text.strip()}
    return [
        Finding(
            "empty", "stops", gettext("“%(section)s” is still empty.") % {"section": label_of(section.name, "en")},
            f"section-{section.name}",
        )
        for section in sections_of(plan.kind)
        if plan.kind in section.needs and section.name not in written
    ]  # fmt: skip


def _missing(plan: Plan, tasks: Sequence[PlanTask], processes: Sequence[PlanProcess]) -> list[Finding]:
    found = []
    if not tasks:
        found.append(Finding("no-tasks", "stops", gettext("It has no task yet."), "tasks"))
    if not processes and plan.kind == PlanKind.CONTINUITY:
        found.append(Finding("no-processes", "stops", gettext("It is for no process yet."), "processes"))
    if not processes and plan.kind == PlanKind.ICT:
        found.append(Finding("no-processes", "stops", gettext("It brings back no application yet."), "processes"))
    if not PlanRole.objects.filter(plan=plan).exists():
        found.append(Finding("no-roles", "stops", gettext("It has no role yet."), "roles"))
    if plan.owner_id is None:
        found.append(
            Finding("no-owner", "stops", gettext("It has no owner."), "plan", address=f"/plans/{plan.key}/edit/")
        )
    return found


def _people(plan: Plan, tasks: Sequence[PlanTask], slots: Mapping[str, Slot], on: date) -> list[Finding]:
    roles = list(PlanRole.objects.filter(plan=plan).select_related("post", "alternate").order_by("position", "code"))
    posts = {post.pk: post for role in roles for post in (role.post, role.alternate) if post is not None}
    persons = persons_holding(posts, on)
    found: list[Finding] = []
    for role in roles:
        about = {"role": role.name}
        if role.post is None:
            said = gettext("“%(role)s” has no post.") % about
            found.append(Finding("role-without-post", "mend", said, "roles", role.code))
        elif not persons.get(role.post.pk):
            said = gettext("Nobody holds the post of “%(role)s”: %(post)s.") % (about | {"post": role.post})
            found.append(
                Finding("post-vacant", "mend", said, "roles", role.code, f"/organization/posts/{role.post.key}/")
            )
        if role.alternate is None:
            said = gettext("“%(role)s” has no alternate.") % about
            found.append(Finding("no-alternate", "mend", said, "roles", role.code))
    for task in tasks:
        if task.role is None:
            said = gettext("Nobody is responsible for “%(task)s”.") % {"task": task.title}
            found.append(Finding("task-without-role", "mend", said, "tasks", task.code))
    return found + _two_places(tasks, slots, persons)


def _two_places(
    tasks: Sequence[PlanTask], slots: Mapping[str, Slot], persons: Mapping[int, list[Person]]
) -> list[Finding]:
    """One person with two tasks at once in different places, by the most likely times."""
    of_person: dict[Person, list[PlanTask]] = defaultdict(list)
    for task in tasks:
        post = task.role.post_id if task.role is not None else None
        for person in persons.get(post or 0, ()):
            if task.site_id is not None and task.code in slots:
                of_person[person].append(task)
    found = []
    for person, theirs in sorted(of_person.items(), key=lambda one: (one[0].name, one[0].pk)):
        theirs.sort(key=lambda task: (slots[task.code].start, task.code))
        for n, one in enumerate(theirs):
            for other in theirs[n + 1 :]:
                if one.site_id != other.site_id and _overlap(slots[one.code], slots[other.code]):
                    said = gettext(
                        "%(person)s is in two places at once: “%(one)s” at %(here)s and “%(other)s” at %(there)s."
                    )
                    about = {
                        "person": person,
                        "one": one.title,
                        "here": one.site,
                        "other": other.title,
                        "there": other.site,
                    }
                    found.append(Finding("two-places", "mend", said % about, "tasks", other.code))
    return found


def _overlap(one: Slot, other: Slot) -> bool:
    return one.start < other.finish and other.start < one.finish


def _times(plan: Plan, returns: Sequence[Return]) -> list[Finding]:
    found = []
    for one in returns:
        about: dict[str, Any] = {"process": one.process.name}
        if one.when is None:
            said = gettext("No task brings %(process)s back.") % about
            found.append(Finding("never-back", "mend", said, "tasks", one.process.key))
            continue
        about |= {"likely": f"{one.when.likely:.3g}", "p90": f"{one.when.p90:.3g}", "rto": one.rto, "mtpd": one.mtpd}
        if one.over_mtpd:
            said = (
                gettext("%(process)s is back after %(likely)s h; its loss can be borne for %(mtpd)g h (MTPD).") % about
            )
            found.append(Finding("over-mtpd", "mend", said, "times", one.process.key))
        elif one.over_rto:
            said = gettext("%(process)s is back after %(likely)s h; it is wanted after %(rto)g h (RTO).") % about
            found.append(Finding("over-rto", "mend", said, "times", one.process.key))
        elif one.may_pass:
            said = (
                gettext("%(process)s is back in time most often, but one case in ten takes more than %(p90)s h.")
                % about
            )
            found.append(Finding("may-pass", "look", said, "times", one.process.key))
    return found


def _steps(plan: Plan, tasks: Sequence[PlanTask]) -> list[Finding]:
    """Steps of an ICT recovery plan say how success is verified and what the way back is."""
    if plan.kind != PlanKind.ICT:
        return []
    found = []
    for task in tasks:
        about = {"task": task.title}
        if not task.verification.strip():
            said = gettext("“%(task)s” does not say how its success is verified.") % about
            found.append(Finding("no-verification", "mend", said, "tasks", task.code))
        if not task.way_back.strip():
            said = gettext("“%(task)s” has no way back if it fails.") % about
            found.append(Finding("no-way-back", "mend", said, "tasks", task.code))
    if tasks and not any(task.approval_id for task in tasks):
        found.append(Finding("no-approval", "mend", gettext("No step waits for an approval."), "tasks"))
    return found


def _claims(plan: Plan, tasks: Sequence[PlanTask], slots: Mapping[str, Slot], on: date) -> list[Finding]:
    """Pools on which this plan's tasks, or the fallbacks of its processes, draw together with all others."""
    mine = {claim.pool_id for task in tasks for claim in task.claims.all() if claim.pool_id is not None}
    nodes = PlanProcess.objects.filter(plan=plan).values("node")
    mine |= set(
        Fallback.objects.ready(on, COUNTED_ON)
        .filter(requirement__node__in=nodes)
        .exclude(pool=None)
        .values_list("pool", flat=True)
    )  # fmt: skip
    found = []
    claims = claims_on(mine, on, plan) if mine else {}
    for pool in Pool.objects.filter(pk__in=mine).order_by("key"):
        taken, when = most_at_once(claims[pool.pk])
        capacity = pool.capacity.value
        if taken > capacity + 1e-9:
            said = gettext(
                "%(pool)s: all plans together claim %(taken)g %(unit)s after %(when)g h, and there are %(capacity)g."
            )
            about = {"pool": pool.name, "taken": taken, "when": when, "capacity": capacity, "unit": pool.measure}
            found.append(
                Finding("contention", "mend", said % about, "claims", pool.key, f"/organization/pools/{pool.key}/")
            )
    for task in tasks:
        for claim in task.claims.all():
            quantity = claim.node.quantity if claim.node is not None else None
            if quantity is not None and quantity.value is not None and claim.amount > quantity.value:
                said = gettext("“%(task)s” claims %(amount)g of %(node)s, and there are %(there)g.")
                about = {"task": task.title, "amount": claim.amount, "node": claim.node, "there": quantity.value}
                found.append(Finding("claim", "mend", said % about, "tasks", task.code))
    return found


def _contacts(plan: Plan, on: date) -> list[Finding]:
    """Persons of the plan who cannot be reached, or whose contacts nobody has verified for 90 days."""
    named = PlanRole.objects.filter(plan=plan).values_list("post", "alternate")
    held = persons_holding((pk for posts in named for pk in posts), on)
    persons = {person.pk: person for holders in held.values() for person in holders}
    newest: dict[int, list[date | None]] = defaultdict(list)
    for pk, verified in ContactPoint.objects.filter(person__in=persons).values_list("person", "verified_on"):
        newest[pk].append(verified)
    found = []
    for person in sorted(persons.values(), key=lambda one: (one.name, one.pk)):
        address = f"/organization/persons/{person.key}/"
        about = {"person": person.name}
        if person.pk not in newest:
            said = gettext("There is no way to reach %(person)s.") % about
            found.append(Finding("no-contact", "mend", said, "contacts", person.key, address))
            continue
        days = [day for day in newest[person.pk] if day is not None]
        if not days or on - max(days) > OLD_CONTACT:
            about["day"] = max(days).isoformat() if days else gettext("never")
            said = gettext("The contacts of %(person)s are older than 90 days (last verified: %(day)s).") % about
            found.append(Finding("old-contact", "mend", said, "contacts", person.key, address))
    return found


def _evidence(plan: Plan, processes: Sequence[PlanProcess], on: date) -> list[Finding]:
    """Limits whose evidence is past its date, and strategies that are not in place."""
    found = []
    for row in processes:
        node = row.node
        for name in ("rto", "mtpd", "rpo", "minimum_level", "restart_promised", "restart_measured"):
            fact = getattr(node, name)
            if fact is not None and not fact.is_current(on):
                label = node._meta.get_field(name).verbose_name  # type: ignore[union-attr]
                said = gettext("%(process)s: the evidence of “%(figure)s” was good until %(day)s.")
                about = {"process": node.name, "figure": label, "day": fact.valid_until}
                found.append(
                    Finding(
                        "old-evidence",
                        "look",
                        said % about,
                        "processes",
                        node.key,
                        f"/organization/processes/{node.key}/",
                    )
                )
    nodes = [row.node_id for row in processes]
    idle = Fallback.objects.as_of(on).filter(requirement__node__in=nodes, state=FallbackState.CHOSEN)
    for fallback in idle.select_related("requirement__node", "provider").order_by("key"):
        said = gettext("A strategy is chosen and not in place yet: %(fallback)s, for %(process)s.")
        about = {"fallback": fallback, "process": fallback.requirement.node}
        found.append(
            Finding(
                "not-in-place",
                "mend",
                said % about,
                "strategies",
                fallback.key,
                f"/organization/fallbacks/{fallback.key}/",
            )
        )
    return found


def _upkeep(stands: Standing) -> list[Finding]:
    found = [Finding("stale", "mend", one.says, "stale", one.key) for one in stands.stale]
    if stands.approved and not stands.tested:
        said = gettext("It has not been tested: it does not count as cover (A/63/359, 26).")
        found.append(Finding("untested", "mend", said, "tests"))
    if stands.late:
        said = gettext("Its review was due on %(day)s.") % {"day": stands.review_due}
        found.append(Finding("review-late", "mend", said, "upkeep"))
    return found
