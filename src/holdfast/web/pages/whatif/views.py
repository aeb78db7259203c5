"""The addresses of the what-if page: thin, each reads, asks and shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.analysis.scenarios.actions import EDIT
from holdfast.engine.errors import InputError
from holdfast.formats.typesetting import Form
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may_somewhere
from holdfast.organization.structure.models import Node
from holdfast.web.permissions import needs

from .answer import SHOWS, Answer, Selection
from .chain import hit_text, link
from .comparison import Comparison, Side, read_side, told
from .example import Example, SavedScenario, load
from .health import Health
from .node import NodePage
from .paper import on_paper
from .question import Asked, Question, read_day, read_question
from .search import search
from .sheet import as_csv
from .wording import cause_name

MOST_CARDS = 6
MOST_OPEN = 2
MOST_NAMED = 3
MOST_UNFOLDED = 6
LONGEST_AGAINST = 2_000
"""Characters of the address of a question that is kept for a comparison."""
FORMATS = ("csv", "json", "pdf", "png")
PAPER: dict[str, tuple[Form, str]] = {"pdf": ("pdf", "application/pdf"), "png": ("png", "image/png")}
THE_EXAMPLE = "the example is public data"


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """The question and its answer, as a page or, by ``format``, as CSV or JSON."""
    try:
        example = load(request.user, read_day(request.GET)[0])
    except InputError as error:
        return render(request, "whatif/no_twin.html", {"error": error}, status=503)
    if example is None:
        return render(request, "whatif/no_twin.html", status=503)
    asked = read_question(request.GET, example)
    wanted = request.GET.get("format", "")
    if wanted:
        return _data(request, asked, example, wanted)
    address = ""
    if asked.from_form and not asked.wrong:
        address = _address(asked.question, _kept(request.GET, asked.question))
        if asked.question is None or "in-place" not in request.GET:
            return redirect(address + _place(request.GET))
        # The page that asks puts the answer and the short address where those before stood.
        request.GET = QueryDict(address.partition("?")[2])
        asked = read_question(request.GET, example)
    status = 404 if asked.unknown_scenario else 400 if asked.wrong else 200
    return render(request, "whatif/page.html", _context(request, asked, example) | {"address": address}, status=status)


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two questions side by side; until both are chosen, the form that asks for them."""
    example = _example_or_404(request)
    sides = [read_side(request.GET, name, example) for name in ("one", "other")]
    one, other = (side.question for side in sides)
    both = Comparison(example, one, other) if one is not None and other is not None else None
    wrong = any(side.errors for side in sides)
    if request.GET.get("format") == "json":
        if both is None:
            reason = " ".join(text for side in sides for text in side.errors) or _("Give two questions to compare.")
            return JsonResponse({"error": reason}, status=400)
        return JsonResponse(both.as_json(), json_dumps_params={"ensure_ascii": False})
    context = {
        "example": example,
        "both": both,
        "sides": [_side(example, side) for side in sides],
        "scenarios": [(f"scenario={saved.slug}", saved.name) for saved in example.scenarios.values()],
        "swapped": f"{reverse('compare')}?{_swapped(sides)}",
        "json": f"{request.get_full_path()}&format=json" if both else "",
        "same": told(both.same) if both else "",
    }
    return render(request, "whatif/compare.html", context, status=400 if wrong else 200)


def _side(example: Example, side: Side) -> dict[str, Any]:
    question = side.question
    text = question.address().urlencode() if question else side.text
    named = question.saved.name if question and question.saved else _title(example, question) if question else ""
    return {
        "name": side.name,
        "text": text,
        "title": named,
        "errors": side.errors,
        "own": bool(question and not question.saved),
        "url": _address(question, {}) if question else "",
        "hits": _alike(example, question) if question else [],
    }


def _swapped(sides: list[Side]) -> str:
    query = QueryDict(mutable=True)
    query["one"], query["other"] = sides[1].text, sides[0].text
    return query.urlencode()


def _comparing(one: str, other: str = "") -> str:
    """The address that compares two questions, or asks for the second."""
    query = QueryDict(mutable=True)
    query["one"] = one
    if other:
        query["other"] = other
    return f"{reverse('compare')}?{query.urlencode()}"


def _saving(request: HttpRequest, question: Question) -> str:
    """The address that saves a question, with the one it began with; empty where the reader may not."""
    if not isinstance(request.user, User) or not may_somewhere(request.user, EDIT):
        return ""
    query = question.address()
    if question.saved is not None or (before := request.GET.get("against", "")[:LONGEST_AGAINST]):
        query["against"] = before if question.saved is None else query.urlencode()
    return f"{reverse('scenario-save')}?{query.urlencode()}"


@needs("structure.view", on=Node, open_in_example=THE_EXAMPLE)
@require_safe
def node(request: HttpRequest, node: str) -> HttpResponse:
    """What a node is, what it needs and what needs it."""
    example = _example_or_404(request)
    if node not in example.records:
        raise Http404(_("Nothing here has the id “%(id)s”.") % {"id": node[:80]})
    question = QueryDict(mutable=True)
    question["hit"] = node
    fails = f"{reverse('what-if')}?{question.urlencode()}"
    return render(request, "whatif/node.html", {"page": NodePage(example, node), "example": example, "fails": fails})


@needs("structure.view", open_in_example=THE_EXAMPLE)
@require_safe
def model(request: HttpRequest) -> HttpResponse:
    """What the named checks say of the model, by unit."""
    health = Health(_example_or_404(request), request.user, request.GET)
    return render(request, "whatif/model.html", {"example": health.example, "health": health})


def _example_or_404(request: HttpRequest) -> Example:
    try:
        example = load(request.user)
    except InputError as error:
        raise Http404(str(error)) from error
    if example is None:
        raise Http404(_("No organisation has been loaded."))
    return example


def _data(request: HttpRequest, asked: Asked, example: Example, wanted: str) -> HttpResponse:
    """The answer for a machine; what is wrong is said in the same form, with status 400."""
    reasons = [*asked.errors, asked.horizon_error, *(text for row in asked.rows for text in row.errors.values())]
    if wanted not in FORMATS:
        reasons = [_("There is no format “%(name)s”: ask for csv, json, pdf or png.") % {"name": wanted[:40]}]
    elif asked.question is None and not asked.wrong:
        reasons = [_("Nothing has been chosen: give a scenario or at least one hit.")]
    reasons = [reason for reason in reasons if reason]
    if reasons or asked.question is None:
        return JsonResponse({"error": " ".join(reasons)}, status=404 if asked.unknown_scenario else 400)
    answer = Answer(example, asked.question)
    if wanted == "json":
        return JsonResponse(answer.as_json(), json_dumps_params={"ensure_ascii": False})
    name = asked.question.saved.slug if asked.question.saved else "answer"
    if wanted in PAPER:
        form, kind = PAPER[wanted]
        title = asked.question.saved.name if asked.question.saved else _title(example, asked.question)
        address = request.build_absolute_uri(_address(asked.question, {}))
        response = HttpResponse(on_paper(answer, title, address, form), content_type=kind)
        how = "inline"
    else:
        response = HttpResponse(as_csv(answer), content_type="text/csv; charset=utf-8")
        how = "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="what-if-{_plain_name(name)}.{wanted}"'
    return response


def _plain_name(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in name)


def _worst(request: HttpRequest, example: Example) -> dict[str, Any] | None:
    """The same question on the worst day of the coming year, where that is another day."""
    found = example.worst_day
    if found is None or found.day == example.as_of:
        return None
    query = request.GET.copy()
    query["as_of"] = found.day.isoformat()
    return {"day": found.day, "processes": found.processes, "names": found.names, "url": f"?{query.urlencode()}"}


def _context(request: HttpRequest, asked: Asked, example: Example) -> dict[str, Any]:
    found = search(example, request.GET.get("find", ""), request.GET.get("kind", ""))
    edited = request.GET.get("edit", "")
    context: dict[str, Any] = {
        "example": example,
        "asked": asked,
        "rows": [
            {
                "row": row,
                "link": link(example, row.node),
                "known": row.node in example.records,
                "number": number,
                "text": hit_text(asked.question.hits[number - 1]) if asked.question else "",
                "open": len(asked.rows) <= MOST_OPEN or bool(row.errors) or edited == str(number),
                "folded": len(asked.rows) > MOST_UNFOLDED and not row.errors and edited != str(number),
            }
            for number, row in enumerate(asked.rows, start=1)
        ],
        "search": found,
        "many": len(asked.rows) > MOST_UNFOLDED,
        "unfold": bool(edited) or any(row.errors for row in asked.rows),
        "scenarios": [_card(saved) for saved in example.scenarios.values()],
        "worst": _worst(request, example),
        "start_units": [("h", _("hours")), ("d", _("days")), ("w", _("weeks"))],
        "duration_units": [("h", _("hours")), ("d", _("days")), ("w", _("weeks")), ("never", _("never ends"))],
    }
    if asked.question is None:
        return context | {"starting": starting_scenarios(example)}
    answer = Answer(example, asked.question)
    selection = Selection(answer, request.GET)
    view = selection.parameters()
    question = asked.question

    def address(**changed: str) -> str:
        return _address(question, {**view, **changed}) + "#processes"

    context |= {
        "answer": answer,
        "selection": selection,
        "title": question.saved.name if question.saved else _title(example, question),
        "cause": cause_name(question.saved.record.get("cause")) if question.saved else "",
        "paragraphs": [str(p) for p in question.saved.record.get("paragraphs") or []] if question.saved else [],
        "hits": _alike(example, question),
        "question_fields": list(_pairs(question.address())),
        "against": request.GET.get("against", "")[:LONGEST_AGAINST] or question.address().urlencode(),
        "compared": _comparing(request.GET["against"][:LONGEST_AGAINST], question.address().urlencode())
        if request.GET.get("against")
        else "",
        "saving": _saving(request, question),
        "comparing": _comparing(question.address().urlencode()),
        "csv": _address(question, {"format": "csv"}),
        "json": _address(question, {"format": "json"}),
        "pdf": _address(question, {"format": "pdf"}),
        "png": _address(question, {"format": "png"}),
        "sorts": {
            key: {"url": address(sort="" if key == "state" else key), "on": selection.sort == key}
            for key in ("state", "name", "down", "longest", "rto", "mtpd")
        },
        "shows": list(zip(SHOWS, (_("that stop"), _("that breach MTPD"), _("touched"), _("all")), strict=True)),
        "orders": [
            ("state", _("worst first")),
            ("down", _("first down")),
            ("longest", _("longest outage")),
            ("rto", _("shortest RTO")),
            ("mtpd", _("shortest MTPD")),
            ("name", _("name")),
        ],
        "whole": address(rows="all"),
        "health": Health(example, request.user, QueryDict()),
        "timeline_words": {
            "down": _("Down"),
            "reduced": _("Reduced"),
            "up": _("Runs"),
            "summary": _("{time} after the start: {down} of {all} listed are down"),
        },
    }
    return context


def _alike(example: Example, question: Question) -> list[dict[str, Any]]:
    """The hits, those that do the same together: the first few by name, and how many more."""
    groups: dict[str, list[str]] = {}
    for hit in question.hits:
        groups.setdefault(hit_text(hit), []).append(hit.node)
    return [
        {"links": [link(example, n) for n in nodes[:MOST_NAMED]], "more": max(len(nodes) - MOST_NAMED, 0), "text": text}
        for text, nodes in groups.items()
    ]


def _title(example: Example, question: Question) -> str:
    names = [example.name(hit.node) for hit in question.hits]
    distinct = list(dict.fromkeys(names))
    if len(distinct) == 1:
        return _("What if %(name)s fails?") % {"name": distinct[0]}
    if len(distinct) == 2:
        return _("What if %(one)s and %(two)s fail?") % {"one": distinct[0], "two": distinct[1]}
    return _("What if %(name)s and %(count)s more fail?") % {"name": distinct[0], "count": len(distinct) - 1}


def _card(saved: SavedScenario) -> dict[str, Any]:
    return {
        "slug": saved.slug,
        "name": saved.name,
        "description": str(saved.record.get("description") or ""),
        "cause": cause_name(saved.record.get("cause")),
        "url": f"{reverse('what-if')}?{urlencode({'scenario': saved.slug})}",
    }


def starting_scenarios(example: Example) -> list[dict[str, Any]]:
    """Scenarios to begin with: the first of each cause, then others up to six, in the order of the files."""
    seen: set[object] = set()
    first = []
    for slug, saved in example.scenarios.items():
        if saved.record.get("cause") not in seen:
            seen.add(saved.record.get("cause"))
            first.append(slug)
    others = [slug for slug in example.scenarios if slug not in first]
    chosen = set((first + others)[:MOST_CARDS])
    return [_card(saved) for slug, saved in example.scenarios.items() if slug in chosen]


def _kept(query: QueryDict, question: Question | None) -> dict[str, str]:
    """The search, which stays while things are being added and goes once the answer is asked for; the day, while
    nothing has been chosen yet; and the question before, to compare with, once this is another."""
    names = ["find", "kind", "edit"] if query.get("do") != "show" or not query.getlist("hit") else []
    if question is None:
        names.append("as_of")
    before = query.get("against", "")
    if len(before) <= LONGEST_AGAINST and (question is None or before != question.address().urlencode()):
        names.append("against")
    return {key: query.get(key, "").strip() for key in names if query.get(key, "").strip()}


def _place(query: QueryDict) -> str:
    if "remove" in query or "edit" in query:
        return "#question"
    looked = query.get("do") == "find" or (query.get("do") == "enter" and query.get("find"))
    return "#choose" if looked or ("do" not in query and "add" not in query) else ""


def _address(question: Question | None, view: dict[str, str]) -> str:
    query = question.address() if question else QueryDict(mutable=True)
    for key, value in view.items():
        if value:
            query[key] = value
    encoded = query.urlencode()
    return reverse("what-if") + (f"?{encoded}" if encoded else "")


def _pairs(query: QueryDict) -> list[tuple[str, str]]:
    return [(key, value) for key, values in query.lists() for value in values]
