"""From impact over time to limits: the grid, the MTPD that follows from it, and the objectives proposed below it.

    grid = Grid.read({"financial": {"4": 20000, "24": 400000}, "staff": {"24": 2}}, scales)
    found = limits_of(grid, scales)
    found.mtpd, found.because       # hours, and the category and level from which on it cannot be borne

Hours are those of the scales (`Scales.hours`). A value is a level of the impact scale, 0 for none, or an amount in the
unit of the category where it is counted in one. Pure: no database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext

from holdfast.governance.settings.scales import Category, Scales


class BadGrid(ValueError):
    """A cell that cannot be: `category` and `hour` say which; `hour` is None where the row as a whole is wrong."""

    def __init__(self, category: str, hour: float | None, message: str) -> None:
        self.category, self.hour, self.message = category, hour, message
        super().__init__(message)


@dataclass(frozen=True)
class Grid:
    """Impact by category over time: `rows[category]` holds (hour, value) in the order of the hours."""

    rows: Mapping[str, tuple[tuple[float, float], ...]]

    @classmethod
    def empty(cls, scales: Scales) -> Grid:
        return cls({one.key: () for one in scales.categories})

    @classmethod
    def read(cls, said: Mapping[str, Mapping[str, Any]], scales: Scales) -> Grid:
        """The grid of a JSON object; every category of the scales has a row. Raises BadGrid for what the scales do not
        have. Values that fall are let pass: `falls` names them."""
        known = {one.key: one for one in scales.categories}
        rows: dict[str, tuple[tuple[float, float], ...]] = dict.fromkeys(known, ())
        for key, cells in said.items():
            if key not in known:
                raise BadGrid(key, None, gettext("There is no category %(key)s.") % {"key": key})
            if not isinstance(cells, Mapping):
                raise BadGrid(key, None, gettext("Wanted hours with their levels."))
            found = []
            for hour, value in cells.items():
                at = _hour(key, hour, scales)
                if value is not None:
                    found.append((at, check_value(known[key], value, scales, at)))
            rows[key] = tuple(sorted(found))
        return cls(rows)

    @property
    def is_empty(self) -> bool:
        return not any(self.rows.values())

    def falls(self) -> list[tuple[str, float]]:
        """Cells whose value is less than one before: an interruption that lasts cannot become less bad."""
        return [
            (category, after[0])
            for category, cells in self.rows.items()
            for before, after in pairwise(cells)
            if after[1] < before[1]
        ]

    def missing(self, scales: Scales) -> list[tuple[str, float]]:
        """Cells that nothing is said in."""
        return [
            (category, hour)
            for category, cells in self.rows.items()
            for hour in scales.hours
            if hour not in {at for at, _value in cells}
        ]

    def levels(self, scales: Scales) -> dict[str, list[tuple[float, int]]]:
        """The grid on the impact scale: amounts as the level that they reach."""
        known = {one.key: one for one in scales.categories}
        return {key: [(hour, level_of(known[key], value)) for hour, value in cells] for key, cells in self.rows.items()}

    def points(self) -> dict[str, list[list[float]]]:
        """The impact of a process as the twin takes it (docs/methods/cascade.md): nothing at 0 hours, then each cell;
        categories without any effect are left out."""
        return {
            key: [[0.0, 0.0], *([hour, value] for hour, value in cells)]
            for key, cells in sorted(self.rows.items())
            if any(value for _hour, value in cells)
        }


@dataclass(frozen=True)
class Because:
    """What makes an interruption unbearable: the first cell at or above the intolerable level."""

    category: str
    hour: float
    level: int


@dataclass(frozen=True)
class Limits:
    """Hours; None is without a limit. `derived` follows from the grid, `proposed_rto` and `proposed_rpo` from the MTPD
    that counts; `mtpd`, `rto` and `rpo` are what counts."""

    derived: float | None
    because: Because | None
    mtpd: float | None
    proposed_rto: float | None
    rto: float | None
    proposed_rpo: float | None
    rpo: float | None


def limits_of(
    grid: Grid, scales: Scales, mtpd: float | None = None, rto: float | None = None, rpo: float | None = None
) -> Limits:
    """The limits of a process, with what people have said in place of what follows.

    The MTPD is the first time at which any category reaches the level that cannot be borne (ISO/TS 22317, 5.3). The RTO
    is proposed at the last time of the scales before the MTPD, and at half of it where there is none; the RPO at the
    RTO that counts: what is lost of the records has then to be made up for in no more time than the work itself.
    """
    because = _first_intolerable(grid, scales)
    derived = because.hour if because is not None else None
    limit = mtpd if mtpd is not None else derived
    proposed = None
    if limit is not None:
        before = [hour for hour in scales.hours if hour < limit]
        proposed = before[-1] if before else limit / 2
    objective = rto if rto is not None else proposed
    return Limits(derived, because, limit, proposed, objective, objective, rpo if rpo is not None else objective)


def check_value(category: Category, value: Any, scales: Scales, hour: float | None = None) -> float:
    """The value as a number. Raises BadGrid where it is none of the category."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise BadGrid(category.key, hour, gettext("Wanted a number of 0 or more."))
    if category.counted:
        return float(value)
    if value != int(value) or value > len(scales.impact):
        said = gettext("Wanted a level from 0 (no effect) to %(most)d (%(name)s).")
        most = scales.impact[-1]
        raise BadGrid(category.key, hour, said % {"most": most.level, "name": most.label})
    return float(value)


def level_of(category: Category, value: float) -> int:
    """The level that a value reaches: itself, or of an amount the highest whose amount it reaches (0: none)."""
    if not category.counted:
        return int(value)
    if value <= 0:
        return 0
    return 1 + sum(1 for amount in category.amounts if value >= amount)


def hour_text(hour: float) -> str:
    """An hour as the cells of a grid name it."""
    return f"{hour:g}"


def _hour(category: str, said: Any, scales: Scales) -> float:
    for hour in scales.hours:
        if said == hour_text(hour) or said == hour:
            return hour
    hours = ", ".join(hour_text(hour) for hour in scales.hours)
    raise BadGrid(category, None, gettext("Wanted one of the hours %(hours)s, got %(got)s.") % {
        "hours": hours, "got": str(said)[:20]
    })  # fmt: skip


def _first_intolerable(grid: Grid, scales: Scales) -> Because | None:
    found = [
        Because(category, hour, level)
        for category, cells in grid.levels(scales).items()
        for hour, level in cells
        if level >= scales.intolerable
    ]
    order = {one.key: position for position, one in enumerate(scales.categories)}
    return min(found, key=lambda one: (one.hour, -one.level, order[one.category]), default=None)
