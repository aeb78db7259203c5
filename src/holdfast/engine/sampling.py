"""Years drawn from hazards: events, hits, restarts and activations, each draw a function of its address alone.

The draws are made in the kernel (year.c); here the hazards are laid out for it, and single years are handed out. What
is drawn depends on the seed, on the year, and on the *ids* of hazard, node and fallback, never on their places: another
node, hazard or portfolio of measures meets the same disasters. docs/methods/year.md says how.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import grid, kernel, losses
from holdfast.engine.errors import InputError
from holdfast.engine.hazards import Footprint, Hazard
from holdfast.engine.scenario import Hit, Scenario
from holdfast.engine.twin import Twin

HORIZON = 10_920.0
"""Hours of a year's scenario: the year, in which events begin, and 90 days after it."""

MOST_SEED = 2**64 - 1
Z90 = 1.2815515655446004
"""The 90th percentile of the standard normal distribution."""

_TAIL = 2.0**-64
_FIGURE = np.dtype([("kind", "<i4"), ("unused", "<i4"), ("a", "<f8"), ("b", "<f8"), ("c", "<f8")])
_FIXED, _TRIANGULAR, _LOGNORMAL = 0, 1, 2

_COUNTS = ("hazards", "categories", "restarts", "activations")
_ARRAYS: dict[str, Any] = {
    "key": np.uint64,
    "table_of": np.int32,
    "least": np.int32,
    "table": np.float64,
    "fp_of": np.int32,
    "chance": np.float64,
    "shared": np.uint8,
    "loss": _FIGURE,
    "duration": _FIGURE,
    "member_of": np.int32,
    "member": np.int32,
    "node_key": np.uint64,
    "restart_node": np.int32,
    "restart": _FIGURE,
    "activation_fb": np.int32,
    "activation_key": np.uint64,
    "activation": _FIGURE,
    "minimum": np.int32,
    "mtpd": np.int64,
    "curve_of": np.int32,
    "point": losses.POINT,
    "scale": np.float64,
}


class _Hazards(ctypes.Structure):
    """``Hazards`` of year.c, field by field."""

    _fields_ = [*((name, ctypes.c_int32) for name in _COUNTS), *((name, ctypes.c_void_p) for name in _ARRAYS)]


@dataclass(frozen=True)
class DrawnHit:
    """A hit of a drawn year and its event: number ``event`` of ``hazard``, from 0. Seconds, millionths."""

    node: str
    level: int
    start: int
    end: int
    hazard: str
    event: int


@dataclass(frozen=True)
class DrawnYear:
    """What one year brings. ``restarts`` by node and ``activations`` by fallback, seconds, where they are uncertain."""

    hits: list[DrawnHit]
    restarts: dict[str, int]
    activations: dict[str, int]

    def scenario(self, horizon: float = HORIZON) -> Scenario:
        """The hits as a scenario; its cascade on a twin with these restarts and activations is this year's."""
        hits = [
            Hit(
                hit.node,
                (grid.ONE - hit.level) / grid.ONE,
                grid.hours(hit.start),
                None if hit.end == grid.NEVER else grid.hours(hit.end - hit.start),
            )
            for hit in self.hits
        ]
        return Scenario(hits, horizon)


class Years:
    """A twin and its hazards as the kernel draws them. Immutable; any number of threads may use it at once."""

    def __init__(self, twin: Twin, hazards: Sequence[Hazard]) -> None:
        self.twin = twin
        self.hazards = sorted(hazards, key=lambda hazard: hazard.id)
        self.accounts = losses.Accounts([twin.nodes[i] for i in twin.model.file_order.tolist()])
        arrays = _hazard_arrays(twin, self.hazards) | _uncertain(twin)
        arrays |= {"minimum": twin.model.minimum, "mtpd": twin.limits.mtpd} | self.accounts.arrays
        self._arrays = {name: np.ascontiguousarray(arrays[name], kind) for name, kind in _ARRAYS.items()}
        self.struct = _Hazards(
            hazards=len(self.hazards),
            categories=len(self.accounts.categories),
            restarts=len(self._arrays["restart_node"]),
            activations=len(self._arrays["activation_fb"]),
            **{name: array.ctypes.data for name, array in self._arrays.items()},
        )

    def workspace(self) -> Workspace:
        """Room for one thread to draw and run years in."""
        return Workspace(self)

    def draw(self, seed: int, year: int) -> DrawnYear:
        """What the year numbered ``year``, from 0, brings. Raises InputError for a seed outside 0 to 2**64 - 1."""
        return self.workspace().draw(check_seed(seed), year)

    def uncertain(self) -> tuple[kernel.Ints, kernel.Ints]:
        """The nodes whose restart is drawn, and the fallbacks whose activation is, in the kernel's numbering."""
        return self._arrays["restart_node"], self._arrays["activation_fb"]


class Workspace:
    """Room for one thread to draw and run years in, one after the other."""

    def __init__(self, years: Years) -> None:
        self._years = years  # its arrays and its model must live as long as the workspace
        self._model = years.twin.model
        self._functions = kernel.loaded()
        self._handle = self._functions.hf_year_open(
            ctypes.addressof(self._model.struct), ctypes.addressof(years.struct)
        )
        if not self._handle:
            raise MemoryError

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._functions.hf_year_close(self._handle)

    def draw(self, seed: int, year: int) -> DrawnYear:
        """What a year brings, as ``Years.draw``."""
        count = self._functions.hf_year_draw(self._handle, seed, year)
        if count < 0:
            raise MemoryError
        hits = np.empty((count, 6), np.int32)
        restart = np.empty(self._model.nodes, np.int32)
        activation = np.empty(len(self._model.fallback_ids), np.int32)
        self._functions.hf_year_copy(self._handle, hits.ctypes.data, restart.ctypes.data, activation.ctypes.data)
        ids, hazards = self._years.twin.numbered_ids, self._years.hazards
        nodes, fallbacks = self._years.uncertain()
        return DrawnYear(
            [
                DrawnHit(ids[node], level, start, end, hazards[hazard].id, event)
                for node, level, start, end, hazard, event in hits.tolist()
            ],
            {ids[node]: int(restart[node]) for node in nodes.tolist()},
            {self._model.fallback_ids[one]: int(activation[one]) for one in fallbacks.tolist()},
        )

    def run(self, seed: int, first: int, last: int, tally: losses.Tally, horizon: int) -> None:
        """Adds the years from ``first`` up to ``last`` to ``tally``. ``horizon`` in seconds."""
        if self._functions.hf_year_run(
            self._handle, seed, first, last, tally.first, horizon, ctypes.addressof(tally.struct)
        ):
            raise MemoryError


def check_seed(seed: int) -> int:
    """``seed`` if it fits 64 bits. Raises InputError."""
    if not 0 <= seed <= MOST_SEED:
        raise InputError("seed", f"wanted a whole number from 0 to {MOST_SEED}, got {seed}")
    return seed


def key(identity: str) -> int:
    """What stands for an id in addresses: the first eight bytes of the SHA-256 of its UTF-8, lowest byte first."""
    return int.from_bytes(hashlib.sha256(identity.encode("utf-8", "surrogatepass")).digest()[:8], "little")


def poisson_table(rate: float) -> tuple[int, list[float]]:
    """n and P(at most n), P(at most n + 1), … of the number of events in a year, from the first that matters on.

    The weights are built up from the likeliest number, each from its neighbour by one multiplication and one division,
    until they are 2**-64 of it: no exponential is taken, so that every machine finds the same bits. The last is 1.
    """
    if not rate > 0:
        return 0, []
    likeliest = int(rate)
    below: list[float] = []
    weight, n = 1.0, likeliest
    while n > 0 and weight > _TAIL:
        weight = weight * n / rate
        n -= 1
        below.append(weight)
    above: list[float] = []
    weight, n = 1.0, likeliest
    while weight > _TAIL:
        n += 1
        weight = weight * rate / n
        above.append(weight)
    weights = [*reversed(below), 1.0, *above]
    sums: list[float] = []
    total = 0.0
    for weight in weights:
        total += weight
        sums.append(total)
    return likeliest - len(below), [*(part / total for part in sums[:-1]), 1.0]


def _hazard_arrays(twin: Twin, hazards: list[Hazard]) -> dict[str, Any]:
    number = twin.model.number_of.tolist()
    tables = [poisson_table(hazard.rate) for hazard in hazards]
    footprints = [footprint for hazard in hazards for footprint in hazard.footprints]
    members = [[number[twin.place[node]] for node in dict.fromkeys(one.nodes or ())] for one in footprints]
    node_key = np.zeros(len(twin.nodes), np.uint64)
    drawn = {name for one in footprints for name in one.nodes or ()}
    drawn |= {node.id for node in twin.nodes if isinstance(node.restart, dict)}
    for name in drawn:
        node_key[number[twin.place[name]]] = key(name)
    return {
        "key": np.array([key(hazard.id) for hazard in hazards], np.uint64),
        "table_of": kernel.offsets([len(table) for _, table in tables]),
        "least": [least for least, _ in tables],
        "table": [part for _, table in tables for part in table],
        "fp_of": kernel.offsets([len(hazard.footprints) for hazard in hazards]),
        "chance": [one.chance for one in footprints],
        "shared": [one.shared for one in footprints],
        "loss": _figures([one.loss for one in footprints]),
        "duration": _figures([one.duration for one in footprints]),
        "member_of": kernel.offsets([len(list_) for list_ in members]),
        "member": [node for list_ in members for node in list_],
        "node_key": node_key,
    }


def _uncertain(twin: Twin) -> dict[str, Any]:
    """The restarts and activations that are given as ranges."""
    ordered = [twin.nodes[i] for i in twin.model.file_order.tolist()]
    restarts = [(k, node.restart) for k, node in enumerate(ordered) if isinstance(node.restart, dict)]
    fallbacks = [one for node in ordered for requirement in node.requirements for one in requirement.fallbacks]
    activations = [(k, one) for k, one in enumerate(fallbacks) if isinstance(one.activation, dict)]
    return {
        "restart_node": [k for k, _ in restarts],
        "restart": _figures([restart for _, restart in restarts]),
        "activation_fb": [k for k, _ in activations],
        "activation_key": np.array([key(one.id) for _, one in activations], np.uint64),
        "activation": _figures([one.activation for _, one in activations]),
    }


def _figures(given: list[float | dict[str, float]]) -> NDArray[Any]:
    out = np.zeros(len(given), _FIGURE)
    for k, one in enumerate(given):
        if not isinstance(one, dict):
            out[k] = (_FIXED, 0, one, 0.0, 0.0)
        elif "mode" in one:
            out[k] = (_TRIANGULAR, 0, one["low"], one["mode"], one["high"])
        else:
            slope = kernel.loaded().hf_log(one["p90"] / one["median"]) / Z90
            out[k] = (_LOGNORMAL, 0, one["median"], slope, 0.0)
    return out


__all__ = ["HORIZON", "DrawnHit", "DrawnYear", "Footprint", "Years", "check_seed", "key", "poisson_table"]
