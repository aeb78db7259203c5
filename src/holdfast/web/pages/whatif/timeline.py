"""Time drawn: one axis for all bars, logarithmic where hours meet weeks, as SVG without scripts or inline styles.

Positions are percentages of the drawing's width, so that it stretches without distorting its words. Shapes that repeat
(ticks, marks, the arrow of an open outage) are defined once in the axis and used by every row.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import log1p

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .chain import Levels, Outage
from .wording import hours

LINEAR_TO = 48.0
LOG_TICKS = (1.0, 4.0, 24.0, 72.0, 168.0, 672.0, 2160.0, 8760.0, 43_800.0)
LINEAR_STEPS = (1 / 12, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
TOP, BOTTOM = 13, 29
CLOSE = 0.15
MOST_MARKS = 8


class Axis:
    """The scale from 0 to ``horizon`` hours: x = log(1 + t) / log(1 + H), or t / H up to two days."""

    def __init__(self, horizon: float) -> None:
        self.horizon = horizon
        self.logarithmic = horizon > LINEAR_TO

    def x(self, time: float) -> float:
        """The place of a time in percent of the width."""
        time = min(max(time, 0.0), self.horizon)
        share = log1p(time) / log1p(self.horizon) if self.logarithmic else time / self.horizon
        return round(share * 100, 2)

    @property
    def ticks(self) -> list[float]:
        if self.logarithmic:
            return [tick for tick in LOG_TICKS if tick <= self.horizon]
        step = next((step for step in LINEAR_STEPS if self.horizon / step <= 8), LINEAR_STEPS[-1])
        return [step * n for n in range(1, int(self.horizon / step + 1e-9) + 1)]

    def label(self, time: float) -> str:
        if self.logarithmic and 168 <= time < 8760 and time % 168 == 0:
            # Translators: weeks
            return _("%(number)s w") % {"number": int(time / 168)}
        if self.logarithmic and 48 > time >= 24:
            # Translators: days
            return _("%(number)s d") % {"number": int(time / 24)}
        return hours(time)

    def shapes(self) -> SafeString:
        """What the rows use: the ticks of this axis and the marks, defined once in a page."""
        # One path, stretched with the row: every row that uses it has a copy of what stands here.
        return format_html(
            '<svg class="shapes" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
            '<symbol id="ticks" class="ticks" viewBox="0 0 100 34" preserveAspectRatio="none" overflow="visible">'
            '<path vector-effect="non-scaling-stroke" d="{}"/></symbol>{}</defs></svg>',
            "".join(f"M{self.x(tick)} 0V34" for tick in self.ticks),
            _SHAPES,
        )

    def draw(self) -> SafeString:
        """The axis with its labels."""
        places = [(self.x(tick), self.label(tick)) for tick in self.ticks]
        labels = format_html_join(
            "", '<text x="{}%" y="14" text-anchor="{}">{}</text>', ((x, _anchor(x), label) for x, label in places)
        )
        return format_html(
            '<svg class="axis" width="100%" height="20" aria-hidden="true" focusable="false">'
            '<text x="0" y="14">0</text>{}</svg>',
            labels,
        )

    def row(
        self,
        outages: list[Outage],
        levels: Levels,
        rto: float | None,
        mtpd: float | None,
        state: int,
        text: str,
        serving: Iterable[tuple[float, float]] = (),
    ) -> SafeString:
        """One process: thin where it runs reduced, thick where it is down, its limits counted from each outage; below
        them a line while fallbacks are ``serving``."""
        parts = [
            format_html('<rect class="low" x="{}%" width="{}%" y="{}" height="4"/>', x, width, TOP + 6)
            for x, width in self._spans(_reduced(levels, self.horizon))
        ]
        for x, width in self._spans((outage.start, outage.end) for outage in outages):
            parts.append(
                format_html('<rect class="out s{}" x="{}%" width="{}%" y="{}" height="16"/>', state, x, width, TOP)
            )
        for x, width in self._spans(_joined(serving)):
            parts.append(format_html('<rect class="aid" x="{}%" width="{}%" y="31" height="3"/>', x, width))
        marks, places = self._limits(outages, rto, mtpd)
        for outage in outages[:12]:
            middle = _room(self.x(outage.start), self.x(outage.end), places)
            if middle is not None:
                parts.append(
                    format_html('<text class="in i{}" x="{}%" y="25">{}</text>', state, middle, hours(outage.length))
                )
        parts += marks
        if outages and outages[-1].open:
            parts.append(format_html('<use href="#open" class="out s{}" x="100%"/>', state))
        return format_html(
            '<svg class="bars" width="100%" height="34" role="img" aria-label="{}"><use href="#ticks"/>{}</svg>',
            text,
            mark_safe("".join(parts)),  # noqa: S308 - every part has been through format_html
        )

    def _limits(
        self, outages: list[Outage], rto: float | None, mtpd: float | None
    ) -> tuple[list[SafeString], list[float]]:
        """RTO and MTPD, counted from the start of the first outage and of each one that passes them, and their places.

        A mark keeps its word only where that meets no other mark and no other word.
        """
        found = self._places(outages, rto, mtpd)
        taken = [(x - 0.8, x + 0.8) for x, _shape, _passed in found]
        marks = []
        for x, shape, passed in found:
            left = (x - 10.5, x - 0.9) if shape == "rto" else (x - 14.5, x - 0.9)
            right = (x + 0.9, x + 14.5)
            name = f"{shape}-bare"
            if shape == "mtpd" and _free(right, taken):
                name = shape
                taken.append(right)
            elif _free(left, taken):
                name = "rto" if shape == "rto" else "mtpd-left"
                taken.append(left)
            marks.append(format_html('<use href="#{}" class="{}" x="{}%"/>', name, passed, x))
        return marks, [x for x, _shape, _passed in found]

    def _places(self, outages: list[Outage], rto: float | None, mtpd: float | None) -> list[tuple[float, str, str]]:
        """(x, which limit, whether it was passed) of each mark."""
        found: list[tuple[float, str, str]] = []
        for index, outage in enumerate(outages):
            for shape, limit in (("rto", rto), ("mtpd", mtpd)):
                if limit is None or (index and outage.length <= limit) or outage.start + limit > self.horizon:
                    continue
                passed = "passed" if outage.length > limit else "kept"
                found.append((self.x(outage.start + limit), shape, passed))
        return found[:MOST_MARKS]

    def plain(
        self,
        outages: list[Outage],
        levels: Levels,
        rto: float | None,
        mtpd: float | None,
        serving: Iterable[tuple[float, float]] = (),
    ) -> dict[str, list[object]]:
        """The row as numbers, for paper: spans as (x, width), marks as (x, word, whether there is room for it)."""
        marks, last = [], -10.0
        for x, shape, _passed in sorted(self._places(outages, rto, mtpd)):
            marks.append((x, shape.upper(), x - last > 8 and x < 94))
            last = x
        return {
            "down": list(self._spans((outage.start, outage.end) for outage in outages)),
            "low": list(self._spans(_reduced(levels, self.horizon))),
            "aid": list(self._spans(_joined(serving))),
            "marks": list(marks),
        }

    def _spans(self, stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Stretches of time as (x, width) in percent; those too close to be told apart are drawn as one."""
        spans: list[tuple[float, float]] = []
        for start, end in stretches:
            x, stop = self.x(start), self.x(end)
            if spans and x - (spans[-1][0] + spans[-1][1]) < CLOSE:
                spans[-1] = (spans[-1][0], round(stop - spans[-1][0], 2))
            else:
                spans.append((x, round(max(stop - x, 0.3), 2)))
        return spans


def _free(span: tuple[float, float], taken: list[tuple[float, float]]) -> bool:
    start, end = span
    return start >= 0 and end <= 103 and all(end <= low or start >= high for low, high in taken)


def _room(start: float, end: float, marks: list[float]) -> float | None:
    """The middle of the widest part of a bar that no mark crosses, None where a length of time would not fit."""
    edges = sorted([start, *(x for x in marks if start < x < end), end])
    low, high = max(pairwise(edges), key=lambda pair: pair[1] - pair[0], default=(start, end))
    return round((low + high) / 2, 2) if high - low >= 14 else None


def _joined(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches of time without overlaps, in order."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _anchor(x: float) -> str:
    return "end" if x > 96 else "middle"


def _reduced(levels: Levels, horizon: float) -> list[tuple[float, float]]:
    """The stretches in which a level is below 1."""
    times = [time for time, _level in levels[1:]] + [horizon]
    return [(time, end) for (time, level), end in zip(levels, times, strict=True) if level < 1 and time < horizon]


# The words RTO and MTPD stand beside their marks, to the left and to the right, so that they do not meet.
_LINE = '<path class="halo" d="M0 12v18"/><path d="M0 2v29"/>'
_SHAPES = mark_safe(  # noqa: S308 - constants of this module
    f'<g id="rto" class="rto">{_LINE}<text x="-3" y="10" text-anchor="end">RTO</text></g>'
    f'<g id="rto-bare" class="rto">{_LINE}</g>'
    f'<g id="mtpd" class="mtpd">{_LINE}<text x="4" y="10">MTPD</text></g>'
    f'<g id="mtpd-left" class="mtpd">{_LINE}<text x="-4" y="10" text-anchor="end">MTPD</text></g>'
    f'<g id="mtpd-bare" class="mtpd">{_LINE}</g>'
    '<g id="open"><path d="M-10 11l10 10l-10 10z"/></g>'
)
