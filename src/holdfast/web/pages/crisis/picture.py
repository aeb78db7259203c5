"""The picture of an incident: what breaches when, why, and what to restore first; its wall screen and its map."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from holdfast.analysis.scenarios.models import Scenario
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.actions import report_scenario, take_picture
from holdfast.crisis.picture.differences import difference
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.picture.models import Observation, Picture
from holdfast.crisis.picture.questions import newest_picture, proposed, within_scope
from holdfast.crisis.rights import LOG, VIEW
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.places.models import Site, Unit
from holdfast.web.permissions import needs

from .picture_forms import forms_patterns
from .picture_map import map_page
from .picture_told import Told, changes_told, outs_told
from .shell import both, incident_of, place, show

MOST_PICTURES = 12
MOST_ENTRIES = 3


@needs(VIEW, on=Incident)
@require_safe
def picture(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """The newest picture; with `?picture=N` an earlier one, as it was taken."""
    incident = incident_of(request, key, real)
    shown, newest = _asked(request, incident)
    context: dict[str, Any] = {"shown": shown, "old": shown is not None and shown != newest}
    if shown is not None:
        context |= _told(request, incident, shown)
    pictures = Picture.objects.filter(incident=incident).defer("answer", "hits").select_related("taken_by")
    context["pictures"] = pictures[:MOST_PICTURES]
    if incident.is_open and may(request.user, LOG, incident):
        named = set(incident.outages.true().values_list("node", flat=True))
        context["proposals"] = [
            one for one in proposed(request.user, incident)
            if not {hit.node_id for hit in one.all_hits} <= named  # type: ignore[attr-defined]
        ]  # fmt: skip
    return show(request, incident, "crisis/picture.html", context, tab="picture")


def _asked(request: HttpRequest, incident: Incident) -> tuple[Picture | None, Picture | None]:
    newest = newest_picture(incident)
    asked = request.GET.get("picture", "")
    if not asked:
        return newest, newest
    found = (
        Picture.objects.filter(incident=incident, number=int(asked)).first()
        if asked.isdecimal() and len(asked) < 9
        else None
    )
    if found is None:
        raise Http404(_("There is no picture of this number."))
    return found, newest


def _told(request: HttpRequest, incident: Incident, shown: Picture) -> dict[str, Any]:
    now = incident.moment() if shown.number and incident.is_open else shown.at
    answer = within_scope(shown.answer, request.user)
    told = Told(answer, max(now, shown.at) if request.GET.get("picture", "") == "" else shown.at)
    before = Picture.objects.filter(incident=incident, number__lt=shown.number).order_by("-number").first()
    changed = difference(within_scope(before.answer, request.user), answer) if before is not None else None
    seen = Observation.objects.filter(incident=incident, mistaken=False).select_related("node")
    kept = {one["node"]: one for one in answer["observed"]}
    places = dict(Site.objects.values_list("key", "name"))
    units = dict(Unit.objects.values_list("key", "name"))
    return {
        "told": told,
        "before": before,
        "changed": changes_told(changed) if changed is not None else [],
        "outs": outs_told(answer, {row.stable_key: row.pk for row in incident.outages.all()}),
        "observed": [{"row": one, "told": kept[one.node.key]} for one in seen if one.node.key in kept],
        "places": places,
        "units": units,
        "bars": {line.key: told.bar(line) for line in told.functions + told.first},
    }


@needs(VIEW, on=Incident)
@require_safe
def wall(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """For a screen on the wall: nothing to press, nothing to scroll."""
    incident = incident_of(request, key, real)
    shown = newest_picture(incident)
    context: dict[str, Any] = {"shown": shown, "wall": True}
    if shown is not None:
        told = Told(within_scope(shown.answer, request.user), max(incident.moment(), shown.at))
        context |= {"told": told, "next": told.next_breaches[:6], "gains": told.gains[:3]}
    entries = incident.log.entries.order_by("-number")
    decided = entries.filter(kind__startswith="decision.") | entries.filter(kind__startswith="activation.")
    context["entries"] = list(decided[:MOST_ENTRIES]) or list(entries[:MOST_ENTRIES])
    context["are_decisions"] = decided.exists()
    return show(request, incident, "crisis/wall.html", context, tab="picture")


@needs(LOG, on=Incident)
@require_POST
def take(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """Another picture, of what is known now."""
    incident = _logs(request, key, real)
    _warm(incident)
    return _done(request, incident, lambda: take_picture(request.user, incident, because=_("asked for")))  # type: ignore[arg-type]


@needs(LOG, on=Incident)
@require_POST
def accept(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What a saved scenario names is out, with one tap."""
    incident = _logs(request, key, real)
    scenario = visible(Scenario.objects.all(), request.user).filter(key=request.POST.get("scenario", "")[:120]).first()
    if scenario is None:
        raise Http404(_("There is nothing here by this name."))
    _warm(incident)
    return _done(request, incident, lambda: report_scenario(request.user, incident=incident, scenario=scenario))  # type: ignore[arg-type]


def _logs(request: HttpRequest, key: str, real: bool) -> Incident:
    incident = incident_of(request, key, real)
    require(request.user, LOG, incident)
    return incident


def _warm(incident: Incident) -> None:
    """Builds the model before the act opens its transaction, so that others can write meanwhile."""
    model_on(incident.moment().astimezone(incident.zone).date())


def _done(request: HttpRequest, incident: Incident, run: Any) -> HttpResponse:
    try:
        run()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(place(incident, "picture"))


urlpatterns = [
    *both("picture/", picture, "picture"),
    *both("picture/take/", take, "picture-take"),
    *both("picture/scenario/", accept, "picture-scenario"),
    *both("wall/", wall, "wall"),
    *both("map/", map_page, "map"),
    *forms_patterns,
]
