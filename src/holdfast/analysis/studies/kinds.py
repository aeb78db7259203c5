"""The kinds of questions: what each asks for, and how the engine answers it. A new kind is a function here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.choice.actions import options_file
from holdfast.analysis.studies.input import Input
from holdfast.analysis.studies.models import Kind
from holdfast.engine.errors import InputError
from holdfast.organization.structure.models import Node

Json = dict[str, Any]
Progress = Callable[[int, int], None]
MOST_YEARS = 100_000
LONGEST = 250_000.0
HORIZON = 2_160.0
YEAR_HORIZON = 10_920.0


@dataclass(frozen=True)
class Parameter:
    """A value that a kind asks for.

    `form` is "hours" or "whole" (within `least` and `most`), "yes", "process", "category" or "scenario" (an id; empty
    where it is not `wanted`), "scenarios" or "processes" (ids; none: all), or one of LISTS, whose parts are named so.
    """

    name: str
    label: str | Promise
    form: str
    default: Any = None
    least: float = 0
    most: float = LONGEST
    wanted: bool = True
    help: str | Promise = ""

    def read(self, value: Any) -> Any:
        """The value as it is kept. Raises ValidationError."""
        if value in (None, ""):
            if self.wanted and self.default is None:
                raise ValidationError({self.name: gettext("This is missing.")})
            return self.default
        if self.form in ("process", "category", "scenario"):
            if not isinstance(value, str) or len(value) > 200:
                raise ValidationError({self.name: gettext("Wanted the name of one.")})
            return value
        if self.form == "yes":
            if not isinstance(value, bool):
                raise ValidationError({self.name: gettext("Wanted yes or no.")})
            return value
        if self.form in ("scenarios", "processes"):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > MOST_PARTS:
                raise ValidationError({self.name: gettext("Wanted a list of keys.")})
            return value
        if self.form in LISTS:
            return self._parts(value)
        return self._number(value)

    def _parts(self, value: Any) -> Any:
        """A list of objects with the names that there are, and no others; the engine looks at the figures."""
        names = set(LISTS[self.form])
        right = isinstance(value, list) and all(isinstance(one, dict) and set(one) == names for one in value)
        if not right or not value or len(value) > MOST_PARTS:
            said = gettext("Wanted a list of objects with %(names)s.")
            raise ValidationError({self.name: said % {"names": ", ".join(LISTS[self.form])}})
        return value

    def _number(self, value: Any) -> Any:
        whole = self.form == "whole"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            said = gettext("Wanted a whole number.") if whole else gettext("Wanted a number.")
            raise ValidationError({self.name: said})
        # Written so that a value that is no number (NaN) is refused as well.
        if not self.least <= value <= self.most:
            said = gettext("Wanted from %(least)s to %(most)s.")
            raise ValidationError({self.name: said % {"least": f"{self.least:g}", "most": f"{self.most:g}"}})
        return value


@dataclass(frozen=True)
class Sort:
    """What a kind is about: `asks` is its question as a person puts it, `answer` gives what the command of the same
    name gives, `method` is its page in docs/methods."""

    kind: Kind
    asks: str | Promise
    about: str | Promise
    parameters: tuple[Parameter, ...]
    answer: Callable[[Input, Mapping[str, Any], Progress], Json]
    method: str
    hazards: bool = False
    scenarios: bool = False

    def read(self, given: Mapping[str, Any]) -> Json:
        """The question as it is kept, with what was left out. Raises ValidationError, by parameter."""
        known = {one.name: one for one in self.parameters}
        problems: dict[str, Any] = {name: gettext("Unknown.") for name in given if name not in known}
        found: Json = {}
        for name, one in known.items():
            try:
                found[name] = one.read(given.get(name))
            except ValidationError as error:
                problems = error.update_error_dict(problems)
        if problems:
            raise ValidationError(problems)
        return found


def _weak_points(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.weak_points import weak_points

    found = weak_points(about.twin, given["duration"], given["horizon"], given["category"], progress=progress)
    # What breaches nothing is counted, not kept: of a large organisation that is nearly all.
    return {"nodes": [found[k].as_json() for k in range(found.breaching)], "asked": len(found)}


def _minimal_sets(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.minimal_sets import minimal_sets

    found = minimal_sets(
        about.twin, given["target"], given["duration"], given["order"], given["horizon"], progress=progress
    )
    return {"sets": found[:MOST_SETS], "found": len(found)}


def _feasibility(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.feasibility import explain, feasibility

    found = feasibility(about.twin, given["horizon"], progress=progress)
    late = [
        one.process for one in found if (one.slack_mtpd or 0) < 0 or (one.slack_rto or 0) < 0 or one.recovery is None
    ]
    levers = {}
    for process in late[:MOST_EXPLAINED]:
        levers[process] = [
            {"node": lever.node, "restart": lever.restart / 3600,
             "shorten_by": None if lever.shorten_by is None else lever.shorten_by / 3600}
            for lever in explain(about.twin, process, given["horizon"]).levers
        ]  # fmt: skip
    return {"processes": [one.as_json() for one in found], "levers": levers}


def _year(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.year import year

    found = year(about.twin, about.hazards, given["years"], given["seed"], progress=progress, horizon=given["horizon"])
    return found.as_json()


def _contention(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.contention import contention
    from holdfast.engine.scenario import read_scenario

    scenarios = [read_scenario(said, about.twin, key) for key, said in about.scenarios.items()]
    if not scenarios:
        raise InputError("scenarios", gettext("there is no scenario on that day"))
    return {**contention(about.twin, scenarios, progress=progress).as_json(), "keys": list(about.scenarios)}


def _absence(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.absence import absence, read_waves

    waves = read_waves({"waves": given["waves"], "horizon": given["weeks"]}, about.twin, gettext("the question"))
    return absence(about.twin, waves, progress=progress).as_json()


def _restoration(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.restoration import restore
    from holdfast.engine.situation import read_situation

    (said,) = about.scenarios.values()
    asked = {**said, "crews": given["crews"], "repairs": given["repairs"]}
    situation = read_situation(asked, about.twin, gettext("the question"))
    return restore(about.twin, situation, given["category"], progress=progress).as_json()


def _best_buy(about: Input, given: Mapping[str, Any], progress: Progress) -> Json:
    from holdfast.engine.best_buy import best_buy
    from holdfast.engine.frontier import frontier
    from holdfast.engine.options import read_options

    functions = Node.objects.functions().values_list("key", flat=True)
    must = given["must"] or [key for key in functions if key in about.twin.place]
    budget, source = given["budget"], gettext("the candidates")
    file = options_file(
        about.as_of, scenarios=list(about.scenarios.values()), must=must, budget=budget, term=given["term"]
    )
    options = read_options(file, about.twin, about.hazards, source)
    until = time.monotonic() + given["minutes"] * 60

    def enough() -> bool:
        return time.monotonic() > until

    def told(bound: float, cost: float | None) -> None:
        progress(round(bound), round(cost) if cost else max(round(bound), 1))

    found = best_buy(about.twin, options, told, enough=enough)
    costs = {option.id: cost for option, cost in zip(options.options, options.cost, strict=True)}
    said: Json = {**found.as_json(), "scenarios": list(about.scenarios), "costs": costs, "must": must, "category": None}
    if given["frontier"]:
        categories = about.twin.plan.categories
        category = given["category"] or ("financial" if "financial" in categories else None)
        line = frontier(
            about.twin, about.hazards, options, given["years"], given["seed"], category,
            progress=lambda done, of: progress(int(done), int(of or 1)), enough=enough,
        )  # fmt: skip
        said |= {**line.as_json(), "category": line.category, "frontier_exact": line.exact}
    return said


MOST_PARTS = 200
LISTS: dict[str, tuple[str, ...]] = {
    "waves": ("sites", "start", "ramp", "peak", "plateau", "decline"),
    "crews": ("id", "kind", "number", "site"),
    "repairs": ("node", "kind", "hours", "site"),
}
PANDEMIC = [{"sites": None, "start": 1, "ramp": 3, "peak": 0.4, "plateau": 3, "decline": 4}]
MOST_SETS = 2_000
MOST_EXPLAINED = 100
_DURATION = Parameter(
    "duration", _("lost for (hours)"), "hours", 72.0, 1 / 3600, help=_("Each is taken to be lost as a whole.")
)
_HORIZON = Parameter("horizon", _("look ahead (hours)"), "hours", HORIZON, 1 / 3600)

SORTS: dict[Kind, Sort] = {
    sort.kind: sort
    for sort in (
        Sort(
            Kind.WEAK_POINTS,
            _("Whose loss alone would break us?"),
            _("Every node is lost alone, one after the other, and the whole cascade is run for each."),
            (
                _DURATION,
                _HORIZON,
                Parameter("category", _("impact to rank by"), "category", wanted=False),
            ),
            _weak_points,
            "weak-points",
        ),
        Sort(
            Kind.MINIMAL_SETS,
            _("Which losses together are enough?"),
            _("The smallest combinations that take one process past its MTPD, while no part of them does."),
            (
                Parameter("target", _("process or critical function"), "process"),
                _DURATION,
                Parameter("order", _("at most so many at once"), "whole", 2, 1, 3),
                _HORIZON,
            ),
            _minimal_sets,
            "minimal-sets",
        ),
        Sort(
            Kind.FEASIBILITY,
            _("Can our recovery objectives be met at all?"),
            _("All that a process needs stands still for a moment: how long until it is back, by what was promised?"),
            (_HORIZON,),
            _feasibility,
            "feasibility",
        ),
        Sort(
            Kind.YEAR,
            _("What does a year look like?"),
            _("Thousands of years drawn from the hazards: chances of breaches, downtime, losses and what drives them."),
            (
                Parameter("years", _("years to draw"), "whole", 2_000, 1, MOST_YEARS,
                          help=_("The page tells whether they were enough.")),
                Parameter("seed", _("seed"), "whole", 1, 0, 2**53,
                          help=_("The same seed meets the same disasters: keep it when comparing.")),
                Parameter("horizon", _("look ahead (hours)"), "hours", YEAR_HORIZON, 1 / 3600),
            ),
            _year,
            "year",
            hazards=True,
        ),
        Sort(
            Kind.CONTENTION,
            _("Who will claim the same places?"),
            _("All fallbacks at once in the planning scenarios: who claims which seats, licences and people, and whose "
              "MTPD it costs where they are too few."),
            (
                Parameter("scenarios", _("scenarios"), "scenarios", [], help=_("None chosen: all that are saved.")),
                Parameter("planned", _("count what is chosen and not yet in place"), "yes", False),
            ),
            _contention,
            "contention",
            scenarios=True,
        ),
        Sort(
            Kind.ABSENCE,
            _("What if people stay away for weeks?"),
            _("Waves of absence, as in a pandemic, against minimum staffing, who else can do it, and telework."),
            (
                Parameter("waves", _("waves"), "waves", PANDEMIC),
                Parameter("weeks", _("weeks to look ahead"), "hours", 26.0, 1, 520),
            ),
            _absence,
            "absence",
        ),
        Sort(
            Kind.RESTORATION,
            _("What do we restore first?"),
            _("Given what is out, the crews and the repairs, the order of restoration that costs least impact."),
            (
                Parameter("scenario", _("what is out"), "scenario"),
                Parameter("crews", _("crews"), "crews"),
                Parameter("repairs", _("repairs"), "repairs"),
                Parameter("category", _("impact to keep small"), "category", wanted=False),
            ),
            _restoration,
            "restoration",
            scenarios=True,
        ),
        Sort(
            Kind.BEST_BUY,
            _("What should we buy?"),
            _("Of the candidates, the cheapest set that keeps what must be kept within its MTPD in the planning "
              "scenarios; and what each budget could do about the loss of a year."),
            (
                Parameter("scenarios", _("planning scenarios"), "scenarios", [], help=_("None chosen: all.")),
                Parameter("must", _("must be kept"), "processes", [], help=_("None chosen: the critical functions.")),
                Parameter("budget", _("budget (USD)"), "hours", None, 0, 1e12, wanted=False),
                Parameter("term", _("years that yearly costs are counted for"), "hours", 5.0, 0, 100),
                Parameter("minutes", _("minutes to search at most"), "hours", 5.0, 0.1, 60,
                          help=_("When they are over, the best set found is given with its gap.")),
                Parameter("frontier", _("draw cost against expected loss too"), "yes", False),
                Parameter("category", _("impact that is drawn"), "category", wanted=False),
                Parameter("years", _("years to draw"), "whole", 200, 1, 10_000),
                Parameter("seed", _("seed"), "whole", 1, 0, 2**53),
            ),
            _best_buy,
            "best-buy",
            hazards=True,
            scenarios=True,
        ),
    )
}  # fmt: skip
