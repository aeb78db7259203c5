"""Which copies of a record are left, how soon one is had, and whether it is new enough.

Asked of the loss of a site with all in it, and of a saved scenario. The cascade says which systems and lines are then
out, so that a copy that lies elsewhere and is reached through the lost place does not count as had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from holdfast.engine import grid
from holdfast.engine.cascade import Cascade
from holdfast.organization.evidence.fact import Fact
from holdfast.readiness.records.models import RecordCopy, VitalRecord
from holdfast.readiness.records.serving import Served

Spans = Sequence[tuple[float, float]]
"""[start, end) in hours, in order; an end of infinity: it does not come back."""
NEVER = float("inf")


class Found(StrEnum):
    """What becomes of a record, the best first. `value` is what the API says."""

    UNTOUCHED = "untouched"
    HAD = "had"
    UNKNOWN = "unknown"
    OLD = "old"
    LATE = "late"
    UNREACHED = "unreached"
    LOST = "lost"
    UNCOPIED = "uncopied"


ORDER = tuple(Found)
BAD = frozenset({Found.OLD, Found.LATE, Found.UNREACHED, Found.LOST})


@dataclass(frozen=True)
class Left:
    """One copy in a disruption. `lost`: its place is; `at`: hours until it is had, infinity never, None not known;
    `touched`: whether the disruption changes anything about it."""

    copy: RecordCopy
    lost: bool
    touched: bool
    at: float | None
    age: float | None


@dataclass(frozen=True)
class Fate:
    """A record in a disruption: `best` is the copy that one would take, `found` what that comes to."""

    record: VitalRecord
    copies: tuple[Left, ...]
    found: Found
    best: Left | None
    rpo: Fact | None
    mtpd: Fact | None

    @property
    def is_bad(self) -> bool:
        return self.found in BAD


def fate(
    record: VitalRecord, served: Served, now: datetime, gone: dict[int, Spans], out: dict[int, Spans], start: float = 0
) -> Fate:
    """What becomes of a record; `all_copies` have been read.

    `gone`: by copy, when its place is lost; `out`: by node, when a system or line is out. RPO is the record's own,
    else the strictest of its processes; MTPD the shortest of them. Each copy is asked for from `start` on.
    """
    copies: list[RecordCopy] = record.all_copies  # type: ignore[attr-defined]
    rpo, mtpd = record.rpo or served.rpo, served.mtpd
    left = tuple(_left(copy, record, now, gone, out, start) for copy in copies)
    if not left:
        return Fate(record, left, Found.UNCOPIED, None, rpo, mtpd)
    there = [one for one in left if not one.lost]
    if not there:
        return Fate(record, left, Found.LOST, None, rpo, mtpd)
    judged = [(_judged(one, rpo, mtpd), one) for one in there]
    found, best = min(judged, key=lambda pair: (ORDER.index(pair[0]), _sooner(pair[1])))
    if not any(one.touched for one in left):
        found = Found.UNTOUCHED
    return Fate(record, left, found, best, rpo, mtpd)


def _left(
    copy: RecordCopy,
    record: VitalRecord,
    now: datetime,
    gone: dict[int, Spans],
    out: dict[int, Spans],
    start: float,
) -> Left:
    copy.record = record
    way = copy.way
    place, line = gone.get(copy.pk, ()), out.get(way.pk, ()) if way is not None else ()
    lost = any(end == NEVER for _begin, end in place)
    within = copy.reached_within.value if copy.reached_within is not None else None
    begins = first_clear([*place, *line], within or 0.0, start)
    at: float | None
    if lost or begins == NEVER:
        at = NEVER
    elif within is None and begins <= start:
        at = None
    else:
        # Where nobody has said how long reaching it takes, it takes at least until the way is clear.
        at = begins - start + (within or 0.0)
    return Left(copy, lost, bool(place or line), at, copy.age(now))


def _judged(one: Left, rpo: Fact | None, mtpd: Fact | None) -> Found:
    if one.at == NEVER:
        return Found.UNREACHED
    wanted = rpo.value if rpo is not None else None
    if one.age is not None and wanted is not None and one.age > wanted:
        return Found.OLD
    longest = mtpd.value if mtpd is not None else None
    if one.at is not None and longest is not None and one.at > longest:
        return Found.LATE
    unknown = one.at is None or one.age is None or (wanted is None and one.age > 0)
    return Found.UNKNOWN if unknown else Found.HAD


def _sooner(one: Left) -> tuple[float, float]:
    return (NEVER if one.at is None else one.at, NEVER if one.age is None else one.age)


def first_clear(spans: Iterable[tuple[float, float]], within: float, start: float = 0.0) -> float:
    """The first hour from `start` on at which nothing of `spans` stands in the way for `within` hours; infinity where
    there is none."""
    at = start
    for begin, end in sorted(spans):
        if end <= at:
            continue
        if begin < at + within or begin <= at:
            at = end
        else:
            break
    return at


def outages(answer: Cascade, nodes: Collection[tuple[int, str]]) -> dict[int, Spans]:
    """By id, when each of these nodes (id and key) gives nothing at all. What lasts to the horizon does not end."""
    found: dict[int, Spans] = {}
    horizon = answer.scenario.horizon
    for pk, key in nodes:
        spans: list[tuple[float, float]] = []
        since: float | None = None
        for second, level in answer.levels.get(key, ()):
            hour = grid.hours(second)
            if level <= 0 and since is None:
                since = hour
            elif level > 0 and since is not None:
                spans.append((since, hour))
                since = None
        if since is not None and since < horizon:
            spans.append((since, NEVER))
        if spans:
            found[pk] = spans
    return found


def as_json(one: Fate) -> dict[str, Any]:
    """For the API: hours, or null where it never is, or where it is not known (`known`)."""
    best = one.best
    at = best.at if best is not None else NEVER
    return {
        "record": one.record.key,
        "name": str(one.record),
        "found": one.found.value,
        "left": sum(not left.lost for left in one.copies),
        "copies": len(one.copies),
        "taken": best.copy.key if best is not None else None,
        "reached_after": None if at is None or at == NEVER else at,
        "age": best.age if best is not None else None,
        "rpo": one.rpo.value if one.rpo is not None else None,
        "mtpd": one.mtpd.value if one.mtpd is not None else None,
    }
