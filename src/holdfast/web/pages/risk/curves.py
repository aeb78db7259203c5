"""What a judgement means, drawn: how long it lasts, how much is lost, how likely it is within some years.

Each picture is an SVG without script or inline style, with axes and units, a title that states the finding, the same
in words for who cannot see it, and a table of the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from holdfast.analysis.risk.elicitation import Fixed, Spread, at_least_one
from holdfast.web.pages.whatif.wording import hours, number, percent

WIDE, HIGH = 340, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 22, 14, 40
POINTS = 120
HOUR_TICKS = (1 / 60, 1 / 6, 1.0, 4.0, 24.0, 72.0, 168.0, 672.0, 2160.0, 8760.0, 43_800.0)
YEARS = (1, 5, 10)
WIDELY = 20.0
"""From this ratio between its ends on, an axis of hours is logarithmic."""

Words = Callable[[float], str]


@dataclass(frozen=True)
class Picture:
    """`title` states the finding, `says` the same for who cannot see the drawing, `rows` are its numbers."""

    title: str
    says: str
    svg: SafeString
    heads: tuple[str, str]
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    logarithmic: bool

    def x(self, value: float) -> float:
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(LEFT + min(max(share, 0), 1) * (WIDE - LEFT - RIGHT), 1)

    def at(self, share: float) -> float:
        if self.logarithmic:
            return self.low * (self.high / self.low) ** share
        return self.low + share * (self.high - self.low)


def duration_pictures(spread: Spread) -> list[Picture]:
    """The density and the exceedance of a duration in hours."""
    return _pictures(
        spread, hours, _hour_ticks, _("duration"), _("Most likely about %(usual)s, on average %(mean)s"), None
    )


def loss_pictures(spread: Spread) -> list[Picture]:
    """The density and the exceedance of a share lost."""
    return _pictures(
        spread, percent, lambda axis: [0, 0.25, 0.5, 0.75, 1], _("share lost"),
        _("Most likely about %(usual)s lost, on average %(mean)s"), 1.0,
    )  # fmt: skip


def years_picture(rate: float) -> Picture:
    """The chance of at least one event within 1, 5 and 10 years."""
    chances = [(years, at_least_one(rate, years)) for years in YEARS]
    axis = _Axis(0, len(chances), False)
    bars, labels = [], []
    for place, (years, chance) in enumerate(chances):
        left, right, y = axis.x(place + 0.2), axis.x(place + 0.8), _y(chance)
        bars.append((left, y, round(right - left, 1), round(HIGH - BOTTOM - y, 1)))
        middle = round((left + right) / 2, 1)
        labels += [
            (
                middle,
                round(y - 4, 1) if y > TOP + 14 else round(y + 14, 1),
                "on" if y <= TOP + 14 else "value",
                percent(round(chance, 4)),
            ),
            (middle, HIGH - BOTTOM + 16, "tick", number(years)),
        ]
    drawn = format_html(
        "{}{}",
        format_html_join("", '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>', bars),
        format_html_join("", '<text x="{}" y="{}" class="{}" text-anchor="middle">{}</text>', labels),
    )
    title = _("At least one within ten years: %(chance)s") % {"chance": percent(round(chances[-1][1], 4))}
    rows = [(number(years), percent(round(chance, 4))) for years, chance in chances]
    says = "; ".join(_("within %(years)s years %(chance)s") % {"years": y, "chance": c} for y, c in rows)
    return Picture(
        title,
        says,
        _drawing(drawn, [], _("years"), says, _shares()),
        (_("Within years"), _("Chance of at least one")),
        rows,
    )


def _pictures(
    spread: Spread,
    words: Words,
    ticks_of: Callable[[_Axis], Sequence[float]],
    what: str,
    finding: str,
    most: float | None,
) -> list[Picture]:
    axis = _axis(spread, most)
    ticks = [(axis.x(tick), words(tick) if tick else "0") for tick in ticks_of(axis) if axis.low <= tick <= axis.high]
    usual, mean = words(_usual(spread)), words(spread.mean)
    found = [_exceedance(spread, axis, words, ticks, what)]
    if not isinstance(spread, Fixed):
        found.insert(0, _density(spread, axis, ticks, finding % {"usual": usual, "mean": mean}, what, words))
    return found


def _usual(spread: Spread) -> float:
    return getattr(spread, "mode", None) or getattr(spread, "median", None) or spread.mean


def _axis(spread: Spread, most: float | None) -> _Axis:
    if most is not None:
        return _Axis(0, most, False)
    if isinstance(spread, Fixed):
        return _Axis(0, spread.value * 2, False)
    low, high = spread.quantile(0.005), spread.quantile(0.99)
    if low > 0 and high / low > WIDELY:
        return _Axis(low, high, True)
    return _Axis(0, high * 1.05, False)


def _density(
    spread: Spread, axis: _Axis, ticks: list[tuple[float, str]], title: str, what: str, words: Words
) -> Picture:
    places = [axis.at(n / POINTS) for n in range(POINTS + 1)]
    # On a logarithmic axis equal areas are equal chances only where the density is one per ratio.
    heights = [spread.density(at) * (at if axis.logarithmic else 1) for at in places]
    top = max(heights) or 1
    points = [(axis.x(at), _y(height / top * 0.95)) for at, height in zip(places, heights, strict=True)]
    base = HIGH - BOTTOM
    way = " ".join(f"{x},{y}" for x, y in [(points[0][0], base), *points, (points[-1][0], base)])
    mean = axis.x(spread.mean)
    early = mean < WIDE * 0.6
    drawn = format_html(
        '<polygon class="area" points="{}"/><line class="mark" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="value" x="{}" y="{}" text-anchor="{}">{}</text>',
        way, mean, mean, TOP, base, mean + 4 if early else mean - 4, TOP + 8, "start" if early else "end", _("mean"),
    )  # fmt: skip
    quantiles = (0.1, 0.5, 0.9)
    rows = [(percent(share), words(spread.quantile(share))) for share in quantiles]
    says = "; ".join(_("%(share)s of cases: at most %(value)s") % {"share": s, "value": v} for s, v in rows)
    return Picture(title, says, _drawing(drawn, ticks, what, says), (_("Share of cases"), _("At most")), rows)


def _exceedance(spread: Spread, axis: _Axis, words: Words, ticks: list[tuple[float, str]], what: str) -> Picture:
    places = [axis.at(n / POINTS) for n in range(POINTS + 1)]
    if isinstance(spread, Fixed):
        places = sorted({*places, spread.value, spread.value * (1 - 1e-9)})
    way = " ".join(f"{axis.x(at)},{_y(spread.exceeded(at))}" for at in places)
    drawn = format_html('<polyline class="line" points="{}"/>', way)
    tenth = words(spread.quantile(0.9))
    title = _("Always %(value)s") if isinstance(spread, Fixed) else _("One case in ten is above %(value)s")
    shown = [at for at in (_usual(spread), spread.mean, spread.quantile(0.9), spread.quantile(0.99)) if at > 0]
    rows = [(words(at), percent(round(spread.exceeded(at), 3))) for at in sorted({float(f"{at:.3g}") for at in shown})]
    says = "; ".join(_("more than %(value)s: %(chance)s") % {"value": v, "chance": c} for v, c in rows)
    return Picture(
        title % {"value": tenth},
        says,
        _drawing(drawn, ticks, what, says, _shares()),
        (_("More than"), _("Chance")),
        rows,
    )


def _y(share: float) -> float:
    return round(HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM), 1)


def _shares() -> list[tuple[float, str]]:
    """Marks of the upright axis where it shows chances."""
    return [(_y(share), percent(share)) for share in (0, 0.25, 0.5, 0.75, 1)]


def _hour_ticks(axis: _Axis) -> list[float]:
    """Marks at times that people use, not too close to each other."""
    if not axis.logarithmic:
        step = next((step for step in (0.25, 1, 2, 4, 8, 24, 48, 168, 336, 672, 2160) if axis.high / step <= 6), 8760)
        return [step * n for n in range(int(axis.high / step) + 1)]
    found: list[float] = []
    for tick in HOUR_TICKS:
        if axis.low <= tick <= axis.high and (not found or axis.x(tick) - axis.x(found[-1]) > 34):
            found.append(tick)
    return found


def _drawing(
    drawn: SafeString, ticks: list[tuple[float, str]], below: str, says: str, up: list[tuple[float, str]] | None = None
) -> SafeString:
    """The frame around what is `drawn`: marks below, marks of chances at the side where `up` gives them."""
    base = HIGH - BOTTOM
    stand = ((x, base, base + 4, base + 16, label) for x, label in ticks)
    below_it = format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
        '<text class="tick" x="{0}" y="{3}" text-anchor="middle">{4}</text>',
        stand,
    )
    lie = ((LEFT, WIDE - RIGHT, y, LEFT - 6, y + 4, label) for y, label in up or ())
    beside = format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
        '<text class="tick" x="{3}" y="{4}" text-anchor="end">{5}</text>',
        lie,
    )
    return format_html(
        '<svg class="curve" viewBox="0 0 {w} {h}" role="img" aria-label="{says}">{beside}{below_it}'
        '<line class="base" x1="{left}" x2="{right}" y1="{base}" y2="{base}"/>{drawn}'
        '<text class="name" x="{middle}" y="{foot}" text-anchor="middle">{below}</text></svg>',
        w=WIDE,
        h=HIGH,
        says=says,
        beside=beside,
        below_it=below_it,
        left=LEFT,
        right=WIDE - RIGHT,
        base=base,
        drawn=drawn,
        middle=round((LEFT + WIDE - RIGHT) / 2, 1),
        foot=HIGH - 6,
        below=below,
    )
