"""The limits of one day: what approved analyses say of peak periods, and which day of the coming year is the worst."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.analysis.impact.models import Analysis, Peak
from holdfast.analysis.impact.peaks import falls_on


@dataclass(frozen=True)
class Tight:
    """The limits of a process on a day of one or more peak periods: the shortest, and the highest minimum level. None
    is as ever."""

    names: tuple[str, ...]
    mtpd: float | None
    rto: float | None
    minimum_level: float | None


@dataclass(frozen=True)
class WorstDay:
    """A day on which the limits of most processes are tighter: `processes` of them, in the periods `names`."""

    day: date
    processes: int
    names: tuple[str, ...]


def peaks_in_force(on: date) -> list[Peak]:
    """The peak periods of the analyses that count on this day, each with its process: one query."""
    rows = Peak.objects.filter(of__analysis__in=Analysis.objects.in_force(on))
    return list(rows.select_related("of").order_by("of__process_id", "position", "pk"))


def tightened(on: date, peaks: Iterable[Peak] | None = None) -> dict[int, Tight]:
    """By the process's id: its limits on this day, for processes in a peak period."""
    found: dict[int, list[Peak]] = defaultdict(list)
    for peak in peaks_in_force(on) if peaks is None else peaks:
        if falls_on(peak.kind, peak.when, on):
            found[peak.of.process_id].append(peak)
    return {process: _together(rows) for process, rows in found.items()}


def worst_day(start: date, days: int = 366) -> WorstDay | None:
    """The first day of the coming year on which most processes are in a peak period, None where none ever is."""
    # Periods are few, and many processes have the same: each is asked once a day.
    periods: dict[tuple[str, str], list[Peak]] = defaultdict(list)
    for peak in peaks_in_force(start):
        periods[peak.kind, peak.when].append(peak)
    best: WorstDay | None = None
    for number in range(days if periods else 0):
        day = start + timedelta(days=number)
        on = [peak for period, peaks in periods.items() if falls_on(*period, day) for peak in peaks]
        count = len({peak.of.process_id for peak in on})
        if count and (best is None or count > best.processes):
            best = WorstDay(day, count, tuple(sorted({peak.name for peak in on})))
    return best


def _together(peaks: list[Peak]) -> Tight:
    def least(name: str) -> float | None:
        return min((value for peak in peaks if (value := getattr(peak, name)) is not None), default=None)

    levels = [peak.minimum_level for peak in peaks if peak.minimum_level is not None]
    return Tight(tuple(peak.name for peak in peaks), least("mtpd"), least("rto"), max(levels, default=None))
