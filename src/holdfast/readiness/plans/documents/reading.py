"""All that is in a plan on a day, read in a number of queries that does not grow with the plan.

What people wrote is read from its sections; everything else from the data, so that no name, number or limit is ever
typed into a plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q

from holdfast.analysis.impact.limits import Limits
from holdfast.analysis.impact.needs import Need, needs_of
from holdfast.analysis.impact.told import Source, Told, Wanted
from holdfast.analysis.strategy.models import Covers, Fallback, Strategy
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import ContactPoint, Node, Requirement, SiteAlternate, Supply
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.plans.claims import works_of
from holdfast.readiness.plans.facts import figures_of
from holdfast.readiness.plans.graph import Circle, Slot, Spread, schedule, spreads
from holdfast.readiness.plans.models import Plan, PlanCopy, PlanProcess, PlanRole, PlanSection, PlanTask
from holdfast.readiness.plans.upkeep import Standing, standing
from holdfast.readiness.records.models import VitalRecord

NOT_YET = ("idea", "retired")
"""States of strategies that no plan counts on."""
CAUSE_OF = {
    "people": "staff", "application": "systems", "infrastructure": "systems", "equipment": "systems",
    "facility": "premises", "record": "records", "supplier": "suppliers",
}  # fmt: skip
"""Which of the five causes takes away what a requirement draws on."""


@dataclass(frozen=True)
class Way:
    """A strategy as a plan shows it: for which of its processes, and against which causes."""

    name: str
    kind: str
    state: str
    activation: Fact | None
    endurance: Fact | None
    does: str = ""
    processes: tuple[str, ...] = ()
    causes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RecordRow:
    """A vital record: where its copies are and how each is reached."""

    name: str
    copies: str = ""
    medium: str = ""
    how_reached: str = ""
    last_copied: date | None = None
    rpo: Fact | None = None
    processes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """A way to reach somebody; a private one has no address here and never gets one."""

    channel: str
    address: str
    private: bool
    verified_on: date | None


@dataclass(frozen=True)
class Holder:
    name: str
    ways: tuple[Reached, ...] = ()


@dataclass(frozen=True)
class Whole:
    """One version of a plan with everything that its document says. `written` is what people wrote, by section and
    language; `holders` who holds each post, by its id."""

    plan: Plan
    on: date
    stands: Standing
    written: Mapping[str, Mapping[str, str]]
    processes: Sequence[Node]
    roles: Sequence[PlanRole]
    tasks: Sequence[PlanTask]
    slots: Mapping[str, Slot]
    ends: Mapping[str, Spread]
    holders: Mapping[int, Sequence[Holder]]
    strategies: Sequence[Way]
    records: Sequence[RecordRow]
    needs: Sequence[Need]
    suppliers: Sequence[tuple[Node, tuple[str, ...]]]
    sites: Sequence[Site]
    alternates: Sequence[SiteAlternate]
    above: Plan | None
    parts: Sequence[Plan]
    copies: Sequence[PlanCopy]

    @cached_property
    def end(self) -> float:
        """When the last task is done, most likely."""
        return max((slot.finish for slot in self.slots.values()), default=0.0)

    @cached_property
    def called(self) -> list[tuple[PlanRole, int]]:
        """The call tree from the top: each role with its depth. Roles that call each other in a circle stand last."""
        below: dict[int | None, list[PlanRole]] = defaultdict(list)
        for role in self.roles:
            below[role.called_by_id].append(role)
        found: list[tuple[PlanRole, int]] = []
        seen: set[int] = set()
        waiting = [(role, 0) for role in reversed(below[None])]
        while waiting or len(found) < len(self.roles):
            if not waiting:
                waiting = [(next(role for role in self.roles if role.pk not in seen), 0)]
            role, depth = waiting.pop()
            if role.pk in seen:
                continue
            seen.add(role.pk)
            found.append((role, depth))
            waiting += [(one, depth + 1) for one in reversed(below[role.pk])]
        return found

    def holding(self, post: int | None) -> Sequence[Holder]:
        return self.holders.get(post or 0, ())


def read_plan(plan: Plan, on: date, stands: Standing | None = None) -> Whole:
    """Everything in one version of a plan. `plan` with its agreement, unit, site, owner at hand saves queries."""
    processes = [
        row.node
        for row in PlanProcess.objects.filter(plan=plan)
        .select_related("node__site", "node__unit", "node__owner_person", "node__owner_post")
        .order_by("position", "node__key")
    ]
    roles = list(PlanRole.objects.filter(plan=plan).select_related("post", "alternate").order_by("position", "code"))
    tasks = plan.task_rows()
    slots, ends = _times(tasks, processes)
    supplies = _supplies(processes)
    sites = _sites(plan, processes, tasks)
    posts = {pk for role in roles for pk in (role.post_id, role.alternate_id) if pk is not None}
    if plan.owner_id is not None:
        posts.add(plan.owner_id)
    return Whole(
        plan=plan,
        on=on,
        stands=stands or standing(plan, on),
        written=_written(plan),
        processes=processes,
        roles=roles,
        tasks=tasks,
        slots=slots,
        ends=ends,
        holders=_holders(posts, on),
        strategies=strategies_of(processes, on),
        records=records_of(plan, on, supplies),
        needs=_needs(processes, supplies),
        suppliers=_drawn_on(NodeKind.SUPPLIER, supplies, on),
        sites=sites,
        alternates=_alternates(plan, sites, on),
        above=None if plan.part_of is None else _version_that_counts(plan.part_of, on),
        parts=_parts(plan, on),
        copies=list(PlanCopy.objects.filter(plan=plan).select_related("post").order_by("post__title", "pk")),
    )


def strategies_of(processes: Iterable[Node], on: date) -> list[Way]:
    """What the processes turn to: their strategies, and the fallbacks that no strategy speaks for. Three queries."""
    names = {node.pk: node.name for node in processes}
    found: dict[str, Way] = {}
    covers = (
        Covers.objects.filter(process__in=names, strategy__in=Strategy.objects.as_of(on).exclude(state__in=NOT_YET))
        .select_related("strategy")
        .order_by("strategy__kind", "strategy__name", "strategy_id", "process__name")
    )
    for cover in covers:
        _add(found, cover.strategy, cover.strategy.name, names[cover.process_id], cover.strategy.causes)
    fallbacks = list(
        Fallback.objects.as_of(on)
        .filter(requirement__node__in=names, strategy=None)
        .exclude(state__in=NOT_YET)
        .select_related("requirement", "provider")
        .order_by("kind", "provider__name", "key")
    )
    of_requirement = _kinds({fallback.requirement_id for fallback in fallbacks})
    for fallback in fallbacks:
        causes = {CAUSE_OF[kind] for kind in of_requirement.get(fallback.requirement_id, ()) if kind in CAUSE_OF}
        name = fallback.name or fallback.provider.name
        _add(found, fallback, name, names[fallback.requirement.node_id], causes)
    return list(found.values())


def _add(found: dict[str, Way], row: Any, name: str, process: str, causes: Iterable[str]) -> None:
    before = found.get(row.key)
    found[row.key] = Way(
        name=name,
        kind=row.kind,
        state=row.state,
        activation=row.activation,
        endurance=row.endurance,
        does=getattr(row, "does", ""),
        processes=(*(before.processes if before else ()), process),
        causes=frozenset(causes),
    )


def _kinds(requirements: Iterable[int]) -> dict[int, set[str]]:
    """The kinds of what each requirement draws on."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Supply.objects.filter(requirement__in=list(requirements))
    for requirement, kind in rows.values_list("requirement", "provider__kind"):
        found[requirement].add(kind)
    return found


def records_of(plan: Plan, on: date, supplies: Sequence[Supply]) -> list[RecordRow]:
    """The vital records that the processes of a plan require, by name, with where their copies lie. Two queries."""
    found = _drawn_on(NodeKind.RECORD, supplies, on)
    rows = VitalRecord.objects.as_of(on).filter(node__in=[node.pk for node, _processes in found]).with_copies(on)
    known = {row.node_id: row for row in rows}
    return [_record(node.name, processes, known.get(node.pk)) for node, processes in found]


def _record(name: str, processes: tuple[str, ...], row: VitalRecord | None) -> RecordRow:
    copies = list(row.all_copies) if row is not None else []  # type: ignore[attr-defined]
    days = [copy.last_copied.date() for copy in copies if copy.last_copied is not None]
    return RecordRow(
        name,
        copies="\n".join(str(copy.site or copy.place) for copy in copies),
        medium="\n".join(str(copy.get_medium_display()) for copy in copies),
        how_reached="\n".join(copy.how for copy in copies if copy.how),
        last_copied=max(days, default=None),
        rpo=row.rpo if row is not None else None,
        processes=processes,
    )


def _drawn_on(kind: str, supplies: Sequence[Supply], on: date) -> list[tuple[Node, tuple[str, ...]]]:
    """What of a kind the processes draw on, by name, with the names of the processes."""
    found: dict[int, tuple[Node, list[str]]] = {}
    for supply in supplies:
        if supply.provider.kind == kind and supply.provider.is_valid_on(on):
            _node, processes = found.setdefault(supply.provider_id, (supply.provider, []))
            if supply.requirement.node.name not in processes:
                processes.append(supply.requirement.node.name)
    return [(node, tuple(names)) for node, names in sorted(found.values(), key=lambda one: one[0].name)]


def _times(tasks: Sequence[PlanTask], processes: Sequence[Node]) -> tuple[dict[str, Slot], dict[str, Spread]]:
    """When each task goes on; and by `task CODE` and `back KEY` when a task is done and a process is back. A draft
    whose tasks wait for each other has no times."""
    works = works_of(tasks)
    wanted = {f"task {task.code}": [task.code] for task in tasks}
    wanted |= {f"back {node.key}": [task.code for task in tasks if task.process_id == node.pk] for node in processes}
    try:
        return schedule(works), spreads(works, wanted)
    except Circle:
        return {}, {}


def _written(plan: Plan) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in PlanSection.objects.filter(plan=plan):
        if row.text.strip():
            found[row.section][row.language] = row.text
    return found


def _supplies(processes: Sequence[Node]) -> list[Supply]:
    rows = Supply.objects.filter(requirement__node__in=[node.pk for node in processes])
    return list(
        rows.select_related("requirement__node", "provider").order_by(
            "requirement__position", "requirement_id", "position", "pk"
        )
    )


def _needs(processes: Sequence[Node], supplies: Sequence[Supply]) -> list[Need]:
    """What has to be there by when, for the processes to come back at their minimum level."""
    told: dict[str, Told] = {}
    for node in processes:
        if node.kind == NodeKind.PROCESS:
            figures = {name: None if fact is None else fact.value for name, fact in figures_of(node).items()}
            limits = Limits(None, None, figures["mtpd"], None, figures["rto"], None, figures["rpo"])
            told[node.key] = Told(node.key, node.name, None, None, limits, minimum=figures["minimum"])
    of_requirement: dict[int, tuple[Requirement, list[Source]]] = {}
    for supply in supplies:
        _one, sources = of_requirement.setdefault(supply.requirement_id, (supply.requirement, []))
        sources.append(Source(supply.provider.key, supply.provider.name, supply.provider.kind, supply.weight))
    wanted = []
    for one, sources in of_requirement.values():
        tolerance = 0.0 if one.tolerance is None else one.tolerance.value or 0.0
        wanted.append(Wanted(one.key, one.node.key, one.name, one.needs, one.quorum, tolerance, tuple(sources)))
    return needs_of(told, wanted)


def _sites(plan: Plan, processes: Sequence[Node], tasks: Sequence[PlanTask]) -> list[Site]:
    """The plan's own site first, then those of its processes and tasks, by name."""
    own = {plan.site_id: plan.site} if plan.site is not None else {}
    others = {node.site_id: node.site for node in processes if node.site is not None}
    others |= {task.site_id: task.site for task in tasks if task.site is not None}
    rest = sorted((site for pk, site in others.items() if pk not in own), key=lambda site: (site.name, site.key))
    return [*own.values(), *rest]


def _alternates(plan: Plan, sites: Sequence[Site], on: date) -> list[SiteAlternate]:
    """Which sites stand in for those of the plan: for all who work there, for its unit, or for a group."""
    rows = SiteAlternate.objects.as_of(on).filter(site__in=[site.pk for site in sites])
    rows = rows.filter(Q(unit=None) | Q(unit=plan.unit_id))
    return list(rows.select_related("site", "alternate", "group", "unit").order_by("site__name", "alternate__name"))


def _holders(posts: set[int], on: date) -> dict[int, list[Holder]]:
    """Who holds each post, with the ways to reach them; the address of a private one goes no further than here."""
    held = persons_holding(posts, on)
    persons = {person.pk for holders in held.values() for person in holders}
    ways: dict[int, list[Reached]] = defaultdict(list)
    rows = ContactPoint.objects.filter(person__in=persons).order_by("position", "pk")
    for person, channel, address, private, verified in rows.values_list(
        "person", "channel", "address", "private", "verified_on"
    ):
        ways[person].append(Reached(channel, "" if private else address, private, verified))
    return {post: [Holder(person.name, tuple(ways[person.pk])) for person in holders] for post, holders in held.items()}


def _version_that_counts(plan: Plan, on: date) -> Plan:
    line = Plan.objects.filter(agreement__kind=Plan.KIND, agreement__line=plan.agreement.line)
    return line.in_force(on).select_related("agreement").first() or plan


def _parts(plan: Plan, on: date) -> list[Plan]:
    """The plans in force that stand under any version of this one."""
    rows = Plan.objects.filter(part_of__agreement__line=plan.agreement.line).in_force(on)
    return list(rows.select_related("agreement", "unit").order_by("title", "key"))
