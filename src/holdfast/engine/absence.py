"""Absence: waves of it over weeks, by site, against the staff that processes need at the least.

docs/methods/absence.md says what is asked and how a wave is cut into days. A wave becomes hits on the nodes of kind
``people``, so that the cascade itself says what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from holdfast.engine import grid
from holdfast.engine.cascade import Cascade, Steps, cascade
from holdfast.engine.errors import InputError
from holdfast.engine.fallbacks import Spans, in_use
from holdfast.engine.reading import decode, number
from holdfast.engine.scenario import HORIZON, Hit, Scenario
from holdfast.engine.sweeps import Cancelled, in_threads
from holdfast.engine.twin import Node, Strategy, Twin
from holdfast.engine.weak_points import threads

DAY = 24
WEEK = 7 * DAY
_DAY_SECONDS = DAY * grid.HOUR
_WEEK_SECONDS = WEEK * grid.HOUR


class Wave(Struct):
    """A wave at ``sites`` (None: everywhere): from week ``start`` the share of absent people climbs for ``ramp`` weeks
    to ``peak``, stays for ``plateau`` and falls for ``decline``. Weeks may be fractions; week 0 is the first."""

    sites: list[str] | None
    start: float
    ramp: float
    peak: float
    plateau: float
    decline: float

    @property
    def end(self) -> float:
        """The week in which everybody is back."""
        return self.start + self.ramp + self.plateau + self.decline


class Waves(Struct):
    """Several waves, and up to which week anything is said (None: 2,160 hours)."""

    waves: list[Wave]
    horizon: float | None = None

    @property
    def hours(self) -> float:
        """The horizon in hours."""
        return HORIZON if self.horizon is None else self.horizon * WEEK


@dataclass(frozen=True)
class Below:
    """How far a process falls short of its minimum level. Seconds, levels in millionths.

    ``first`` is the first second below, None where it never is; ``below`` the time below in all; ``worst`` the lowest
    level of all, also where that is enough.
    """

    first: int | None
    below: int
    worst: int
    breach_at: int | None

    @property
    def first_week(self) -> int | None:
        """The week, counted from 0, in which it is below for the first time."""
        return None if self.first is None else self.first // _WEEK_SECONDS

    @property
    def weeks_below(self) -> float:
        return self.below / _WEEK_SECONDS

    def as_json(self) -> dict[str, Any]:
        """Hours, weeks and levels between 0 and 1."""
        return {
            "first_below": None if self.first is None else grid.hours(self.first),
            "first_week": self.first_week,
            "weeks_below": self.weeks_below,
            "worst_level": self.worst / grid.ONE,
            "mtpd_breached": self.breach_at is not None,
            "breach_at": None if self.breach_at is None else grid.hours(self.breach_at),
        }


@dataclass(frozen=True)
class ProcessAbsence:
    """One process under the waves: as it is, and as it would be had nobody a fallback.

    ``weekly`` is its lowest level in each week [week], in millionths; ``cause`` the binding cause of the first outage.
    """

    process: str
    minimum: int
    as_is: Below
    without_fallbacks: Below
    weekly: list[int]
    cause: list[tuple[str, int]]

    def as_json(self) -> dict[str, Any]:
        """Hours, weeks and levels between 0 and 1."""
        return {
            "process": self.process,
            "minimum_level": self.minimum / grid.ONE,
            **self.as_is.as_json(),
            "without_fallbacks": self.without_fallbacks.as_json(),
            "weekly": [level / grid.ONE for level in self.weekly],
            "cause": [[node, grid.hours(time)] for node, time in self.cause],
        }


@dataclass(frozen=True)
class SiteAbsence:
    """A site (None: people without one) under the waves: its ``people`` nodes, and the share of them present as
    [(second, millionths)] from 0 on.

    ``alone`` says of the processes that would be below 1 if the waves struck this site only, how far: a column of
    the picture of sites against processes.
    """

    site: str | None
    people: list[str]
    present: Steps
    alone: dict[str, Below]

    def as_json(self) -> dict[str, Any]:
        """Hours and shares between 0 and 1."""
        return {
            "site": self.site,
            "people": self.people,
            "present": [[grid.hours(time), share / grid.ONE] for time, share in self.present],
            "alone": {process: below.as_json() for process, below in self.alone.items()},
        }


@dataclass(frozen=True)
class StandIn:
    """A fallback that is on under the waves, and when (seconds): cross-training, telework, another site."""

    fallback: str
    node: str
    strategy: Strategy | None
    pool: str | None
    on: Spans

    def as_json(self) -> dict[str, Any]:
        """Hours."""
        return {
            "fallback": self.fallback,
            "node": self.node,
            "strategy": self.strategy,
            "pool": self.pool,
            "on": [[grid.hours(start), grid.hours(end)] for start, end in self.on],
        }


@dataclass(frozen=True)
class Absence:
    """The answer: the waves as an ordinary ``scenario`` and its ``cascade``, and what is read off them.

    ``processes`` in the order of the file, ``sites`` by name (people without a site last), only those where somebody is
    absent; ``stand_ins`` in the order of the file.
    """

    scenario: Scenario
    cascade: Cascade
    processes: list[ProcessAbsence]
    sites: list[SiteAbsence]
    stand_ins: list[StandIn]

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast absence --json``."""
        return {
            "horizon": self.scenario.horizon,
            "processes": [one.as_json() for one in self.processes],
            "sites": [site.as_json() for site in self.sites],
            "stand_ins": [one.as_json() for one in self.stand_ins],
            "contentions": [vars(claim) for claim in self.cascade.contentions],
        }


def read_waves(
    data: bytes | str | dict[str, Any], twin: Twin, source: str = "waves.json", horizon: float | None = None
) -> Waves:
    """The waves of a JSON text or what it decodes to; ``horizon``, hours, replaces the file's. Raises InputError."""
    waves = decode(data, Waves, source)
    if horizon is not None:
        waves.horizon = horizon / WEEK
    if waves.horizon is not None:
        number(waves.horizon, "horizon", source, above=0, most=grid.MOST_HORIZON / WEEK)
    if not grid.seconds(waves.hours):
        raise InputError("horizon", "wanted at least a second", source)
    sites = {node.site for node in twin.nodes if isinstance(node.site, str)}
    most = grid.MOST_HORIZON / WEEK
    for k, wave in enumerate(waves.waves):
        path = f"waves[{k}]"
        for n, site in enumerate(wave.sites or []):
            if site not in sites:
                raise InputError(f"{path}.sites[{n}]", f"no node of {twin.source} is at a site “{site}”", source)
        for name in ("start", "ramp", "plateau", "decline"):
            number(getattr(wave, name), f"{path}.{name}", source, least=0, most=most)
        number(wave.peak, f"{path}.peak", source, above=0, most=1)
        if not wave.ramp + wave.plateau + wave.decline:
            raise InputError(path, "wanted a ramp, a plateau or a decline that takes time", source)
    return waves


def absent_shares(waves: Sequence[Wave], days: int) -> list[int]:
    """[day] the mean share of people absent in each day, in millionths: of all these waves together, 1 at the most.

    Exact: a wave is straight between its corners, and the mean is that of the straight lines.
    """
    shares = [Fraction(0)] * days
    for wave in waves:
        first, climbed, falling, over = _corners(wave)
        peak = Fraction(wave.peak)

        def absent_before(
            day: int, corners: tuple[Fraction, ...] = (first, climbed, falling, over), peak: Fraction = peak
        ) -> Fraction:
            """Days that one person is absent before ``day``: the area under the wave."""
            up, flat, down = (max(Fraction(0), min(Fraction(day), b) - a) for a, b in pairwise(corners))
            ramp, _, decline = (b - a for a, b in pairwise(corners))
            climb = up * up / ramp / 2 if ramp else Fraction(0)
            fall = down - down * down / decline / 2 if decline else Fraction(0)
            return peak * (climb + flat + fall)

        for day in range(min(days, int(first)), min(days, int(over) + 1)):
            shares[day] += absent_before(day + 1) - absent_before(day)
    return [min(grid.ONE, round(share * grid.ONE)) for share in shares]


def _corners(wave: Wave) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """The days at which the wave begins, is at its peak, begins to fall and is over; exact."""
    first = Fraction(wave.start) * 7
    climbed = first + Fraction(wave.ramp) * 7
    falling = climbed + Fraction(wave.plateau) * 7
    return first, climbed, falling, falling + Fraction(wave.decline) * 7


def scenario_of(twin: Twin, waves: Waves, only: Sequence[str | None] | None = None) -> Scenario:
    """The waves as an ordinary scenario: a hit on each people node for each stretch of days with one share.

    ``only`` names the sites whose people are struck (a None in it: people without a site); None: all of them.
    """
    shares = _by_site(twin, waves)
    hits = [
        Hit(node.id, share / grid.ONE, float(first * DAY), float((last - first) * DAY))
        for node in twin.nodes
        if node.kind == "people" and (only is None or _site(node) in only)
        for first, last, share in _stretches(shares.get(_site(node), []))
        if share
    ]
    return Scenario(hits, waves.hours)


def absence(
    twin: Twin,
    waves: Waves,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Absence:
    """What the waves do to every process: when it falls below its minimum level, for how long, and by which site.

    One cascade as things are, one had nobody a fallback, and one for each site alone. ``progress(done, of)`` counts
    them and is called from this thread; ``cancelled()`` is asked between them. Raises Cancelled.
    """
    shares = _by_site(twin, waves)
    struck = sorted((site for site, days in shares.items() if any(days)), key=lambda site: (site is None, site or ""))
    bare = _without_fallbacks(twin)
    whole = scenario_of(twin, waves)
    cases = [(twin, whole), (bare, whole), *((twin, scenario_of(twin, waves, [site])) for site in struck)]
    twin.model, bare.model  # noqa: B018  # laid out once, before threads share them
    as_is, without, *alone = in_threads(
        lambda case: cascade(*case), cases, threads(workers, len(twin.nodes) > 1_000), progress, cancelled
    )
    names = [node for node in twin.nodes if node.kind == "process"]
    processes = []
    for node in names:
        outages = as_is.processes[node.id].outages
        processes.append(
            ProcessAbsence(
                node.id,
                grid.ONE if node.minimum_level is None else grid.millionths(node.minimum_level),
                _below(as_is, node),
                _below(without, node),
                _weekly(as_is.levels.get(node.id, []), grid.seconds(whole.horizon)),
                outages[0].cause if outages else [],
            )
        )
    sites = [
        SiteAbsence(
            site,
            [node.id for node in twin.nodes if node.kind == "people" and _site(node) == site],
            [(first * _DAY_SECONDS, grid.ONE - share) for first, _, share in _stretches(shares[site])],
            {
                node.id: below
                for node in names
                if node.id in found.levels and (below := _below(found, node)).worst < grid.ONE
            },
        )
        for site, found in zip(struck, alone, strict=True)
    ]
    return Absence(whole, as_is, processes, sites, _stand_ins(as_is))


def _site(node: Node) -> str | None:
    return node.site if isinstance(node.site, str) else None


def _by_site(twin: Twin, waves: Waves) -> dict[str | None, list[int]]:
    """Per site with people the absent share of each day [day up to the horizon], in millionths."""
    days = -(-grid.seconds(waves.hours) // _DAY_SECONDS)
    kept: dict[tuple[int, ...], list[int]] = {}
    found: dict[str | None, list[int]] = {}
    for site in {_site(node) for node in twin.nodes if node.kind == "people"}:
        which = tuple(k for k, wave in enumerate(waves.waves) if wave.sites is None or site in wave.sites)
        if which not in kept:
            kept[which] = absent_shares([waves.waves[k] for k in which], days)
        found[site] = kept[which]
    return found


def _stretches(shares: Sequence[int]) -> list[tuple[int, int, int]]:
    """(first day, the day after the last, share) of each stretch of days with the same share."""
    found: list[tuple[int, int, int]] = []
    for day, share in enumerate(shares):
        if found and found[-1][2] == share:
            found[-1] = (found[-1][0], day + 1, share)
        else:
            found.append((day, day + 1, share))
    return found


def _without_fallbacks(twin: Twin) -> Twin:
    nodes = tuple(
        msgspec.structs.replace(
            node,
            requirements=[
                msgspec.structs.replace(requirement, fallbacks=[]) if requirement.fallbacks else requirement
                for requirement in node.requirements
            ],
        )
        for node in twin.nodes
    )
    return Twin(twin.source, nodes, twin.pools, twin.place)


def _below(found: Cascade, node: Node) -> Below:
    answer = found.processes[node.id]
    steps = found.levels.get(node.id, [])
    worst = min((level for _, level in steps), default=grid.ONE)
    return Below(answer.first_down, answer.downtime, worst, answer.breach_at)


def _weekly(steps: Steps, horizon: int) -> list[int]:
    """The lowest level in each week, the last one cut at the horizon."""
    lowest = [grid.ONE] * -(-horizon // _WEEK_SECONDS)
    for k, (start, level) in enumerate(steps):
        end = steps[k + 1][0] if k + 1 < len(steps) else horizon
        for week in range(start // _WEEK_SECONDS, -(-end // _WEEK_SECONDS)):
            lowest[week] = min(lowest[week], level)
    return lowest


def _stand_ins(found: Cascade) -> list[StandIn]:
    spans = in_use(found)
    return [
        StandIn(fallback.id, node.id, fallback.strategy, fallback.pool, spans[fallback.id])
        for node in found.twin.nodes
        for requirement in node.requirements
        for fallback in requirement.fallbacks
        if fallback.id in spans
    ]


__all__ = ["Absence", "Below", "Cancelled", "ProcessAbsence", "SiteAbsence", "StandIn", "Wave", "Waves", "absence"]
