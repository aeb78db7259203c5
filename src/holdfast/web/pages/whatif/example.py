"""The organisation as a model, made from its rows and kept until an act changes them, and the saved scenarios."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.scenarios.models import Scenario as Kept
from holdfast.engine.checks import Complaint, check
from holdfast.engine.errors import InputError
from holdfast.engine.scenario import Scenario, read_scenario
from holdfast.engine.twin import Twin, read_twin
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.models import Event, System, User
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import Node
from holdfast.web.permissions import shows_example

Record = dict[str, Any]


@dataclass(frozen=True)
class SavedScenario:
    """A scenario kept under a name: ``slug`` is its key, ``record`` what the engine takes, with its words."""

    slug: str
    record: Record

    @property
    def name(self) -> str:
        return str(self.record.get("name") or self.slug)


@dataclass(frozen=True)
class Use:
    """``node`` uses another node by its requirement number ``requirement`` (from 0), as supply or as a fallback."""

    node: str
    requirement: int
    fallback: Record | None


@dataclass(frozen=True)
class Example:
    """One organisation: the twin as the engine reads it, its records with their names, and its scenarios."""

    twin: Twin
    records: dict[str, Record]
    pools: dict[str, Record]
    categories: dict[str, Record]
    about: Record
    as_of: date
    scenarios: dict[str, SavedScenario]
    unreadable: dict[str, InputError] = field(default_factory=dict)
    """Scenarios that this day's organisation cannot answer, with the reason."""

    def name(self, node: str) -> str:
        """Its name; of a node outside the reader's scope, that it is outside; of what is no node, what was asked."""
        if (record := self.records.get(node)) is not None:
            return str(record["name"])
        return gettext("outside your scope") if node in self.twin.place else node

    def pool_name(self, pool: str) -> str:
        return str(self.pools.get(pool, {}).get("name") or pool)

    def site_name(self, site: object) -> str:
        return _place_name(site, self.about["sites"])

    def unit_name(self, unit: object) -> str:
        return _place_name(unit, self.about["units"])

    @cached_property
    def functions(self) -> list[str]:
        """The critical functions, in their order."""
        return [node for node in self.about["functions"] if node in self.records]

    @cached_property
    def processes(self) -> list[str]:
        """The processes that are not critical functions, by their keys."""
        functions = set(self.functions)
        return [n for n, record in self.records.items() if record.get("kind") == "process" and n not in functions]

    @cached_property
    def used_by(self) -> dict[str, list[Use]]:
        uses: dict[str, list[Use]] = defaultdict(list)
        for node, record in self.records.items():
            for index, requirement in enumerate(record.get("requirements") or []):
                for supply in requirement.get("supply") or []:
                    uses[supply["node"]].append(Use(node, index, None))
                for fallback in requirement.get("fallbacks") or []:
                    uses[fallback["node"]].append(Use(node, index, fallback))
        return dict(uses)

    @cached_property
    def complaints(self) -> list[Complaint]:
        """What the named checks say of the nodes that the reader may know."""
        return [found for found in check(self.twin) if not found.node or found.node in self.records]

    def scenario(self, saved: SavedScenario) -> Scenario:
        return read_scenario(saved.record, self.twin, saved.slug)


def load(by: Asker, as_of: date | None = None) -> Example | None:
    """The organisation as a model, as of a date (today), with what ``by`` may know of it; None where it holds nothing.

    The cascade runs over the whole organisation whoever asks; names, figures and processes outside the scope of ``by``
    are left out of ``records``, and so of every page. Critical functions are known to everybody. Raises InputError
    where the rows make no model.
    """
    on = as_of or clock.today()
    last = Event.objects.order_by("-pk").values_list("pk", "at").first()
    whole = _read(connection.settings_dict["NAME"], last, on)
    if whole is None:
        return None
    if not isinstance(by, User):
        return whole if shows_example() or isinstance(by, System) else None
    seen = set(visible(Node.objects.all(), by).values_list("key", flat=True))
    records = {key: record for key, record in whole.records.items() if key in seen or "function" in record["tags"]}
    open_ = set(visible(Kept.objects.all(), by).values_list("key", flat=True))
    if len(records) == len(whole.records) and open_ >= {*whole.scenarios, *whole.unreadable}:
        return whole
    return replace(
        whole,
        records=records,
        scenarios={key: saved for key, saved in whole.scenarios.items() if key in open_},
        unreadable={key: error for key, error in whole.unreadable.items() if key in open_},
    )


@lru_cache(maxsize=4)
def _read(database: str, last_event: object, as_of: date) -> Example | None:
    """The whole organisation; made again when an act has changed anything, since each act leaves an event."""
    built = build_twin(as_of, hazards=False)
    if not built["nodes"]:
        return None
    twin = read_twin(built, "model")
    saved: dict[str, SavedScenario] = {}
    unreadable: dict[str, InputError] = {}
    for scenario in Kept.objects.as_of(as_of).with_hits().order_by("key"):
        record = scenario.as_scenario()
        try:
            read_scenario(record, twin, scenario.name)
        except InputError as error:
            # A scenario of things that are not there on this day must not take the page down; the page names it.
            unreadable[scenario.key] = error
        else:
            saved[scenario.key] = SavedScenario(scenario.key, record)
    about: Record = {
        "sites": {
            site.key: {"name": site.name, "lat": site.latitude, "lon": site.longitude, "kind": site.kind}
            for site in Site.objects.all()
        },
        "units": dict(Unit.objects.values_list("key", "name")),
        "functions": list(Node.objects.functions().values_list("key", flat=True)),
        "gaps": built["gaps"],
    }
    return Example(
        twin=twin,
        records={node["id"]: node for node in built["nodes"]},
        pools={pool["id"]: pool for pool in built["pools"]},
        categories=_categories(as_of),
        about=about,
        as_of=as_of,
        scenarios=saved,
        unreadable=unreadable,
    )


def _categories(as_of: date) -> dict[str, Record]:
    """Impact categories by id, by the scales of this day; money is in dollars where they say no unit."""
    found: dict[str, Record] = {"financial": {"unit": "USD"}}
    for one in in_force(as_of).categories:
        found.setdefault(one.key, {}).update({"name": str(one.name), **({"unit": one.unit} if one.unit else {})})
    return found


def _place_name(key: object, names: dict[str, Any]) -> str:
    """The name of a site or a unit by its key."""
    named = names.get(str(key)) if key else None
    return str(named["name"] if isinstance(named, dict) else named or key or "")
