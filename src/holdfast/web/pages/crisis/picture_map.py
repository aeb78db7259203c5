"""The sites on the map of the world, each in the worst state of what stands there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.picture.models import Picture
from holdfast.crisis.picture.questions import newest_picture, within_scope
from holdfast.crisis.rights import VIEW
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Node
from holdfast.web.pages.whatif.example import Example
from holdfast.web.pages.whatif.map import Point, World
from holdfast.web.pages.whatif.states import State
from holdfast.web.pages.whatif.wording import number
from holdfast.web.permissions import needs

from .picture_told import AHEAD, BREACHED, DOWN, WORDS, Told
from .shell import incident_of, show


@needs(VIEW, on=Incident)
@require_safe
def map_page(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """Where what is down and what is out lies."""
    incident = incident_of(request, key, real)
    shown = newest_picture(incident)
    context: dict[str, Any] = {"shown": shown}
    if shown is not None:
        context |= mapped(request, incident, shown)
    return show(request, incident, "crisis/map.html", context, tab="picture")


def mapped(request: HttpRequest, incident: Incident, shown: Picture) -> dict[str, Any]:
    """The world, and a row a site with what is so there; only of what the reader may see."""
    told = Told(within_scope(shown.answer, request.user), max(incident.moment(), shown.at))
    lines = {line.key: line for line in told.lines}
    out = {one["node"] for one in told.standing}
    states = {key: State(line.state) for key, line in lines.items()}
    example = _example(request, incident)
    held = {key: states.get(key, State.HOLDS) for key in example.records}
    for key in out & set(held):
        held[key] = max(held[key], State.STOPS)
    world = World(example, states=held)
    rows: list[dict[str, Any]] = []
    for point in world.points:
        here = [lines[key] for key in point.nodes if key in lines]
        lost = sum(key in out for key in point.nodes)
        down = sum(line.is_down for line in here)
        point.state = max([State(line.state) for line in here] + [State.STOPS if lost else State.HOLDS])
        point.words = _words(lost, down, sum(line.state in (AHEAD, BREACHED) for line in here))
        rows.append({"point": point, "state": int(point.state), "word": _word(point), "says": point.words})
    rows.sort(key=lambda row: (-row["state"], row["point"].site.name))
    worst = [row["point"].site.name for row in rows if row["state"] >= DOWN]
    if worst:
        finding = _("Something is out or down at %(sites)s.") % {"sites": ", ".join(worst)}
    else:
        finding = _("Nothing is down at any duty station.")
    return {"told": told, "world": world, "rows": rows, "finding": finding}


def _word(point: Point) -> str:
    return str(WORDS[int(point.state)])


def _words(lost: int, down: int, breach: int) -> str:
    said = []
    if lost:
        said.append(ngettext("%(n)s thing out", "%(n)s things out", lost) % {"n": number(lost)})
    if down:
        said.append(ngettext("%(n)s process down", "%(n)s processes down", down) % {"n": number(down)})
    if breach:
        said.append(ngettext("%(n)s breaches its limit", "%(n)s breach their limits", breach) % {"n": number(breach)})
    return ", ".join(said) or _("nothing touched")


def _example(request: HttpRequest, incident: Incident) -> Example:
    """What the map needs of the model, as far as the reader may see it."""
    on = incident.moment().astimezone(incident.zone).date()
    model = model_on(on)
    seen = set(visible(Node.objects.all(), request.user).values_list("key", flat=True))
    records = {key: record for key, record in model.records.items() if key in seen}
    sites = {
        site.key: {"name": site.name, "lat": site.latitude, "lon": site.longitude, "kind": site.kind}
        for site in Site.objects.all()
    }
    about: dict[str, Any] = {"sites": sites, "units": {}, "functions": [], "gaps": []}
    return Example(model.twin, records, {}, {}, about, on, {})
