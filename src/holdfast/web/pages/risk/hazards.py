"""Hazards in numbers: their list, their page with the curves, and the form in which they are judged."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from holdfast.analysis.risk import elicitation
from holdfast.analysis.risk.actions.hazards import create_hazard, edit_hazard, end_hazard, remove_footprint
from holdfast.analysis.risk.models import Environment, Footprint, Hazard
from holdfast.analysis.risk.reach import Reach
from holdfast.organization.accounts.scope import require, visible
from holdfast.organization.places.models import Site
from holdfast.organization.rows import MOST_KEY, check_key
from holdfast.organization.structure.models import Node
from holdfast.web.pages.organization.editing import ask_form, form_of, free_key, no_form, until_form
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.pages.organization.links import Reach as Links
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.listing import (
    OWN,
    TAG,
    Column,
    Filter,
    Listing,
    choice_filter,
    tree_options,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.values import Figure
from holdfast.web.pages.whatif.wording import number
from holdfast.web.permissions import needs, visible_or_404

from . import curves, judged
from .threats import of_threat, threat_options

COLUMNS = ("name", "threat", "site", "unit", "description")

MOST_NAMED = 12


def often(rate: float) -> str:
    """A rate as people say it."""
    if rate <= 0:
        return _now("never")
    if rate < 0.9:
        return _now("once in %(years)s years") % {"years": number(1 / rate, 0 if rate < 0.2 else 1)}
    if abs(rate - 1) < 0.1:
        return _now("once a year")
    return _now("%(times)s times a year") % {"times": number(rate, 1)}


def tell(hazard: Hazard, user: Any, on: date) -> dict[str, Any]:
    """The page of a hazard: how often, what each footprint reaches, the curves."""
    footprints = list(Footprint.objects.filter(hazard=hazard).select_related("site").order_by("position", "pk"))
    seen = visible(Node.objects.standing(on), user).select_related("site")
    reach = Reach(_asked(seen, footprints))
    hit = {footprint.pk: reach.of(footprint) for footprint in footprints}
    return {
        "often": often(hazard.rate.value),
        "figures": [("rate", _now("Events per year"), hazard.rate)],
        "years": curves.years_picture(hazard.rate.value),
        "footprints": [
            {
                "footprint": one,
                "nodes": hit[one.pk][:MOST_NAMED],
                "more": max(0, len(hit[one.pk]) - MOST_NAMED),
                "count": len(hit[one.pk]),
                "pictures": _pictures(one),
            }
            for one in footprints
        ],
        "reach": Links(user, [node for nodes in hit.values() for node in nodes[:MOST_NAMED]]),
    }


def _asked(nodes: Any, footprints: list[Footprint]) -> Any:
    """The nodes that could be hit: no more are read than the footprints speak of."""
    condition = Q(pk__in=())
    for one in footprints:
        if not one.selects:
            condition |= Q(key__in=one.nodes)
            continue
        part = Q(kind=one.kind) if one.kind else Q()
        if one.site is not None:
            part &= Q(site__path__startswith=one.site.path)
        condition |= part if part else ~Q(pk__in=())
    return nodes.filter(condition)


def _pictures(footprint: Footprint) -> list[curves.Picture]:
    found = curves.duration_pictures(elicitation.spread_of(footprint.duration.spread))
    if footprint.loss.low is not None:
        found += curves.loss_pictures(elicitation.spread_of(footprint.loss.spread))
    return found


def _prepare(rows: Any, user: Any, on: date) -> Any:
    return rows.select_related("threat", "site", "unit").annotate(footprint_count=Count("footprints", distinct=True))


def _site_options(rows: Any, user: Any) -> Any:
    return tree_options(Site, user)


def _reaching(rows: Any, value: str, user: Any) -> Any:
    site = visible(Site.objects.filter(key=value), user).first()
    if site is None:
        raise LookupError(value)
    return rows.filter(pk__in=Hazard.objects.reaching(site).values("pk"))


def _tries(form: RowForm) -> dict[str, Any]:
    """What the form says so far, drawn."""
    if form.is_bound:
        form.is_valid()
        return {"pictures": judged.drawn(form.cleaned_data)}
    return {"pictures": judged.drawn(form.initial)}


@needs("risk.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """A new hazard, with how often it comes; its footprints are added on its page."""
    fields, values = form_of(Hazard, COLUMNS, request.user)
    key = forms.CharField(
        label=_now("Key"),
        required=False,
        max_length=MOST_KEY,
        validators=[check_key],
        help_text=_now("What files and programs call it, for ever. Left empty, it is made from the name."),
    )
    asked = {"name": fields["name"], "key": key, **fields, **judged.rate_fields(), **_dates(request.user)[0]}
    start = {"often": "once", "basis": "assumed"}

    def run(form: RowForm) -> Hazard:
        said = form.cleaned_data
        given = {name: said[name] for name in (*COLUMNS, *_DATED)}
        rate = judged.rate_fact(said, request.user)
        return create_hazard(request.user, key=said["key"] or free_key(Hazard, said["name"]), rate=rate, **given)

    about = {"noun": HAZARDS, "title": _now("New: %(noun)s") % {"noun": HAZARDS.one}, "button": _now("Save")}
    return ask_form(
        request,
        asked,
        {**values, **start},
        None,
        run,
        about,
        reverse("hazards"),
        template="risk/judged.html",
        tries=_tries,
    )


@needs("risk.edit", on=Hazard)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: str) -> HttpResponse:
    row = visible_or_404(Hazard.objects.all(), request, key=key)
    require(request.user, "risk.edit", row)
    fields, values = form_of(Hazard, COLUMNS, request.user, row)
    dated, dates = _dates(request.user, row)
    before = judged.said_of_rate(row.rate)

    def run(form: RowForm) -> Any:
        said = form.cleaned_data
        changes = {name: said[name] for name in (*COLUMNS, *_DATED) if getattr(row, name) != said[name]}
        if any(said.get(name) not in (value, "" if value is None else value) for name, value in before.items()):
            changes["rate"] = judged.rate_fact(said, request.user)
        if not changes and form.seen_version == row.version:
            return row
        return edit_hazard(request.user, row, version=form.seen_version, **changes)

    about = {
        "noun": HAZARDS,
        "row": row,
        "title": _now("Change “%(row)s”") % {"row": row},
        "button": _now("Save"),
    }
    return ask_form(
        request,
        {**fields, **judged.rate_fields(), **dated},
        {**values, **dates, **before},
        row,
        run,
        about,
        address(row),
        template="risk/judged.html",
        tries=_tries,
    )


_DATED = ("valid_from", "valid_until", "paragraphs", "note", "tags")


def _dates(user: Any, row: Any = None) -> Any:
    """When it holds and what else is said of it; how it is known is said of its figures."""
    return form_of(Hazard, _DATED, user, row)


HAZARDS = Noun(
    slug="hazards",
    name="hazard",
    room="risk",
    model=Hazard,
    rows=Hazard.objects.all,
    one=_("hazard"),
    many=_("Hazards"),
    lead=_("What could happen in numbers: how often, what it reaches, how much is lost and for how long."),
    view="risk.view",
    edit="risk.edit",
    listing=Listing(
        columns=(
            Column("name", _("Hazard"), lambda hazard: hazard, ("name",)),
            Column("threat", _("Threat"), lambda hazard: hazard.threat, ("threat__name",)),
            Column("site", _("Site"), lambda hazard: hazard.site, ("site__name",)),
            Column("rate", _("Events per year"), lambda hazard: Figure(hazard.rate, address(hazard), "rate"),
                   ("rate__value",), number=True),
            Column("often", _("In words"), lambda hazard: often(hazard.rate.value)),
            Column("footprints", _("Footprints"), lambda hazard: hazard.footprint_count,
                   ("footprint_count",), number=True),
            Column("unit", _("Responsible unit"), lambda hazard: hazard.unit, ("unit__name",)),
        ),
        filters=(
            Filter("site", _("Site that it reaches"), _site_options, _reaching),
            Filter("threat", _("Threat"), threat_options, of_threat),
            choice_filter("environment", _("Environment"), Environment, "threat__environment"),
            unit_filter("unit", _("Responsible unit and below")),
            TAG,
            OWN,
        ),
        search=("name", "key", "threat__name", "site__name"),
        prepare=_prepare,
    ),
    tell=tell,
    related=("threat", "site", "unit"),
    making=Making(COLUMNS, None, edit_hazard, make_page=make, change_page=change),
    steps=(
        Step(
            "end", _("End this hazard"), _("End it"), "risk.edit", until_form(_("First day without it")),
            lambda by, row, part, version, cleaned: end_hazard(by, row, version=version, on=cleaned["on"]),
            says=_("It is reckoned with no more from this day; what was reckoned before stays."), ends=True,
        ),
        Step(
            "remove", _("Remove this footprint"), _("Remove it"), "risk.edit", no_form,
            lambda by, row, part, version, cleaned: remove_footprint(by, part, version=version),
            on=Footprint, within="hazard", back="footprints", ends=True,
        ),
    ),
    parts=((Footprint, "hazard"),),
    empty=_("There is no hazard yet that you may see. Make the first one, or take in a workbook."),
)  # fmt: skip


__all__ = ["HAZARDS", "often", "tell"]
