"""A figure with its evidence."""

from __future__ import annotations

import math
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from msgspec.structs import replace


class Basis(StrEnum):
    """How a figure is known."""

    MEASURED = "measured"
    STATED = "stated"
    ASSUMED = "assumed"


BASIS_NAMES: dict[str, str | Promise] = {
    Basis.MEASURED.value: gettext_lazy("measured"),
    Basis.STATED.value: gettext_lazy("stated"),
    Basis.ASSUMED.value: gettext_lazy("assumed"),
}


MOST_FILES = 20


class BadFact(ValueError):
    """A fact that cannot be; the message says why."""


class UnitsDiffer(ValueError):
    """Two facts that cannot be compared."""


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A figure: `value` in `unit`, how it is known, and where from.

    `source` is the document and paragraph, the exercise, or the reason of an assumption. Where the figure is uncertain,
    `value` is the mode between `low` and `high`, or the median below `p90`. A value of None says: asked, not known.
    """

    value: float | None
    unit: str
    basis: Basis
    source: str = ""
    as_of: date | None = None
    valid_until: date | None = None
    entered_by: str | None = None
    low: float | None = None
    high: float | None = None
    p90: float | None = None
    files: tuple[str, ...] = ()
    """Keys of the evidence files."""

    @classmethod
    def read(cls, data: Any) -> Fact:
        """The fact of a JSON object. Raises BadFact."""
        try:
            fact = msgspec.convert(data, cls)
        except msgspec.ValidationError as error:
            raise BadFact(_explained(str(error))) from None
        fact.check()
        return fact

    def as_json(self) -> dict[str, Any]:
        """A JSON object; what is not known is left out, so that a missing value can be asked for in the database."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items() if v is not None}

    def check(self) -> None:
        """Raises BadFact where the parts do not fit each other."""
        for name in ("value", "low", "high", "p90"):
            figure = getattr(self, name)
            if figure is not None and not math.isfinite(figure):
                raise BadFact(gettext("“%(name)s” has to be a finite number.") % {"name": name})
        if len(self.files) > MOST_FILES or any(not 0 < len(key) <= 120 for key in self.files):
            raise BadFact(gettext("Wanted at most %(most)d keys of evidence files.") % {"most": MOST_FILES})
        if not self.unit.strip():
            raise BadFact(gettext("The unit is missing."))
        if self.basis is Basis.STATED and not self.source.strip():
            raise BadFact(gettext("A stated figure needs its source."))
        if self.as_of and self.valid_until and self.as_of >= self.valid_until:
            raise BadFact(gettext("It is valid until a day before it was found."))
        if (self.low is None) != (self.high is None) or (self.low is not None and self.p90 is not None):
            raise BadFact(gettext("An uncertain figure has a low and a high, or a 90th percentile."))
        if self.low is not None and (self.value is None or not self.low <= self.value <= (self.high or 0.0)):
            raise BadFact(gettext("Low, value and high have to follow each other."))
        if self.p90 is not None and (self.value is None or not 0 < self.value <= self.p90):
            raise BadFact(gettext("The median has to be above zero and at most the 90th percentile."))

    @property
    def spread(self) -> float | dict[str, float] | None:
        """The value, or `{low, mode, high}`, or `{median, p90}`: as the engine takes a duration."""
        if self.value is None:
            return None
        if self.low is not None and self.high is not None:
            return {"low": self.low, "mode": self.value, "high": self.high}
        if self.p90 is not None:
            return {"median": self.value, "p90": self.p90}
        return self.value

    def is_current(self, on: date) -> bool:
        """Whether the figure is still to be believed on this date."""
        return self.valid_until is None or on < self.valid_until

    def is_as(self, other: Fact | None) -> bool:
        """Whether the figure and its evidence are the same, whoever entered it."""
        return other is not None and replace(self, entered_by=None) == replace(other, entered_by=None)

    def says_the_same(self, other: Fact | None) -> bool:
        """Whether the figures are equal, whatever their evidence."""
        return other is not None and (self.unit, self.spread) == (other.unit, other.spread)

    def exceeds(self, other: Fact) -> bool | None:
        """Whether this value is above the other; None where one is not known. Raises UnitsDiffer."""
        if self.unit != other.unit:
            raise UnitsDiffer(
                gettext("%(one)s and %(other)s cannot be compared.") % {"one": self.unit, "other": other.unit}
            )
        return None if self.value is None or other.value is None else self.value > other.value

    def text(self) -> str:
        """The figure and its evidence for a person, in the active language."""
        if self.value is None:
            figure = gettext("not known")
        else:
            figure = f"{_number(self.value)} {self.unit}"
            if self.low is not None and self.high is not None:
                figure += gettext(" (%(low)s to %(high)s)") % {"low": _number(self.low), "high": _number(self.high)}
        evidence = [str(BASIS_NAMES[self.basis.value])]
        if self.source:
            evidence.append(self.source)
        if self.as_of:
            evidence.append(formats.date_format(self.as_of))
        return f"{figure} · {', '.join(evidence)}"

    def __str__(self) -> str:
        return self.text()


def stated(value: float | None, unit: str, source: str, **more: Any) -> Fact:
    """A figure that a document states."""
    return Fact(value, unit, Basis.STATED, source, **more)


def assumed(value: float | None, unit: str, reason: str = "", **more: Any) -> Fact:
    """A figure that somebody took, with the reason to argue with."""
    return Fact(value, unit, Basis.ASSUMED, reason, **more)


def measured(value: float, unit: str, source: str, as_of: date, **more: Any) -> Fact:
    """A figure that an exercise or an incident showed."""
    return Fact(value, unit, Basis.MEASURED, source, as_of, **more)


def _number(value: float) -> str:
    return formats.number_format(f"{value:.6f}".rstrip("0").rstrip("."), use_l10n=True)


def _explained(said: str) -> str:
    """msgspec's words, without its marks."""
    return said.replace("`", "").replace("$.", "").removesuffix(" - at $")
