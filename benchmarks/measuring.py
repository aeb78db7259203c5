"""How anything is measured here: interleaved, medians, on a machine that is named.

One after the other, round by round, so that a busy moment of the machine meets all of them. Before each the garbage of
the one before is collected, and during it the collector rests, as in Python's ``timeit``: otherwise who allocates
most would pay for what the others hold. Each is run once a round, with caches as the others leave them; what is
``repeated`` runs in a loop instead, as in a sweep over many scenarios.
"""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# How long what is repeated runs in each round; the figure is the mean of the repetitions.
REPEATED_SECONDS = 0.05


@dataclass(slots=True)
class Measured:
    """``work`` is what is timed; ``seconds`` holds one figure a round, ``processor`` the processor's share of it."""

    name: str
    work: Callable[[], object]
    repeated: bool = False
    loops: int = 1
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def processor_median(self) -> float:
        """What a machine that others keep busy leaves comparable: the work's own seconds on a processor."""
        return statistics.median(self.processor)

    def as_json(self) -> Json:
        """Milliseconds."""
        return {
            "median": self.median * 1e3,
            "least": min(self.seconds) * 1e3,
            "most": max(self.seconds) * 1e3,
            "rounds": [one * 1e3 for one in self.seconds],
            "processor": self.processor_median * 1e3,
            "loops": self.loops,
            "unit": "ms",
        }


def interleave(measured: list[Measured], rounds: int) -> None:
    """Runs each once to warm up, then all of them in each round."""
    for one in measured:
        once, _ = _timed(one.work, 1)
        if one.repeated:
            one.loops = max(1, round(REPEATED_SECONDS / max(once, 1e-6)))
    for _ in range(rounds):
        for one in measured:
            wall, processor = _timed(one.work, one.loops)
            one.seconds.append(wall)
            one.processor.append(processor)


def share(measured: list[Measured]) -> float:
    """The share of the wall time in which the work really ran: near 1 on a machine that does nothing else."""
    return sum(sum(one.processor) for one in measured) / sum(sum(one.seconds) for one in measured)


def _timed(work: Callable[[], object], loops: int) -> tuple[float, float]:
    gc.collect()
    gc.disable()
    try:
        begun, begun_running = time.perf_counter(), time.process_time()
        for _ in range(loops):
            work()
        ended, ended_running = time.perf_counter(), time.process_time()
    finally:
        gc.enable()
    return (ended - begun) / loops, (ended_running - begun_running) / loops


def machine(*packages: str) -> Json:
    """What the figures were measured on and when, and the versions of ``packages``."""
    return {
        "date": datetime.now(UTC).date().isoformat(),  # noqa: TID251 - the day of a measurement
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: importlib.metadata.version(name) for name in packages},
    }


def _processor() -> str:
    """The processor's name where the system tells it (Linux), else what Python knows."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def table(rows: list[list[str]]) -> str:
    """Columns as wide as they must be; the first to the left, the others to the right; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def milliseconds(seconds: float) -> str:
    """Three figures or so: 0.612, 6.12, 61.2, 612."""
    value = seconds * 1e3
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"
