"""What the standing still of several processes at once does, category by category over time. Pure: no database.

At each time a category is as bad as the worst of the processes; amounts add up, levels do not (two “major” are no
“severe”). Between the times that were asked for, and after the last of them, the value before holds on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from holdfast.analysis.impact.told import Line, Told
from holdfast.governance.settings.scales import Category, Scales


@dataclass(frozen=True)
class Cell:
    """`level` is the highest, None where no process says anything by then; `amount` the sum in the category's unit,
    None where it is not counted; `worst` the process that reaches the level, and `unbearable` how many reach the one
    that cannot be borne."""

    hour: float
    level: int | None
    amount: float | None
    worst: Told | None
    unbearable: int


@dataclass(frozen=True)
class Course:
    """A category over time."""

    category: Category
    cells: tuple[Cell, ...]


def value_at(line: Line, hour: float) -> float | None:
    """The value that holds at this hour, None before the first."""
    found = None
    for at, value in line:
        if at > hour:
            break
        found = value
    return found


def hours_of(all_: Iterable[Told], scales: Scales) -> list[float]:
    """The times of the scales, and those that analyses by other scales have."""
    return sorted({*scales.hours, *(hour for one in all_ for line in one.levels.values() for hour, _v in line)})


def over_time(all_: Sequence[Told], scales: Scales, hours: Sequence[float] | None = None) -> list[Course]:
    """A course for each category of the scales, in their order, and for those of older scales that are still used."""
    times = hours_of(all_, scales) if hours is None else hours
    return [Course(one, tuple(_cell(all_, one, hour, scales) for hour in times)) for one in _categories(all_, scales)]


def highest(courses: Iterable[Course]) -> list[int | None]:
    """At each time the highest level of any category."""
    columns: Iterable[tuple[Cell, ...]] = zip(*(course.cells for course in courses), strict=True)
    return [max((cell.level for cell in column if cell.level is not None), default=None) for column in columns]


def by(all_: Iterable[Told], keys: Mapping[str, Iterable[str]]) -> dict[str, list[Told]]:
    """The processes of each key of `keys`, which says by process to which keys it belongs."""
    found: dict[str, list[Told]] = {}
    for one in all_:
        for key in keys.get(one.key, ()):
            found.setdefault(key, []).append(one)
    return found


def _categories(all_: Iterable[Told], scales: Scales) -> list[Category]:
    known = {one.key for one in scales.categories}
    older = sorted({key for one in all_ for key, line in one.levels.items() if line and key not in known})
    return [*scales.categories, *(Category(key=key, name=key) for key in older)]


def _cell(all_: Iterable[Told], category: Category, hour: float, scales: Scales) -> Cell:
    level: int | None = None
    worst: Told | None = None
    amounts: list[float] = []
    unbearable = 0
    for one in all_:
        value = value_at(one.levels.get(category.key, ()), hour)
        if value is not None:
            unbearable += value >= scales.intolerable
            if level is None or value > level:
                level, worst = int(value), one
        if category.counted and (amount := value_at(one.amounts.get(category.key, ()), hour)) is not None:
            amounts.append(amount)
    return Cell(hour, level, sum(amounts) if amounts else None, worst if level else None, unbearable)
