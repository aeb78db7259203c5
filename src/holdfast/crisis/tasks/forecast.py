"""What the facts of the day make of a plan's task graph. Pure: no database, no clock.

Hours count from activation; `now` is the present. What has happened is fixed: a task that is done keeps its times. One
that goes on since s is done at

    max(s + likely, now)

the mode of the triangle of its duration above what has passed already. What has not begun cannot begin before now, nor
before all that it comes after are done:

    start(t) = max(now, max over a in after(t) of finish(a))        finish(t) = start(t) + likely(t)

A blocked task is open, and all behind it with it: nobody knows until when. Beside that stands the least that it can
come to: as if the block were gone at once. With nothing begun and now = 0 this is `graph.schedule`.

Ranges are drawn as the plan's are (`graph.durations`), by the same addressed luck, each duration under the condition
that the task has gone on as long as it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isinf

import numpy as np
from numpy.typing import NDArray

from holdfast.readiness.plans.graph import DRAWS, SLACK, Work, durations, in_order

Hours = NDArray[np.float64]


@dataclass(frozen=True)
class Fact:
    """A task of the plan and what has become of it. `finished` without `started`: nobody said when it began."""

    work: Work
    started: float | None = None
    finished: float | None = None
    blocked: bool = False

    @property
    def code(self) -> str:
        return self.work.code


@dataclass(frozen=True)
class Ahead:
    """When a task went on, goes on and will, in hours from activation; `finish` is infinite where it is open. `least`
    is its end if every block were gone now. `slack` is how much later it may be done without the whole being later, by
    the least. `behind` is the code of what it waits for last; empty where nothing holds it up but itself."""

    start: float
    finish: float
    least: float
    slack: float
    done: bool
    behind: str = ""

    @property
    def open(self) -> bool:
        return isinf(self.finish)

    @property
    def critical(self) -> bool:
        return not self.done and self.slack <= SLACK


@dataclass(frozen=True)
class Range:
    """When something is done, in hours from activation; infinite where it is open. `late` is the share of the draws
    that pass each limit that was asked for."""

    least: float
    p10: float
    likely: float
    p90: float
    late: tuple[float, ...] = ()


@dataclass(frozen=True)
class Holding:
    """A task that could go on, or is blocked, and how many of the others wait for it."""

    code: str
    waiting: int
    critical: bool
    blocked: bool


def ahead(facts: Iterable[Fact], now: float) -> dict[str, Ahead]:
    """The plan from here on. Raises graph.Circle."""
    by_code, ordered = _sorted(facts)
    start, finish = _walk(ordered, by_code, now, freed=False)
    least = _walk(ordered, by_code, now, freed=True)[1]
    end = max(least.values(), default=0.0)
    late: dict[str, float] = dict.fromkeys(least, end)
    for work in reversed(ordered):
        if by_code[work.code].started is not None or by_code[work.code].finished is not None:
            # It has begun: what it came after is no reason of its end any more.
            continue
        for one in work.after:
            if one in late:
                late[one] = min(late[one], late[work.code] - work.likely)
    return {
        work.code: Ahead(
            start=start[work.code],
            finish=finish[work.code],
            least=least[work.code],
            slack=max(0.0, late[work.code] - least[work.code]),
            done=by_code[work.code].finished is not None,
            behind=_behind(by_code[work.code], by_code, finish),
        )
        for work in ordered
    }


def ranges(
    facts: Iterable[Fact],
    now: float,
    wanted: Mapping[str, Iterable[str]],
    *,
    limits: Mapping[str, Sequence[float]] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Range]:
    """For each name in `wanted`, when the last of its tasks is done; with the share of the draws beyond each of its
    `limits`. Names without a task are left out. Raises graph.Circle."""
    by_code, ordered = _sorted(facts)
    likely = _walk(ordered, by_code, now, freed=False)[1]
    shortest = _walk(ordered, by_code, now, freed=True, takes=lambda work: work.low)[1]
    drawn = _draw(ordered, by_code, now, draws, seed)
    found: dict[str, Range] = {}
    for name, codes in wanted.items():
        known = [code for code in codes if code in drawn]
        if not known:
            continue
        last = np.sort(np.max([drawn[code] for code in known], axis=0))
        asked = (limits or {}).get(name, ())
        found[name] = Range(
            least=max(shortest[code] for code in known),
            p10=_quantile(last, 0.1),
            likely=max(likely[code] for code in known),
            p90=_quantile(last, 0.9),
            late=tuple(float((last > limit).mean()) for limit in asked),
        )
    return found


def holding_up(facts: Iterable[Fact], now: float) -> list[Holding]:
    """The tasks for which others wait and that wait for none themselves, and the blocked ones: those with no time to
    spare first, then by how many wait."""
    given = list(facts)
    by_code, ordered = _sorted(given)
    slots = ahead(given, now)
    waiting: dict[str, set[str]] = {code: set() for code in by_code}
    for work in reversed(ordered):
        if by_code[work.code].finished is not None:
            continue
        for one in work.after:
            if one in waiting:
                waiting[one] |= {work.code, *waiting[work.code]}
    found = []
    for work in ordered:
        fact = by_code[work.code]
        if fact.finished is not None:
            continue
        free = all(one not in by_code or by_code[one].finished is not None for one in work.after)
        if (free or fact.blocked or fact.started is not None) and (waiting[work.code] or fact.blocked):
            found.append(Holding(work.code, len(waiting[work.code]), slots[work.code].critical, fact.blocked))
    return sorted(found, key=lambda one: (not one.blocked, not one.critical, -one.waiting))


def _sorted(facts: Iterable[Fact]) -> tuple[dict[str, Fact], list[Work]]:
    by_code = {fact.code: fact for fact in facts}
    return by_code, in_order(fact.work for fact in by_code.values())


def _walk(
    ordered: Sequence[Work],
    facts: Mapping[str, Fact],
    now: float,
    *,
    freed: bool,
    takes: Callable[[Work], float] = lambda work: work.likely,
) -> tuple[dict[str, float], dict[str, float]]:
    """Starts and finishes; blocked tasks open, or `freed` as if they went on now."""
    start: dict[str, float] = {}
    finish: dict[str, float] = {}
    for work in ordered:
        fact = facts[work.code]
        before = max((finish[a] for a in work.after if a in finish), default=0.0)
        if fact.finished is not None:
            finish[work.code] = fact.finished
            start[work.code] = fact.finished if fact.started is None else fact.started
        elif fact.started is not None:
            start[work.code] = fact.started
            finish[work.code] = max(fact.started + takes(work), now)
        else:
            start[work.code] = max(before, now)
            finish[work.code] = start[work.code] + takes(work)
        if fact.blocked and fact.finished is None and not freed:
            finish[work.code] = inf
    return start, finish


def _draw(ordered: Sequence[Work], facts: Mapping[str, Fact], now: float, draws: int, seed: int) -> dict[str, Hours]:
    found: dict[str, Hours] = {}
    for work in ordered:
        fact = facts[work.code]
        if fact.finished is not None:
            found[work.code] = np.full(draws, fact.finished)
        elif fact.blocked:
            found[work.code] = np.full(draws, inf)
        elif fact.started is not None:
            gone = max(0.0, now - fact.started)
            found[work.code] = np.maximum(fact.started + durations(work, draws, seed, beyond=gone), now)
        else:
            before = [found[a] for a in work.after if a in found]
            begins = np.max(before, axis=0) if before else np.zeros(draws)
            found[work.code] = np.maximum(begins, now) + durations(work, draws, seed)
    return found


def _behind(fact: Fact, facts: Mapping[str, Fact], finish: Mapping[str, float]) -> str:
    """The code of what a task that has not begun waits for longest."""
    if fact.started is not None or fact.finished is not None:
        return ""
    waits = [one for one in fact.work.after if one in facts and facts[one].finished is None]
    return max(waits, key=lambda one: (finish[one], one), default="")


def _quantile(ordered: Hours, share: float) -> float:
    """The least figure that so large a share of the draws does not pass."""
    return float(ordered[min(len(ordered) - 1, max(0, int(np.ceil(share * len(ordered))) - 1))])
