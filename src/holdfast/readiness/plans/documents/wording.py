"""Days, times and figures in the language of a document, which need not be that of who prints it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.utils.dateformat import format as day_format
from django.utils.formats import number_format
from django.utils.translation import override

from holdfast.formats.document import Cell, Words
from holdfast.organization.evidence.fact import Fact
from holdfast.readiness.plans.template import RIGHT_TO_LEFT, Texts, texts

NAMES = {
    "ar": "arabic", "zh-hans": "chinese", "en": "english", "fr": "french", "ru": "russian", "es": "spanish",
}  # fmt: skip
NOTHING = "–"
FEW = range(3, 11)
"""Whole numbers after which Arabic has another form of the word."""
WEEK = 168.0


@dataclass(frozen=True)
class Wording:
    """The words of one language. Raises KeyError for one that the template does not have."""

    language: str

    @property
    def texts(self) -> Texts:
        return texts(self.language)

    def __call__(self, name: str, **about: object) -> str:
        return self.texts.word(name, **about)

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def words(self) -> Words:
        """What a document says of itself."""
        return Words(**{name: self(name) for name in Words.__struct_fields__})

    def name_of(self, language: str) -> str:
        return self(NAMES[language])

    def day(self, day: date | None) -> str:
        if day is None:
            return NOTHING
        with override(self.language):
            return day_format(day, self("day_form"))

    def number(self, value: float, places: int = 1) -> str:
        rounded = round(value, places)
        whole = rounded == int(rounded)
        with override(self.language):
            return str(number_format(rounded, 0 if whole else None, use_l10n=True, force_grouping=True))

    def percent(self, share: float) -> str:
        space = "\N{NO-BREAK SPACE}" if self.language in ("fr", "es", "ru") else ""
        return f"{self.number(100 * share, 0)}{space}%"

    def time(self, hours: float | None) -> str:
        """A length of time in the largest unit in which it is short and exact."""
        if hours is None:
            return NOTHING
        if 0 < hours < 1:
            return self._counted("minutes", round(hours * 60))
        if hours >= 4 * WEEK and hours % WEEK == 0:
            return self._counted("weeks", hours / WEEK)
        if hours >= 48 and hours % 24 == 0:
            return self._counted("days", hours / 24)
        return self._counted("hours", hours)

    def times(self, low: float, high: float) -> str:
        """From the shortest to the longest."""
        return self.time(low) if low == high else f"{self.time(low)} – {self.time(high)}"

    def fact(self, fact: Fact | None) -> Cell:
        """A figure with the mark of its basis."""
        if fact is None or fact.value is None:
            return Cell(NOTHING)
        if fact.unit == "h":
            said = self.time(fact.value)
        elif fact.unit == "share":
            said = self.percent(fact.value)
        else:
            said = f"{self.number(fact.value)} {fact.unit}".strip()
        return Cell(said, basis=str(fact.basis))  # type: ignore[arg-type]

    def _counted(self, unit: str, count: float) -> str:
        few = "_few" if count in FEW else ""
        return self(f"{unit}{few}", n=self.number(count))


@contextmanager
def speaking(language: str) -> Iterator[Wording]:
    """The wording of a document while it is made; what the pages' catalogues say is said in its language too."""
    with override(language):
        yield Wording(language)
