"""Charts as SVG, for pages and for paper alike: shapes with classes, no script, no inline style.

On a page the style sheet of the page colours them; `for_paper` puts the colours of paper into the drawing. All texts
are escaped. Sizes are points of the view box; the reading direction of time is always from left to right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, log, log1p
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
.line.n1 { stroke: #b3541e; stroke-dasharray: 6 3; } .line.n2 { stroke: #566270; stroke-dasharray: 2 3; }
.bar { fill: #0b5394; } .bar.bad { fill: #6b2106; } .bar.warn { fill: #b3541e; } .label { fill: #17212b; }
.bar.free { fill: #9dbedd; } .bar.done { fill: #566270; } .bar.blocked { fill: #b3541e; } .bar.open { opacity: 0.6; }
.was { fill: #17212b; opacity: 0.45; } .band { stroke: #566270; stroke-width: 1.2; } .row { stroke: #eef1f4; }
.mark { stroke: #17212b; stroke-width: 1.5; } .mark.soft { stroke-dasharray: 2 2; }
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

    parts = _rules(marks, y, number)
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
    return _chart([*parts, *_foot(below)], says)


def line_chart(
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    ticks: Sequence[tuple[float, str]],
    *,
    says: str,
    below: str,
    number: Callable[[float], str],
    logarithmic: bool = False,
) -> Chart:
    """Up to three named lines from the first tick to the last; with `logarithmic`, ratios are distances."""
    top = max((value for _name, points in series for _x, value in points), default=0.0) or 1.0
    marks = _round_marks(top, False)
    high, base = max(marks[-1], top), HIGH - BOTTOM
    low, most = ticks[0][0], ticks[-1][0]

    def x(at: float) -> float:
        share = log(at / low) / log(most / low) if logarithmic else (at - low) / (most - low)
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDE - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(base - value / high * (HIGH - TOP - BOTTOM), 1)

    parts = _rules(marks, y, number)
    for at, word in ticks:
        parts.append(f'<line class="grid" x1="{x(at)}" x2="{x(at)}" y1="{base}" y2="{base + 4}"/>')
        parts.append(_text(x(at), base + 16, word, "tick", "middle"))
    for n, (name, points) in enumerate(series):
        way = " ".join(f"{x(at):g},{y(value):g}" for at, value in points)
        parts.append(f'<polyline class="line n{n}" points="{way}"/>')
        # The names stand in a row above the lines.
        here = LEFT + n * (WIDE - LEFT) // max(len(series), 2)
        parts.append(f'<line class="line n{n}" x1="{here}" x2="{here + 18}" y1="6" y2="6"/>')
        parts.append(_text(here + 22, 10, _short(name, 40 // max(len(series), 2)), "label", "start"))
    return _chart([*parts, *_foot(below)], says)


@dataclass(frozen=True)
class Bar:
    """`value` from 0; `tone` is "", "warn" or "bad"; `marks` are what it is held against, the first of them solid."""

    label: str
    value: float
    words: str
    tone: str = ""
    marks: Sequence[float] = ()


def bar_chart(bars: Sequence[Bar], *, says: str, logarithmic: bool = False) -> Chart:
    """Bars from one line, each under its label, in the order given; with `logarithmic`, by log(1 + value)."""
    scaled = log1p if logarithmic else float
    most = max((scaled(each) for bar in bars for each in (bar.value, *bar.marks)), default=0.0) or 1.0
    wide = WIDE - 12 - 88

    def x(value: float) -> float:
        return round(6 + scaled(value) / most * wide, 1)

    parts = []
    for n, bar in enumerate(bars):
        y = 30 * n
        parts.append(_text(6, y + 11, _short(bar.label, 42 if bar.marks else 52), "label", "start"))
        kind = f"bar {bar.tone}".strip()
        parts.append(f'<rect class="{kind}" x="6" y="{y + 15}" width="{max(x(bar.value) - 6, 0.5):g}" height="9"/>')
        for k, mark in enumerate(bar.marks):
            soft = " soft" if k else ""
            parts.append(f'<line class="mark{soft}" x1="{x(mark)}" x2="{x(mark)}" y1="{y + 13}" y2="{y + 26}"/>')
        # Beside marks the words would be read as theirs: there they stand at the end of the label's line.
        if bar.marks:
            parts.append(_text(WIDE - 8, y + 11, bar.words, "value", "end"))
        else:
            parts.append(_text(x(bar.value) + 5, y + 23, bar.words, "value", "start"))
    return _chart(parts, says, 30 * len(bars) + 4)


@dataclass(frozen=True)
class Span:
    """A task on the axis of time: from `start` to `end`; `critical`: it has no time to spare; `early` and `late` are
    the ends between which its own end lies in eight cases of ten. Of a plan under way: `state` is "done", "doing",
    "blocked" or "ahead", `was` from when until when it was planned; an infinite `end` is open."""

    label: str
    start: float
    end: float
    critical: bool = False
    early: float | None = None
    late: float | None = None
    state: str = ""
    was: tuple[float, float] | None = None


GANTT_WIDE, GANTT_LEFT, GANTT_ROW, GANTT_TWO_LINES = 560, 236, 15, 20
LINEAR = 48.0
"""Up to so many hours the axis of time is a plain one; beyond, ratios matter and it is logarithmic."""


def gantt_chart(
    spans: Sequence[Span],
    ticks: Sequence[tuple[float, str]],
    *,
    says: str,
    below: str,
    marks: Sequence[tuple[float, str]] = (),
    most: float | None = None,
) -> Chart:
    """Tasks on an axis of time in hours, a row each, in the order given: critical ones dark, the others light, a thin
    line from the early to the late end, and under the bar a line where it was planned. `marks` are hours to be held,
    with their words; `most` is the end of the axis, for several drawings of one plan."""
    ends = [end for span in spans for end in (span.end, span.late or 0.0, *(span.was or ())) if isfinite(end)]
    ends += [hour for hour, _word in marks]
    row = GANTT_TWO_LINES if any(span.was for span in spans) else GANTT_ROW
    top = most or max(ends, default=0.0) or 1.0
    head, wide = 16 if marks else 4, GANTT_WIDE - GANTT_LEFT - 18
    base = head + row * len(spans) + 2

    def x(hour: float) -> float:
        share = hour / top if top <= LINEAR else log1p(hour) / log1p(top)
        return round(GANTT_LEFT + min(max(share, 0.0), 1.0) * wide, 1)

    parts, last = [], -1e9
    for hour, word in ticks:
        if hour > top or x(hour) - last < CLOSE + 6:
            continue
        last = x(hour)
        parts.append(f'<line class="grid" x1="{last}" x2="{last}" y1="{head}" y2="{base + 4}"/>')
        parts.append(_text(last, base + 15, word, "tick", "middle"))
    for n, span in enumerate(spans):
        y = head + row * n
        kind = _kind(span)
        width = max(x(span.end) - x(span.start), 1.5)
        parts.append(_text(GANTT_LEFT - 6, y + 11, _short(span.label, _fitting(span.label)), "label", "end"))
        if isfinite(span.start):
            parts.append(f'<rect class="{kind}" x="{x(span.start)}" y="{y + 3}" width="{width:g}" height="9"/>')
        if span.was is not None:
            planned = max(x(span.was[1]) - x(span.was[0]), 1.5)
            parts.append(f'<rect class="was" x="{x(span.was[0])}" y="{y + 14}" width="{planned:g}" height="3"/>')
        if span.early is not None and span.late is not None and span.late > span.early:
            early, late = x(span.early), x(span.late)
            parts.append(f'<line class="band" x1="{early}" x2="{late}" y1="{y + 7.5}" y2="{y + 7.5}"/>')
            for end in (early, late):
                parts.append(f'<line class="band" x1="{end}" x2="{end}" y1="{y + 5}" y2="{y + 10}"/>')
    for hour, word in marks:
        parts.append(f'<line class="mark" x1="{x(hour)}" x2="{x(hour)}" y1="{head - 4}" y2="{base}"/>')
        parts.append(_text(x(hour), 9, word, "value", "middle" if x(hour) < GANTT_WIDE - 40 else "end"))
    parts.append(f'<line class="base" x1="{GANTT_LEFT}" x2="{GANTT_WIDE - 18}" y1="{base}" y2="{base}"/>')
    parts.append(_text((GANTT_LEFT + GANTT_WIDE - 18) / 2, base + 29, below, "name", "middle"))
    return _chart(parts, says, base + 34, GANTT_WIDE, "curve gantt")


def _kind(span: Span) -> str:
    """The classes of a bar."""
    names = ["bar", "critical" if span.critical else "free"]
    if span.state:
        names.append(span.state)
    if not isfinite(span.end):
        names.append("open")
    return " ".join(names)


def _fitting(label: str) -> int:
    """How many signs of a label fit before the axis: Chinese ones are as wide as two."""
    return 22 if any("\u2e80" <= sign <= "\u9fff" for sign in label) else 44


def _short(label: str, most: int) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def _rules(marks: Sequence[float], y: Callable[[float], float], number: Callable[[float], str]) -> list[str]:
    """The lines across, each with its value."""
    parts = []
    for mark in marks:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(mark)}" y2="{y(mark)}"/>')
        parts.append(_text(LEFT - 6, y(mark) + 4, number(mark), "tick", "end"))
    return parts


def _foot(below: str) -> list[str]:
    base = HIGH - BOTTOM
    return [
        f'<line class="base" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{base}" y2="{base}"/>',
        _text((LEFT + WIDE - RIGHT) / 2, HIGH - 6, below, "name", "middle"),
    ]


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


def _chart(parts: Sequence[str], says: str, high: float = HIGH, wide: float = WIDE, kind: str = "curve") -> Chart:
    said = quoteattr(_clean(says))
    svg = f'<svg class="{kind}" viewBox="0 0 {wide:g} {high:g}" role="img" aria-label={said}>{"".join(parts)}</svg>'
    return Chart(svg, wide, high)


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
