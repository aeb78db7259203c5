"""Many machines: the pieces of a question handed out by a Dask scheduler, put together in their order.

A piece depends on the model's file and its own numbers alone, and pieces are put together as those of threads are: who
computed which, how many there were, and whether one was lost on the way changes nothing. Needs the extra `cluster`;
the workers need the same version of Holdfast. docs/decisions/0063.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.engine.errors import InputError
from holdfast.engine.hazards import Hazard, read_hazards
from holdfast.engine.sampling import Years
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import Twin, read_twin

if TYPE_CHECKING:
    from holdfast.engine.losses import Tally

CONNECT_SECONDS = 20
RETRIES = 10
"""How often a piece is begun again where its worker was lost."""
LOOKS = 0.05
"""Seconds between two looks at what is done."""
Arrays = dict[str, np.ndarray[Any, Any]]


class Cluster:
    """The workers of the scheduler at ``address`` (host:port, or tcp://host:port), for the model in ``data``.

    To be used in ``with``. Raises InputError where the extra is not installed or nobody answers.
    """

    def __init__(self, address: str, data: bytes) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise InputError("--scheduler", "wanted the extra: pip install holdfast[cluster]") from None
        try:
            self._client: Any = Client(  # type: ignore[no-untyped-call]
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError("--scheduler", f"nobody answers at {address}: {error}") from None
        # A task of its own: where the worker that holds the model is lost, the scheduler makes it anew.
        self._data = self._client.submit(bytes, data, retries=RETRIES)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def map(
        self,
        task: Callable[..., Any],
        pieces: Sequence[tuple[Any, ...]],
        progress: Callable[[int, int], object] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[Any]:
        """``task(data, *piece)`` of each piece, in their order. ``progress(done, of)`` and ``cancelled()`` as in
        ``sweeps.in_threads``. Raises what a task raises, and Cancelled."""
        futures = [self._client.submit(task, self._data, *piece, retries=RETRIES, pure=False) for piece in pieces]
        waiting, done = set(futures), 0
        try:
            while waiting:
                if cancelled is not None and cancelled():
                    raise Cancelled
                found = {future for future in waiting if future.done()}
                if not found:
                    time.sleep(LOOKS)
                    continue
                waiting -= found
                for future in found:
                    if future.status == "error":
                        raise future.exception()
                done += len(found)
                if progress is not None:
                    progress(done, len(pieces))
            return list(self._client.gather(futures))
        finally:
            self._client.cancel(list(waiting))


@functools.lru_cache(maxsize=2)
def _twin(data: bytes) -> Twin:
    """The model, read once in a worker."""
    return read_twin(data)


@functools.lru_cache(maxsize=2)
def _years(data: bytes) -> Years:
    twin = _twin(data)
    hazards: tuple[Hazard, ...] = read_hazards(data, twin)
    return Years(twin, hazards)


def years_of(data: bytes, seed: int, first: int, last: int, horizon: int) -> Arrays:
    """The sums over the years from ``first`` up to ``last``, as ``losses.Tally`` holds them. In a worker."""
    from holdfast.engine.losses import Tally

    question = _years(data)
    tally = Tally(question.accounts, len(question.hazards), first, last)
    question.workspace().run(seed, first, last, tally, horizon)
    return {name: getattr(tally, name) for name in SUMS + TABLES}


SUMS = ("breaches", "downtime", "squares", "by_hazard", "by_node")
TABLES = ("sums", "largest")


def into(tally: Tally, found: Arrays) -> None:
    """What a worker found, kept in the arrays of a tally."""
    for name in SUMS:
        getattr(tally, name)[...] = found[name]


def points_of(data: bytes, start: int, stop: int, end: int, until: int) -> tuple[Any, ...]:
    """The sweep of the nodes numbered from ``start`` up to ``stop``, as ``Sweep.weak_points`` gives it. In a worker."""
    with _twin(data).plan.sweep() as sweep:
        return sweep.weak_points(np.arange(start, stop, dtype=np.int32), end, until)


def recoveries_of(data: bytes, until: int, places: Sequence[int]) -> list[Any]:
    """The recoveries of the processes at these places. In a worker."""
    from holdfast.engine.feasibility import recoveries

    return recoveries(_twin(data), until, places)
