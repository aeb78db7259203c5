"""The results of the impact analyses for programs: the same figures as the pages."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import Field

from holdfast.analysis.impact.models import Campaign
from holdfast.analysis.impact.needs import WHOLE, by_kind, curve
from holdfast.analysis.impact.over_time import Course, hours_of, over_time
from holdfast.analysis.impact.ranking import first_level, impact_sum, why
from holdfast.analysis.impact.results import Asked, results
from holdfast.analysis.impact.told import Told
from holdfast.analysis.strategy.models import Fallback
from holdfast.governance.settings.scales import Scales
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import CriticalFunction
from holdfast.web.api.errors import Invalid
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.permissions import needs


class RankedOut(Schema):
    """A process. Limits are hours; `first_level` and `impact_sum` are what the order goes by after them."""

    rank: int
    process: str
    name: str
    unit: str | None
    site: str | None
    critical: bool | None
    mtpd: float | None
    rto: float | None
    rpo: float | None
    minimum_level: float | None
    minimum_agreed: bool
    first_level: int
    impact_sum: float
    functions: list[str]
    dependents: int
    owner: str
    why: str
    analysis: str
    as_of: date | None
    draft: bool


class CellOut(Schema):
    hour: float
    level: int
    amount: float | None


class CourseOut(Schema):
    """The highest level of a category at each time, and the sum of the amounts in its unit."""

    category: str
    unit: str
    cells: list[CellOut]


class TierOut(Schema):
    """Processes whose RTO lies above `above` and at most at `upto` hours; `above` null: without an RTO."""

    above: float | None
    upto: float | None
    processes: list[str]


class StepOut(Schema):
    """From `hour` after the incident on: the amount in all, of how many different things, by how many processes."""

    hour: float
    amount: float
    things: int
    processes: int


class CurveOut(Schema):
    """`counts` says which figure of the steps is the curve: `amount` of people and seats, else `things`."""

    kind: str
    counts: str
    steps: list[StepOut]


class GapOut(Schema):
    check: str
    unit: str | None
    process: str | None
    message: str


class ResultsOut(Schema):
    as_of: date
    scales: int
    ranking: list[RankedOut]
    impact: list[CourseOut]
    tiers: list[TierOut]
    needs: list[CurveOut]
    gaps: list[GapOut]


class ResultsQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")
    unit: str | None = Field(default=None, description="Key of a unit: it and all below.")
    site: str | None = Field(default=None, description="Key of a site: it and all in it.")
    function: str | None = Field(default=None, description="Key of a critical function.")
    campaign: str | None = Field(default=None, description="Key of a campaign.")
    drafts: bool = Field(default=False, description="With drafts of the campaign, marked.")


@needs("impact.view")
def read_results(request: HttpRequest, query: Query[ResultsQuery]) -> Any:
    """Ranking, impact over time, RTO tiers, who needs what by when, gaps: of the analyses that you may see."""
    check_address(request, set(ResultsQuery.model_fields))
    on = query.as_of or clock.today()
    named: dict[str, Any] = {}
    tables: dict[str, Any] = {"unit": Unit, "site": Site, "function": CriticalFunction, "campaign": Campaign}
    for name, table in tables.items():
        if key := getattr(query, name):
            named[name] = visible(table.objects.filter(key=key), request.user).first()  # type: ignore[arg-type]
            if named[name] is None:
                raise Invalid((name, _("There is none of this key.")))
    if query.drafts and "campaign" not in named:
        raise Invalid(("campaign", _("Choose the campaign whose drafts are to be shown.")))
    ready = set(Fallback.objects.ready(on).values_list("requirement", flat=True))
    found = results(request.user, Asked(on, drafts=query.drafts, **named), ready_fallbacks=ready)  # type: ignore[arg-type]
    times = hours_of(found.ranking, found.scales)
    return {
        "as_of": on,
        "scales": found.scales.version,
        "ranking": [_ranked(one, n, found.scales) for n, one in enumerate(found.ranking, 1)],
        "impact": [_course(one) for one in over_time(found.ranking, found.scales, times)],
        "tiers": [
            {"above": tier.above, "upto": tier.upto, "processes": [one.key for one in tier.processes]}
            for tier in found.tiers()
        ],
        "needs": [
            {
                "kind": kind,
                "counts": "amount" if kind in WHOLE else "things",
                "steps": [
                    {"hour": step.at, "amount": step.amount, "things": step.things, "processes": step.processes}
                    for step in curve(rows)
                ],
            }
            for kind, rows in by_kind(found.needs).items()
        ],
        "gaps": [
            {
                "check": one.check,
                "unit": one.unit.key if one.unit else None,
                "process": one.process_key or None,
                "message": one.message,
            }
            for one in found.findings
        ],
    }


def _ranked(one: Told, rank: int, scales: Scales) -> dict[str, Any]:
    return {
        "rank": rank,
        "process": one.key,
        "name": one.name,
        "unit": one.unit.key if one.unit else None,
        "site": one.site.key if one.site else None,
        "critical": one.critical,
        "mtpd": one.limits.mtpd,
        "rto": one.limits.rto,
        "rpo": one.limits.rpo,
        "minimum_level": one.minimum,
        "minimum_agreed": one.minimum_agreed,
        "first_level": first_level(one),
        "impact_sum": impact_sum(one),
        "functions": list(one.functions),
        "dependents": one.dependents,
        "owner": one.owner,
        "why": why(one, scales),
        "analysis": one.analysis_key,
        "as_of": one.as_of,
        "draft": one.draft,
    }


def _course(course: Course) -> dict[str, Any]:
    cells = [
        {"hour": cell.hour, "level": cell.level, "amount": cell.amount}
        for cell in course.cells
        if cell.level is not None
    ]
    return {"category": course.category.key, "unit": course.category.unit, "cells": cells}


def routes() -> Routes:
    made = Routes(tags=["Impact"])
    made.add_api_operation(
        "/impact-results",
        ["GET"],
        read_results,
        response=ResultsOut,
        summary="Read the results of the impact analyses",
        operation_id="read_impact_results",
    )
    return made
