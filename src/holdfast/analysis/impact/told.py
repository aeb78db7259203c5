"""What results are reckoned from: what a counting analysis says of a process, and what the process needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from holdfast.analysis.impact.limits import Limits

Line = tuple[tuple[float, float], ...]
"""(hour, value), in the order of the hours."""


@dataclass(frozen=True)
class Place:
    """A unit or a site: `path` is its keys from the root down."""

    key: str
    name: str
    path: str = ""

    def holds(self, other: Place | None) -> bool:
        return other is not None and other.path.startswith(self.path)


@dataclass(frozen=True)
class Told:
    """A process as its analysis has it. `levels` are on the impact scale, `amounts` in the unit of their category, by
    category; a unit in the light mode gives neither. `functions` are the critical functions that draw on it, key to
    name; `dependents` counts the processes that do. `draft`: nobody has approved it yet."""

    key: str
    name: str
    unit: Place | None
    site: Place | None
    limits: Limits
    owner: str = ""
    critical: bool | None = None
    full: bool = True
    levels: Mapping[str, Line] = field(default_factory=dict)
    amounts: Mapping[str, Line] = field(default_factory=dict)
    minimum: float | None = None
    minimum_said: str = ""
    minimum_agreed: bool = False
    staff_minimum: float | None = None
    functions: Mapping[str, str] = field(default_factory=dict)
    dependents: int = 0
    analysis: str = ""
    analysis_key: str = ""
    as_of: date | None = None
    basis: str = ""
    draft: bool = False


@dataclass(frozen=True)
class Source:
    """What a requirement draws on. `restart` and `rto` are hours, None where nothing is said."""

    key: str
    name: str
    kind: str
    weight: float
    restart: float | None = None
    rto: float | None = None
    confirmed: bool = True
    contested: bool = False
    contested_weight: float | None = None
    contested_reason: str = ""


@dataclass(frozen=True)
class Wanted:
    """A requirement of the process of this key."""

    key: str
    process: str
    name: str
    needs: float
    quorum: float = 0.0
    tolerance: float = 0.0
    sources: tuple[Source, ...] = ()
    fallback: bool = False
    """Whether a fallback would serve in place of what it draws on."""
