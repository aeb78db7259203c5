"""From what an expert says to what the engine takes: "once in n years", "x in y years", "low, likely, high".

Each formula stands with its source above its code; docs/methods/hazards.md has worked numbers. Rates are events per
year, durations hours, losses shares of one. Bad input raises `BadJudgement`, whose message says what is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

Z90 = 1.2815515655446004
"""The 90th percentile of the standard normal distribution."""


class BadJudgement(ValueError):
    """A judgement that cannot be; `part` names what is wrong: times, years, chance, low, likely, high, p90."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True)
class Rate:
    """Events per year, with the range that the observations leave where they are counted."""

    rate: float
    low: float | None = None
    high: float | None = None


def once_in(years: float) -> Rate:
    """`1 / years`: the mean time between events is the inverse of the rate of a Poisson process.

    Cornell, Engineering seismic risk analysis, Bulletin of the Seismological Society of America 58 (1968) 1583-1606:
    an event "once in 475 years" has the rate 1/475, and a chance of 10 % in 50 years, not of 50/475.
    """
    return Rate(1 / _years(years))


def counted(times: float, years: float) -> Rate:
    """`times / years` with the range in which the rate lies with 90 % confidence; `(0 + 1/2) / years` where nothing was
    seen, since that it has not happened does not make it impossible.

    Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936) 437-442, for the range; Jeffreys'
    prior for no event, as in Atwood and others, Handbook of Parameter Estimation for Probabilistic Risk Assessment,
    NUREG/CR-6823 (2003), 6.2.2.
    """
    _years(years)
    if not math.isfinite(times) or times < 0 or times != int(times) or times > 100_000:
        raise BadJudgement("times", gettext("Wanted how many times it happened: a whole number of 0 or more."))
    n = int(times)
    low = _solved(lambda mean: 1 - _poisson(n - 1, mean), 0.05, n) if n else 0.0
    high = _solved(lambda mean: 1 - _poisson(n, mean), 0.95, 10 * n + 10)
    return Rate((n or 0.5) / years, low / years, high / years)


def chance_within(chance: float, years: float) -> Rate:
    """`-ln(1 - chance) / years`: the rate with which at least one event comes within `years` with this chance.

    The inverse of `at_least_one`; Cornell (1968), as above. A chance of 10 % in 50 years is once in 475 years.
    """
    _years(years)
    if not 0 <= chance < 1:
        raise BadJudgement("chance", gettext("Wanted a chance of 0 % or more, and below 100 %."))
    return Rate(-math.log1p(-chance) / years)


def at_least_one(rate: float, years: float) -> float:
    """`1 - exp(-rate · years)`: the chance of at least one event of a Poisson process. Cornell (1968), as above."""
    return -math.expm1(-rate * years)


@dataclass(frozen=True)
class Fixed:
    """Always the same."""

    value: float

    @property
    def mean(self) -> float:
        return self.value

    def density(self, at: float) -> float:
        return 0.0

    def exceeded(self, at: float) -> float:
        """The chance of more than `at`."""
        return 1.0 if at < self.value else 0.0

    def quantile(self, share: float) -> float:
        return self.value


@dataclass(frozen=True)
class Triangular:
    """From `low` to `high`, most likely `mode`.

    Density `2 (x - low) / ((high - low)(mode - low))` up to the mode and falling alike after it; mean
    `(low + mode + high) / 3`. Johnson, The triangular distribution as a proxy for the beta distribution in risk
    analysis, The Statistician 46 (1997) 387-398.
    """

    low: float
    mode: float
    high: float

    @property
    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3

    def density(self, at: float) -> float:
        if not self.low <= at <= self.high or self.low == self.high:
            return 0.0
        wide = self.high - self.low
        if at < self.mode:
            return 2 * (at - self.low) / (wide * (self.mode - self.low))
        if at > self.mode:
            return 2 * (self.high - at) / (wide * (self.high - self.mode))
        return 2 / wide

    def exceeded(self, at: float) -> float:
        """The chance of more than `at`."""
        if at <= self.low:
            return 1.0 if at < self.low or self.low < self.high else 0.0
        if at >= self.high:
            return 0.0
        wide = self.high - self.low
        if at <= self.mode:
            return 1 - (at - self.low) ** 2 / (wide * (self.mode - self.low))
        return (self.high - at) ** 2 / (wide * (self.high - self.mode))

    def quantile(self, share: float) -> float:
        """The value that is not exceeded with this chance."""
        wide = self.high - self.low
        if not wide:
            return self.low
        turn = (self.mode - self.low) / wide
        if share <= turn:
            return self.low + math.sqrt(share * wide * (self.mode - self.low))
        return self.high - math.sqrt((1 - share) * wide * (self.high - self.mode))


@dataclass(frozen=True)
class Lognormal:
    """Half of all cases last at most `median`, nine in ten at most `p90`: a long tail.

    `sigma = ln(p90 / median) / 1.28155`; mean `median · exp(sigma² / 2)`. Limpert, Stahel and Abbt, Log-normal
    distributions across the sciences, BioScience 51 (2001) 341-352.
    """

    median: float
    p90: float

    @property
    def sigma(self) -> float:
        return math.log(self.p90 / self.median) / Z90

    @property
    def mean(self) -> float:
        return self.median * math.exp(self.sigma**2 / 2)

    def density(self, at: float) -> float:
        if at <= 0 or not self.sigma:
            return 0.0
        z = math.log(at / self.median) / self.sigma
        return math.exp(-z * z / 2) / (at * self.sigma * math.sqrt(2 * math.pi))

    def exceeded(self, at: float) -> float:
        """The chance of more than `at`."""
        if at <= 0:
            return 1.0
        if not self.sigma:
            return 1.0 if at < self.median else 0.0
        return math.erfc(math.log(at / self.median) / self.sigma / math.sqrt(2)) / 2

    def quantile(self, share: float) -> float:
        """The value that is not exceeded with this chance, found by halving."""
        low, high = -8.0, 8.0
        for _ in range(60):
            middle = (low + high) / 2
            if math.erfc(-middle / math.sqrt(2)) / 2 < share:
                low = middle
            else:
                high = middle
        return self.median * math.exp(self.sigma * (low + high) / 2)


Spread = Fixed | Triangular | Lognormal


def three_points(low: float, likely: float, high: float, *, most: float | None = None, outside: bool = False) -> Spread:
    """An expert's low, likely and high as a triangular distribution.

    As it stands, low and high are the least and the most that can be. With `outside`, one case in ten lies below low
    and one above high, which is what experts give most often when they are asked for a range: the triangle is widened
    until that is so (Keefer and Bodily, Three-point approximations for continuous random variables, Management Science
    29 (1983) 595-609), but not below 0 nor above `most`.
    """
    for part, value in (("low", low), ("likely", likely), ("high", high)):
        if not math.isfinite(value) or value < 0 or (most is not None and value > most):
            raise BadJudgement(part, gettext("Wanted 0 or more.") if most is None else _between(most))
    if not low <= likely <= high:
        raise BadJudgement("likely", gettext("Likely has to lie between low and high."))
    if likely == 0:
        raise BadJudgement("likely", gettext("Wanted more than 0."))
    if low == high:
        return Fixed(likely)
    if not outside:
        return Triangular(low, likely, high)
    least, farthest = low, high
    for _ in range(200):
        wide = farthest - least
        least, farthest = (
            max(0.0, low - math.sqrt(0.1 * wide * (likely - least))),
            min(most or math.inf, high + math.sqrt(0.1 * wide * (farthest - likely))),
        )
    return Triangular(least, likely, farthest)


def usual_and_long(median: float, p90: float) -> Spread:
    """ "Half the time at most this, nine times in ten at most that" as a lognormal distribution."""
    if not math.isfinite(median) or median <= 0:
        raise BadJudgement("likely", gettext("Wanted more than 0."))
    if not math.isfinite(p90) or p90 < median:
        raise BadJudgement("p90", gettext("Nine in ten last at most this: it cannot be below the usual."))
    return Fixed(median) if p90 == median else Lognormal(median, p90)


def spread_of(said: float | dict[str, float]) -> Spread:
    """The distribution of a figure as the engine takes it: a number, `{low, mode, high}` or `{median, p90}`."""
    if not isinstance(said, dict):
        return Fixed(said)
    if "median" in said:
        return Lognormal(said["median"], said["p90"])
    if said["low"] == said["high"]:
        return Fixed(said["mode"])
    return Triangular(said["low"], said["mode"], said["high"])


def _years(years: float) -> float:
    if not math.isfinite(years) or not 0.001 <= years <= 1_000_000:
        raise BadJudgement("years", gettext("Wanted a number of years between 0.001 and 1,000,000."))
    return years


def _between(most: float) -> str:
    if most == 1:
        return gettext("Wanted a share between 0 % and 100 %.")
    return gettext("Wanted between 0 and %(most)g.") % {"most": most}


def _poisson(most: int, mean: float) -> float:
    """The chance of at most `most` events where `mean` are expected."""
    if most < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    logs = (n * math.log(mean) - mean - math.lgamma(n + 1) for n in range(max(0, most - 2_000), most + 1))
    return min(1.0, math.fsum(math.exp(one) for one in logs))


def _solved(growing: Callable[[float], float], wanted: float, most: float) -> float:
    """Where a growing function of a number from 0 to `most` has the value wanted, by halving."""
    low, high = 0.0, float(most)
    for _ in range(80):
        middle = (low + high) / 2
        if growing(middle) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
