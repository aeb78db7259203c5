"""What situation reports are made of: each part gathers its own data, and says what they mean in lines.

    PARTS.append(Part("tasks", _("Tasks"), gather_tasks, lines_of_tasks))

`gather(incident, since)` gives JSON as of now (None where there is nothing), with `since` the moment of the report
before or None. `lines(data, before)` says it, `before` being what the same part gathered for that report; a line says
whether it is new, worse or better than then, and how much it matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from holdfast.crisis.incidents.models import Incident

NEW, WORSE, BETTER, OVER, SAME = "new", "worse", "better", "over", ""
CHANGES: dict[str, str | Promise] = {
    WORSE: pgettext_lazy("since the last report", "worse"),
    NEW: pgettext_lazy("since the last report", "new"),
    BETTER: pgettext_lazy("since the last report", "better"),
    OVER: pgettext_lazy("since the last report", "over"),
}
"""How a line stands to the last report, those that matter most first."""


@dataclass(frozen=True)
class Line:
    """A sentence. `weight` 0 to 9: the heavier goes into a short message first."""

    text: str
    change: str = SAME
    weight: int = 5


@dataclass(frozen=True)
class Part:
    name: str
    label: str | Promise
    gather: Callable[[Incident, datetime | None], Any]
    lines: Callable[[Any, Any], list[Line]]


PARTS: list[Part] = []
"""In the order in which they stand in a report."""


def gathered(incident: Incident, since: datetime | None) -> dict[str, Any]:
    """The data of all parts that have any, by name. `zone` is that in which lines say times."""
    found: dict[str, Any] = {"zone": incident.zone.key}
    for part in PARTS:
        data = part.gather(incident, since)
        if data is not None:
            found[part.name] = data
    return found


def said(data: dict[str, Any], before: dict[str, Any] | None) -> list[tuple[Part, list[Line]]]:
    """The lines of each part, beside what was gathered for the report before. Without one nothing is new."""
    found = []
    zone = {"zone": data.get("zone", "UTC")}
    for part in PARTS:
        own = data.get(part.name)
        theirs = (before or {}).get(part.name)
        if own is None and theirs is None:
            continue
        lines = part.lines(_with(own, zone), _with(theirs, zone))
        if before is None:
            lines = [Line(line.text, SAME, line.weight) for line in lines if line.change != OVER]
        if lines:
            found.append((part, lines))
    return found


def _with(data: Any, zone: dict[str, str]) -> Any:
    return {**zone, **data} if isinstance(data, dict) else data


def when(stamp: str | None, zone: str) -> str:
    """A time of the data as people read it: the zone is always named, UTC beside it."""
    if not stamp:
        return ""
    at = datetime.fromisoformat(stamp)
    world = at.astimezone(UTC)
    if zone == "UTC":
        return f"{world:%d.%m. %H:%M} UTC"
    local = at.astimezone(ZoneInfo(zone))
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    other = f"{world:%H:%M} UTC" if local.date() == world.date() else f"{world:%d.%m. %H:%M} UTC"
    return f"{local:%d.%m. %H:%M} {city} ({other})"


def stamp_of(at: datetime | None) -> str | None:
    """A time as the data hold it."""
    return at.astimezone(UTC).isoformat() if at is not None else None


__all__ = ["CHANGES", "PARTS", "Line", "Part", "gathered", "said", "stamp_of", "when"]
