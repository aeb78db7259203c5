"""An answer as it is shown: a finding, what it means in plain words, pictures and tables; page, files and comparison
are made from the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from holdfast.formats.charts import Chart
from holdfast.web.pages.whatif.chain import Link
from holdfast.web.pages.whatif.example import Example
from holdfast.web.pages.whatif.wording import number

DEAD = "–"


@dataclass(frozen=True)
class Cell:
    """`sort` is what a column is ordered by and what files hold, the text where it is None; `tone` a step of severity,
    always beside the word."""

    text: str
    url: str = ""
    sort: float | str | None = None
    tone: int | None = None
    more: str = ""
    """What stands below it, smaller."""

    @property
    def bare(self) -> float | str:
        return self.text if self.sort is None else self.sort


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """`name` is its own among the tables of the answer; the first cell of a row is its head."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    about: str = ""
    empty: str = ""
    grid: bool = False
    """A heat map: cells carry tones, and there is nothing to order."""


@dataclass(frozen=True)
class Picture:
    """`title` states the finding, `about` says in plain words what is drawn."""

    title: str
    chart: Chart
    about: str


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    here: bool


@dataclass(frozen=True)
class Shown:
    finding: str
    about: list[str]
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    tone: int = 0
    """0 where all is well, to 4."""
    choices: list[Choice] = field(default_factory=list)
    """Impacts that the pictures can be drawn for."""


Reader = Callable[["Names", Mapping[str, Any], Mapping[str, Any], Mapping[str, str]], Shown]
"""From the names, the question, the answer and what the reader chose to see."""


class Names:
    """How what an answer names is written and linked, within the reader's scope."""

    def __init__(
        self,
        example: Example,
        hazards: Mapping[str, str],
        scenarios: Mapping[str, str],
        candidates: Mapping[str, str],
    ) -> None:
        """`hazards`, `scenarios` and `candidates`: the names by key of those that the reader may see."""
        self.example = example
        self._hazards, self._scenarios, self._candidates = hazards, scenarios, candidates

    def knows(self, node: str) -> bool:
        return node in self.example.records

    def node(self, node: str) -> Cell:
        record = self.example.records.get(node)
        name = self.example.name(node)
        if record is None:
            return Cell(name)
        place = [self.example.site_name(record.get("site")), self.example.unit_name(record.get("unit"))]
        return Cell(name, Link(node, name).url, more=" · ".join(filter(None, place)))

    def name(self, node: str) -> str:
        return self.example.name(node)

    def hazard(self, hazard: str) -> str:
        return self._hazards.get(hazard) or _("outside your scope")

    def scenario(self, scenario: str) -> str:
        return self._scenarios.get(scenario) or _("a scenario outside your scope")

    def candidate(self, candidate: str) -> Cell:
        name = self._candidates.get(candidate)
        return Cell(name, reverse("candidate", args=[candidate])) if name else Cell(_("a measure outside your scope"))

    def measure(self, measure: str) -> str:
        """What a cost was added up in: an impact, or the downtime weighed by priority."""
        return _("downtime weighed by priority") if measure == "weighed downtime" else self.category(measure)

    def site(self, site: str) -> str:
        return self.example.site_name(site)

    def is_function(self, node: str) -> bool:
        return node in self.example.functions

    def known(self, nodes: Sequence[str]) -> list[str]:
        """Those that the reader may know, the critical functions first."""
        found = [node for node in nodes if self.knows(node)]
        return sorted(found, key=lambda node: (not self.is_function(node), self.name(node)))

    def category(self, category: str) -> str:
        name = str(self.example.categories.get(category, {}).get("name") or category)
        return name[:1].upper() + name[1:]

    def unit(self, category: str) -> str:
        return str(self.example.categories.get(category, {}).get("unit") or "")

    def amount(self, value: float, category: str) -> str:
        """With its unit; more digits where it is small."""
        digits = 0 if abs(value) >= 100 else 2
        unit = self.unit(category) or pgettext("unit of an impact that has none", "points")
        return f"{number(value, digits)} {unit}"


def in_short(value: float) -> str:
    """For an axis: 1.5 M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{number(value / size, 1)} {sign}"
    return number(value, 2)
