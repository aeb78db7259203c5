"""Charts as SVG, for pages and for paper alike: shapes with classes, no script, no inline style.

On a page the style sheet of the page colours them; `for_paper` puts the colours of paper into the drawing. All texts
are escaped. Sizes are points of the view box; the reading direction of time is always from left to right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log1p
from xml.sax.saxutils import escape, quoteattr

WIDE, HIGH = 340, 176
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 18, 40
CLOSE = 30
"""Labels of the axis nearer than this are left out."""

_STYLE = """
svg { font-family: 'Noto Sans'; }
text { font-size: 10px; fill: #566270; font-family: 'Noto Sans'; }
.ar { font-family: 'Noto Sans Arabic'; } .zh { font-family: 'Noto Sans SC'; }
.value { fill: #17212b; font-weight: 700; }
.base { stroke: #566270; } .grid { stroke: #d5dbe2; } .area { fill: #e6f0f9; }
.line { fill: none; stroke: #0b5394; stroke-width: 2; stroke-linejoin: round; }
"""
_SCRIPTS = (
    ("ar", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff"),
    ("zh", "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"),
)
_RUNS = re.compile("|".join(f"(?P<{name}>[{signs}]+)" for name, signs in _SCRIPTS))
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Chart:
    """`svg` for a page; its size is that of the view box."""

    svg: str
    width: float
    height: float

    def for_paper(self) -> str:
        """The drawing as a file of its own."""
        head, _end, rest = self.svg.partition(">")
        size = f' xmlns="http://www.w3.org/2000/svg" width="{self.width:g}" height="{self.height:g}"'
        return f"{head}{size}><style>{_STYLE}</style>{rest}"


@dataclass(frozen=True)
class Axis:
    """Hours from 0 to `most`: x = log(1 + t) / log(1 + most), as everywhere that time is drawn. `ticks` with their
    words."""

    most: float
    ticks: Sequence[tuple[float, str]]

    def x(self, hour: float) -> float:
        share = log1p(min(max(hour, 0.0), self.most)) / log1p(self.most)
        return round(LEFT + share * (WIDE - LEFT - RIGHT), 1)


def step_chart(
    points: Sequence[tuple[float, float]], axis: Axis, *, says: str, below: str, number: Callable[[float], str]
) -> Chart:
    """What adds up over time: from each hour on the value; nothing before the first. `says` is the finding for who
    cannot see it, `below` the name of the axis of time, `number` words values."""
    top = max((value for _hour, value in points), default=0.0) or 1.0
    marks = _round_marks(top, all(value == int(value) for _hour, value in points))
    high = max(marks[-1], top)
    base = HIGH - BOTTOM

    def y(value: float) -> float:
        return round(base - value / high * (HIGH - TOP - BOTTOM), 1)

    parts = []
    for mark in marks:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(mark)}" y2="{y(mark)}"/>')
        parts.append(_text(LEFT - 6, y(mark) + 4, number(mark), "tick", "end"))
    last = -1e9
    for hour, word in axis.ticks:
        x = axis.x(hour)
        if hour > axis.most or x - last < CLOSE:
            continue
        last = x
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{base}" y2="{base + 4}"/>')
        parts.append(_text(x, base + 16, word, "tick", "middle"))
    way, height = [(axis.x(0), base + 0.0)], base + 0.0
    for hour, value in points:
        way += [(axis.x(hour), height), (axis.x(hour), y(value))]
        height = y(value)
    way.append((axis.x(axis.most), height))
    line = " ".join(f"{x:g},{at:g}" for x, at in way)
    parts.append(f'<polygon class="area" points="{line} {axis.x(axis.most):g},{base}"/>')
    parts.append(f'<polyline class="line" points="{line}"/>')
    if points:
        parts.append(_text(WIDE - RIGHT, height - 5, number(points[-1][1]), "value", "end"))
    parts.append(f'<line class="base" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{base}" y2="{base}"/>')
    parts.append(_text((LEFT + WIDE - RIGHT) / 2, HIGH - 6, below, "name", "middle"))
    return _chart(parts, says)


def _round_marks(top: float, whole: bool) -> list[float]:
    """0 and up to five round values up to the first at or above the top, whole ones where the values are."""
    size = 1.0 if whole else 10.0**-3
    while True:
        for factor in (1.0, 2.0, 5.0):
            step = size * factor
            if top / step <= 5:
                count = int(-(-round(top / step, 9) // 1))
                return [round(step * n, 9) for n in range(count + 1)]
        size *= 10


def _chart(parts: Sequence[str], says: str) -> Chart:
    drawn = "".join(parts)
    svg = (
        f'<svg class="curve" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label={quoteattr(_clean(says))}>{drawn}</svg>'
    )
    return Chart(svg, WIDE, HIGH)


def _text(x: float, y: float, said: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{_runs(_clean(said))}</text>'


def _runs(said: str) -> str:
    """The text, with what is written in another script marked: a typesetter takes one font for one run."""
    found, at = [], 0
    for run in _RUNS.finditer(said):
        found.append(escape(said[at : run.start()]))
        found.append(f'<tspan class="{run.lastgroup}">{escape(run.group())}</tspan>')
        at = run.end()
    return "".join([*found, escape(said[at:])])


def _clean(said: str) -> str:
    return _BAD.sub("", said)
