"""How bad it gets over time, whatever the category: for the row of a list, and as a curve with the limits on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from holdfast.analysis.impact.limits import BadGrid, Grid, Limits
from holdfast.analysis.impact.models import ProcessImpact
from holdfast.governance.settings.scales import Scales
from holdfast.web.pages.whatif.timeline import Axis
from holdfast.web.pages.whatif.wording import hours

WIDE, HIGH = 640, 190
LEFT, RIGHT, TOP, BOTTOM = 96, 16, 22, 26


@dataclass(frozen=True)
class Level:
    """The worst level at an hour, of the categories named; 0 with none where nothing is said yet."""

    hour: float
    level: int
    name: str
    colour: int
    categories: tuple[str, ...]


def levels_of(row: ProcessImpact, scales: Scales) -> list[Level]:
    """The worst of all categories at each hour of the scales."""
    try:
        grid = Grid.read(row.impact, scales).levels(scales)
    except BadGrid:
        grid = {}
    names = {one.key: one.label for one in scales.categories}
    found = []
    for hour in scales.hours:
        at = {category: level for category, cells in grid.items() for when, level in cells if when == hour}
        worst = max(at.values(), default=0)
        of = tuple(names[category] for category, level in at.items() if level == worst and worst)
        name = scales.impact[worst - 1].label if worst else ""
        found.append(Level(hour, worst, name, colour_of(worst, scales), of))
    return found


def colour_of(level: int, scales: Scales) -> int:
    """The severity step of a level: the palest for the first, the darkest for the last."""
    return round((level - 1) * 4 / (len(scales.impact) - 1)) if level else 0


def curve(levels: Sequence[Level], limits: Limits, scales: Scales) -> SafeString:
    """The worst level over time as steps on a logarithmic axis, with the level that cannot be borne, MTPD and RTO."""
    axis = Axis(max(scales.hours))
    most = len(scales.impact)

    def x(hour: float) -> float:
        return round(LEFT + axis.x(hour) / 100 * (WIDE - LEFT - RIGHT), 1)

    def y(level: float) -> float:
        return round(HIGH - BOTTOM - level / most * (HIGH - TOP - BOTTOM), 1)

    points, before = [f"{x(0)},{y(0)}"], 0
    for one in levels:
        points += [f"{x(one.hour)},{y(before)}", f"{x(one.hour)},{y(one.level)}"]
        before = one.level
    points.append(f"{x(max(scales.hours))},{y(before)}")
    floor = [f"{x(max(scales.hours))},{y(0)}", f"{x(0)},{y(0)}"]
    names = format_html_join(
        "",
        '<text class="level" x="{}" y="{}" text-anchor="end">{}</text>'
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>',
        (
            (LEFT - 6, y(one.level) + 4, one.label, LEFT, WIDE - RIGHT, y(one.level), y(one.level))
            for one in scales.impact
        ),
    )
    ticks = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x(hour), HIGH - 8, axis.label(hour)) for hour in scales.hours),
    )
    bound = y(scales.intolerable - 0.5)
    marks = format_html_join(
        "",
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="value" x="{}" y="12" text-anchor="middle">{}</text>',
        (
            (name, x(limit), x(limit), TOP - 6, y(0), min(max(x(limit), LEFT + 14), WIDE - RIGHT - 20), label)
            for name, label, limit in _marks(limits)
            if limit is not None and limit <= max(scales.hours) * 1.01
        ),
    )
    return format_html(
        '<svg class="curve worst" viewBox="0 0 {} {}" role="img" aria-label="{}">{}<polygon class="area" points="{}"/>'
        '<polyline class="line" points="{}"/><line class="mark" x1="{}" x2="{}" y1="{}" y2="{}"/>{}{}</svg>',
        WIDE,
        HIGH,
        said(levels, limits),
        names,
        " ".join([*points, *floor]),
        " ".join(points),
        LEFT,
        WIDE - RIGHT,
        bound,
        bound,
        ticks,
        marks,
    )


def said(levels: Sequence[Level], limits: Limits) -> str:
    """The curve in words."""
    parts = [f"{hours(one.hour)}: {one.name}" for one in levels if one.level]
    text = _("The worst of all categories. %(levels)s.") % {"levels": "; ".join(parts) or _("Nothing is said yet")}
    if limits.mtpd is not None:
        text += " " + _("MTPD %(mtpd)s, RTO %(rto)s.") % {
            "mtpd": hours(limits.mtpd),
            "rto": hours(limits.rto) if limits.rto is not None else "—",
        }
    return text


def _marks(limits: Limits) -> list[tuple[str, str, float | None]]:
    apart = limits.rto is not None and limits.mtpd is not None and limits.rto > 0
    close = apart and math.log(limits.mtpd / limits.rto) < 0.35  # type: ignore[operator]
    if close:
        return [("rto", "", limits.rto), ("mtpd", "RTO · MTPD", limits.mtpd)]
    return [("rto", "RTO", limits.rto), ("mtpd", "MTPD", limits.mtpd)]
