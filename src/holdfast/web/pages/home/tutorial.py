"""The tutorial, and the page of words and keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.engine.errors import InputError
from holdfast.web.glossary import WORDS
from holdfast.web.pages.whatif.example import Example, load
from holdfast.web.permissions import needs, public

FIRST = "headquarters-inaccessible-10-days"
"""The saved scenario that the tutorial begins with; where there is none of this name, the first there is."""
SHORTER = 24.0
OWN_WORDS = "Nairobi"


@dataclass(frozen=True)
class Lesson:
    """One step: what to do, what is seen there, and where it is done."""

    title: str
    does: str
    sees: str
    url: str
    button: str


@needs("directory.view", open_in_example="the example is public data")
@require_safe
def tutorial(request: HttpRequest) -> HttpResponse:
    """Five minutes from nothing to one's own first question."""
    user: Any = request.user
    try:
        model = load(user)
    except InputError:
        model = None
    saved = model and (model.scenarios.get(FIRST) or next(iter(model.scenarios.values()), None))
    lessons = _lessons(model, saved.slug) if model and saved else []
    return render(request, "home/tutorial.html", {"lessons": lessons})


def _lessons(model: Example, scenario: str) -> list[Lesson]:
    what_if = reverse("what-if")
    asked = f"{what_if}?scenario={scenario}"
    name = model.scenarios[scenario].name
    shorter = QueryDict(mutable=True)
    hits = model.scenarios[scenario].record["hits"]
    for hit in hits:
        shorter.appendlist("hit", hit["node"])
        shorter.appendlist("loss", str(hit.get("loss", 1)))
        shorter.appendlist("start", "0")
        shorter.appendlist("duration", f"{SHORTER:g}")
    compared = QueryDict(mutable=True)
    compared["one"], compared["other"] = f"scenario={scenario}", shorter.urlencode()
    own = QueryDict(mutable=True)
    own["find"] = OWN_WORDS
    return [
        Lesson(
            _("Read an answer"),
            _("Open the saved scenario “%(name)s”.") % {"name": name},
            _(
                "The sentence on top is the finding. Below stand the critical functions, the worst state in the "
                "darkest colour, each with its outages on a time axis and the marks of RTO and MTPD."
            ),
            asked,
            _("Open the scenario"),
        ),
        Lesson(
            _("Ask why"),
            _("Open “Why” under a critical function that stops."),
            _("The binding cause: a chain from the function back to what was lost, with the time at each link."),
            f"{asked}#functions",
            _("Go to the functions"),
        ),
        Lesson(
            _("Change one thing"),
            _("The same loss for one day only: change the duration in the question, or press here."),
            _("The answer is computed anew at once and has an address of its own, which you can send to anybody."),
            f"{what_if}?{shorter.urlencode()}",
            _("Ask for one day"),
        ),
        Lesson(
            _("Compare"),
            _("Put the two answers side by side."),
            _("Only what differs is listed: what is better, what is worse, and by how much."),
            f"{reverse('compare')}?{compared.urlencode()}",
            _("Compare the two"),
        ),
        Lesson(
            _("Ask your own question"),
            _("Search for something that could fail, add it, set for how long, and show what fails."),
            _("This is the first what-if of your own. Save its address, or take its figures away as CSV or JSON."),
            f"{what_if}?{own.urlencode()}#choose",
            _("Choose what fails"),
        ),
    ]


@public("words and keys are the same for everybody")
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The words of the field and the keys of the pages."""
    return render(request, "home/keys.html", {"glossary": WORDS})
