"""The five steps: where each unit stands, what is missing for the next step, gates opened with a reason.

/programme/steps/   ?unit=KEY (it and all under it) &state=under_way… &sort=name|standing
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.governance.gates.actions import close_gate, let_pass
from holdfast.governance.gates.gates import GATES, Standing, standings
from holdfast.governance.gates.models import OVERRIDE, VIEW, Override, Step
from holdfast.organization import clock
from holdfast.organization.accounts.scope import require, visible
from holdfast.organization.places.models import Unit
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form
from holdfast.web.pages.organization.fields import DayField
from holdfast.web.permissions import needs, visible_or_404

STATES: dict[str, str | Promise] = {
    "done": gettext_lazy("done"),
    "let_pass": gettext_lazy("let pass"),
    "under_way": gettext_lazy("under way"),
    "ahead": gettext_lazy("not open yet"),
    "not_asked": gettext_lazy("nothing asked yet"),
}
"""The states of a unit in a step, the furthest first."""
SORTS = ("name", "standing")


@dataclass(frozen=True)
class Part:
    """A piece of a bar: `start` and `share` are hundredths of it, as the picture wants them written."""

    state: str
    name: str | Promise
    count: int
    start: str
    share: str


@dataclass(frozen=True)
class Bar:
    """How many units are in each state of a step."""

    step: Step
    asks: str
    parts: list[Part]


@needs(VIEW)
@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Units by steps."""
    user: Any = request.user
    today = clock.today()
    seen = list(visible(Unit.objects.as_of(today).filter(in_scope=True), user, VIEW).order_by("path"))
    problems = []
    units, chosen = seen, None
    if asked := request.GET.get("unit", "").strip():
        chosen = next((unit for unit in seen if unit.key == asked), None)
        if chosen is None:
            problems.append(_("There is no unit “%(key)s” here.") % {"key": asked[:60]})
        else:
            units = [unit for unit in seen if unit.path.startswith(chosen.path)]
    found = standings(units, today)
    state = request.GET.get("state", "")
    rows = found
    if state in STATES:
        rows = [standing for standing in found if standing.at is not None and standing.at.state == state]
    elif state:
        problems.append(_("There is no state “%(state)s”.") % {"state": state[:40]})
    order = request.GET.get("sort", "")
    if order.removeprefix("-") == "name":
        rows = sorted(rows, key=lambda standing: standing.unit.name.casefold(), reverse=order.startswith("-"))
    elif order.removeprefix("-") == "standing":
        rows = sorted(rows, key=_how_far, reverse=order.startswith("-"))
    context = {
        "rows": rows,
        "bars": bars(found),
        "steps": list(Step),
        "states": STATES,
        "units": seen,
        "chosen": chosen,
        "state": state,
        "order": order,
        "problems": problems,
        "may_let_pass": set(visible(Unit.objects.filter(pk__in=[unit.pk for unit in units]), user, OVERRIDE)),
        "lead": _lead(found),
        "today": today,
    }
    return render(request, "governance/steps.html", context, status=400 if problems else 200)


def bars(found: Sequence[Standing]) -> list[Bar]:
    """The picture over the matrix: one bar a step."""
    drawn = []
    for step in Step:
        states = [standing.passages[step.value - 1].state for standing in found]
        parts: list[Part] = []
        start = 0.0
        for state, name in STATES.items():
            if count := states.count(state):
                share = 100 * count / len(states)
                parts.append(Part(state, name, count, f"{start:.2f}", f"{share:.2f}"))
                start += share
        asks = "; ".join(str(gate.label) for gate in GATES.values() if gate.step == step)
        drawn.append(Bar(step, asks, parts))
    return drawn


def _how_far(standing: Standing) -> tuple[int, str]:
    return (standing.at.step.value if standing.at is not None else len(Step) + 1, standing.unit.path)


def _lead(found: Sequence[Standing]) -> str:
    if not found:
        return _("There is no unit in scope here that you may see.")
    at = [standing.at.step for standing in found if standing.at is not None]
    if not at:
        return _("All %(n)s units are past all five steps.") % {"n": len(found)}
    most = max(Step, key=at.count)
    said = _("%(n)s of %(all)s units stand at step %(step)s, %(name)s.")
    return said % {"n": at.count(most), "all": len(found), "step": most.value, "name": most.label}


@needs(OVERRIDE, on=Unit)
@require_http_methods(KINDS_OF_REQUEST)
def pass_unit(request: HttpRequest, key: str) -> HttpResponse:
    """Lets a unit and all under it pass a step."""
    unit: Any = visible_or_404(Unit.objects.all(), request, key=key)
    user: Any = request.user
    require(user, OVERRIDE, unit)
    fields = {
        "step": forms.TypedChoiceField(
            label=_("Step"), coerce=int, choices=[(step.value, f"{step.value}. {step.label}") for step in Step]
        ),
        "reason": forms.CharField(label=_("Reason"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})),
        "until": DayField(
            label=_("Until"), required=False, help_text=_("The first day without it; left empty: for good.")
        ),
    }

    def run(form: Any) -> Any:
        given: dict[str, Any] = form.cleaned_data
        until: date | None = given["until"]
        return let_pass(user, unit, step=given["step"], reason=given["reason"], until=until)

    about = {
        "crumb": {"url": reverse("steps"), "label": _("The five steps")},
        "title": _("Let a unit pass a gate"),
        "button": _("Let it pass"),
        "part": unit.name,
        "says": _("The unit and all under it count as past this step, although something is missing."),
    }
    return ask_form(request, fields, {}, unit, run, about, reverse("steps"))


@needs(OVERRIDE, on=Override)
@require_http_methods(KINDS_OF_REQUEST)
def close(request: HttpRequest, override: int) -> HttpResponse:
    """Closes a gate that was opened."""
    row: Any = visible_or_404(Override.objects.select_related("unit"), request, pk=override)
    user: Any = request.user
    require(user, OVERRIDE, row)
    about = {
        "crumb": {"url": reverse("steps"), "label": _("The five steps")},
        "title": _("Close the gate again"),
        "button": _("Close it"),
        "part": str(row),
        "says": _("What is missing counts again; what was opened today counts until tonight."),
        "ends": True,
    }
    return ask_form(
        request, {}, {}, row, lambda form: close_gate(user, row, version=form.seen_version), about, reverse("steps")
    )
