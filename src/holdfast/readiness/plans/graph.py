"""The task graph in time. Pure: no database, no clock.

A task begins when all that it comes after are done (finish to start, no lag), so

    start(t)  = max over a in after(t) of finish(a), 0 where there is none
    finish(t) = start(t) + duration(t)

Backwards from the end of all, `late_finish(t)` is the least `late_start` of what comes after it; the slack of a task is
late_start − start, and the critical path is made of those without slack (critical path method; Kelley and Walker,
1959). With uncertain durations, each is drawn from a triangle (low, likely, high) by the inverse of its distribution
function:

    u < c:  low + √(u (high − low)(likely − low))          c = (likely − low) / (high − low)
    else:   high − √((1 − u)(high − low)(high − likely))

Draws are addressed by the code of the task, so that a task added or removed leaves the durations of the others as they
were, and two versions of a plan meet the same luck. Square roots alone are taken: they are the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
SLACK = 1e-9
"""Below this many hours there is no slack: sums of floats in another order differ by so little."""


@dataclass(frozen=True)
class Work:
    """A task as the graph sees it: hours, and the codes of what it comes after."""

    code: str
    low: float
    likely: float
    high: float
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slot:
    """When a task goes on at its most likely durations, in hours from activation, and how late it could."""

    start: float
    finish: float
    late_start: float
    late_finish: float

    @property
    def slack(self) -> float:
        return max(0.0, self.late_start - self.start)

    @property
    def critical(self) -> bool:
        return self.slack <= SLACK


@dataclass(frozen=True)
class Spread:
    """When something is done, in hours: `least` and `most` with all durations at their ends, the rest of the draws."""

    least: float
    p10: float
    likely: float
    p90: float
    most: float


class Circle(ValueError):
    """Tasks that wait for each other; `codes` in the order in which they do, the first again at the end."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = list(codes)
        super().__init__(" → ".join(self.codes))


def in_order(works: Iterable[Work]) -> list[Work]:
    """The tasks so that each stands behind what it comes after, else as given. Raises Circle; what is not among the
    tasks is waited for by nobody."""
    given = {work.code: work for work in works}
    waits = {code: {a for a in work.after if a in given} for code, work in given.items()}
    following: dict[str, list[str]] = {code: [] for code in given}
    for code, before in waits.items():
        for one in before:
            following[one].append(code)
    left = {code: len(before) for code, before in waits.items()}
    ready = deque(code for code in given if not left[code])
    found: list[Work] = []
    while ready:
        code = ready.popleft()
        found.append(given[code])
        for one in following[code]:
            left[one] -= 1
            if not left[one]:
                ready.append(one)
    if len(found) < len(given):
        raise Circle(_circle({code: waits[code] for code, n in left.items() if n}))
    return found


def _circle(waits: Mapping[str, set[str]]) -> list[str]:
    """One circle among tasks each of which waits for another of them."""
    code = min(waits)
    seen: list[str] = []
    while code not in seen:
        seen.append(code)
        code = min(one for one in waits[code] if one in waits)
    return [*seen[seen.index(code) :], code][::-1]


def schedule(works: Iterable[Work]) -> dict[str, Slot]:
    """When each task goes on, at the most likely durations. Raises Circle."""
    ordered = in_order(works)
    start: dict[str, float] = {}
    finish: dict[str, float] = {}
    for work in ordered:
        start[work.code] = max((finish[a] for a in work.after if a in finish), default=0.0)
        finish[work.code] = start[work.code] + work.likely
    end = max(finish.values(), default=0.0)
    late: dict[str, float] = dict.fromkeys(finish, end)
    for work in reversed(ordered):
        for one in work.after:
            if one in late:
                late[one] = min(late[one], late[work.code] - work.likely)
    return {
        work.code: Slot(start[work.code], finish[work.code], late[work.code] - work.likely, late[work.code])
        for work in ordered
    }


def spreads(
    works: Iterable[Work], wanted: Mapping[str, Iterable[str]], *, draws: int = DRAWS, seed: int = 0
) -> dict[str, Spread]:
    """For each name in `wanted`, when the last of its tasks is done. Raises Circle; names without a task are left
    out."""
    ordered = in_order(works)
    least = _finishes(ordered, lambda work: np.array([work.low]))
    most = _finishes(ordered, lambda work: np.array([work.high]))
    likely = _finishes(ordered, lambda work: np.array([work.likely]))
    drawn = _finishes(ordered, lambda work: durations(work, draws, seed))
    found: dict[str, Spread] = {}
    for name, codes in wanted.items():
        known = [code for code in codes if code in drawn]
        if not known:
            continue
        last = np.sort(np.max([drawn[code] for code in known], axis=0))
        found[name] = Spread(
            least=max(float(least[code][0]) for code in known),
            p10=_quantile(last, 0.1),
            likely=max(float(likely[code][0]) for code in known),
            p90=_quantile(last, 0.9),
            most=max(float(most[code][0]) for code in known),
        )
    return found


def durations(work: Work, draws: int, seed: int, *, beyond: float = 0.0) -> NDArray[np.float64]:
    """`draws` durations of a task in hours, always the same for its code and the seed. `beyond`: of one that has gone
    on so long already and is not done; the draws are those of the triangle above it, by the same luck. Beyond the
    longest duration it could be done at any time."""
    if work.high <= work.low or beyond >= work.high:
        return np.full(draws, max(work.low, beyond))
    digest = hashlib.sha256(f"{seed}:{work.code}".encode()).digest()
    u = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little"))).random(draws)
    span, rise, fall = work.high - work.low, work.likely - work.low, work.high - work.likely
    if beyond > work.low:
        before = _share_below(work, beyond)
        u = before + (1.0 - before) * u
    up = work.low + np.sqrt(u * (span * rise))
    down = work.high - np.sqrt((1.0 - u) * (span * fall))
    return np.maximum(np.where(u < rise / span, up, down), beyond)


def _share_below(work: Work, hours: float) -> float:
    """The distribution function of the triangle, between its ends."""
    span = work.high - work.low
    if hours <= work.likely and work.likely > work.low:
        return (hours - work.low) ** 2 / (span * (work.likely - work.low))
    return 1.0 - (work.high - hours) ** 2 / (span * (work.high - work.likely))


def _finishes(
    ordered: Sequence[Work], duration: Callable[[Work], NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for work in ordered:
        takes = duration(work)
        before = [found[a] for a in work.after if a in found]
        found[work.code] = (np.max(before, axis=0) if before else 0.0) + takes
    return found


def _quantile(ordered: NDArray[np.float64], share: float) -> float:
    """The least figure that so large a share of the draws does not pass."""
    return float(ordered[min(len(ordered) - 1, max(0, int(np.ceil(share * len(ordered))) - 1))])
