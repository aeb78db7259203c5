"""The grid on which all is exact: whole seconds, whole millionths of a level, whole thousandths of a weight.

Rounding is half to even on the double that the file gives, as docs/methods/cascade.md says.
"""

from __future__ import annotations

HOUR = 3_600
ONE = 1_000_000
THOUSAND = 1_000

NEVER = 2**31 - 1
"""The end of what does not end, in seconds."""

LONGEST = 2**30
"""Longer durations than this mean the same as this: it is past every horizon. Seconds."""

MOST_HORIZON = 250_000.0
"""The longest horizon, in hours (28 years), so that a time and two durations fit the kernel's numbers."""

MOST_WEIGHT = 9_000_000_000.0
"""What the weights of one requirement may add up to, so that weight times level fits 64 bits."""


def seconds(hours: float) -> int:
    """Whole seconds of a duration, at most LONGEST."""
    return LONGEST if hours >= LONGEST / HOUR else round(hours * HOUR)


def hours(seconds: int) -> float:
    """Hours of whole seconds."""
    return seconds / HOUR


def millionths(level: float) -> int:
    """Whole millionths of a level between 0 and 1."""
    return round(level * ONE)


def thousandths(amount: float) -> int:
    """Whole thousandths of a weight, a need or a capacity."""
    return round(amount * THOUSAND)
