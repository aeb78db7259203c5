"""The timeline drawn: light bars for what was planned, dark ones for what happened, a mark for a moment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reviews.timeline import Drawn, Line, Span, span_of
from holdfast.formats.charts import Chart

WIDE, LEFT, ROW = 720, 236, 18
TEXT = 38
"""Signs of a label that have room; the rest is in its title."""
MOST_LINES = 60
"""Rows on one drawing: more would not fit on a page, and stand in the list below it."""
STEPS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168, 336, 720)


def draw_timeline(incident: Incident, lanes: Sequence[Drawn]) -> Chart | None:
    """None where nothing has a time yet."""
    rows = [(lane, line) for lane in lanes for line in lane.lines][:MOST_LINES]
    if not rows:
        return None
    first, last = span_of(lanes, incident)
    if last <= first:
        last = first + timedelta(minutes=15)
    zone, parts, y, lane_now = incident.zone, [], 6, ""

    def x(at: datetime) -> float:
        share = min(max((at - first) / (last - first), 0.0), 1.0)
        return round(LEFT + share * (WIDE - LEFT - 12), 1)

    body: list[str] = []
    for lane, line in rows:
        if lane.name != lane_now:
            lane_now, y = lane.name, y + 18
            body.append(_text(0, y - 4, lane.label, "value"))
        body.append(_text(LEFT - 8, y + 12, _short(line.label), "label", "end", line.label))
        body += _line(line, x, y)
        y += ROW
    base = y + 2
    for at in _ticks(first, last, zone):
        parts.append(f'<line class="grid" x1="{x(at)}" x2="{x(at)}" y1="20" y2="{base + 4}"/>')
        here = at.astimezone(zone)
        parts.append(_text(x(at), base + 15, f"{here:%H:%M}", "tick", "middle"))
        if here.hour == 0 and here.minute == 0:
            parts.append(_text(x(at), base + 27, f"{here:%d.%m.}", "tick", "middle"))
    parts += body
    parts.append(f'<line class="base" x1="{LEFT}" x2="{WIDE - 12}" y1="{base}" y2="{base}"/>')
    below = _("Time in %(zone)s. Light: planned; dark: as it was") % {"zone": zone.key}
    parts.append(_text((LEFT + WIDE) / 2, base + 42, below, "name", "middle"))
    says = _("What happened against what was planned, from %(first)s to %(last)s.") % {
        "first": first.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "last": last.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
    }
    head = f'<svg class="curve timeline" viewBox="0 0 {WIDE} {base + 48}" role="img" aria-label={quoteattr(says)}>'
    return Chart(f"{head}{''.join(parts)}</svg>", WIDE, base + 48)


def _line(line: Line, x: object, y: int) -> list[str]:
    found = []
    for span, kind, top in ((line.planned, "free", 2), (line.actual, "critical", 8)):
        if span is not None:
            found.append(_bar(span, kind, y + top, x))
    for at in line.points:
        found.append(f'<line class="mark" x1="{x(at)}" x2="{x(at)}" y1="{y + 3}" y2="{y + 13}"/>')  # type: ignore[operator]
    return found


def _bar(span: Span, kind: str, y: int, x: object) -> str:
    start, end = x(span[0]), x(span[1])  # type: ignore[operator]
    if end - start < 3:
        # A moment, or nearly: a square in the middle of it, so that it is seen.
        return f'<rect class="bar {kind}" x="{start - 3:g}" y="{y}" width="6" height="6"/>'
    return f'<rect class="bar {kind}" x="{start}" y="{y}" width="{end - start:g}" height="6"/>'


def _ticks(first: datetime, last: datetime, zone: object) -> list[datetime]:
    """At most eight round times of the place, evenly apart."""
    hours = (last - first).total_seconds() / 3600
    step = next((step for step in STEPS if hours / step <= 8), hours / 8)
    here = first.astimezone(zone)  # type: ignore[arg-type]
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(first.tzinfo)
    number = int((first - midnight).total_seconds() / 3600 // step) + 1
    found = []
    while (at := midnight + timedelta(hours=number * step)) <= last:
        found.append(at)
        number += 1
    return found


def _short(label: str) -> str:
    return label if len(label) <= TEXT else f"{label[: TEXT - 1].rstrip()}…"


_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Signs that XML does not take."""


def _text(x: float, y: float, said: str, kind: str, anchor: str = "start", title: str = "") -> str:
    said, title = _BAD.sub(" ", said), _BAD.sub(" ", title)
    more = f"<title>{escape(title)}</title>" if title and title != said else ""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{more}{escape(said)}</text>'
