"""The strategies of one process side by side, and the choice among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection.judging import HORIZON, LASTS, TERM, Comparison, Outcome, Trial, Verdict, strategies_of
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.selection.proposals import choose_for
from holdfast.analysis.strategy.actions import EDIT
from holdfast.analysis.strategy.models import Strategy
from holdfast.governance.agreement.models import State
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.structure.models import Node
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form, free_key
from holdfast.web.pages.organization.fields import RowField
from holdfast.web.pages.organization.links import Reach
from holdfast.web.pages.organization.states import state_chip
from holdfast.web.pages.risk.threats import causes_in_words
from holdfast.web.pages.whatif.states import State as Severity
from holdfast.web.pages.whatif.timeline import Axis
from holdfast.web.pages.whatif.wording import hours, listing
from holdfast.web.permissions import needs, visible_or_404

from .saying import fits_chip, losses_in_words, money, state_of_selection


@dataclass(frozen=True)
class Bar:
    """An outage as the axis draws it."""

    start: float
    end: float
    open: bool

    @property
    def length(self) -> float:
        return self.end - self.start


@needs("structure.view", on=Node)
@require_safe
def compare_page(request: HttpRequest, key: str) -> HttpResponse:
    """Every strategy tried alone by the engine, the cheapest of those that fit first; `scenario` says what is lost."""
    process = _process(request, key)
    on, user = clock.today(), request.user
    scenarios = visible(Scenario.objects.as_of(on), user).order_by("name")
    asked = request.GET.get("scenario", "")[:120]
    scenario = scenarios.with_hits().filter(key=asked).first() if asked else None
    problem = _("There is no scenario “%(key)s”.") % {"key": asked} if asked and scenario is None else ""
    strategies = list(visible(Strategy.objects.filter(pk__in=[one.pk for one in strategies_of(process, on)]), user))
    comparison = None
    try:
        comparison = Trial(on).compare(process, strategies, scenario)
    except ValidationError as error:
        problem = " ".join(error.messages)
    axis = Axis(scenario.horizon if scenario is not None else HORIZON)
    choices = Selected.objects.filter(
        process=process, selection__in=visible(Selection.objects.all(), user).values("pk")
    )
    choices = choices.exclude(selection__agreement__state=State.SUPERSEDED)
    context = {
        "process": process,
        "finding": _finding(comparison) if comparison is not None else "",
        "problem": problem,
        "lines": [_line(one, axis, process) for one in comparison.verdicts] if comparison else [],
        "none": _line(comparison.none, axis, process) if comparison and comparison.none.outcomes else None,
        "losses": _losses(comparison, user) if comparison else [],
        "axis": axis,
        "term": f"{TERM:g}",
        "lasts": hours(LASTS),
        "scenario": scenario,
        "scenarios": scenarios,
        "chosen": [
            (row, state_of_selection(row.selection))
            for row in choices.select_related("selection__agreement", "strategy").order_by("pk")
        ],
        "may_choose": may(user, EDIT, process),
        "reach": Reach(user, [process, process.unit, process.site]),
    }
    return render(request, "strategies/compare.html", context, status=400 if problem else 200)


@needs(EDIT, on=Node)
@require_http_methods(KINDS_OF_REQUEST)
def choose_page(request: HttpRequest, key: str) -> HttpResponse:
    """Strategies of the process, ticked as the address has them (`take`), into a new draft or one that is there."""
    process = _process(request, key)
    require(request.user, EDIT, process)
    rows = {
        one.key: one
        for one in visible(
            Strategy.objects.filter(pk__in=[each.pk for each in strategies_of(process, clock.today())]), request.user
        )
    }
    drafts = visible(Selection.objects.filter(agreement__state=State.DRAFT), request.user, EDIT)
    if process.unit is not None:
        drafts = drafts.filter(unit=process.unit)
    text = {"required": False, "max_length": 20_000}
    area = forms.Textarea(attrs={"rows": 3})
    fields: dict[str, forms.Field] = {
        "strategies": forms.MultipleChoiceField(
            label=_("Strategies"),
            choices=[(one.key, str(one)) for one in rows.values()],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        ),
        "why": forms.CharField(
            label=_("Why these"), widget=area, help_text=_("By time, by cost, and by what else was weighed."), **text
        ),
        "why_late": forms.CharField(
            label=_("Why later than the MTPD"),
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Wanted before approval where activation and restart take longer than the process can wait."),
            **text,
        ),
        "without": forms.CharField(
            label=_("Or why the process does without"), widget=forms.Textarea(attrs={"rows": 2}), **text
        ),
        "selection": RowField(
            drafts, label=_("Into the draft"), required=False, help_text=_("Left empty: into a new one.")
        ),
        "title": forms.CharField(label=_("Title of a new one"), required=False, max_length=300),
    }  # fmt: skip
    values = {
        "strategies": [key for key in request.GET.getlist("take") if key in rows],
        "title": _("Strategies for %(process)s") % {"process": process},
    }

    def run(form: Any) -> Any:
        given = dict(form.cleaned_data)
        chosen = [rows[one] for one in given.pop("strategies")]
        name = free_key(Selection, given["title"] or str(process))
        return choose_for(request.user, process=process, strategies=chosen, key=name, **given)  # type: ignore[arg-type]

    page = reverse("strategies-compared", args=[process.key])
    about = {
        "title": _("Choose strategies for “%(process)s”") % {"process": process},
        "button": _("Save the choice"),
        "says": _("It is a draft: what counts is what is approved."),
        "crumb": {"url": page, "label": str(process)},
    }
    return ask_form(request, fields, values, None, run, about, page)


def _process(request: HttpRequest, key: str) -> Node:
    rows = Node.objects.processes().select_related("unit", "site")
    found: Node = visible_or_404(rows, request, key=key)
    return found


def _finding(comparison: Comparison) -> str:
    count, fitting = len(comparison.verdicts), comparison.fitting
    mtpd = comparison.process.mtpd
    if not count:
        return _("It has no strategy yet.")
    if mtpd is None or mtpd.value is None:
        return _("It has no MTPD yet, so that nothing can be said of what fits: its impact analysis gives it.")
    about = {"n": len(fitting), "count": count, "mtpd": hours(mtpd.value)}
    if not fitting:
        return _("No strategy keeps it within its MTPD of %(mtpd)s, tried alone.") % about
    said = ngettext(
        "%(n)d of %(count)d strategies keeps it within its MTPD of %(mtpd)s, tried alone.",
        "%(n)d of %(count)d strategies keep it within its MTPD of %(mtpd)s, tried alone.",
        len(fitting),
    )
    return said % about


def _losses(comparison: Comparison, user: Any) -> list[tuple[str, str]]:
    """What is taken to be lost, and of that what the reader may see."""
    hit = {one["node"] for loss in comparison.losses for one in loss.hits}
    seen = dict(visible(Node.objects.filter(key__in=hit), user).values_list("key", "name"))
    found = []
    for loss in comparison.losses:
        names = [seen[one["node"]] for one in loss.hits if one["node"] in seen]
        found.append((loss.name, listing(names, 6) or _("outside your scope")))
    return found


def _line(verdict: Verdict, axis: Axis, process: Node) -> dict[str, Any]:
    strategy, late = verdict.strategy, verdict.lateness
    return {
        "strategy": strategy,
        "chip": state_chip(strategy) if strategy is not None else None,
        "causes": causes_in_words(strategy.causes) if strategy is not None else "",
        "fits": fits_chip(verdict.fits) if strategy is not None else fits_chip(not verdict.breaches),
        "why": _why(verdict),
        "late": late,
        "total": hours(late.total) if late is not None and late.total is not None else "",
        "cost": money(verdict.cost),
        "losses": losses_in_words(verdict.losses),
        "bars": [(one.loss.name, _longest(one), _bar(one, axis, process)) for one in verdict.outcomes],
        "in_model": verdict.in_model,
    }


def _why(verdict: Verdict) -> str:
    """Why it does not fit, or why that is not known."""
    if verdict.lateness is not None and (verdict.lateness.exceeds or verdict.lateness.is_unknown):
        return str(verdict.lateness)
    if not verdict.in_model:
        return _("The model does not know yet what it does for this process.")
    if not verdict.outcomes:
        return _("Nothing that it helps against is drawn on by the process itself: try a saved scenario.")
    worst = next((one for one in verdict.outcomes if one.mtpd_breached), None)
    if worst is None or verdict.strategy is None:
        return ""
    if verdict.strategy.endurance is not None and verdict.strategy.endurance.value is not None:
        return _("It comes in time, but it does not last or does not suffice: down for %(time)s.") % {
            "time": hours(worst.longest)
        }
    return _("It comes in time, but it does not suffice: down for %(time)s.") % {"time": hours(worst.longest)}


def _longest(one: Outcome) -> str:
    return _("down for %(time)s") % {"time": hours(one.longest)} if one.longest else _("never down")


def _bar(one: Outcome, axis: Axis, process: Node) -> Any:
    severity = (
        Severity.MTPD_BREACHED if one.mtpd_breached
        else Severity.RTO_MISSED if one.rto_missed
        else Severity.STOPS if one.longest else Severity.HOLDS
    )  # fmt: skip
    rto, mtpd = (fact.value if (fact := getattr(process, name)) is not None else None for name in ("rto", "mtpd"))
    bars: Any = [Bar(*outage) for outage in one.outages]
    text = f"{one.loss.name}: {_longest(one)}; {severity.word}"
    return axis.row(bars, [(0.0, 1.0)], rto, mtpd, severity.value, text)
