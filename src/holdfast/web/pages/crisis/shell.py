"""What every page of an incident shares: its address, its tabs, its forms, and how it keeps itself up to date.

Real incidents are run under `/crisis/`, exercises under `/drill/`: an address says which of the two it is, and one that
says the wrong one leads nowhere. What changes while one looks stands in `{% live "name" %}…{% endlive %}`; the page
asks for itself again with the hashes of what it shows (`X-Live`), and is answered with the parts that differ, or with
204.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import DECLARE, LOG, RUN
from holdfast.organization.accounts.scope import may, visible
from holdfast.organization.rows import Row
from holdfast.readiness.exercises.rights import EDIT, OBSERVE
from holdfast.web.pages.organization.editing import ask_form
from holdfast.web.permissions import access_of

View = Callable[..., HttpResponse]
_PART = re.compile(r'<div class="live" id="live-([\w-]+)" data-live="(\w+)">(.*?)</div><!--live-->', re.S)


@dataclass(frozen=True)
class Tab:
    """A page of an incident, by the end of its route's name."""

    name: str
    label: str | Promise


TABS = (
    Tab("overview", gettext_lazy("Overview")),
    Tab("picture", gettext_lazy("Picture")),
    Tab("meetings", gettext_lazy("Meetings")),
    Tab("decisions", gettext_lazy("Decisions")),
    Tab("tasks", gettext_lazy("Tasks")),
    Tab("log", gettext_lazy("Log")),
    Tab("reports", gettext_lazy("Reports")),
    Tab("afterwards", gettext_lazy("Afterwards")),
    Tab("control", gettext_lazy("Run the exercise")),
    Tab("observe", gettext_lazy("Observe")),
)
ASKS_MORE = {"control": EDIT, "observe": OBSERVE}
"""Pages of exercises that not all who see one may open."""


def both(route: str, view: View, name: str) -> list[URLPattern]:
    """The same page for real incidents (`incident-NAME`) and for exercises (`drill-NAME`)."""
    if access_of(view) is None:
        raise ValueError(f"{name}: the page does not declare its permission.")
    return [
        path(f"crisis/<str:key>/{route}", view, {"real": True}, name=f"incident-{name}"),
        path(f"drill/<str:key>/{route}", view, {"real": False}, name=f"drill-{name}"),
    ]


def incident_of(request: HttpRequest, key: str, real: bool) -> Incident:
    """The incident that the address names. Raises Http404 where it is not visible, or not of this kind."""
    rows = Incident.objects.select_related("log", "site__parent__parent", "unit", "threat", "lead", "lead_post")
    found: Incident | None = visible(rows, request.user).filter(key=key, real=real).first()
    if found is None:
        raise Http404(_("There is nothing here by this name."))
    return found


def place(incident: Incident, name: str, *more: Any) -> str:
    """The address of a page of the incident by the end of its route's name."""
    return reverse(f"{'incident' if incident.real else 'drill'}-{name}", args=[incident.key, *more])


def tabs_of(incident: Incident) -> list[tuple[str, str | Promise, str]]:
    """Name, label and address of each page that there is."""
    found = []
    for tab in TABS:
        try:
            found.append((tab.name, tab.label, place(incident, tab.name)))
        except NoReverseMatch:
            continue
    return found


def show(
    request: HttpRequest,
    incident: Incident,
    template: str,
    context: dict[str, Any],
    *,
    tab: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page of the incident; or, asked with `X-Live`, what has changed of it."""
    body = render_to_string(template, {**around(request, incident), "tab": tab, **context}, request)
    seen = request.headers.get("X-Live")
    if seen is None:
        return HttpResponse(body, status=status)
    known = dict(pair.split(":", 1) for pair in seen.split(",") if ":" in pair)
    parts = {name: [digest, text] for name, digest, text in _PART.findall(body) if known.get(name) != digest}
    if not parts:
        return HttpResponse(status=204)
    return JsonResponse({"parts": parts, "now": incident.moment().isoformat()})


def around(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    """What the frame of every page of an incident needs."""
    user = request.user
    return {
        "incident": incident,
        "tabs": [tab for tab in tabs_of(incident) if tab[0] not in ASKS_MORE or may(user, ASKS_MORE[tab[0]], incident)],
        "may_run": incident.is_open and may(user, RUN, incident),
        "may_log": may(user, LOG, incident),
        "may_declare": may(user, DECLARE, incident),
        "now": incident.moment(),
    }


def form_page(
    request: HttpRequest,
    incident: Incident | None,
    fields: dict[str, Any],
    values: dict[str, Any],
    run: Callable[[Any], Any],
    *,
    title: str | Promise,
    button: str | Promise,
    back: str,
    says: str | Promise = "",
    held: Row | None = None,
    ends: bool = False,
    template: str = "crisis/form.html",
    **more: Any,
) -> HttpResponse:
    """The form of an act. `run(form)` calls it, with `form.cleaned_data` and `form.seen_version` (of `held`, the row
    that the act changes); it may return an address to go to in place of `back`. What is refused comes back with what
    was given."""
    went: list[str] = []

    def call(form: Any) -> None:
        done = run(form)
        if isinstance(done, str):
            went.append(done)

    about = {"title": title, "button": button, "says": says, "ends": ends, "row": held, **more}
    if incident is not None:
        about |= around(request, incident)
    response = ask_form(request, fields, values, held, call, about, back, template=template)
    if went and response.status_code == 302:
        return HttpResponseRedirect(went[0])
    return response
