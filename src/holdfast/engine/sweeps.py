"""Many small scenarios in one call of the kernel: a thin wall around sweeps.c, as kernel.py is around kernel.c."""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from holdfast.engine import kernel
from holdfast.engine.kernel import Ints, Model, Workspace

if TYPE_CHECKING:
    from holdfast.engine.limits import Limits

Piece = TypeVar("Piece")
Found = TypeVar("Found")


class Cancelled(Exception):
    """Somebody asked that the calculation be stopped; nothing has been answered."""


@functools.cache
def _library() -> ctypes.CDLL:
    lib = kernel.loaded()
    pointer, i32, i64 = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64
    for name, answer, takes in (
        ("hf_plan_open", pointer, [pointer, pointer]),
        ("hf_plan_close", None, [pointer]),
        ("hf_sweep_open", pointer, [pointer, pointer]),
        ("hf_sweep_close", None, [pointer]),
        ("hf_weak_points", i64, [pointer, i32, pointer, i32, i32, *[pointer] * 3]),
        ("hf_copy_breached", None, [pointer, pointer]),
        ("hf_rank", ctypes.c_int, [i32, pointer, pointer, i64, pointer, pointer]),
        ("hf_layers_open", pointer, [pointer, i32, i32]),
        ("hf_layers_close", None, [pointer]),
        ("hf_layers_base", ctypes.c_int, [pointer, i32, pointer]),
        ("hf_layers_add", ctypes.c_int, [pointer, i32, pointer, i32, i32, i64, pointer, pointer]),
        ("hf_layers_claims", None, [pointer, pointer]),
        ("hf_recovery", i64, [pointer, i32, pointer, i32, i32, pointer, i32, i32, pointer]),
        ("hf_copy_chain", None, [pointer, pointer]),
        ("hf_cone", i32, [pointer, i32, pointer, ctypes.c_int, pointer, pointer]),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = answer, takes
    return lib


class _Limits(ctypes.Structure):
    """``Limits`` of sweeps.c."""

    _fields_ = [
        ("categories", ctypes.c_int32),
        *((name, ctypes.c_void_p) for name in ("start", "point", "minimum", "mtpd")),
    ]


class Plan:
    """What a model's sweeps share: its edges from supplier to user, limits and curves, laid out for the kernel."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self.model = model
        self.categories = limits.categories
        starts, points = limits.points()
        self._arrays = (starts, points, model.minimum, np.ascontiguousarray(limits.mtpd, np.int64))
        self.limits = _Limits(len(self.categories), *(array.ctypes.data for array in self._arrays))
        self._lib = _library()
        self.handle = self._lib.hf_plan_open(ctypes.addressof(model.struct), ctypes.addressof(self.limits))
        if not self.handle:
            raise MemoryError
        self._idle: list[Sweep] = []

    def __del__(self) -> None:
        if getattr(self, "handle", None):
            self._lib.hf_plan_close(self.handle)

    @contextmanager
    def sweep(self) -> Iterator[Sweep]:
        """A sweep that nobody else uses meanwhile; kept for the next caller afterwards."""
        try:
            sweep = self._idle.pop()
        except IndexError:
            sweep = Sweep(self)
        try:
            yield sweep
        finally:
            self._idle.append(sweep)


class Sweep:
    """Room for one thread to sweep over scenarios of one model."""

    def __init__(self, plan: Plan) -> None:
        self._lib = _library()
        self._limits, self._categories = plan.limits, plan.categories
        self._arrays = plan._arrays  # the kernel reads them for as long as the sweep lives
        self._workspace = Workspace(plan.model)
        self._handle = self._lib.hf_sweep_open(self._workspace.handle, plan.handle)
        if not self._handle:
            raise MemoryError

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._lib.hf_sweep_close(self._handle)

    def weak_points(self, lost: Ints, end: int, horizon: int) -> tuple[Ints, Ints, NDArray[np.float64], Ints]:
        """Each node of ``lost`` alone, from 0 to ``end``: (number of breached processes [lost], the first second of a
        breach or -1 [lost], cost [lost, category], the breached processes of all, one node's behind the other's)."""
        lost = np.ascontiguousarray(lost, np.int32)
        breached, first = np.empty(len(lost), np.int32), np.empty(len(lost), np.int32)
        cost = np.empty((len(lost), len(self._categories)))
        many = self._lib.hf_weak_points(
            self._handle,
            len(lost),
            lost.ctypes.data,
            end,
            horizon,
            breached.ctypes.data,
            first.ctypes.data,
            cost.ctypes.data,
        )
        if many < 0:
            raise MemoryError
        processes = np.empty(many, np.int32)
        self._lib.hf_copy_breached(self._handle, processes.ctypes.data)
        return breached, first, cost, processes


def rank(breached: NDArray[np.integer[Any]], cost: NDArray[np.float64] | None, id_rank: Ints) -> Ints:
    """Numbers of nodes in order of rank: by ``breached``, then by ``cost``, both falling, then by id."""
    many, out = np.ascontiguousarray(breached, np.int32), np.empty(len(breached), np.int32)
    stride = cost.strides[0] // cost.itemsize if cost is not None and len(cost) > 1 else 1
    column = None if cost is None else cost.ctypes.data
    if _library().hf_rank(len(many), many.ctypes.data, column, stride, id_rank.ctypes.data, out.ctypes.data):
        raise MemoryError
    return out


class Layers:
    """Sets of nodes of one model lost at once, from 0 to ``end``; every fallback has its full weight (no pools)."""

    def __init__(self, model: Model, end: int, horizon: int) -> None:
        self._lib = _library()
        self._model = model
        self._workspace = Workspace(model)
        self._pooled = int(model.arrays["pool_of"][-1])
        self._handle = self._lib.hf_layers_open(self._workspace.handle, end, horizon)
        if not self._handle:
            raise MemoryError

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._lib.hf_layers_close(self._handle)

    def base(self, nodes: Sequence[int]) -> NDArray[np.bool_]:
        """Sets the nodes lost in all that follows, at most 8.

        Answers the pools' fallbacks [in the order of grants] that are on, or are under a part of these losses.
        """
        lost = np.array(nodes, np.int32)
        if self._lib.hf_layers_base(self._handle, len(lost), lost.ctypes.data):
            raise MemoryError
        claims = np.zeros(self._pooled, np.bool_)
        self._lib.hf_layers_claims(self._handle, claims.ctypes.data)
        return claims

    def add(self, nodes: Ints, target: int, mtpd: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Each of ``nodes`` lost besides the base: (is the target breached [node], claims as of base [node, claim])."""
        nodes = np.ascontiguousarray(nodes, np.int32)
        breach = np.zeros(len(nodes), np.bool_)
        claims = np.zeros((len(nodes), self._pooled), np.bool_)
        minimum = int(self._model.minimum[target])
        if self._lib.hf_layers_add(
            self._handle, len(nodes), nodes.ctypes.data, target, minimum, mtpd, breach.ctypes.data, claims.ctypes.data
        ):
            raise MemoryError
        return breach, claims


def cone(model: Model, nodes: Ints, fallbacks: bool) -> tuple[Ints, NDArray[np.uint64]]:
    """The nodes that these draw on, directly or not, themselves included: (their numbers, their bits).

    With ``fallbacks`` the providers of fallbacks count too.
    """
    nodes = np.ascontiguousarray(nodes, np.int32)
    found, bits = np.empty(model.nodes, np.int32), np.zeros(model.nodes // 64 + 1, np.uint64)
    count = _library().hf_cone(
        ctypes.addressof(model.struct),
        len(nodes),
        nodes.ctypes.data,
        int(fallbacks),
        found.ctypes.data,
        bits.ctypes.data,
    )
    return found[:count], bits


def recovery(
    workspace: Workspace, model: Model, lost: Ints, end: int, horizon: int, within: NDArray[np.uint64], target: int
) -> tuple[int, int, list[tuple[int, int]]]:
    """The first of the target's longest outages when all of ``lost`` are lost from 0 to ``end``: (start, end, cause).

    Only nodes with a bit in ``within`` are computed. (0, 0, []) where the target is never down.
    """
    lib = _library()
    lost = np.ascontiguousarray(lost, np.int32)
    outage = np.zeros(2, np.int32)
    links = lib.hf_recovery(
        workspace.handle,
        len(lost),
        lost.ctypes.data,
        end,
        horizon,
        within.ctypes.data,
        target,
        int(model.minimum[target]),
        outage.ctypes.data,
    )
    if links < 0:
        raise MemoryError
    chain = np.empty((links, 2), np.int32)
    lib.hf_copy_chain(workspace.handle, chain.ctypes.data)
    return int(outage[0]), int(outage[1]), [(node, time) for node, time in chain.tolist()]


def in_threads(
    work: Callable[[Piece], Found],
    pieces: Sequence[Piece],
    workers: int,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Found]:
    """``work`` of each piece, in their order, by plain threads; the kernel lets go of the GIL.

    ``progress(done, of)`` is called from this thread as pieces end; ``cancelled()`` is asked between pieces. Raises
    Cancelled when it says so, and whatever ``work`` raises.
    """
    total = len(pieces)
    if workers <= 1 or total <= 1:
        found = []
        for done, piece in enumerate(pieces):
            if cancelled is not None and cancelled():
                raise Cancelled
            found.append(work(piece))
            if progress is not None:
                progress(done + 1, total)
        return found
    stop = threading.Event()

    def watched(piece: Piece) -> Found:
        if stop.is_set():
            raise Cancelled
        return work(piece)

    with ThreadPoolExecutor(min(workers, total), thread_name_prefix="sweep") as pool:
        futures = [pool.submit(watched, piece) for piece in pieces]
        try:
            _follow(futures, progress, cancelled)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _follow(
    futures: list[Future[Any]], progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool] | None
) -> None:
    open_ones = set(futures)
    while open_ones:
        # Asked now and then even where no piece ends, so that a long one does not keep anybody waiting in vain.
        ended, open_ones = wait(open_ones, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in ended:
            future.result()
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None and ended:
            progress(len(futures) - len(open_ones), len(futures))
