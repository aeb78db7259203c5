"""The form of a footprint: what is hit, how much is lost, for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.analysis.risk.actions.hazards import add_footprint, edit_footprint
from holdfast.analysis.risk.models import Footprint, Hazard
from holdfast.organization.accounts.scope import require
from holdfast.organization.rows import Row
from holdfast.web.pages.organization.editing import ask_form, form_of
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.pages.organization.links import address
from holdfast.web.permissions import needs, visible_or_404

from . import judged
from .hazards import HAZARDS

WHICH = ("nodes", "kind", "site", "tag")
START = {"chance": 100, "loss_likely": 100, "length": "long", "measure": "h", "shared": True, "basis": "assumed"}


@needs("risk.edit", on=Hazard)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, key: str) -> HttpResponse:
    hazard = visible_or_404(Hazard.objects.all(), request, key=key)
    require(request.user, "risk.edit", hazard)

    def run(form: RowForm) -> Any:
        add_footprint(request.user, hazard=hazard, **_given(form, request.user))
        return hazard

    return _asked(request, hazard, None, run, _("Add a footprint"))


@needs("risk.edit", on=Footprint)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, part: int) -> HttpResponse:
    footprint = visible_or_404(Footprint.objects.select_related("hazard"), request, pk=part)
    hazard = visible_or_404(Hazard.objects.all(), request, pk=footprint.hazard_id)
    require(request.user, "risk.edit", footprint)

    def run(form: RowForm) -> Any:
        given = _given(form, request.user)
        before = judged.said_of_effect(footprint)
        if all(form.cleaned_data.get(name) == value for name, value in before.items()):
            # What was not said anew keeps the evidence that each figure has for itself.
            given = {name: value for name, value in given.items() if name not in ("chance", "loss", "duration")}
        edit_footprint(request.user, footprint, version=form.seen_version or 0, **given)
        return hazard

    return _asked(request, hazard, footprint, run, _("Change a footprint"))


def _given(form: RowForm, user: Any) -> dict[str, Any]:
    said = form.cleaned_data
    return {name: said[name] for name in (*WHICH, "note")} | judged.effect_facts(said, user)


def _asked(
    request: HttpRequest, hazard: Hazard, footprint: Footprint | None, run: Callable[[RowForm], Any], title: str
) -> HttpResponse:
    which, values = form_of(Footprint, WHICH, request.user, footprint)
    note, noted = form_of(Footprint, ("note",), request.user, footprint)
    start = START if footprint is None else judged.said_of_effect(footprint)
    about = {"noun": HAZARDS, "row": hazard, "title": title, "button": _("Save")}
    held: Row = hazard if footprint is None else footprint
    return ask_form(
        request,
        {**which, **judged.effect_fields(), **note},
        {**values, **start, **noted},
        held,
        run,
        about,
        address(hazard) + "#footprints",
        template="risk/judged.html",
        tries=_tries,
    )


def _tries(form: RowForm) -> dict[str, Any]:
    if form.is_bound:
        form.is_valid()
        return {"pictures": judged.drawn(form.cleaned_data)}
    return {"pictures": judged.drawn(form.initial)}
