"""The results of the impact analyses that count on a day, as far as somebody may see them: a fixed number of queries,
whatever the number of rows.

    asked = Asked(on=clock.today(), unit=unit)
    found = results(user, asked, ready_fallbacks=...)
    found.ranking, found.tiers(), found.needs, found.findings

What is reckoned lies in `ranking`, `over_time`, `needs` and `contradictions`, which know no database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext

from holdfast.analysis.impact.contradictions import Finding, in_order, of_people, of_process, of_requirement
from holdfast.analysis.impact.limits import BadGrid, Grid, Limits, limits_of
from holdfast.analysis.impact.models import Analysis, Campaign, CampaignState, Claim, ClaimState, ProcessImpact
from holdfast.analysis.impact.needs import Need, needs_of
from holdfast.analysis.impact.over_time import Course, by, over_time
from holdfast.analysis.impact.ranking import Hours, Tier, hours_said, ranked, tiers
from holdfast.analysis.impact.rights import VIEW
from holdfast.analysis.impact.told import Place, Source, Told, Wanted
from holdfast.governance.agreement.models import DECIDED
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.models import ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.governance.settings.scales import Scales
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import Node, Person, Post, Process, Requirement, Supply

LIMITS = ("mtpd", "rto", "rpo", "minimum_level")
ALL = frozenset({"needs", "findings"})
READ = (
    "analysis", "process", "critical", "impact", "mtpd", "rto", "rpo", "minimum_level", "minimum_said",
    "minimum_agreed_by", "minimum_agreed_on", "staff_minimum", "basis",
    *(f"process__{name}" for name in ("key", "name", "unit", "site", "owner_person", "owner_post", *LIMITS)),
)  # fmt: skip
"""What is asked for of the rows and their processes: to read the rest, much of it JSON, costs more than all this."""
BULKY = ("paragraphs", "tags", "fields", "names")


@dataclass(frozen=True)
class Asked:
    """What is wanted: the analyses in force on a day; of a unit and all under it, a site and all in it, a critical
    function, a campaign. `drafts`: with those of the campaign that nobody has approved yet, in place of what is in
    force for their processes, and marked so."""

    on: date
    unit: Unit | None = None
    site: Site | None = None
    function: Node | None = None
    campaign: Campaign | None = None
    drafts: bool = False


@dataclass(frozen=True)
class Results:
    """`ranking` has every process that is analysed, the most critical first; `wanted` what each needs, by its key."""

    asked: Asked
    scales: Scales
    ranking: list[Told]
    wanted: dict[str, list[Wanted]]
    findings: list[Finding]
    functions: dict[str, str] = field(default_factory=dict)

    @property
    def critical(self) -> list[Told]:
        """The critical processes, which every unit names (A/63/359, 24)."""
        return [one for one in self.ranking if one.critical]

    @cached_property
    def needs(self) -> list[Need]:
        processes = {one.key: one for one in self.ranking}
        return needs_of(processes, (one for rows in self.wanted.values() for one in rows))

    def tiers(self) -> list[Tier]:
        return tiers(self.ranking, self.scales.hours)

    def courses(self) -> list[Course]:
        return over_time(self.ranking, self.scales)

    def by_unit(self) -> dict[str, list[Told]]:
        """The processes of each unit, by its key; of none by ""."""
        return by(self.ranking, {one.key: (one.unit.key if one.unit else "",) for one in self.ranking})

    def by_function(self) -> dict[str, list[Told]]:
        return by(self.ranking, {one.key: tuple(one.functions) for one in self.ranking})


def results(
    user: Asker,
    asked: Asked,
    *,
    ready_fallbacks: Collection[int] = (),
    permission: str = VIEW,
    hours: Hours = hours_said,
    parts: Collection[str] = ALL,
) -> Results:
    """`ready_fallbacks` are the ids of the requirements that a fallback would serve today; `permission` narrows what
    may be seen to what may be taken out, for example; `hours` words lengths of time; `parts` are what is wanted beside
    the ranking: "needs", "findings"."""
    rows = _rows(user, asked, permission)
    versions = _scales_by_number({row.analysis.scales for row in rows})
    scales = in_force(asked.on)
    functions, served, dependents = _drawn_on(user)
    if asked.function is not None:
        rows = [row for row in rows if asked.function.key in served.get(row.process.key, ())]
    owners = _owners(user, rows)
    found = [
        _told(row, versions[row.analysis.scales], owners, served.get(row.process.key, {}), dependents) for row in rows
    ]
    ranking = ranked(found)
    wanted: dict[str, list[Wanted]] = {}
    findings: list[Finding] = []
    if parts:
        wanted = _wanted(user, {row.process_id: row.process.key for row in rows}, frozenset(ready_fallbacks))
    if "findings" in parts:
        today = {row.process.key: {name: _value(getattr(row.process, name)) for name in LIMITS} for row in rows}
        findings += _findings(ranking, wanted, today, hours)
        findings += _not_analysed(user, asked, permission)
        findings += _claims(user, {one.key: one for one in ranking})
    return Results(asked, scales, ranking, wanted, in_order(findings), functions)


def _rows(user: Asker, asked: Asked, permission: str) -> list[ProcessImpact]:
    """One row a process: of several analyses that count, the one that came into force last."""
    ends = Q(analysis__agreement__in_force_until=None) | Q(analysis__agreement__in_force_until__gt=asked.on)
    counts = Q(ends, analysis__agreement__state__in=DECIDED, analysis__agreement__in_force_from__lte=asked.on)
    if asked.campaign is not None:
        counts &= Q(analysis__campaign=asked.campaign)
    if asked.drafts and asked.campaign is not None:
        counts |= Q(analysis__campaign=asked.campaign) & ~Q(analysis__agreement__state__in=DECIDED)
    rows = visible(ProcessImpact.objects.filter(counts), user, VIEW)
    if permission != VIEW:
        rows = visible(rows, user, permission)
    if asked.unit is not None:
        rows = rows.filter(process__unit__path__startswith=asked.unit.path)
    if asked.site is not None:
        rows = rows.filter(process__site__path__startswith=asked.site.path)
    listed = list(rows.select_related("process").only(*READ).order_by("pk"))
    # A few analyses and units stand behind very many rows: each of those is read once.
    of_rows = Analysis.objects.filter(pk__in={row.analysis_id for row in listed}).select_related("agreement")
    analyses = of_rows.defer("agreement__record", "paragraphs", "tags", "fields").in_bulk()
    best: dict[int, tuple[Any, ProcessImpact]] = {}
    for row in listed:
        if row.analysis_id not in analyses:
            continue  # discarded meanwhile
        row.analysis = analyses[row.analysis_id]
        agreement = row.analysis.agreement
        draft = agreement.state not in DECIDED
        order = (draft, agreement.in_force_from or date.min, agreement.number, row.pk)
        if row.process_id not in best or order > best[row.process_id][0]:
            best[row.process_id] = (order, row)
    found = [row for _order, row in best.values()]
    _placed([row.process for row in found])
    return found


def _placed(processes: list[Process]) -> None:
    """Gives the processes their units, sites and owning posts, each read once."""
    for name, table, unread in (("unit", Unit, BULKY), ("site", Site, BULKY), ("owner_post", Post, BULKY[:3])):
        found = table.objects.filter(pk__in={getattr(one, f"{name}_id") for one in processes} - {None})
        by_pk = found.defer(*unread).in_bulk()
        for one in processes:
            setattr(one, name, by_pk.get(getattr(one, f"{name}_id")))


def _scales_by_number(numbers: set[int]) -> dict[int, Scales]:
    found = {version.number: version.scales for version in ScaleVersion.objects.filter(number__in=numbers - {0})}
    return found | {0: default_scales()}


def _drawn_on(user: Asker) -> tuple[dict[str, str], dict[str, dict[str, str]], dict[str, int]]:
    """The critical functions by key; by process those that draw on it; and by process how many processes do."""
    functions: dict[str, str] = {}
    served: dict[str, dict[str, str]] = defaultdict(dict)
    needing: dict[str, set[str]] = defaultdict(set)
    rows = visible(Supply.objects.filter(provider__kind="process", requirement__node__kind="process"), user)
    node = "requirement__node__"
    for provider, key, name, is_function in rows.order_by(f"{node}position", f"{node}key").values_list(
        "provider__key", f"{node}key", f"{node}name", f"{node}is_function"
    ):
        if is_function:
            functions[key] = served[provider][key] = name
        else:
            needing[provider].add(key)
    return functions, served, {key: len(keys) for key, keys in needing.items()}


def _owners(user: Asker, rows: list[ProcessImpact]) -> dict[int, str]:
    """The names of the persons who own processes, as far as their names may be seen."""
    persons = {row.process.owner_person_id for row in rows} - {None}
    return dict(visible(Person.objects.filter(pk__in=persons), user).values_list("pk", "name"))


def _told(
    row: ProcessImpact, scales: Scales, owners: dict[int, str], served: dict[str, str], dependents: dict[str, int]
) -> Told:
    process, analysis = row.process, row.analysis
    grid = _grid(row, scales)
    counted = {one.key for one in scales.categories if one.counted}
    owner = owners.get(process.owner_person_id or 0, "")
    return Told(
        key=process.key,
        name=process.name,
        unit=place(process.unit),
        site=place(process.site),
        limits=_limits(row, grid, scales),
        owner=owner or (str(process.owner_post) if process.owner_post else ""),
        critical=row.critical,
        full=analysis.is_full,
        levels={
            key: tuple((h, float(level)) for h, level in line) for key, line in grid.levels(scales).items() if line
        },
        amounts={key: line for key, line in grid.rows.items() if key in counted and line},
        minimum=row.minimum_level,
        minimum_said=row.minimum_said,
        minimum_agreed=row.minimum_agreed_by_id is not None and row.minimum_agreed_on is not None,
        staff_minimum=row.staff_minimum,
        functions=served,
        dependents=dependents.get(process.key, 0),
        analysis=analysis.title,
        analysis_key=analysis.key,
        as_of=analysis.as_of,
        basis=row.basis,
        draft=analysis.agreement.state not in DECIDED,
    )


def _grid(row: ProcessImpact, scales: Scales) -> Grid:
    """The grid of a row; of a draft that cannot be read, none."""
    if not row.analysis.is_full:
        return Grid.empty(scales)
    try:
        return Grid.read(row.impact, scales)
    except BadGrid:
        return Grid.empty(scales)


def _limits(row: ProcessImpact, grid: Grid, scales: Scales) -> Limits:
    return limits_of(grid, scales, row.mtpd, row.rto, row.rpo)


def place(row: Unit | Site | None) -> Place | None:
    return None if row is None else Place(row.key, row.name, row.path)


def _value(fact: Any) -> float | None:
    return None if fact is None else fact.value


def _wanted(user: Asker, processes: dict[int, str], ready: frozenset[int]) -> dict[str, list[Wanted]]:
    """What each process needs, by its key: two queries."""
    sources: dict[int, list[Source]] = defaultdict(list)
    supplies = visible(Supply.objects.filter(requirement__node__kind="process"), user)
    for supply in supplies.order_by("position", "pk").values_list(
        "requirement_id", "weight", "confirmed_on", "contested_on", "contested_weight", "contested_reason",
        "provider__key", "provider__name", "provider__kind", "provider__restart_measured__value",
        "provider__restart_promised__value", "provider__rto__value", "provider__unit_id", "requirement__node__unit_id",
    ):  # fmt: skip
        requirement, weight, confirmed, contested, instead, reason, key, name, kind, measured, promised, rto = supply[
            :12
        ]
        # What a unit draws on of its own needs no second end.
        own = supply[12] is not None and supply[12] == supply[13]
        sources[requirement].append(
            Source(
                key, name, kind, weight, measured if measured is not None else promised, rto,
                own or confirmed is not None, contested is not None, instead, reason,
            )
        )  # fmt: skip
    found: dict[str, list[Wanted]] = defaultdict(list)
    rows = visible(Requirement.objects.filter(node__kind="process", node__is_function=False), user)
    for one in rows.order_by("position", "pk").values_list(
        "pk", "key", "node_id", "name", "needs", "quorum", "tolerance__value"
    ):
        pk, key, node, name, needs, quorum, tolerance = one
        if node in processes:
            without = tolerance or 0.0
            found[processes[node]].append(
                Wanted(key, processes[node], name or key, needs, quorum, without, tuple(sources[pk]), pk in ready)
            )
    return dict(found)


def _findings(
    ranking: list[Told], wanted: dict[str, list[Wanted]], today: dict[str, dict[str, float | None]], hours: Hours
) -> Iterator[Finding]:
    rto_of = {one.key: one.limits.rto for one in ranking if one.limits.rto is not None}
    for one in ranking:
        yield from of_process(one, today[one.key], hours)
        mine = wanted.get(one.key, [])
        yield from of_people(one, mine)
        for each in mine:
            yield from of_requirement(one, each, rto_of, hours)


def _not_analysed(user: Asker, asked: Asked, permission: str) -> Iterator[Finding]:
    """Processes that no analysis in force has, a line for each unit, and analyses that are late."""
    done = ProcessImpact.objects.filter(analysis__in=Analysis.objects.in_force(asked.on)).values("process")
    rows = visible(Process.objects.standing(asked.on).exclude(pk__in=done).exclude(unit=None), user)
    if permission != VIEW:
        rows = visible(rows, user, permission)
    if asked.unit is not None:
        rows = rows.filter(unit__path__startswith=asked.unit.path)
    if asked.site is not None:
        rows = rows.filter(site__path__startswith=asked.site.path)
    if asked.function is not None:
        rows = rows.filter(supplies__requirement__node=asked.function)
    for key, name, unit, unit_name, path in rows.order_by("unit__path", "name").values_list(
        "key", "name", "unit__key", "unit__name", "unit__path"
    ):
        said = gettext("No analysis that is in force has it.")
        yield Finding("no_analysis", Place(unit, unit_name, path), said, ("unit", unit), name, key)
    late = Analysis.objects.filter(campaign__state=CampaignState.SENT, due__lt=asked.on)
    late = visible(late.exclude(agreement__state__in=DECIDED), user, VIEW)
    if permission != VIEW:
        late = visible(late, user, permission)
    if asked.unit is not None:
        late = late.filter(unit__path__startswith=asked.unit.path)
    if asked.site is not None:
        late = late.filter(unit__site__path__startswith=asked.site.path)
    if asked.campaign is not None:
        late = late.filter(campaign=asked.campaign)
    for one in late.select_related("unit").order_by("due", "pk"):
        said = gettext("“%(title)s” was due on %(day)s.") % {
            "title": one.title,
            "day": formats.date_format(one.due, "j F Y"),
        }
        yield Finding("overdue", place(one.unit), said, ("analysis", one.key))


def _claims(user: Asker, processes: dict[str, Told]) -> Iterator[Finding]:
    rows = visible(Claim.objects.filter(state=ClaimState.OPEN), user)
    for key, provider, said in rows.order_by("pk").values_list("process__key", "provider__name", "said"):
        if (one := processes.get(key)) is not None:
            message = gettext("%(provider)s says that it is drawn on: %(said)s") % {"provider": provider, "said": said}
            yield Finding("claim_open", one.unit, message, ("process", key), one.name, key)


__all__ = ["Asked", "Results", "results"]
