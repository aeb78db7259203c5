"""Contention, absence and the order of repairs as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.commands.engine_text import duration as hours_text
from holdfast.commands.sweeps_text import MOST_ROWS, Names, _more, _some, _table
from holdfast.engine import grid
from holdfast.engine.absence import Absence, Waves
from holdfast.engine.contention import Contentions, Demand
from holdfast.engine.restoration import WEIGHED, Restoration, Why


def contention_text(found: Contentions, scenarios: Sequence[str], names: Names) -> str:
    """Scenario by scenario the pools that are short, who gets less than asked, and whom it costs the MTPD."""
    lines: list[str] = []
    for path, demands in zip(scenarios, found.demands, strict=True):
        refusing = [demand for demand in demands if demand.refused]
        lines.append(
            f"{path}: {len(demands)} pools are claimed, {len(refusing)} cannot give what is asked."
            if demands
            else f"{path}: no pool is claimed."
        )
        for demand in refusing:
            lines += _demand_lines(demand, names)
        lines.append("")
    costly = [pool for pool in found.pools if pool.enough is not None]
    for pool in costly:
        about = "" if pool.exact else "at most "
        lines.append(
            f"With {about}{_places(pool.enough)} places instead of {_places(pool.capacity)}, the pool {pool.pool} "
            "would cost nobody's MTPD in any of these scenarios."
        )
    if not costly:
        lines.append("No pool costs a process its maximum tolerable period of disruption (MTPD).")
    return "\n".join(lines) + "\n"


def _demand_lines(demand: Demand, names: Names) -> list[str]:
    when = (
        f"up to {_places(demand.shortfall)} are missing, for {_time(demand.short_for)} in all, at worst at "
        f"{_time(demand.at)}"
        if demand.at is not None
        else "never more than that are wanted at once, but places are granted for the whole scenario"
    )
    lines = [f"  {demand.pool}, {_places(demand.capacity)} places: {when}."]
    rows = [
        [
            f"    {names.get(use.node, use.node)}",
            f"asks {_places(use.weight)}",
            f"gets {_places(use.granted)}",
            ", ".join(f"{_time(start)} to {_time(end)}" for start, end in use.on[:2])
            + (" …" if len(use.on) > 2 else "")
            if use.on
            else "not on in the end",
        ]
        for use in demand.refused
    ]
    lines += _table(rows[:MOST_ROWS], left=(0, 3)).splitlines()
    for victim in demand.victims:
        about = "" if victim.exact else "at most "
        lines.append(
            f"    {names.get(victim.process, victim.process)} breaches its MTPD at {_time(victim.breach_at)} for want "
            f"of places; {about}{_places(victim.enough)} would be enough."
        )
    if demand.worsened:
        lines.append(
            f"    With places for all, {_some([names.get(key, key) for key in demand.worsened])} would breach."
        )
    return lines


def absence_text(found: Absence, waves: Waves, names: Names) -> str:
    """The processes that fall below their minimum level, the earliest first, and the sites by what they take down."""
    below = sorted(
        (one for one in found.processes if one.as_is.first is not None),
        key=lambda one: (one.as_is.first or 0, one.process),
    )
    breached = sum(one.as_is.breach_at is not None for one in below)
    horizon = found.scenario.horizon
    lines = [
        f"{len(below)} of {len(found.processes)} processes fall below their minimum level, {breached} beyond their "
        f"maximum tolerable period of disruption (MTPD), within {horizon / 168:.3g} weeks."
    ]
    if any(wave.end * 168 > horizon for wave in waves.waves):
        lines.append("A wave goes on after that: look further ahead to see its end.")
    if below:
        rows = [["process", "week", "weeks below", "without fallbacks", "worst", "minimum", "MTPD"]]
        for one in below[:MOST_ROWS]:
            breach = one.as_is.breach_at
            rows.append(
                [
                    names.get(one.process, one.process),
                    str((one.as_is.first_week or 0) + 1),
                    f"{one.as_is.weeks_below:.1f}",
                    f"{one.without_fallbacks.weeks_below:.1f}",
                    f"{one.as_is.worst / grid.ONE:.0%}",
                    f"{one.minimum / grid.ONE:.0%}",
                    "kept" if breach is None else f"breached at {_time(breach)}",
                ]
            )
        lines += ["", *_table(rows, left=(0, 6)).splitlines()]
        if more := _more(len(below)):
            lines.append(more.rstrip())
    if found.sites:
        rows = [["site", "fewest present", "below by it alone"]]
        for site in found.sites:
            down = [names.get(key, key) for key, one in site.alone.items() if one.first is not None]
            rows.append(
                [site.site or "(none)", f"{min(share for _, share in site.present) / grid.ONE:.0%}", _some(down)]
            )
        lines += ["", *_table(rows, left=(0, 2)).splitlines()]
    if found.cascade.contentions:
        lines += ["", f"{len(found.cascade.contentions)} fallbacks get fewer places of their pool than they ask for."]
    return "\n".join(lines) + "\n"


def restore_text(found: Restoration, names: Names) -> str:
    """The schedule in the order of repairs, why the first is first, and what other orders cost."""

    unit = "hours of downtime, weighed" if found.measure == WEIGHED else found.measure
    best = found.best
    if not best.order:
        return f"There is nothing to repair; what is out costs {_amount(found.nothing)} ({unit}).\n"
    nothing = _amount(found.nothing)
    lines = [f"In this order the outages cost {_amount(best.cost)} ({unit}); {nothing} if nothing is repaired."]
    if found.proved:
        lines.append("No other order costs less.")
    elif found.bound is None:
        lines.append("There may be a better order; no bound is known.")
    else:
        gap = "" if found.gap is None else f", {found.gap:.0%} less"
        lines.append(f"There may be a better order, but none below {_amount(found.bound)}{gap}.")
    rows = [["", "repair", "from", "to", "crew"]]
    for k, job in enumerate(best.schedule, 1):
        rows.append(
            [str(k), names.get(job.node, job.node), _time(job.start), _time(job.end), f"{job.crew} {job.team + 1}"]
        )
    lines += ["", *_table(rows, left=(1, 4)).splitlines()]
    if found.why is not None:
        lines += _why_lines(found.why, best.order, names)
    lines.append("")
    for name, order in found.naive.items():
        lines.append(f"{name.capitalize()}: {_amount(order.cost)}.")
    return "\n".join(lines) + "\n"


def _why_lines(why: Why, order: Sequence[str], names: Names) -> list[str]:
    if why.left_to_the_last is None or why.exchanged is None:
        return []
    first, second = names.get(why.node, why.node), names.get(order[1], order[1])
    if why.left_to_the_last <= 0:
        return ["", f"{first} is first, but it could as well be the last."]
    hurt = [f"{names.get(key, key)} ({_time(more)} longer down)" for key, more in why.hurt]
    return [
        "",
        f"{first} is first: left to the last it would cost {_amount(why.left_to_the_last)} more"
        + (f", above all by {_some(hurt)}" if hurt else "")
        + (f"; after {second}, {_amount(why.exchanged)} more." if why.exchanged > 0 else "."),
    ]


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"


def _time(seconds: int) -> str:
    return hours_text(grid.hours(seconds))


def _places(thousandths: int | None) -> str:
    return "-" if thousandths is None else f"{thousandths / grid.THOUSAND:,.10g}"
