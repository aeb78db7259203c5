"""What a year looks like: thousands of years drawn from the hazards, each one cascade. docs/methods/year.md."""

from __future__ import annotations

import math
import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.engine import grid, losses
from holdfast.engine.errors import InputError
from holdfast.engine.hazards import Hazard
from holdfast.engine.reading import number
from holdfast.engine.sampling import HORIZON, Years, check_seed
from holdfast.engine.sweeps import Cancelled
from holdfast.engine.twin import Twin

if TYPE_CHECKING:
    from holdfast.engine.cluster import Cluster

BLOCK = 32
"""Years that a worker takes at a time."""
PIECES = 64
"""Into how many pieces years are divided for a cluster, where there are enough of them."""

MOST_YEARS = 10_000_000

# Nodes times years below which a second thread costs more than it gives.
_SMALL = 1_000_000


@dataclass(frozen=True)
class ProcessYear:
    """One process in a year: the chance of an outage longer than its MTPD, the hours it is down, and the standard
    errors of both. ``downtime_se`` is None for a single year."""

    breach: float
    breach_se: float
    downtime: float
    downtime_se: float | None


@dataclass(frozen=True)
class YearAnswer:
    """The answer over ``years`` years: each process by its id, and the losses of each category."""

    years: int
    seed: int
    processes: dict[str, ProcessYear]
    loss: dict[str, losses.Loss]

    def as_json(self) -> dict[str, Any]:
        """The answer of ``holdfast year --json``."""
        return {
            "processes": {name: vars(one) for name, one in self.processes.items()},
            "loss": {name: one.as_json() for name, one in self.loss.items()},
        }


def year(
    twin: Twin,
    hazards: Sequence[Hazard],
    years: int,
    seed: int,
    workers: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
    horizon: float = HORIZON,
    cluster: Cluster | None = None,
) -> YearAnswer:
    """What ``years`` years of ``hazards`` do to ``twin``, drawn from ``seed`` (0 to 2**64 - 1).

    The answer is the same to the last bit for any number of ``workers`` (threads; None: as many as serve), and on a
    ``cluster`` that holds the same model.
    ``progress(done, years)`` is called, and ``cancelled()`` asked, by the calling thread, every few years. ``horizon``
    in hours. Raises InputError for a figure out of its bounds, and Cancelled.
    """
    check_seed(seed)
    if not 1 <= years <= MOST_YEARS:
        raise InputError("years", f"wanted a whole number from 1 to {MOST_YEARS}, got {years}")
    if workers is not None and workers < 1:
        raise InputError("workers", f"wanted a whole number of 1 or more, got {workers}")
    end = grid.seconds(number(horizon, "horizon", "", least=1 / grid.HOUR, most=grid.MOST_HORIZON))
    question = Years(twin, hazards)
    blocks = -(-years // BLOCK)
    threads = min(blocks, _default_workers(question, years) if workers is None else workers)
    run = _Run(question, years, seed, end, progress, cancelled)
    if cluster is not None:
        tallies = run.on_cluster(cluster)
    else:
        tallies = run.here() if threads == 1 else run.on_threads(threads)
    return _answer(question, years, seed, tallies)


def _default_workers(question: Years, years: int) -> int:
    if len(question.twin.nodes) * years < _SMALL:
        return 1
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class _Run:
    """Years handed out in blocks. Each worker adds to a tally of its own: sums of whole numbers, so that it does not
    matter who takes which block; what is not a sum stands at its year's place."""

    def __init__(
        self,
        question: Years,
        years: int,
        seed: int,
        horizon: int,
        progress: Callable[[int, int], object] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.question, self.years, self.seed, self.horizon = question, years, seed, horizon
        self.progress, self.cancelled = progress, cancelled
        self.done = 0
        self.lock = threading.Lock()
        self.next = 0
        self.stopped = False

    def tally(self, beside: losses.Tally | None = None) -> losses.Tally:
        return losses.Tally(self.question.accounts, len(self.question.hazards), 0, self.years, beside)

    def work(self, tally: losses.Tally, after: Callable[[int], None]) -> None:
        """Takes blocks until none is left; ``after`` is told the years of each."""
        workspace = self.question.workspace()
        while True:
            with self.lock:
                first = self.next
                if self.stopped or first >= self.years:
                    return
                self.next = last = min(first + BLOCK, self.years)
            workspace.run(self.seed, first, last, tally, self.horizon)
            after(last - first)

    def tell(self, years: int) -> None:
        """In the calling thread, after each block."""
        self.done += years
        if self.progress is not None:
            self.progress(self.done, self.years)
        if self.done < self.years and self.cancelled is not None and self.cancelled():
            raise Cancelled

    def here(self) -> list[losses.Tally]:
        tally = self.tally()
        self.work(tally, self.tell)
        return [tally]

    def on_cluster(self, cluster: Cluster) -> list[losses.Tally]:
        from holdfast.engine.cluster import TABLES, into, years_of

        size = max(BLOCK, -(-self.years // PIECES))
        pieces = [(self.seed, k, min(k + size, self.years), self.horizon) for k in range(0, self.years, size)]

        def tell(done: int, _of: int) -> None:
            if self.progress is not None:
                self.progress(min(done * size, self.years), self.years)

        whole = self.tally()
        tallies = [whole]
        for (_seed, first, last, _end), found in zip(
            pieces, cluster.map(years_of, pieces, tell, self.cancelled), strict=True
        ):
            tallies.append(self.tally(beside=whole))
            into(tallies[-1], found)
            for name in TABLES:
                getattr(whole, name)[:, first:last] = found[name]
        return tallies

    def on_threads(self, count: int) -> list[losses.Tally]:
        first = self.tally()
        tallies = [first, *(self.tally(beside=first) for _ in range(count - 1))]
        told: queue.SimpleQueue[int | BaseException] = queue.SimpleQueue()

        def work(tally: losses.Tally) -> None:
            try:
                self.work(tally, told.put)
            except BaseException as error:  # the calling thread raises it
                told.put(error)

        threads = [threading.Thread(target=work, args=(tally,), daemon=True) for tally in tallies]
        try:
            for thread in threads:
                thread.start()
            while self.done < self.years:
                news = told.get()
                if isinstance(news, BaseException):
                    raise news
                self.tell(news)
        finally:
            self.stopped = True
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
        return tallies


def _answer(question: Years, years: int, seed: int, tallies: list[losses.Tally]) -> YearAnswer:
    twin, accounts = question.twin, question.accounts
    breaches = np.sum([one.breaches for one in tallies], axis=0).tolist()
    downtime = np.sum([one.downtime for one in tallies], axis=0).tolist()
    squares = losses.add(losses.wide(one.squares) for one in tallies)
    number_of = twin.model.number_of.tolist()
    processes = {
        node.id: _process(years, breaches[k], downtime[k], squares[k])
        for node, k in zip(twin.nodes, number_of, strict=True)
        if node.kind == "process"
    }
    hazards = losses.add(losses.wide(one.by_hazard) for one in tallies)
    nodes = losses.add(losses.wide(one.by_node) for one in tallies)
    names = [*(hazard.id for hazard in question.hazards), ""]
    site_of = {node.id: node.site if isinstance(node.site, str) else "" for node in twin.nodes}
    count = len(accounts.categories)
    return YearAnswer(
        years,
        seed,
        processes,
        {
            category: losses.read_off(
                tallies[0].sums[k],
                tallies[0].largest[k],
                accounts.shifts[k],
                dict(zip(names, hazards[k::count], strict=True)),
                dict(zip(twin.numbered_ids, nodes[k::count], strict=True)),
                site_of,
            )
            for k, category in enumerate(accounts.categories)
        },
    )


def _process(years: int, breaches: int, downtime: int, squares: int) -> ProcessYear:
    """Of whole numbers: years with a breach, seconds, and the years' seconds squared."""
    chance = breaches / years
    spread = None
    if years > 1:
        # The numerator is a whole number, so that nothing cancels out.
        spread = math.sqrt((years * squares - downtime * downtime) / (years * years * (years - 1))) / grid.HOUR
    return ProcessYear(chance, math.sqrt(chance * (1 - chance) / years), downtime / years / grid.HOUR, spread)
