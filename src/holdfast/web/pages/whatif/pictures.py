"""The addresses of the map, of the dependency map, and of the data that their islands ask for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.web.permissions import needs

from .chain import link
from .example import Example
from .graph import Table, finding, graph_of
from .map import nodes_of_stations, station_rows
from .moments import Course
from .player import Pictures, pairs
from .question import Asked, read_question
from .spoken import graph_words, player_words
from .states import State
from .views import THE_EXAMPLE, _example_or_404
from .wording import KINDS, kind_name


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """The duty stations, each with its state where something has failed."""
    pictures = _pictures(request, "map")
    world = pictures.world
    context = _context(pictures) | {"world": world, "stations": station_rows(world)}
    return render(request, "whatif/map.html", context, status=_status(pictures.asked))


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def dependencies(request: HttpRequest) -> HttpResponse:
    """Who needs whom: the picture, and the same as a table."""
    pictures = _pictures(request, "dependencies")
    example = pictures.example
    graph = graph_of(example)
    table = Table(graph, request.GET, pictures.states, pictures.hits)

    def address(**changed: str) -> str:
        query = pictures.asked.question.address() if pictures.asked.question else pictures.spelled
        for key, value in {**table.view, **changed}.items():
            if value:
                query[key] = value
        return f"{pictures.address}?{query.urlencode()}#table"

    context = _context(pictures) | {
        "graph": graph,
        "graph_address": _data_address(pictures, "graph-data"),
        "finding": finding(graph),
        "circles": [[link(example, graph.ids[n]) for n in circle] for circle in graph.circles],
        "table": table,
        "kinds": [(kind, kind_name(kind)) for kind in KINDS],
        "sorts": {key: {"url": address(sort=key), "on": table.sort == key} for key in _COLUMNS},
        "before": address(page=str(table.page - 1)) if table.page > 1 else "",
        "after": address(page=str(table.page + 1)) if table.page < table.pages else "",
        "table_fields": pairs(pictures.asked.question.address()) if pictures.asked.question else [],
    }
    return render(request, "whatif/dependencies.html", context, status=_status(pictures.asked))


_COLUMNS = ("name", "kind", "needs", "upstream", "used", "downstream", "single", "state")


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def graph_data(request: HttpRequest) -> HttpResponse:
    """The graph as JSON, with the states of the question in the address, if it asks one."""
    example = _example_or_404(request)
    asked = read_question(request.GET, example)
    if asked.wrong:
        return _refused(asked)
    states = Course(example, asked.question).worst if asked.question else None
    pictures = Pictures(example, asked, request.GET, reverse("dependencies"))
    data = graph_of(example).as_json(states) | {
        "words": [state.word for state in State],
        "asked": asked.question is not None,
        "hits": sorted(pictures.hits),
        "question": pictures.spelled.urlencode(),
        "text": graph_words(),
    }
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def moments_data(request: HttpRequest) -> HttpResponse:
    """What changes when, as JSON, for the player."""
    example = _example_or_404(request)
    asked = read_question(request.GET, example)
    if asked.wrong or asked.question is None:
        return _refused(asked)
    stations = {site.id: nodes for site, nodes in nodes_of_stations(example).items()}
    data = Course(example, asked.question).as_json(stations) | {"text": player_words()}
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


def _pictures(request: HttpRequest, name: str) -> Pictures:
    example: Example = _example_or_404(request)
    return Pictures(example, read_question(request.GET, example), request.GET, reverse(name))


def _context(pictures: Pictures) -> dict[str, Any]:
    asked = pictures.asked
    return {
        "pictures": pictures,
        "example": pictures.example,
        "asked": asked,
        "player": pictures.player,
        "states": list(State),
        "hits": [
            {"link": link(pictures.example, hit.node), "without": pictures.without(hit.node)}
            for hit in (asked.question.hits[:_MOST_CHIPS] if asked.question else ())
        ],
        "hits_more": max(len(asked.question.hits) - _MOST_CHIPS, 0) if asked.question else 0,
    }


_MOST_CHIPS = 8


def _data_address(pictures: Pictures, name: str) -> str:
    query = pictures.asked.question.address().urlencode() if pictures.asked.question else ""
    return reverse(name) + (f"?{query}" if query else "")


def _status(asked: Asked) -> int:
    return 404 if asked.unknown_scenario else 400 if asked.wrong else 200


def _refused(asked: Asked) -> HttpResponse:
    reasons = [*asked.errors, asked.horizon_error, *(text for row in asked.rows for text in row.errors.values())]
    told = " ".join(reason for reason in reasons if reason)
    told = told or _("Nothing has been chosen: give a scenario or at least one hit.")
    return JsonResponse({"error": told}, status=404 if asked.unknown_scenario else 400)
