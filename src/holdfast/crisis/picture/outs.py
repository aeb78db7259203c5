"""What is out, as the engine takes it: the hits of a course, and how what is uncertain is drawn.

Pure: no database, no clock. Times are whole seconds from the zero of the picture, which is the earlier of the beginning
of the incident and of the first outage. docs/methods/forecast.md says the same in words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from holdfast.engine import grid
from holdfast.engine.scenario import Hit

CHANCE = {"sure": 1.0, "likely": 0.8, "unknown": 0.5}
"""How often something is really out of which this is said. Assumed: nobody has counted; docs/methods/forecast.md."""

Course = Literal["likely", "sure", "all"]
"""`likely`: what is sure or likely, to the likeliest ends. `sure`: only what is sure, to the earliest ends. `all`: what
is not known too, to the latest ends. The last two are the ends of what is said, not bounds: see forecast.py."""

COUNTED: dict[str, frozenset[str]] = {
    "likely": frozenset({"sure", "likely"}),
    "sure": frozenset({"sure"}),
    "all": frozenset(CHANCE),
}


@dataclass(frozen=True)
class Out:
    """One outage. ``key`` names it; ``shared`` those that were reported together and so share their draws.

    ``low``, ``likely`` and ``high`` are the estimated ends (None: open), ``ended`` the known one.
    """

    key: str
    node: str
    loss: float
    certainty: str
    since: int
    low: int | None = None
    likely: int | None = None
    high: int | None = None
    ended: int | None = None
    shared: str = ""

    def is_overdue(self, now: int) -> bool:
        """Whether the last estimate has passed and nobody has said that it works."""
        last = self.high if self.high is not None else self.likely
        return self.ended is None and last is not None and last < now

    def ends(self, now: int) -> tuple[int | None, int | None, int | None]:
        """(earliest, likeliest, latest) end, as far as they can still be true at ``now``; None: open.

        It is still out, so it does not end before now. Where the likeliest end has passed, the latest stands for it;
        where the latest has passed too, nobody has said anything that can be true: open until somebody does.
        """
        if self.ended is not None:
            return self.ended, self.ended, self.ended
        low = self.low if self.low is None else max(self.low, now)
        if self.likely is None:
            return low, None, None
        high = self.likely if self.high is None else self.high
        low = max(self.likely if self.low is None else self.low, now)
        if high < now:
            return now, None, None
        return min(low, high), self.likely if self.likely >= now else high, high

    def drawn(self, now: int, seed: int, draw: int) -> int | None:
        """The end in a draw: of the triangle between earliest, likeliest and latest, given that it is out until now."""
        if self.ended is not None:
            return self.ended
        if self.likely is None or self.is_overdue(now):
            return None
        low = self.likely if self.low is None else self.low
        high = self.likely if self.high is None else self.high
        u = chance(seed, "until", self.shared or self.key, draw)
        return max(now, _triangular(low, self.likely, high, now, u))

    def is_real(self, seed: int, draw: int) -> bool:
        """Whether it is really out in a draw."""
        sure = CHANCE[self.certainty]
        return sure >= 1 or chance(seed, "certainty", self.shared or self.key, draw) < sure


@dataclass(frozen=True)
class Seen:
    """A node was seen to work at ``level`` (a share of 1) at ``at``."""

    node: str
    level: float
    at: int


def chance(seed: int, what: str, whose: str, draw: int) -> float:
    """A number in [0, 1) that hangs on its address alone, so that another outage moves nobody else's draw."""
    told = "\0".join((str(seed), what, whose, str(draw))).encode("utf-8", "surrogatepass")
    return (int.from_bytes(hashlib.sha256(told).digest()[:8], "little") >> 11) / 2**53


def _triangular(low: int, mode: int, high: int, now: int, u: float) -> int:
    """Whole seconds by the inverse of the distribution, cut off below ``now``; one square root and no logarithm, so
    that all machines agree."""
    if high <= low:
        return low
    width = float(high - low)

    def below(x: float) -> float:
        if x <= low:
            return 0.0
        if x >= high:
            return 1.0
        if x < mode:
            return (x - low) ** 2 / (width * (mode - low))
        return 1.0 - (high - x) ** 2 / (width * (high - mode)) if high > mode else 1.0

    start = below(now)
    p = start + u * (1.0 - start)
    peak = (mode - low) / width
    found = low + sqrt(p * width * (mode - low)) if p < peak else high - sqrt((1.0 - p) * width * (high - mode))
    return min(max(round(found), low), high)


def with_seen(outs: Sequence[Out], seen: Iterable[Seen]) -> list[Out]:
    """The outages as the observations have them: a node that was seen to work at a share has lost the rest from then
    on, and what had been said of its loss holds until then. Its estimated ends stay."""
    found = list(outs)
    for n, one in enumerate(sorted(seen, key=lambda one: (one.at, one.node))):
        for k, out in enumerate(list(found)):
            if out.node != one.node or out.since > one.at or (out.ended is not None and out.ended <= one.at):
                continue
            found[k] = Out(out.key, out.node, out.loss, out.certainty, out.since, ended=one.at, shared=out.shared)
            if grid.millionths(1 - one.level) > 0:
                rest = (out.low, out.likely, out.high, out.ended)
                found.append(Out(f"{out.key}~{n}", out.node, 1 - one.level, "sure", one.at, *rest, out.shared))
    return found


def hits(outs: Iterable[Out], course: Course, now: int) -> list[Hit]:
    """The hits of a course."""
    place = {"sure": 0, "likely": 1, "all": 2}[course]
    found = []
    for out in outs:
        if out.certainty in COUNTED[course]:
            end = out.ends(now)[place]
            if end is None or end > out.since:
                found.append(_hit(out, end))
    return found


def drawn_hits(outs: Iterable[Out], now: int, seed: int, draw: int) -> list[Hit]:
    """The hits of one draw."""
    found = []
    for out in outs:
        if out.is_real(seed, draw):
            end = out.drawn(now, seed, draw)
            if end is None or end > out.since:
                found.append(_hit(out, end))
    return found


def _hit(out: Out, end: int | None) -> Hit:
    return Hit(out.node, out.loss, grid.hours(out.since), None if end is None else grid.hours(end - out.since))


__all__ = ["CHANCE", "Course", "Out", "Seen", "chance", "drawn_hits", "hits", "with_seen"]
