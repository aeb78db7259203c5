"""Results in words and pictures, once for pages, documents and workbooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.analysis.impact.contradictions import CHECKS, Finding
from holdfast.analysis.impact.needs import UNNAMED, WHOLE, Need, Step, at, by_kind, curve
from holdfast.analysis.impact.over_time import Cell, Course, highest, over_time
from holdfast.analysis.impact.ranking import Tier, level_name, why
from holdfast.analysis.impact.results import Results
from holdfast.analysis.impact.told import Told
from holdfast.formats import charts
from holdfast.formats.document import TONES
from holdfast.governance.settings.scales import Scales
from holdfast.web.pages.whatif.basis import Basis
from holdfast.web.pages.whatif.timeline import LOG_TICKS
from holdfast.web.pages.whatif.timeline import Axis as TimeAxis
from holdfast.web.pages.whatif.wording import NO_BREAK, hours, number, percent

DAY = 24.0
_LABELS = TimeAxis(LOG_TICKS[-1])

KINDS: dict[str, str | Promise] = {
    "people": gettext_lazy("People"),
    "facility": gettext_lazy("Seats"),
    "application": gettext_lazy("Applications"),
    "infrastructure": gettext_lazy("Infrastructure"),
    "equipment": gettext_lazy("Equipment"),
    "record": gettext_lazy("Vital records"),
    "supplier": gettext_lazy("Suppliers"),
    "process": gettext_lazy("Other processes"),
    UNNAMED: gettext_lazy("Needs that draw on nothing yet"),
}


def tick(hour: float) -> str:
    """An hour as the axis of time names it: 4 h, 1 d, 1 w."""
    return _LABELS.label(hour).replace(" ", NO_BREAK)


def time(value: float | None) -> str:
    return "–" if value is None else tick(value) if value in LOG_TICKS else hours(value)


def finding(found: Results) -> str:
    """The one sentence that is true of the results now."""
    processes = found.ranking
    if not processes:
        return _("No impact analysis counts here yet")
    day = sum(1 for one in processes if one.limits.mtpd is not None and one.limits.mtpd <= DAY)
    count = len(processes)
    text = ngettext(
        "%(day)s of %(count)s process cannot stand still for more than a day",
        "%(day)s of %(count)s processes cannot stand still for more than a day",
        count,
    )
    return text % {"day": number(day), "count": number(count)}


def open_gaps(findings: Sequence[Finding]) -> str:
    count = len(findings)
    if not count:
        return _("Nothing contradicts itself, and nothing is missing")
    return ngettext("%(n)s gap or contradiction is open", "%(n)s gaps and contradictions are open", count) % {
        "n": number(count)
    }


def tone(level: int | None, scales: Scales) -> int | None:
    """The severity step of a level of impact; none for none."""
    if not level:
        return None
    most = len(scales.impact)
    return round((min(level, most) - 1) * (TONES - 1) / max(most - 1, 1))


def because(one: Told, scales: Scales) -> str:
    return why(one, scales, time)


def row_of(one: Told, scales: Scales, rank: int) -> dict[str, Any]:
    """A process in the ranking."""
    return {
        "rank": rank,
        "one": one,
        "url": reverse("process", args=[one.key]),
        "over_time": f"{reverse('impact-results-over-time')}?{urlencode({'process': one.key})}",
        "analysis": f"/impact/analyses/{one.analysis_key}/",
        "mtpd": time(one.limits.mtpd),
        "rto": time(one.limits.rto),
        "rpo": time(one.limits.rpo),
        "minimum": percent(one.minimum) if one.minimum is not None else "",
        "why": because(one, scales),
        "basis": Basis(one.basis) if one.basis else None,
    }


def tier_name(tier: Tier) -> str:
    if tier.above is None:
        return _("without an RTO")
    if tier.upto is None:
        return _("later than %(time)s") % {"time": tick(tier.above)}
    if not tier.above:
        return _("within %(time)s") % {"time": tick(tier.upto)}
    return _("within %(time)s, later than %(above)s") % {"time": tick(tier.upto), "above": tick(tier.above)}


def drawn_tiers(found: Results, *, rows: bool = True) -> list[dict[str, Any]]:
    """The tiers with their share of the longest, for bars, and their processes unless they are not wanted."""
    made = found.tiers()
    most = max((len(tier.processes) for tier in made), default=0) or 1
    return [
        {
            "name": tier_name(tier),
            "tier": tier,
            "count": len(tier.processes),
            "share": round(100 * len(tier.processes) / most, 1),
            "rows": [row_of(one, found.scales, n) for n, one in enumerate(tier.processes, 1)] if rows else [],
        }
        for tier in made
    ]


# Impact over time


def brief(amount: float) -> str:
    """An amount where there is no room for its digits: 5.6 M. Its unit stands beside the name of the category."""
    for size, said in ((1e9, _("%(n)s bn")), (1e6, _("%(n)s M")), (1e3, _("%(n)s k"))):
        if amount >= size:
            return said % {"n": number(amount / size, 1 if amount < 10 * size else 0)}
    return number(amount)


def cell_of(cell: Cell, course: Course, scales: Scales) -> dict[str, Any]:
    category = course.category
    amount = f"{number(cell.amount, 2)}\u00a0{category.unit}" if cell.amount is not None else ""
    return {
        "level": cell.level,
        "name": "" if cell.level is None else level_name(cell.level, scales),
        "tone": tone(cell.level, scales),
        "amount": amount,
        "brief": brief(cell.amount) if cell.amount is not None else "",
        "worst": cell.worst,
        "unbearable": cell.unbearable,
    }


def grid_of(processes: Sequence[Told], scales: Scales, times: Sequence[float]) -> list[dict[str, Any]]:
    """The categories with their cells, for a table."""
    return [
        {"category": course.category, "cells": [cell_of(cell, course, scales) for cell in course.cells]}
        for course in over_time(processes, scales, times)
    ]


def strip_of(processes: Sequence[Told], scales: Scales, times: Sequence[float]) -> list[dict[str, Any]]:
    """The highest level of any category at each time: one row of a comparison."""
    return [
        {"level": level, "name": "" if level is None else level_name(level, scales), "tone": tone(level, scales)}
        for level in highest(over_time(processes, scales, times))
    ]


def grid_finding(processes: Sequence[Told], scales: Scales, times: Sequence[float]) -> str:
    """Which category cannot be borne first."""
    if not any(one.levels for one in processes):
        return _("No impact over time is given: a unit in the light mode is not asked for it.")
    courses = over_time(processes, scales, times)
    for n, hour in enumerate(times):
        reach = [
            (level, -place, course.category.label)
            for place, course in enumerate(courses)
            if (level := course.cells[n].level) is not None and level >= scales.intolerable
        ]
        if reach:
            level, _place, name = max(reach)
            said = _("%(category)s impact is the first that cannot be borne: %(level)s after %(time)s")
            return said % {"category": name, "level": level_name(level, scales), "time": tick(hour)}
    return _("All of it can be borne for as long as is asked")


# Who needs what by when


@dataclass(frozen=True)
class Panel:
    """The curve of one kind: `title` states the finding, `rows` are its numbers at the times of the scales."""

    kind: str
    name: str
    title: str
    chart: charts.Chart
    rows: list[tuple[str, str, str]]
    steps: list[Step]


def counted_in(kind: str, step: Step) -> float:
    """What the curve of this kind counts: persons and seats, of other kinds the different things."""
    return step.amount if kind in WHOLE else step.things


def panels(needs: Sequence[Need], times: Sequence[float]) -> list[Panel]:
    """A curve for each kind that is needed, all on one axis of time."""
    most = max([times[-1], *(need.at for need in needs)])
    axis = charts.Axis(most, [(hour, tick(hour)) for hour in LOG_TICKS if hour <= most])
    return [_panel(kind, rows, axis, times) for kind, rows in by_kind(needs).items()]


def _panel(kind: str, rows: Sequence[Need], axis: charts.Axis, times: Sequence[float]) -> Panel:
    steps = curve(rows)
    name = str(KINDS[kind])
    values = [(step.at, counted_in(kind, step)) for step in steps]
    day, whole = counted_in(kind, at(steps, DAY)), values[-1][1]
    about = {"name": name, "day": number(day, 1), "all": number(whole, 1), "last": hours(steps[-1].at)}
    title = _("%(name)s: %(day)s within a day, %(all)s in all") % about
    says = _("%(name)s needed after an incident: %(day)s within a day, %(all)s from %(last)s on.") % about
    drawn = charts.step_chart(values, axis, says=says, below=_("after the incident"), number=lambda v: number(v, 1))
    numbers = []
    for hour in times:
        step = at(steps, hour)
        numbers.append((tick(hour), number(counted_in(kind, step), 1), number(step.processes)))
    return Panel(kind, name, title, drawn, numbers, steps)


def table_by(needs: Iterable[Need], kind: str, by: str, times: Sequence[float]) -> list[dict[str, Any]]:
    """What each unit, or each site, needs of a kind by each time, most first."""
    found: dict[str, list[Need]] = {}
    names: dict[str, str] = {"": "–"}
    for need in needs:
        if need.kind == kind:
            where = need.process.unit if by == "unit" else need.process.site
            key = where.key if where else ""
            names[key] = where.name if where else _("none given")
            found.setdefault(key, []).append(need)
    rows = []
    for key, mine in found.items():
        steps = curve(mine)
        values = [counted_in(kind, at(steps, hour)) for hour in times]
        last = counted_in(kind, steps[-1])
        rows.append({"key": key, "name": names[key], "values": values, "all": last})
    return sorted(rows, key=lambda row: (-row["all"], row["name"]))


def amount_of(need: Need) -> str:
    return number(need.amount, 3)


# Gaps


def mend(one: Finding) -> tuple[str, str]:
    """Where it is mended: an address, and what is done there."""
    where, key = one.mend
    if where == "analysis":
        return f"/impact/analyses/{key}/", _("Open the analysis")
    if where == "unit":
        return f"/impact/analyses/?unit={key}", _("Ask for an analysis")
    if one.check in ("unconfirmed", "contested", "claim_open", "slow_provider"):
        return f"{reverse('both-ends')}?{urlencode({'node': key})}", _("Open its dependencies")
    anchor = "" if one.check == "limits_differ" else "#needs"
    return reverse("process", args=[key]) + anchor, _("Open the process")


def check_names() -> list[tuple[str, str]]:
    return [(name, str(title)) for name, title in CHECKS.items()]
