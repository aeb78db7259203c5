"""The C kernel behind a thin wall of Python: arrays in, arrays out, no meaning of its own.

Nodes are numbered here as the kernel wants them (``Model.file_order`` leads back to the file's order). Times are whole
seconds, levels whole millionths, weights whole thousandths. The GIL is released while the kernel runs, and each
thread has a workspace of its own.
"""

from __future__ import annotations

import ctypes
import functools
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]

_ARRAYS: dict[str, type[np.generic]] = {
    "first": np.int32,
    "last": np.int32,
    "circle": np.uint8,
    "restart": np.int32,
    "id_rank": np.int32,
    "req_of": np.int32,
    "req_node": np.int32,
    "needs": np.int64,
    "quorum": np.int64,
    "tolerance": np.int32,
    "need": np.int32,
    "sup_of": np.int32,
    "sup_node": np.int32,
    "sup_weight": np.int64,
    "fb_of": np.int32,
    "fb_req": np.int32,
    "fb_node": np.int32,
    "fb_weight": np.int64,
    "fb_activation": np.int32,
    "fb_endurance": np.int32,
    "dep_of": np.int32,
    "dep": np.int32,
    "pool_of": np.int32,
    "pool_fb": np.int32,
    "capacity": np.int64,
}
_COUNTS = ("nodes", "requirements", "fallbacks", "pools", "most_requirements", "most_supplies")


class _Model(ctypes.Structure):
    """``Model`` of kernel.c, field by field."""

    _fields_ = [*((name, ctypes.c_int32) for name in _COUNTS), *((name, ctypes.c_void_p) for name in _ARRAYS)]


@functools.cache
def _library() -> ctypes.CDLL:
    from holdfast.engine.build import library

    lib = ctypes.CDLL(str(library()))
    pointer, i32, i64 = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64
    for name, answer, takes in (
        ("hf_open", pointer, [pointer]),
        ("hf_close", None, [pointer]),
        ("hf_run", ctypes.c_int, [pointer, i32, pointer, pointer, pointer, pointer, i32]),
        ("hf_touched", i64, [pointer]),
        ("hf_steps", i64, [pointer]),
        ("hf_levels", None, [pointer] * 5),
        ("hf_outages", i64, [pointer, pointer]),
        ("hf_copy_outages", None, [pointer, pointer]),
        ("hf_fallbacks", None, [pointer, pointer, pointer]),
        ("hf_unsettled", i32, [pointer, pointer]),
        ("hf_causes", i64, [pointer]),
        ("hf_copy_causes", None, [pointer, pointer]),
        ("hf_components", i32, [i32, pointer, pointer, pointer]),
        ("hf_year_open", pointer, [pointer, pointer]),
        ("hf_year_close", None, [pointer]),
        ("hf_year_draw", i64, [pointer, ctypes.c_uint64, ctypes.c_uint64]),
        ("hf_year_copy", None, [pointer] * 4),
        ("hf_year_run", ctypes.c_int, [pointer, ctypes.c_uint64, i64, i64, i64, i32, pointer]),
        ("hf_exp", ctypes.c_double, [ctypes.c_double]),
        ("hf_log", ctypes.c_double, [ctypes.c_double]),
        ("hf_normal", ctypes.c_double, [ctypes.c_double]),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = answer, takes
    return lib


def load() -> None:
    """Finds or compiles the kernel and loads it. Raises ``build.BuildError``."""
    _library()


def loaded() -> ctypes.CDLL:
    """The kernel itself, for those who call other functions of it."""
    return _library()


def offsets(counts: Sequence[int]) -> Ints:
    """Where each list starts when lists of these lengths stand one behind the other; one longer than ``counts``."""
    out = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=out[1:])
    return out


def components(points_to: Sequence[Sequence[int]]) -> Ints:
    """The strongly connected component of each node, numbered so that what a node points to comes first."""
    of = offsets([len(row) for row in points_to])
    adjacent = np.fromiter((j for row in points_to for j in row), np.int32, int(of[-1]))
    out = np.zeros(len(points_to), np.int32)
    if _library().hf_components(len(points_to), of.ctypes.data, adjacent.ctypes.data, out.ctypes.data) < 0:
        raise MemoryError
    return out


def _needs(arrays: dict[str, Any]) -> Ints:
    """[requirement, (source, tolerance)]: ``Need`` of kernel.c."""
    first, last = (np.asarray(arrays["sup_of"], np.int64)[cut] for cut in (slice(-1), slice(1, None)))
    node, weight = (np.append(np.asarray(arrays[name], np.int64), 0) for name in ("sup_node", "sup_weight"))
    needs, quorum = (np.asarray(arrays[name], np.int64) for name in ("needs", "quorum"))
    alone = (last - first == 1) & (np.diff(arrays["fb_of"]) == 0) & (weight[first] == needs) & (quorum == 0)
    return np.column_stack((np.where(alone, node[first], -1), arrays["tolerance"])).astype(np.int32)


class Model:
    """A twin in flat arrays, in the kernel's numbering. Immutable; any number of threads may run it at once."""

    file_order: Ints
    number_of: Ints
    minimum: Ints
    fallback_ids: list[str]
    fallback_pools: list[str | None]

    def __init__(self, **arrays: Any) -> None:
        self.file_order = arrays.pop("file_order")
        self.number_of = arrays.pop("number_of")
        self.minimum = np.ascontiguousarray(arrays.pop("minimum"), np.int32)
        self.fallback_ids = arrays.pop("fallback_ids")
        self.fallback_pools = arrays.pop("fallback_pools")
        arrays["need"] = _needs(arrays)
        self.arrays: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(arrays.pop(name), kind) for name, kind in _ARRAYS.items()
        }
        if arrays:
            raise TypeError(f"unknown arrays: {', '.join(arrays)}")
        self.nodes = len(self.file_order)
        self.struct = _Model(
            nodes=self.nodes,
            requirements=len(self.arrays["needs"]),
            fallbacks=len(self.arrays["fb_node"]),
            pools=len(self.arrays["capacity"]),
            most_requirements=int(np.diff(self.arrays["req_of"]).max(initial=0)),
            most_supplies=int(np.diff(self.arrays["sup_of"]).max(initial=0)),
            **{name: array.ctypes.data for name, array in self.arrays.items()},
        )
        self._idle: deque[Workspace] = deque()

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """A workspace that nobody else uses meanwhile; kept for the next caller afterwards."""
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(self)
        try:
            yield workspace
        finally:
            self._idle.append(workspace)


class Workspace:
    """Room to run scenarios of one model, one at a time. The answers are those of the last run."""

    def __init__(self, model: Model) -> None:
        self._lib = _library()
        self._struct = model.struct  # the kernel reads it for as long as the workspace lives
        self._arrays = model.arrays
        self._minimum = model.minimum
        self._nodes, self._fallbacks = model.nodes, model.struct.fallbacks
        self._handle = self._lib.hf_open(ctypes.addressof(self._struct))
        if not self._handle:
            raise MemoryError

    @property
    def handle(self) -> int:
        """The kernel's ``Workspace``, for those who call other functions of it."""
        return int(self._handle)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._lib.hf_close(self._handle)

    def run(self, node: Ints, level: Ints, start: Ints, end: Ints, horizon: int) -> None:
        """Runs the hits [hit]: node numbers, levels left, first second and the second after the last."""
        hits = [np.ascontiguousarray(array, np.int32) for array in (node, level, start, end)]
        if self._lib.hf_run(self._handle, len(hits[0]), *(array.ctypes.data for array in hits), horizon):
            raise MemoryError

    def levels(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(node [touched], number of its steps [touched], time [steps], level [steps])."""
        touched, steps = self._lib.hf_touched(self._handle), self._lib.hf_steps(self._handle)
        out = tuple(np.empty(size, np.int32) for size in (touched, touched, steps, steps))
        self._lib.hf_levels(self._handle, *(array.ctypes.data for array in out))
        return out  # type: ignore[return-value]  # a tuple of four, as its sizes are

    def outages(self) -> Ints:
        """[outage, (node, start, end)] of the touched processes, each node's in order of time."""
        count = self._lib.hf_outages(self._handle, self._minimum.ctypes.data)
        if count < 0:
            raise MemoryError
        out = np.empty((count, 3), np.int32)
        self._lib.hf_copy_outages(self._handle, out.ctypes.data)
        return out

    def fallbacks(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """[fallback]: 0 or the run (1, 2) in which it was first on, and what it was granted in the last run."""
        on, granted = np.empty(self._fallbacks, np.uint8), np.empty(self._fallbacks, np.int64)
        self._lib.hf_fallbacks(self._handle, on.ctypes.data, granted.ctypes.data)
        return on, granted

    def unsettled(self) -> Ints:
        """The first node of each circle that was held."""
        out = np.empty(self._nodes, np.int32)
        return out[: self._lib.hf_unsettled(self._handle, out.ctypes.data)]

    def causes(self) -> Ints:
        """[link, (node, time, row of ``outages``)] of their binding causes; call ``outages`` first."""
        count = self._lib.hf_causes(self._handle)
        if count < 0:
            raise MemoryError
        out = np.empty((count, 3), np.int32)
        self._lib.hf_copy_causes(self._handle, out.ctypes.data)
        return out
