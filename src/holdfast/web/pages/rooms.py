"""The rooms whose pages are made from nouns, and the menu of each: a room that gets such pages adds its line here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .choice.registry import NOUNS as CHOICE
from .exercises.registry import NOUNS as EXERCISES
from .governance.registry import NOUNS as GOVERNANCE
from .impact.registry import NOUNS as IMPACT
from .organization.nouns import Noun
from .organization.registry import NOUNS as ORGANIZATION
from .plans.registry import NOUNS as PLANS
from .records.registry import NOUNS as RECORDS
from .risk.registry import NOUNS as RISK
from .strategies.registry import NOUNS as STRATEGIES


@dataclass(frozen=True)
class MenuPlace:
    """`route` is where it leads, `routes` every page that belongs to it."""

    route: str
    label: str | Promise
    permission: str
    routes: frozenset[str]
    example: bool = False
    """Whether visitors of the example may go there."""


@dataclass(frozen=True)
class Room:
    """A menu: places before its nouns, the nouns, places after them."""

    label: str | Promise
    first: tuple[MenuPlace, ...]
    nouns: tuple[Noun, ...]
    last: tuple[MenuPlace, ...] = ()

    @property
    def places(self) -> Iterator[MenuPlace]:
        yield from self.first
        for noun in self.nouns:
            yield MenuPlace(noun.slug, noun.many, noun.view, frozenset({noun.slug}))
        yield from self.last

    def holds(self, route: str) -> bool:
        """Whether a page is one of this room's."""
        if any(route in place.routes for place in self.places):
            return True
        parts = {step.on._meta.model_name for noun in self.nouns for step in noun.steps if step.on is not None}
        return route.split("-")[0] in parts | {noun.name for noun in self.nouns}


def _place(route: str, label: str | Promise, permission: str, *routes: str, example: bool = False) -> MenuPlace:
    return MenuPlace(route, label, permission, frozenset({route, *routes}), example)


SCALES = (
    "scales-draft",
    "scale-version",
    "scale-version-edit",
    "scale-version-approve",
    "scale-version-discard",
)
RULES = (
    "rules-draft",
    "rules-version",
    "rules-version-edit",
    "rules-version-approve",
    "rules-version-discard",
)
AGREEMENTS = (
    "agreement-comment",
    "agreement-review",
    "agreement-return",
    "agreement-take-back",
    "agreement-readdress",
)
RESULTS = (
    "impact-results-ranking",
    "impact-results-critical",
    "impact-results-over-time",
    "impact-results-tiers",
    "impact-results-needs",
    "impact-results-gaps",
    "impact-results-pdf",
    "impact-results-docx",
    "impact-results-xlsx",
)

STUDIES = ("study", "study-new", "study-rename", "study-retire", "studies-compare")
SUPPLIERS = ("supplier", "supplier-record", "supplier-ask", "questionnaire-take", "questionnaire-withdraw")

ROOMS: tuple[Room, ...] = (
    Room(
        _("Organisation"),
        (_place("organization", _("Tree"), "directory.view"),),
        ORGANIZATION,
        (
            _place("holes", _("Holes"), "structure.view"),
            _place("evidence", _("Evidence"), "structure.view"),
            _place("my-person", _("My page"), "directory.view"),
            _place("import", _("In and out"), "data.import", "import-apply"),
            _place("jobs", _("Jobs"), "job.view", "job"),
            _place("users", _("Users and roles"), "account.manage", "user", "user-new"),
        ),
    ),
    Room(
        _("Programme"),
        (
            _place("programme", _("Programme"), "policy.view"),
            _place("steps", _("The five steps"), "gate.view", "gate-pass", "gate-close"),
        ),
        GOVERNANCE,
        (
            _place("scales", _("Scales"), "settings.view", *SCALES),
            _place("agreements", _("To agree"), "agreement.view", *AGREEMENTS),
            _place("acknowledgements", _("Acknowledgements"), "policy.follow"),
        ),
    ),
    Room(
        _("Risk"),
        (
            _place("heat-map", _("Heat map"), "risk.view"),
            _place("sites-compared", _("Sites"), "risk.view"),
            _place("enterprise", _("Enterprise"), "risk.view"),
            _place("priorities", _("Priorities"), "risk.view"),
        ),
        RISK,
        (_place("judgement", _("From words to figures"), "risk.view"),),
    ),
    Room(
        _("Impact"),
        (
            _place("impact", _("Under way"), "impact.view"),
            _place("impact-results", _("Results"), "impact.view", *RESULTS),
        ),
        IMPACT,
        (
            _place(
                "both-ends", _("Dependencies from both ends"), "impact.view", "claim", "claim-take", "claim-decline"
            ),
            _place("suppliers", _("Suppliers"), "impact.view", *SUPPLIERS),
        ),
    ),
    Room(
        _("Strategies"),
        (
            _place(
                "strategies-lacking", _("Where they lack"), "structure.view", "strategies-compared", "strategies-choose"
            ),
        ),
        STRATEGIES,
        (_place("strategies-proposed", _("Propose"), "strategy.edit"),),
    ),
    Room(
        _("Plans"),
        (_place("covered", _("Critical functions"), "plan.view"),),
        (*PLANS, *EXERCISES, *RECORDS),
        (
            _place("reviews-due", _("Reviews"), "plan.view"),
            _place("prints", _("Print a set"), "plan.view"),
            _place("library", _("Bring in"), "plan.edit", "library-file"),
            _place("records-lost", _("If a place is lost"), "vital.view"),
            _place("records-played", _("Records in scenarios"), "vital.view"),
            _place("records-order", _("Order of moving"), "vital.view"),
        ),
    ),
    Room(
        _("Crisis"),
        (
            _place("crisis", _("Incidents"), "incident.view", "declare"),
            _place("rules", _("Rules of the day"), "rules.view", *RULES),
        ),
        (),
    ),
    Room(
        _("What if"),
        (
            _place("what-if", _("Ask"), "structure.view", "scenario-save", "node", example=True),
            _place("studies", _("Questions"), "structure.view", *STUDIES, example=True),
            _place("compare", _("Compare"), "structure.view", example=True),
            _place("map", _("Map"), "structure.view", example=True),
            _place("dependencies", _("Dependencies"), "structure.view", example=True),
            _place("model", _("Model health"), "structure.view", example=True),
        ),
        CHOICE,
    ),
)

NOUNS: tuple[Noun, ...] = tuple(noun for room in ROOMS for noun in room.nouns)
"""Every noun of every room."""


def room_of(route: str) -> Room:
    """The room that a page belongs to; of pages of no room, the organisation."""
    return next((room for room in ROOMS if room.holds(route)), ROOMS[0])
