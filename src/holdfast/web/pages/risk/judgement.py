"""From words to figures: what an expert says, drawn, before anybody keeps it. Nothing is saved."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.analysis.risk import elicitation
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.pages.whatif.wording import hours, number, percent
from holdfast.web.permissions import needs

from . import judged

START = {"often": "once", "years": 50, "length": "long", "measure": "h", "likely": 8, "high": 72, "loss_likely": 100}
LEFT_OUT = ("basis", "source", "as_of", "chance", "shared")


@needs("risk.view")
@require_safe
def judgement(request: HttpRequest) -> HttpResponse:
    """The form in the address, so that a judgement can be passed on."""
    fields = {
        name: field
        for name, field in {**judged.rate_fields(), **judged.effect_fields()}.items()
        if name not in LEFT_OUT
    }
    asked = any(name in request.GET for name in fields)
    given = request.GET.copy()
    for name, value in START.items():
        if name not in given:
            given[name] = str(value)
    form = RowForm(fields, START, given if asked else None)
    said: dict[str, Any] = START
    if asked:
        form.is_valid()
        said = form.cleaned_data
        for read in (judged.rate_of, judged.duration_of, judged.loss_of):
            try:
                read(said)
            except ValidationError as error:
                form.add_errors(error)
    context = {
        "form": form,
        "title": _("From words to figures"),
        "pictures": judged.drawn(said),
        "formulas": _formulas(said),
    }
    return render(request, "risk/judgement.html", context, status=422 if form.wrong else 200)


def _formulas(said: Any) -> list[tuple[str, str, str]]:
    """What the words come to: (what, the figure, the formula)."""
    found = []
    try:
        rate = judged.rate_of(said)
        way = {"once": "1 / n", "counted": "x / y", "chance": "−ln(1 − p) / n", "rate": "x"}[said["often"]]
        text = _("%(rate)s a year") % {"rate": number(rate.rate, 6)}
        if rate.low is not None and rate.high is not None:
            text += _(" (%(low)s to %(high)s with 90 %% confidence)") % {
                "low": number(rate.low, 4),
                "high": number(rate.high, 4),
            }
        found.append((_("Events per year"), text, way))
    except ValidationError:
        pass
    for name, read, words in ((_("Duration"), judged.duration_of, hours), (_("Loss"), judged.loss_of, percent)):
        try:
            spread = read(said)
        except ValidationError:
            continue
        match spread:
            case elicitation.Triangular(low, mode, high):
                found.append((name, f"{words(low)} · {words(mode)} · {words(high)}", _("triangular: low, mode, high")))
            case elicitation.Lognormal(median, p90):
                found.append((name, f"{words(median)} · {words(p90)}", _("lognormal: median, 90th percentile")))
            case elicitation.Fixed(value):
                found.append((name, words(value), _("always the same")))
    return found
