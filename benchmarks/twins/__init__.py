"""Seeded twins to measure on, in the JSON shape of a twin with its hazards, and years drawn from these hazards.

Everything follows from the seed: the same seed and size give the same twin and the same years on any machine.

    python -m benchmarks.twins medium --seed 1 --out medium.json
"""

from typing import Any

from benchmarks.twins.organisation import organisation
from benchmarks.twins.small import small, small_scenario
from benchmarks.twins.years import HORIZON, year_scenarios

__all__ = [
    "HORIZON",
    "LARGE",
    "MEDIUM",
    "QUICK",
    "large",
    "medium",
    "organisation",
    "small",
    "small_scenario",
    "year_scenarios",
]

QUICK = 400
MEDIUM = 10_000
LARGE = 100_000


def medium(seed: int = 1) -> dict[str, Any]:
    """10,000 nodes and about 38,000 supply edges, of which a year's hazards touch about 4,900 nodes."""
    return organisation(seed, MEDIUM)


def large(seed: int = 1) -> dict[str, Any]:
    """Ten times ``medium``."""
    return organisation(seed, LARGE)
