"""The risk register: every risk of every site as the approved assessments have it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.actions.assessments import create_risk, edit_risk, end_risk, quantify_risk, unquantify_risk
from holdfast.analysis.risk.models import Environment, Finding, Hazard, Quantified, Rating, Risk, Treatment
from holdfast.analysis.risk.models.assessments import LEVELS, counts_on
from holdfast.analysis.risk.standing import standing
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.web.pages.organization.editing import MadeForm, no_form, until_form
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.pages.organization.listing import (
    OWN,
    TAG,
    Column,
    Filter,
    Listing,
    choice_filter,
    site_filter,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE

from .ranks import chip_of, level_words, scales_today, state_name, told
from .threats import causes_in_words, of_threat, threat_options


def tell(risk: Risk, user: Any, on: date) -> dict[str, Any]:
    scales = scales_today()
    stands = standing(on, user, scales, pk=risk.pk)
    ratings = visible(Rating.objects.filter(risk=risk), user).select_related("assessment__agreement")
    history = [
        {
            "rating": rating,
            "ranks": [chip_of(scales, *rating.level(state)) for state in ("inherent", "current", "target")],
        }
        for rating in ratings.order_by("-assessment__as_of", "-pk")
    ]
    hazards = Quantified.objects.filter(risk=risk, hazard__in=visible(Hazard.objects.all(), user).values("pk"))
    findings = visible(Finding.objects.filter(risk=risk), user).select_related("outside")
    return {
        "told": told(stands[0]) if stands else None,
        "history": history,
        "causes": causes_in_words(risk.causes),
        "treatments": visible(Treatment.objects.filter(risk=risk), user).select_related("owner").order_by("due", "key"),
        "hazards": hazards.select_related("hazard").order_by("hazard__name"),
        "findings": findings.order_by("outside__as_of", "number"),
    }


def _prepare(rows: Any, user: Any, on: date) -> Any:
    return ranked(rows.select_related("site", "threat", "unit", "owner"), on)


def ranked(rows: Any, on: date) -> Any:
    """Risks with the levels of the rating that counts on this day, and their rank by the scales in force."""
    counting = Rating.objects.filter(risk=OuterRef("pk")).filter(counts_on(on, "assessment__"))
    last = counting.order_by(
        "-assessment__as_of", "-assessment__agreement__in_force_from", "-assessment__agreement__number", "-pk"
    )
    rows = rows.annotate(**{name: Subquery(last.values(name)[:1]) for name in LEVELS})
    scales = scales_today()
    cells = [
        When(current_likelihood=likelihood, current_impact=impact, then=Value(100 * rank + 10 * impact + likelihood))
        for likelihood, row in enumerate(scales.matrix, 1)
        for impact, rank in enumerate(row, 1)
    ]
    return rows.annotate(worse=Case(*cells, default=Value(0), output_field=IntegerField()))


def _rank(state: str) -> Any:
    def value(risk: Any) -> Any:
        return chip_of(scales_today(), *(getattr(risk, f"{state}_{part}") for part in ("likelihood", "impact")))

    return value


def _levels(risk: Any) -> str:
    if risk.current_likelihood is None:
        return ""
    return level_words(scales_today(), risk.current_likelihood, risk.current_impact)


def _cells(rows: Any, user: Any) -> list[tuple[str, str]]:
    """The cells of the heat map of now, the worst first."""
    scales = scales_today()
    found = []
    for likelihood in range(len(scales.likelihood), 0, -1):
        for impact in range(len(scales.impact), 0, -1):
            words = level_words(scales, likelihood, impact)
            found.append((scales.order_of(likelihood, impact), f"current.{likelihood}.{impact}", words))
    return [(key, words) for _order, key, words in sorted(found, reverse=True)]


def _in_cell(rows: Any, value: str, user: Any) -> Any:
    state, *levels = value.split(".")
    if state not in ("inherent", "current", "target") or len(levels) != 2 or not all(one.isdecimal() for one in levels):
        raise LookupError(value)
    rows = ranked(rows, clock.today())
    return rows.filter(**{f"{state}_likelihood": int(levels[0]), f"{state}_impact": int(levels[1])})


def cell_address(state: str, likelihood: int, impact: int, **more: str) -> str:
    said = {"cell": f"{state}.{likelihood}.{impact}", **{name: value for name, value in more.items() if value}}
    return f"{reverse('risks')}?{urlencode(said)}"


def _tie(row: Any, part: Any, user: Any) -> MadeForm:
    return {"hazard": RowField(rows_of(Hazard, user), label=_now("Hazard"))}, {}


RISKS = Noun(
    slug="risks",
    name="risk",
    room="risk",
    model=Risk,
    rows=Risk.objects.all,
    one=_("risk"),
    many=_("Register"),
    lead=_("Every risk of every site, ranked as its latest approved assessment has it."),
    view="risk.view",
    edit="risk.edit",
    listing=Listing(
        columns=(
            Column("title", _("Risk"), lambda risk: risk, ("title",)),
            Column("site", _("Site"), lambda risk: risk.site, ("site__name",)),
            Column("threat", _("Threat"), lambda risk: risk.threat, ("threat__name",)),
            Column("rank", _("Rank now"), _rank("current"), ("worse",)),
            Column("levels", _("Likelihood and impact"), _levels, ("current_likelihood", "current_impact")),
            Column("inherent", _("Without any measure"), _rank("inherent"), ("inherent_likelihood", "inherent_impact")),
            Column("target", _("Wanted"), _rank("target"), ("target_likelihood", "target_impact")),
            Column("owner", _("Owner"), lambda risk: risk.owner, ("owner__title",)),
        ),
        filters=(
            site_filter(),
            Filter("threat", _("Threat"), threat_options, of_threat),
            choice_filter("environment", _("Environment"), Environment, "threat__environment"),
            Filter("cell", _("Likelihood and impact now"), _cells, _in_cell),
            unit_filter(),
            TAG,
            OWN,
        ),
        search=("title", "key", "threat__name", "site__name"),
        order=("-worse", "title"),
        prepare=_prepare,
        prepared_order=True,
    ),
    tell=tell,
    related=("site", "threat", "unit", "owner"),
    making=Making(
        ("title", "threat", "causes", "unit", "owner", "description", "valid_from", "valid_until", *EVIDENCE),
        create_risk,
        edit_risk,
        fixed=("site",),
    ),
    steps=(
        Step(
            "end", _("End this risk"), _("End it"), "risk.edit", until_form(_("First day without it")),
            lambda by, row, part, version, cleaned: end_risk(by, row, version=version, on=cleaned["on"]),
            says=_("It is rated no more from this day; what assessments said of it stays."), ends=True,
        ),
        Step(
            "tie-hazard", _("Tie a hazard in numbers to it"), _("Tie"), "risk.edit", _tie,
            lambda by, row, part, version, cleaned: quantify_risk(by, risk=row, hazard=cleaned["hazard"]),
            back="numbers",
        ),
        Step(
            "untie", _("Untie this hazard"), _("Untie"), "risk.edit", no_form,
            lambda by, row, part, version, cleaned: unquantify_risk(by, part, version=version),
            on=Quantified, within="risk", back="numbers", ends=True,
        ),
    ),
    parts=((Rating, "risk"), (Treatment, "risk"), (Quantified, "risk")),
    empty=_("There is no risk yet that you may see. Begin an assessment of a site, or take in a workbook."),
)  # fmt: skip

__all__ = ["RISKS", "cell_address", "ranked", "state_name", "tell"]
