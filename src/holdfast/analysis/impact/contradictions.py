"""What does not fit together in the analyses that count, and between them and what is drawn on. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.needs import kind_of
from holdfast.analysis.impact.ranking import Hours, hours_said
from holdfast.analysis.impact.told import Place, Source, Told, Wanted

CHECKS: dict[str, str | Promise] = {
    "no_analysis": _("No approved analysis"),
    "overdue": _("Analysis overdue"),
    "draft": _("Analysis not approved yet"),
    "rto_beyond_mtpd": _("RTO beyond the MTPD"),
    "minimum_not_agreed": _("Minimum level not agreed"),
    "limits_differ": _("Limits differ from the approved analysis"),
    "slow_provider": _("Promised recovery too slow"),
    "slower_process": _("Depends on a slower process"),
    "fewer_people": _("Fewer people wanted than the minimum staffing"),
    "contested": _("Dependency contested"),
    "unconfirmed": _("Dependency not confirmed"),
    "claim_open": _("Dependency named by the other side alone"),
    "single_source": _("Single supplier without a fallback"),
}
"""By name, the gravest first: what is found, as the head of a column."""


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `mend` says where: ("analysis", KEY), ("process", KEY) or ("unit", KEY)."""

    check: str
    unit: Place | None
    message: str
    mend: tuple[str, str]
    process: str = ""
    process_key: str = ""

    @property
    def title(self) -> str:
        return str(CHECKS[self.check])


Today = Mapping[str, float | None]
"""What stands on a process today: `mtpd`, `rto`, `rpo`, `minimum_level`."""


def of_process(one: Told, today: Today, hours: Hours = hours_said) -> Iterator[Finding]:
    """What a process's own analysis says against itself and against what stands on the process today."""
    limits = one.limits
    mend = ("analysis", one.analysis_key)

    def found(check: str, message: str, where: tuple[str, str] = mend) -> Finding:
        return Finding(check, one.unit, message, where, one.name, one.key)

    if one.draft:
        yield found("draft", gettext("What is shown of it stands in a draft: “%(title)s”.") % {"title": one.analysis})
    if limits.rto is not None and limits.mtpd is not None and limits.rto > limits.mtpd:
        said = gettext("Its RTO of %(rto)s lies beyond its MTPD of %(mtpd)s.")
        yield found("rto_beyond_mtpd", said % {"rto": hours(limits.rto), "mtpd": hours(limits.mtpd)})
    if one.critical and one.minimum is None:
        yield found("minimum_not_agreed", gettext("It is critical, and has no minimum level (MBCO)."))
    elif one.critical and not one.minimum_agreed:
        yield found("minimum_not_agreed", gettext("Nobody is named who agreed to its minimum level (MBCO)."))
    if not one.draft:
        wanted = {"mtpd": limits.mtpd, "rto": limits.rto, "rpo": limits.rpo}
        differ = [
            gettext("%(limit)s %(today)s, in the analysis %(wanted)s")
            % {
                "limit": name.upper(),
                "today": "–" if (now := today.get(name)) is None else hours(now),
                "wanted": hours(value),
            }
            for name, value in wanted.items()
            if value is not None and today.get(name) != value
        ]
        if differ:
            said = gettext("On the process today: %(differ)s.")
            yield found("limits_differ", said % {"differ": "; ".join(differ)}, ("process", one.key))


def of_requirement(
    one: Told, wanted: Wanted, rto_of: Mapping[str, float], hours: Hours = hours_said
) -> Iterator[Finding]:
    """What a requirement of the process says against what it draws on. `rto_of` has the RTO of other analysed
    processes, which counts before what stands on them today."""
    mend = ("process", one.key)

    def found(check: str, message: str, **values: object) -> Finding:
        return Finding(check, one.unit, message % {"name": wanted.name, **values}, mend, one.name, one.key)

    for source in wanted.sources:
        if source.contested:
            if source.contested_weight is not None:
                said = gettext("%(name)s: %(source)s can give %(weight)g, and not %(wanted)g. %(reason)s")
            else:
                said = gettext("%(name)s: %(source)s says that it is not drawn on. %(reason)s")
            yield found(
                "contested", said, source=source.name, weight=source.contested_weight, wanted=source.weight,
                reason=source.contested_reason,
            )  # fmt: skip
        elif not source.confirmed:
            yield found("unconfirmed", gettext("%(name)s: %(source)s has not confirmed it."), source=source.name)
    if one.limits.rto is not None:
        yield from _too_slow(one, wanted, rto_of, hours, found)
    if len(wanted.sources) == 1 and wanted.sources[0].kind == "supplier" and not wanted.fallback:
        said = gettext("%(name)s: %(source)s alone supplies it, and no fallback would serve in its place.")
        yield found("single_source", said, source=wanted.sources[0].name)


def of_people(one: Told, wanted: Iterable[Wanted]) -> Iterator[Finding]:
    """The people whom its requirements ask for on a normal day, against the minimum staffing of the analysis."""
    asked = [each.needs for each in wanted if kind_of(each) == "people"]
    if one.staff_minimum is not None and asked and sum(asked) < one.staff_minimum:
        said = gettext("Its requirements ask for %(asked)g people; the analysis says that it takes at least %(least)g.")
        message = said % {"asked": sum(asked), "least": one.staff_minimum}
        yield Finding("fewer_people", one.unit, message, ("process", one.key), one.name, one.key)


def _too_slow(
    one: Told, wanted: Wanted, rto_of: Mapping[str, float], hours: Hours, found: Callable[..., Finding]
) -> Iterator[Finding]:
    """Rule 33: what comes back within RTO + tolerance has to reach needs × minimum level, or the quorum. Another
    process is back at its RTO, a resource at its restart; what says nothing of it is taken to be back."""
    allowed = (one.limits.rto or 0.0) + wanted.tolerance
    least = max(wanted.needs * (1.0 if one.minimum is None else one.minimum), wanted.quorum)
    late = [source for source in wanted.sources if (back := _back(source, rto_of)) is not None and back > allowed]
    in_time = sum(source.weight for source in wanted.sources if source not in late)
    if not late or round(in_time - least, 6) >= 0:
        return
    slowest = max(late, key=lambda source: _back(source, rto_of) or 0.0)
    values = {"source": slowest.name, "back": hours(_back(slowest, rto_of) or 0.0), "allowed": hours(allowed)}
    if slowest.kind == "process":
        said = gettext("%(name)s: %(source)s has an RTO of %(back)s, and is wanted within %(allowed)s.")
        yield found("slower_process", said, **values)
    else:
        said = gettext("%(name)s: %(source)s is promised back within %(back)s, and is wanted within %(allowed)s.")
        yield found("slow_provider", said, **values)


def _back(source: Source, rto_of: Mapping[str, float]) -> float | None:
    if source.kind == "process":
        return rto_of.get(source.key, source.rto)
    return source.restart


def counted(findings: Iterable[Finding]) -> list[tuple[Place | None, dict[str, int]]]:
    """By unit how many of each check, the unit with most first; findings without a unit last."""
    units: dict[str, Place | None] = {}
    counts: dict[str, dict[str, int]] = {}
    for one in findings:
        key = one.unit.key if one.unit else ""
        units[key] = one.unit
        row = counts.setdefault(key, {})
        row[one.check] = row.get(one.check, 0) + 1
    order = sorted(counts, key=lambda key: (not key, -sum(counts[key].values()), units[key].name if units[key] else ""))  # type: ignore[union-attr]
    return [(units[key], counts[key]) for key in order]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by unit and process."""
    place = {name: number for number, name in enumerate(CHECKS)}
    return sorted(findings, key=lambda one: (place[one.check], one.unit.name if one.unit else "\uffff", one.process))
