"""Saved scenarios: the list, the page of one, and how its words are changed; what fails is changed in the what-if."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Cause
from holdfast.analysis.scenarios.actions import EDIT, edit_scenario, retire_scenario
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.web.pages.whatif.wording import hours, percent

from .editing import until_form
from .links import Reach
from .listing import OWN, TAG, Column, Listing, choice_filter, unit_filter
from .nouns import Making, Noun, Step
from .units import EVIDENCE

WORDS = ("name", "description", "cause", "threat", "unit", "valid_from", "valid_until")


def tell(scenario: Scenario, user: Any, on: date) -> dict[str, Any]:
    """The page of a scenario: what fails in it, from when and for how long."""
    hits = list(Hit.objects.filter(scenario=scenario).select_related("node").order_by("position", "pk"))
    reach = Reach(user, [hit.node for hit in hits])
    return {
        "hits": [
            {
                "name": reach.link(hit.node) if reach.opens(hit.node) else gettext("outside your scope"),
                "loss": percent(hit.loss),
                "start": hours(hit.start) if hit.start else gettext("at once"),
                "duration": hours(hit.duration) if hit.duration is not None else gettext("without end"),
            }
            for hit in hits
        ],
        "ask": f"{reverse('what-if')}?{urlencode({'scenario': scenario.key})}",
        "ahead": hours(scenario.horizon),
    }


def _retire(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return retire_scenario(by, row, version=version, on=cleaned["on"])


def _prepare(rows: Any, user: Any, on: date) -> Any:
    return rows.select_related("unit", "author").annotate(hit_count=Count("hits"))


def _author(scenario: Any) -> str:
    return str(scenario.author) if scenario.author else ""


SCENARIOS = Noun(
    slug="scenarios",
    name="scenario",
    model=Scenario,
    rows=Scenario.objects.all,
    one=_("scenario"),
    many=_("Scenarios"),
    lead=_("Questions kept under a name: what fails, from when and for how long. Ask one in “What if”."),
    view="structure.view",
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("name", _("Scenario"), lambda scenario: scenario, ("name",)),
            Column("cause", _("Cause"), lambda scenario: scenario.get_cause_display(), ("cause",)),
            Column(
                "hits",
                _("Things that fail"),
                lambda scenario: scenario.hit_count,
                ("hit_count",),
                number=True,
            ),
            Column(
                "horizon",
                _("Looks ahead"),
                lambda scenario: hours(scenario.horizon),
                ("horizon",),
                number=True,
            ),
            Column("unit", _("Unit"), lambda scenario: scenario.unit, ("unit__name",)),
            Column("author", _("Saved by"), _author, ("author__name",)),
        ),
        filters=(choice_filter("cause", _("Cause"), Cause), unit_filter(), TAG, OWN),
        order=("name",),
        prepare=_prepare,
    ),
    tell=tell,
    related=("unit", "author"),
    making=Making((*WORDS, *EVIDENCE), None, edit_scenario),
    steps=(
        Step(
            "retire",
            _("Retire this scenario"),
            _("Retire it"),
            EDIT,
            until_form(_("First day without it")),
            _retire,
            ends=True,
            says=_("It is offered no more from this day. Its history stays."),
        ),
    ),
    parts=((Hit, "scenario"),),
    empty=_("No scenario is saved yet that you may see. Ask a question in “What if” and save it."),
)
