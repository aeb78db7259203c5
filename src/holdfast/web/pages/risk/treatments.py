"""Treatments: what is done about risks, and whether money follows the ranking."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from holdfast.analysis.risk.actions.treatments import create_treatment, edit_treatment
from holdfast.analysis.risk.models import Protected, Treatment, TreatmentState
from holdfast.analysis.risk.standing import by_rank, standing
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter
from holdfast.web.pages.organization.nouns import Making, Noun
from holdfast.web.pages.organization.states import state_chip
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.pages.organization.values import Figure
from holdfast.web.permissions import needs

from .ranks import chip, scales_today


def protects_in_words(protects: list[str]) -> str:
    return ", ".join(str(name) for value, name in Protected.choices if value in protects)


def tell(treatment: Treatment, user: Any, on: date) -> dict[str, Any]:
    stands = standing(on, user, scales_today(), pk=treatment.risk_id)
    names = ("cost", "given")
    return {
        "figures": [
            (name, str(treatment._meta.get_field(name).verbose_name).capitalize(), getattr(treatment, name))
            for name in names
            if getattr(treatment, name) is not None
        ],
        "chip": chip(stands[0].rank()) if stands else None,
        "protects": protects_in_words(treatment.protects),
        "late": treatment.is_late(on),
    }


def _money(name: str) -> Any:
    def value(row: Any) -> Figure | None:
        fact = getattr(row, name)
        return Figure(fact, address(row), name) if fact is not None else None

    return value


@needs("risk.view")
@require_safe
def priorities(request: HttpRequest) -> HttpResponse:
    """Treatments by the rank of their risks, and where money went to a lower risk above a higher one without."""
    on = clock.today()
    rows = visible(Treatment.objects.all(), request.user).select_related("risk__site", "risk__threat", "owner")
    ranked = by_rank(rows, standing(on, request.user, scales_today()))
    lines = [
        {
            "treatment": one.treatment,
            "risk": one.treatment.risk,
            "chip": chip(one.standing.rank()) if one.standing else None,
            "protects": protects_in_words(one.treatment.protects),
            "passed_over": one.passed_over,
        }
        for one in ranked
        if one.treatment.is_open or "all" in request.GET
    ]
    context = {
        "lines": lines,
        "out_of_order": [line for line in lines if line["passed_over"]],
        "all": "all" in request.GET,
    }
    return render(request, "risk/priorities.html", context)


TREATMENTS = Noun(
    slug="treatments",
    name="treatment",
    room="risk",
    model=Treatment,
    rows=Treatment.objects.all,
    one=_("treatment"),
    many=_("Treatments"),
    lead=_("What is done about risks before anything happens: cost, date, owner, what it protects, by which mandate."),
    view="risk.view",
    edit="risk.edit",
    listing=Listing(
        columns=(
            Column("title", _("Treatment"), lambda row: row, ("title",)),
            Column("risk", _("Risk"), lambda row: row.risk, ("risk__title",)),
            Column("site", _("Site"), lambda row: row.risk.site, ("risk__site__name",)),
            Column("protects", _("Protects"), lambda row: protects_in_words(row.protects)),
            Column("cost", _("Cost"), _money("cost"), ("cost__value",), number=True),
            Column("given", _("Money given"), _money("given"), ("given__value",), number=True),
            Column("due", _("Due"), lambda row: row.due, ("due",)),
            Column("owner", _("Owner"), lambda row: row.owner, ("owner__title",)),
            Column("state", _("State"), state_chip, ("state",)),
        ),
        filters=(
            site_filter("risk__site"),
            choice_filter("state", _("State"), TreatmentState),
            unit_filter("risk__unit"),
            TAG,
            OWN,
        ),
        search=("title", "key", "risk__title"),
        order=("due", "title"),
        prepare=lambda rows, user, on: rows.select_related("risk__site", "owner"),
    ),
    tell=tell,
    related=("risk__site", "owner", "unit"),
    making=Making(
        (
            "title",
            "protects",
            "cost",
            "given",
            "begins",
            "due",
            "done_on",
            "state",
            "owner",
            "unit",
            "mandate",
            "description",
            *EVIDENCE,
        ),
        create_treatment,
        edit_treatment,
        fixed=("risk",),
    ),
    empty=_("There is no treatment yet that you may see. Plan the first one on the page of a risk."),
)
