"""Home: what waits for the reader, what is true now, what has changed; for a visitor of the example, where to begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from holdfast.engine.errors import InputError
from holdfast.organization import clock
from holdfast.organization.accounts.acts import ACTS
from holdfast.organization.accounts.models import Event, User
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.structure.holes import VIEW as SEE_HOLES
from holdfast.organization.structure.holes import holes
from holdfast.organization.structure.models import CriticalFunction, Node, Supply
from holdfast.web.pages.whatif.example import Example, load
from holdfast.web.pages.whatif.views import starting_scenarios
from holdfast.web.permissions import needs

from .waiting import WAITING, Waiting

MOST_EVENTS = 8
MOST_SCENARIOS = 4


@dataclass(frozen=True)
class Truth:
    """A figure of today: ``says`` names what is counted, ``of`` its whole or its meaning."""

    figure: int
    says: str
    of: str
    url: str


@needs("directory.view", open_in_example="the example is public data")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The reader's own first page."""
    user: Any = request.user
    on = clock.today()
    try:
        model = load(user)
    except InputError:
        model = None
    signed_in = isinstance(user, User) and user.is_active
    waiting = [line for question in WAITING for line in question(user, on)] if signed_in else []
    sees_model = not signed_in or may_somewhere(user, "structure.view")
    scenarios = starting_scenarios(model)[:MOST_SCENARIOS] if model is not None and sees_model else []
    context = {
        "signed_in": signed_in,
        "waiting": waiting,
        "lead": _lead(waiting),
        "truths": _truths(user, on, model) if signed_in else [],
        "events": _events(user) if signed_in and may_somewhere(user, "event.view") else None,
        "scenarios": scenarios,
        "tutorial": reverse("tutorial"),
        "on": on,
        "has_model": model is not None,
        "can_found": signed_in and may_somewhere(user, "data.import"),
    }
    return render(request, "home/home.html", context)


def _lead(waiting: list[Waiting]) -> str:
    if not waiting:
        return _("Nothing waits for you.")
    text = ngettext("%(n)s thing waits for you.", "%(n)s things wait for you.", len(waiting))
    return text % {"n": len(waiting)}


def _truths(user: Any, on: date, model: Example | None) -> list[Truth]:
    """What is true of what the reader may see, each figure with the page that shows it."""
    found = []
    if may_somewhere(user, "structure.view"):
        functions = CriticalFunction.objects.functions().as_of(on)
        served = set(
            Supply.objects.filter(requirement__node__in=functions.values("pk")).values_list(
                "requirement__node_id", flat=True
            )
        )
        total = functions.count()
        found.append(
            Truth(
                total,
                _("critical functions"),
                ngettext("%(n)s is served by processes", "%(n)s are served by processes", len(served))
                % {"n": len(served)},
                reverse("functions"),
            )
        )
        processes = visible(Node.objects.filter(kind="process", is_function=False).as_of(on), user)
        without = processes.filter(mtpd__isnull=True).count()
        found.append(
            Truth(
                processes.count(),
                _("processes"),
                ngettext("%(n)s without an MTPD", "%(n)s without an MTPD", without) % {"n": without},
                reverse("processes"),
            )
        )
        unconfirmed = visible(Supply.objects.filter(confirmed_on__isnull=True), user).count()
        found.append(
            Truth(
                unconfirmed,
                _("dependencies not confirmed"),
                _("by the side that is drawn on"),
                reverse("dependencies"),
            )
        )
        if model is not None:
            found.append(
                Truth(
                    len(model.complaints),
                    _("points in the model to look at"),
                    ngettext("in %(n)s node", "in %(n)s nodes", len(model.records)) % {"n": len(model.records)},
                    reverse("model"),
                )
            )
    if may_somewhere(user, SEE_HOLES):
        found.append(Truth(len(holes(on, user)), _("holes"), _("in the organisation"), reverse("holes")))
    return found


def _events(user: Any) -> list[dict[str, Any]]:
    """The last acts that the reader may know of."""
    asked = visible(Event.objects.all(), user).select_related("user", "unit").order_by("-pk")[:MOST_EVENTS]
    return [
        {
            "at": event.at,
            "by": event.user or event.system,
            "what": str(ACTS[event.act].label) if event.act in ACTS else event.act,
            "title": event.title,
            "unit": event.unit,
        }
        for event in asked
    ]
