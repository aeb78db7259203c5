"""Which process comes first, and why. Pure: no database.

The order is that of the time that is left (ISO/TS 22317, 5.4: processes in the order of their recovery): the shortest
MTPD first, then the shortest RTO, then the highest level at the first time of the scales, then the sum of the levels
over all categories and times; what is without a limit comes last (docs/methods/impact-results.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext, ngettext

from holdfast.analysis.impact.limits import hour_text
from holdfast.analysis.impact.told import Told
from holdfast.governance.settings.scales import Scales

Hours = Callable[[float], str]


def hours_said(hours: float) -> str:
    """Hours as they are: who has better words hands them in."""
    return f"{hour_text(hours)} h"


def order_of(one: Told) -> tuple[float, float, int, float, str, str]:
    """What to order by, the most critical the least."""
    mtpd, rto = (math.inf if limit is None else limit for limit in (one.limits.mtpd, one.limits.rto))
    return mtpd, rto, -first_level(one), -impact_sum(one), one.name, one.key


def ranked(all_: Iterable[Told]) -> list[Told]:
    """The most critical first."""
    return sorted(all_, key=order_of)


def first_level(one: Told) -> int:
    """The highest level at the first time that anything is said of."""
    first = min((line[0][0] for line in one.levels.values() if line), default=None)
    return int(max((line[0][1] for line in one.levels.values() if line and line[0][0] == first), default=0))


def impact_sum(one: Told) -> float:
    """The sum of the levels over all categories and times."""
    return sum(level for line in one.levels.values() for _hour, level in line)


def why(one: Told, scales: Scales, hours: Hours = hours_said) -> str:
    """Why it stands where it stands, in words."""
    parts = [_limit(one, scales, hours)]
    if count := len(one.functions):
        text = ngettext("serves %(n)s critical function", "serves %(n)s critical functions", count)
        parts.append(text % {"n": count})
    if one.dependents:
        text = ngettext("%(n)s process depends on it", "%(n)s processes depend on it", one.dependents)
        parts.append(text % {"n": one.dependents})
    return "; ".join(parts)


def _limit(one: Told, scales: Scales, hours: Hours) -> str:
    limits = one.limits
    if limits.mtpd is None:
        if not one.full:
            return gettext("its unit names no limit")
        return gettext("can be borne for as long as is asked")
    if limits.because is None or limits.because.hour != limits.mtpd:
        said = gettext("cannot be borne after %(time)s, as its unit says")
        if limits.because is not None:
            said = gettext("cannot be borne after %(time)s, as its unit says; %(follows)s follow from the impact")
            return said % {"time": hours(limits.mtpd), "follows": hours(limits.because.hour)}
        return said % {"time": hours(limits.mtpd)}
    category = scales.category(limits.because.category)
    said = gettext("cannot be borne after %(time)s: %(category)s reaches %(level)s")
    return said % {
        "time": hours(limits.mtpd),
        "category": category.label if category else limits.because.category,
        "level": level_name(limits.because.level, scales),
    }


def level_name(level: int, scales: Scales) -> str:
    """The name of a level of impact; none for 0."""
    if level < 1:
        return gettext("no effect")
    return scales.impact[min(level, len(scales.impact)) - 1].label


@dataclass(frozen=True)
class Tier:
    """The processes whose RTO lies above `above` and at most at `upto` hours; `upto` None is open. `above` None holds
    those without an RTO."""

    above: float | None
    upto: float | None
    processes: tuple[Told, ...]


def tiers(all_: Iterable[Told], hours: Sequence[float]) -> list[Tier]:
    """Bands of RTO that the times of the scales make: within 1 h, above 1 h within 4 h, and so on; then what is above
    the last time, and what has no RTO. Every process stands in exactly one."""
    rows = ranked(all_)
    edges = [0.0, *hours, math.inf]
    found = []
    for above, upto in pairwise(edges):
        within = tuple(
            one
            for one in rows
            if one.limits.rto is not None and (above < one.limits.rto or above == 0) and one.limits.rto <= upto
        )
        found.append(Tier(above, None if math.isinf(upto) else upto, within))
    return [*found, Tier(None, None, tuple(one for one in rows if one.limits.rto is None))]
