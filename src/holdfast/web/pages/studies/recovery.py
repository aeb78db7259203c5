"""Contention, absence and what to restore first, read for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.formats.charts import Bar, bar_chart, line_chart
from holdfast.web.pages.whatif.wording import hours, listing, number, percent, strategy_name

from .shown import DEAD, Cell, Column, Names, Picture, Shown, Table

WEEK = 168.0
HOURS = (0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 12.0, 24.0, 48.0, 72.0, 96.0, 168.0, 336.0, 672.0, 2016.0)
WEEKS = (1.0, 2.0, 4.0, 8.0, 13.0, 26.0, 52.0, 104.0)
MOST_LINES = 3
MOST_BARS = 12
View = Mapping[str, str]


def contention(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: View) -> Shown:
    victims = {one["process"] for s in answer["scenarios"] for pool in s["pools"] for one in pool["victims"]}
    seen = [process for process in victims if names.knows(process)]
    short = [pool for pool in answer["pools"] if pool["enough"] is not None]
    if seen:
        said = ngettext(
            "Too few places cost %(n)s process its MTPD", "Too few places cost %(n)s processes their MTPD", len(seen)
        )
        finding = said % {"n": number(len(seen))}
    else:
        finding = _("No pool of places is so short that it costs anybody’s MTPD")
    about = [_("Every fallback that would be on counts, in %(n)s scenarios.") % {"n": number(len(answer["keys"]))}]
    rows, pictures, curves = [], [], []
    for key, scenario in zip(answer["keys"], answer["scenarios"], strict=True):
        for pool in scenario["pools"]:
            hurt = [one for one in pool["victims"] if names.knows(one["process"])]
            claims = [one for one in pool["claims"] if names.knows(one["node"])]
            rows.append(
                (
                    Cell(names.example.pool_name(pool["pool"]), more=names.scenario(key)),
                    Cell(number(pool["capacity"], 1), sort=pool["capacity"]),
                    Cell(number(len(claims)), sort=len(claims)),
                    Cell(listing([names.name(one["node"]) for one in claims], 4)),
                    Cell(number(pool["shortfall"], 1), sort=pool["shortfall"], tone=2 if pool["shortfall"] else None),
                    Cell(hours(pool["short_for"]) if pool["short_for"] else DEAD, sort=pool["short_for"]),
                    Cell(listing([names.name(one["process"]) for one in hurt], 3) or DEAD, tone=4 if hurt else None),
                    Cell(DEAD if pool["enough"] is None else number(pool["enough"], 1), sort=pool["enough"] or 0.0),
                )
            )
            if pool["shortfall"]:
                curves.append((pool["shortfall"], key, pool))
    for _most, key, pool in sorted(curves, key=lambda one: -one[0])[:MOST_LINES]:
        pictures.append(_claims(names, key, pool))
    columns = (
        Column("pool", _("Pool")), Column("capacity", _("Places"), True), Column("claims", _("Claims"), True),
        Column("who", _("Claimed by")), Column("shortfall", _("Short by"), True), Column("for", _("Short for"), True),
        Column("victims", _("Whose MTPD it costs")), Column("enough", _("Enough would be"), True),
    )  # fmt: skip
    tables = [Table("claims", _("Pool by pool and scenario by scenario"), columns, rows,
                    empty=_("No pool is claimed in these scenarios."))]  # fmt: skip
    needs = [
        (
            Cell(names.example.pool_name(pool["pool"])),
            Cell(number(pool["capacity"], 1), sort=pool["capacity"]),
            Cell(number(pool["enough"], 1), sort=pool["enough"]),
            Cell(number(pool["enough"] - pool["capacity"], 1), sort=pool["enough"] - pool["capacity"]),
            Cell(listing([names.scenario(answer["keys"][k]) for k in pool["scenarios"]], 3)),
        )
        for pool in short
    ]
    if needs:
        heads = (
            Column("pool", _("Pool")), Column("capacity", _("Places"), True), Column("enough", _("Enough"), True),
            Column("more", _("More"), True), Column("where", _("Scenarios")),
        )  # fmt: skip
        tables.insert(0, Table("needs", _("How many places would be enough"), heads, needs))
    return Shown(finding, about, pictures, tables, 4 if seen else 0)


def _claims(names: Names, key: str, pool: Mapping[str, Any]) -> Picture:
    """Claimed and granted over time, in steps, with the capacity."""
    curve = pool["curve"]
    ticks = _round_ticks(max(curve[-1][0], *(until for _start, until in pool["short"]), 1.0), HOURS, hours)
    end = ticks[-1][0]
    claimed: list[tuple[float, float]] = []
    granted: list[tuple[float, float]] = []
    for k, (time, wanted, given) in enumerate(curve):
        until = curve[k + 1][0] if k + 1 < len(curve) else end
        claimed += [(time, wanted), (until, wanted)]
        granted += [(time, given), (until, given)]
    title = _("%(pool)s: short by %(n)s, %(scenario)s") % {
        "pool": names.example.pool_name(pool["pool"]), "n": number(pool["shortfall"], 1),
        "scenario": names.scenario(key),
    }  # fmt: skip
    series = [(_("claimed"), claimed), (_("granted"), granted)]
    chart = line_chart(series, ticks, says=title, below=_("after the start"), number=lambda value: number(value, 1))
    return Picture(title, chart, _("There are %(n)s places.") % {"n": number(pool["capacity"], 1)})


def _round_ticks(end: float, steps: tuple[float, ...], words: Callable[[float], str]) -> list[tuple[float, str]]:
    """From 0 to the first round value at or beyond the end, at most six of them."""
    step = next((step for step in steps if end / step <= 5), steps[-1])
    return [(step * n, words(step * n) if n else "0") for n in range(math.ceil(end / step) + 1)]


def absence(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: View) -> Shown:
    found = [one for one in answer["processes"] if names.knows(one["process"])]
    below = [one for one in found if one["first_below"] is not None]
    functions = [one for one in below if names.is_function(one["process"])]
    breached = [one for one in found if one["breach_at"] is not None]
    if functions:
        first = min(functions, key=lambda one: one["first_below"])
        finding = _("%(name)s falls below its minimum in week %(week)s") % {
            "name": names.name(first["process"]), "week": number(_week(first["first_below"])),
        }  # fmt: skip
    elif below:
        said = ngettext("%(n)s process falls below its minimum, and no critical function",
                        "%(n)s processes fall below their minimum, and no critical function", len(below))  # fmt: skip
        finding = said % {"n": number(len(below))}
    else:
        finding = _("No process falls below its minimum under these waves")
    saved = [one for one in found if one["first_below"] is None and one["without_fallbacks"]["first_below"] is not None]
    about = [_wave(names, wave) for wave in question["waves"]]
    if saved:
        said = ngettext(
            "Fallbacks keep %(n)s process above its minimum.",
            "Fallbacks keep %(n)s processes above their minimum.",
            len(saved),
        )
        about.append(said % {"n": number(len(saved))})
    pictures = [_present(names, answer)] if answer["sites"] else []
    tables = [_fallen(names, found), _sites(names, answer), _stand_ins(names, answer)]
    return Shown(finding, about, pictures, tables, 4 if functions else 3 if breached else 2 if below else 0)


def _week(time: float) -> int:
    return int(time // WEEK) + 1


def _wave(names: Names, wave: Mapping[str, Any]) -> str:
    said = _(
        "From week %(start)s on %(ramp)s weeks up to %(peak)s absent, %(plateau)s weeks so, %(decline)s weeks down: "
        "%(where)s."
    )
    where = listing(map(names.site, wave["sites"]), 4) if wave["sites"] else _("everywhere")
    figures = {name: number(wave[name], 1) for name in ("ramp", "plateau", "decline")}
    return said % {**figures, "start": number(wave["start"] + 1, 1), "peak": percent(wave["peak"]), "where": where}


def _present(names: Names, answer: Mapping[str, Any]) -> Picture:
    sites = sorted(answer["sites"], key=lambda site: (-len(site["people"]), str(site["site"])))[:MOST_LINES]
    end = answer["horizon"] / WEEK
    series = []
    for site in sites:
        points: list[tuple[float, float]] = []
        steps = site["present"]
        for k, (time, share) in enumerate(steps):
            until = steps[k + 1][0] if k + 1 < len(steps) else answer["horizon"]
            points += [(time / WEEK, share * 100), (until / WEEK, share * 100)]
        series.append((names.site(site["site"]) if site["site"] else _("no site"), points))
    least = min(share for site in answer["sites"] for _time, share in site["present"])
    title = _("At worst %(share)s are present") % {"share": percent(round(least, 3))}
    ticks = _round_ticks(end, WEEKS, number)
    chart = line_chart(series, ticks, says=title, below=_("weeks"), number=lambda value: f"{number(value)} %")
    return Picture(title, chart, _("Share of staff present, at the sites with most groups of people."))


def _fallen(names: Names, found: list[Any]) -> Table:
    rows = []
    for one in sorted(found, key=lambda one: (one["first_below"] is None, one["first_below"] or 0, one["process"])):
        bare = one["without_fallbacks"]
        if one["first_below"] is None and bare["first_below"] is None:
            continue
        at, weeks = one["first_below"], one["weeks_below"]
        rows.append(
            (
                names.node(one["process"]),
                Cell(_("critical function") if names.is_function(one["process"]) else _("process")),
                Cell(percent(one["minimum_level"]), sort=one["minimum_level"]),
                Cell(percent(round(one["worst_level"], 4)), sort=one["worst_level"], tone=None if at is None else 3),
                Cell(DEAD if at is None else number(_week(at)), sort=1e9 if at is None else at),
                Cell(number(weeks, 1) if weeks else DEAD, sort=weeks),
                Cell(DEAD if one["breach_at"] is None else _("week %(n)s") % {"n": number(_week(one["breach_at"]))},
                     tone=None if one["breach_at"] is None else 4),
                Cell(percent(round(bare["worst_level"], 4)), sort=bare["worst_level"]),
            )
        )  # fmt: skip
    columns = (
        Column("process", _("Process")), Column("what", _("Kind")), Column("minimum", _("Minimum (MBCO)"), True),
        Column("worst", _("At worst"), True), Column("first", _("Below it from week"), True),
        Column("weeks", _("Weeks below"), True), Column("breach", _("MTPD breached")),
        Column("bare", _("At worst without fallbacks"), True),
    )  # fmt: skip
    return Table("processes", _("Below their minimum, or kept above it by fallbacks"), columns, rows,
                 empty=_("Nothing comes near its minimum."))  # fmt: skip


def _sites(names: Names, answer: Mapping[str, Any]) -> Table:
    """Site by critical function: how far the waves at this site alone take it down."""
    functions = names.example.functions
    rows = []
    for site in answer["sites"]:
        cells = []
        for function in functions:
            alone = site["alone"].get(function)
            if alone is None:
                cells.append(Cell(DEAD, sort=1.0))
            else:
                tone = 4 if alone["first_below"] is not None else 1
                cells.append(Cell(percent(round(alone["worst_level"], 3)), sort=alone["worst_level"], tone=tone))
        rows.append((Cell(names.site(site["site"]) if site["site"] else _("no site")), *cells))
    columns = (Column("site", _("Site")), *(Column(f, names.name(f), True) for f in functions))
    about = _("The level of the function if only this site were struck; dark where it falls below its minimum.")
    return Table("sites", _("Which site takes which function down"), columns, rows, about, grid=True)


def _stand_ins(names: Names, answer: Mapping[str, Any]) -> Table:
    rows = [
        (
            names.node(one["node"]),
            Cell(strategy_name(one["strategy"]) if one["strategy"] else DEAD),
            Cell(names.example.pool_name(one["pool"]) if one["pool"] else DEAD),
            Cell(number(sum(end - start for start, end in one["on"]) / WEEK, 1),
                 sort=sum(end - start for start, end in one["on"])),
        )
        for one in answer["stand_ins"] if names.knows(one["node"])
    ]  # fmt: skip
    columns = (
        Column("node", _("Whose fallback")), Column("strategy", _("Strategy")), Column("pool", _("Pool")),
        Column("weeks", _("Weeks in use"), True),
    )  # fmt: skip
    return Table("fallbacks", _("Who stands in"), columns, rows, empty=_("No fallback is called on."))


def restoration(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: View) -> Shown:
    order = answer["order"]
    measure = answer["measure"]
    first = names.name(order[0]) if order else DEAD
    finding = _("%(name)s comes first") % {"name": first} if order else _("There is nothing to repair")
    about = [
        _("In this order it costs %(cost)s; with nothing repaired %(nothing)s.")
        % {"cost": _cost(names, answer["cost"], measure), "nothing": _cost(names, answer["nothing"], measure)}
    ]
    if answer["proved"]:
        about.append(_("No other order costs less: that is proven."))
    elif answer["gap"] is not None:
        about.append(_("No order costs less by more than %(gap)s.") % {"gap": percent(round(answer["gap"], 4))})
    else:
        about.append(_("It is the best order found; how far from the best there is cannot be said."))
    why = answer["why"]
    if why is not None and why["left_to_the_last"]:
        hurt = listing([names.name(process) for process, _more in why["hurt"] if names.knows(process)], 3)
        said = _("Left to the last, %(name)s would cost %(more)s more%(whom)s.")
        whom = _(", at the expense of %(names)s") % {"names": hurt} if hurt else ""
        about.append(said % {"name": first, "more": _cost(names, why["left_to_the_last"], measure), "whom": whom})
    labels = {
        "by priority": _("by priority"), "shortest first": _("shortest first"), "as listed": _("as listed"),
    }  # fmt: skip
    bars = [Bar(_("this order"), answer["cost"], _cost(names, answer["cost"], measure))]
    bars += [
        Bar(labels.get(name, name.replace("_", " ")), one["cost"], _cost(names, one["cost"], measure), "warn")
        for name, one in answer["naive"].items()
    ]
    says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
    pictures = [Picture(_("What orders by a simple rule cost"), bar_chart(bars, says=says),
                        _("Impact: %(what)s.") % {"what": names.measure(measure)})]  # fmt: skip
    rows = [
        (
            names.node(job["node"]),
            Cell(number(n), sort=n),
            Cell(f"{job['crew']} {job['team'] + 1}"),
            Cell(hours(job["start"]), sort=job["start"]),
            Cell(hours(job["end"]), sort=job["end"]),
        )
        for n, job in enumerate(answer["schedule"], 1)
    ]
    columns = (
        Column("node", _("What is repaired")), Column("rank", _("Order"), True), Column("crew", _("Crew")),
        Column("start", _("Begins after"), True), Column("end", _("Done after"), True),
    )  # fmt: skip
    return Shown(finding, about, pictures, [Table("schedule", _("The order of restoration"), columns, rows)], 2)


def _cost(names: Names, value: float, measure: str) -> str:
    """An impact with its unit; downtime that is weighed by priority has none."""
    return names.amount(value, measure) if measure != "weighed downtime" else number(value, 1)
