"""What years of losses amount to: exact sums, and the figures that are read off them. docs/methods/year.md.

Money is held in whole units of account, one for each category: a power of two, chosen so that the dearest value on any
curve is about 2**62 of them. Sums of whole numbers do not depend on their order, so neither the number of workers nor
the way in which years are cut into blocks can move a figure.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid

if TYPE_CHECKING:
    from holdfast.engine.twin import Node

PERIODS = (2, 5, 10, 20, 50, 100, 200, 250, 500, 1_000)
"""Return periods of the curves of losses, in years."""

TAILS = (100, 50, 10, 5)
"""The worst years of VaR and TVaR, in thousandths: the levels are 0.9, 0.95, 0.99 and 0.995."""

POINT = np.dtype([("second", "<i8"), ("value", "<f8")])
"""Of a curve of impact over time: seconds, money."""

_ACCOUNT_BITS = 62
_MANTISSA_BITS = 53

Curve = list[tuple[float, float]]


class _Tally(ctypes.Structure):
    """``Tally`` of year.c."""

    _fields_ = [
        *(
            (name, ctypes.c_void_p)
            for name in ("breaches", "downtime", "squares", "by_hazard", "by_node", "sums", "largest")
        ),
        ("years", ctypes.c_int64),
    ]


class Accounts:
    """Curves of impact over time, laid out for the kernel, and the unit of account of each category."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = len(nodes)
        self.categories = sorted({name for node in nodes for name in node.impact or {}})
        of, points = [0], []
        for node in nodes:
            for name in self.categories:
                for hours, amount in (node.impact or {}).get(name, ()):
                    points.append((grid.seconds(hours), amount))
                of.append(len(points))
        self.shifts = [_shift(nodes, name) for name in self.categories]
        self.arrays: dict[str, Any] = {
            "curve_of": of,
            "point": np.array(points, POINT),
            "scale": [math.ldexp(1.0, shift) for shift in self.shifts],
        }


def _shift(nodes: Sequence[Node], category: str) -> int:
    values = (abs(value) for node in nodes for _, value in (node.impact or {}).get(category, ()))
    # A cost lies below 2**62 units, and a scale must stay a double.
    return max(-1_000, min(1_000, _ACCOUNT_BITS - math.frexp(max(values, default=0.0))[1]))


class Tally:
    """Sums over the years from ``first`` up to ``last``; all but the years' own losses are whole numbers.

    ``breaches``, ``downtime`` (seconds) and ``squares`` (of the years' downtimes) [node]; ``by_hazard`` [(hazard + 1) ×
    category], the last hazard for losses that no event explains, and ``by_node`` [node × category], units of account;
    ``sums`` and ``largest`` [category, year], money. Pairs of 64 bits are one number of 128 (low, high).
    """

    def __init__(self, accounts: Accounts, hazards: int, first: int, last: int, beside: Tally | None = None) -> None:
        """``beside`` shares its table of years: each of both writes the years that it runs."""
        nodes, categories = accounts.nodes, len(accounts.categories)
        self.first, self.last = first, last
        self.breaches = np.zeros(nodes, np.int64)
        self.downtime = np.zeros(nodes, np.int64)
        self.squares = np.zeros((nodes, 2), np.int64)
        self.by_hazard = np.zeros((hazards + 1, categories, 2), np.int64)
        self.by_node = np.zeros((nodes, categories, 2), np.int64)
        self.sums: NDArray[np.float64] = np.zeros((categories, last - first)) if beside is None else beside.sums
        self.largest: NDArray[np.float64] = np.zeros((categories, last - first)) if beside is None else beside.largest
        arrays = (self.breaches, self.downtime, self.squares, self.by_hazard, self.by_node, self.sums, self.largest)
        self.struct = _Tally(*(array.ctypes.data for array in arrays), last - first)


def wide(pairs: NDArray[np.int64]) -> list[int]:
    """The whole numbers of pairs (low, high), in the order of the array."""
    flat = pairs.reshape(-1, 2)
    # Most are zero: only the others are made into Python's numbers.
    out = [0] * len(flat)
    for place in np.flatnonzero(flat.any(axis=1)).tolist():
        low, high = flat[place].tolist()
        out[place] = (high << 64) + (low & (2**64 - 1))
    return out


def add(lists: Iterable[list[int]]) -> list[int]:
    """The sums, place by place."""
    return [sum(one) for one in zip(*lists, strict=True)]


@dataclass(frozen=True)
class Loss:
    """One category's losses in a year, in its unit. ``oep`` and ``aep``: (return period, loss); ``var`` and ``tvar``:
    (level, loss). What ``by_hazard``, ``by_node`` and ``by_site`` hold adds up to ``aal`` exactly, in any order; the
    key "" stands for what no hazard explains and for nodes without a site. ``se`` is None for a single year."""

    aal: float
    se: float | None
    oep: Curve
    aep: Curve
    var: Curve
    tvar: Curve
    by_hazard: dict[str, float]
    by_node: dict[str, float]
    by_site: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """As ``holdfast year --json`` prints it."""
        return {
            name: [list(point) for point in found] if isinstance(found, list) else found
            for name, found in vars(self).items()
        }


def read_off(
    sums: NDArray[np.float64],
    largest: NDArray[np.float64],
    shift: int,
    hazards: dict[str, int],
    nodes: dict[str, int],
    site_of: dict[str, str],
) -> Loss:
    """The figures of a category from each year's loss and its dearest event's, and the units of account by cause."""
    years = len(sums)
    worst, worst_event = np.sort(sums)[::-1], np.sort(largest)[::-1]
    aal, (by_hazard, by_node) = shares(years, shift, hazards, nodes)
    by_site: dict[str, float] = {}
    for node, amount in by_node.items():
        by_site[site_of[node]] = by_site.get(site_of[node], 0.0) + amount
    return Loss(
        aal=aal,
        se=standard_error(sums.tolist()),
        oep=[(float(period), float(worst_event[rank - 1])) for period, rank in ranks(years)],
        aep=[(float(period), float(worst[rank - 1])) for period, rank in ranks(years)],
        var=[((1_000 - tail) / 1_000, float(worst[rank - 1])) for tail, rank in tails(years)],
        tvar=[((1_000 - tail) / 1_000, math.fsum(worst[:rank].tolist()) / rank) for tail, rank in tails(years)],
        by_hazard=_dearest_first(by_hazard),
        by_node=_dearest_first(by_node),
        by_site=_dearest_first(by_site),
    )


def ranks(years: int) -> list[tuple[int, int]]:
    """(return period T, k): the loss of T is the k-th largest of the years, k being years / T rounded down, above 0."""
    return [(period, years // period) for period in PERIODS if years >= period]


def tails(years: int) -> list[tuple[int, int]]:
    """(thousandths, k): how many of the years are in the tail, rounded down, at least 1."""
    return [(tail, years * tail // 1_000) for tail in TAILS if years * tail >= 1_000]


def standard_error(sums: list[float]) -> float | None:
    """Of the mean: the sample's standard deviation by the root of the number of years. None for a single year."""
    years = len(sums)
    if years < 2:
        return None
    mean = math.fsum(sums) / years
    return math.sqrt(math.fsum((one - mean) ** 2 for one in sums) / (years - 1) / years)


def shares(years: int, shift: int, *breakdowns: dict[str, int]) -> tuple[float, list[dict[str, float]]]:
    """The mean of a year and, for each breakdown of the same total, its parts of that mean; zeros are left out.

    All are whole multiples of one power of two, small enough for every sum of parts to be a double, so they add up to
    the mean exactly. What rounding takes from the parts goes to those that lost most by it (largest remainder).
    """
    total = sum(breakdowns[0].values())
    size = max(sum(abs(units) for units in parts.values()) for parts in breakdowns)
    # grid: 2**exponent units of account, so that size / years is below 2**53 of it.
    exponent = (size // years).bit_length() - _MANTISSA_BITS + 1
    step = (years << exponent, 1) if exponent > 0 else (years, 1 << -exponent)
    mean = round_half_even(total * step[1], step[0])
    out: list[dict[str, float]] = []
    for parts in breakdowns:
        divided = {name: divmod(units * step[1], step[0]) for name, units in parts.items() if units}
        missing = mean - sum(quotient for quotient, _ in divided.values())
        first = sorted(divided, key=lambda name: (-divided[name][1], name))[:missing]
        up = set(first)
        out.append(
            {
                name: math.ldexp(float(quotient + (name in up)), exponent - shift)
                for name, (quotient, _) in divided.items()
            }
        )
    return math.ldexp(float(mean), exponent - shift), out


def round_half_even(top: int, bottom: int) -> int:
    """top / bottom to the nearest whole number; bottom above 0."""
    quotient, rest = divmod(top, bottom)
    return quotient + (2 * rest > bottom or (2 * rest == bottom and quotient % 2 == 1))


def _dearest_first(parts: dict[str, float]) -> dict[str, float]:
    return dict(sorted(parts.items(), key=lambda item: (-item[1], item[0])))
