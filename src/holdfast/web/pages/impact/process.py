"""The analysis of one process: one page that saves as it is typed, and shows what others type meanwhile.

A field is saved by itself (`save_answer`), with what stood there when it was read; the page asks every few seconds what
has changed (`now`). Without a script the same page is a form with a button.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.analysis.impact.actions import processes as answers
from holdfast.analysis.impact.checks import gaps_of_process, scales_of
from holdfast.analysis.impact.limits import Limits, hour_text
from holdfast.analysis.impact.models import ProcessImpact
from holdfast.analysis.impact.models.analyses import INDICATORS
from holdfast.analysis.impact.rights import EDIT, VIEW
from holdfast.analysis.strategy.models import Fallback
from holdfast.governance.settings.scales import Category, Scales
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import may, visible
from holdfast.organization.structure.models import CriticalFunction, Requirement, Supply
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, form_of, told
from holdfast.web.pages.organization.fields import NumberField
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.pages.organization.links import Reach, address
from holdfast.web.pages.whatif.wording import hours
from holdfast.web.permissions import needs, visible_or_404

from .worst import colour_of, curve, levels_of

GROUPS: dict[str, tuple[str, ...]] = {
    "about": ("critical", "why"),
    "limits": ("mtpd", "mtpd_reason", "rto", "rto_reason", "rpo", "rpo_reason"),
    "minimum": ("minimum_level", "minimum_said", "minimum_agreed_by", "minimum_agreed_on"),
    "people": ("staff_normal", "staff_minimum", "stand_ins"),
    "means": ("records_said", "procedure"),
    "known": ("rationale", "basis", "source"),
}
"""The fields of the page, part by part."""
ROWS = ProcessImpact.objects.select_related(
    "analysis__unit", "analysis__campaign", "analysis__agreement", "process__unit", "process__site",
    "process__owner_post", "process__owner_person", "minimum_agreed_by",
)  # fmt: skip


class LevelField(forms.ChoiceField):
    """A level of the impact scale, or nothing yet."""

    def __init__(self, scales: Scales, **more: Any) -> None:
        choices = [
            ("", "—"),
            ("0", _("0 none")),
            *((str(one.level), f"{one.level} {one.label}") for one in scales.impact),
        ]
        super().__init__(choices=choices, required=False, **more)

    def clean(self, value: Any) -> float | None:
        text = super().clean(value)
        return float(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else f"{value:g}" if isinstance(value, int | float) else value


def cell_name(category: Category, hour: float) -> str:
    return f"impact.{category.key}.{hour_text(hour)}"


def fields_of(row: ProcessImpact, scales: Scales, user: Any) -> tuple[dict[str, forms.Field], dict[str, Any]]:
    """Every field of the page with what stands in it: the answers, and a cell for each category and hour."""
    full = row.analysis.is_full
    names = [name for group in GROUPS.values() for name in group if full or name not in INDICATORS]
    given, start = form_of(ProcessImpact, tuple(names), user, row)
    fields, values = dict(given), dict(start)
    for name in ("mtpd", "rto", "rpo"):
        fields[name] = NumberField(label=fields[name].label, required=False, help_text=fields[name].help_text)
    for category in scales.categories if full else ():
        for hour in scales.hours:
            name = cell_name(category, hour)
            label = _("%(category)s after %(time)s") % {"category": category.label, "time": hours(hour)}
            if category.counted:
                fields[name] = NumberField(label=f"{label} ({category.unit})", required=False)
            else:
                fields[name] = LevelField(scales, label=label)
            values[name] = row.impact.get(category.key, {}).get(hour_text(hour))
    return fields, values


@needs(VIEW, on=ProcessImpact)
@require_http_methods(KINDS_OF_REQUEST)
def process_page(request: HttpRequest, key: str, process: str) -> HttpResponse:
    """The page, and the form of it where no script saves as it is typed."""
    row = _row(request, key, process)
    user: Any = request.user
    scales = scales_of(row.analysis)
    fields, values = fields_of(row, scales, user)
    form = RowForm(fields, values, request.POST if request.method == "POST" else None, row.version)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = answers.edit_answers(user, row, version=form.seen_version or 0, **_together(form, row, scales))
            except ValidationError as error:
                form.add_errors(error)
            except Conflict as conflict:
                if conflict.now is None:
                    raise Http404(conflict.message) from conflict
                status, context["conflict"] = 409, told(conflict)
                form = form.merged(conflict)
            else:
                return HttpResponse(status=303, headers={"Location": address(row) + "#saved"})
    context |= tell(row, scales, user) | _drawn_form(form, row, scales)
    return render(request, "impact/process.html", context, status=status)


@needs(EDIT, on=ProcessImpact)
def save(request: HttpRequest, key: str, process: str) -> HttpResponse:
    """Saves one field: `name`, `value`, and `seen`, what stood there. JSON: what stands there now, and what follows."""
    row = _row(request, key, process)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user: Any = request.user
    scales = scales_of(row.analysis)
    name = request.POST.get("name", "")
    fields, _values = fields_of(row, scales, user)
    if name not in fields:
        return JsonResponse({"message": _("This cannot be changed here.")}, status=422)
    field = fields[name]
    try:
        value = _cleaned(field, request.POST.get("value", ""))
        seen = _cleaned(field, request.POST.get("seen", ""))
    except ValidationError as error:
        return JsonResponse({"message": " ".join(error.messages)}, status=422)
    try:
        saved = answers.save_answer(user, row, name=name, value=value, seen=seen)
    except answers.Overwritten as error:
        now = _raw(field, error.now)
        return JsonResponse({"message": _("Somebody else has written here:"), "now": now}, status=409)
    except ValidationError as error:
        return JsonResponse({"message": " ".join(error.messages)}, status=422)
    row = ROWS.get(pk=saved.pk)
    return JsonResponse({"version": row.version, "now": _raw(field, _values_now(row, name)), **_follows(row, scales)})


@needs(VIEW, on=ProcessImpact)
@require_safe
def now(request: HttpRequest, key: str, process: str) -> HttpResponse:
    """What others have changed since the version `seen`: each field as it is now, and by whom. 204 where nothing is."""
    row = _row(request, key, process)
    seen = request.GET.get("seen", "")
    if not seen.isdecimal() or int(seen) >= row.version:
        return HttpResponse(status=204)
    scales = scales_of(row.analysis)
    fields, values = fields_of(row, scales, request.user)
    last = ProcessImpact.history.filter(id=row.pk, version=row.version).select_related("history_user").first()
    by = str(last.history_user) if last is not None and last.history_user else ""
    state = {name: _raw(field, values.get(name)) for name, field in fields.items()}
    return JsonResponse({"version": row.version, "by": by, "fields": state, **_follows(row, scales)})


def tell(row: ProcessImpact, scales: Scales, user: Any) -> dict[str, Any]:
    """What the page shows beside its form."""
    analysis, process = row.analysis, row.process
    editable = analysis.agreement.is_draft and may(user, EDIT, row)
    siblings = list(analysis.processes.select_related("process").order_by("process__name", "pk"))
    place = next(n for n, one in enumerate(siblings) if one.pk == row.pk)
    requirements = needs_of(row, user)
    functions = visible(CriticalFunction.objects.filter(requirements__supply__provider=process), user).distinct()
    draws = Supply.objects.filter(provider=process, requirement__node__is_function=False)
    draws = draws.select_related("requirement__node")
    reach = Reach(user, [supply.requirement.node for supply in draws])
    return {
        "row": row,
        "analysis": analysis,
        "process": process,
        "scales": scales,
        "editable": editable,
        "may_need": editable and may(user, "process.edit", process),
        "functions": list(functions),
        "needed_by": [supply.requirement.node for supply in draws],
        "reach": reach,
        "needs": requirements,
        "peaks": list(row.peaks.all()),
        "number": place + 1,
        "count": len(siblings),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
        "here": address(row),
        **drawn(row, scales),
    }


def drawn(row: ProcessImpact, scales: Scales) -> dict[str, Any]:
    """What follows from the answers: limits, curve, what is missing."""
    limits = row.limits(scales)
    levels = levels_of(row, scales)
    needing = set(Requirement.objects.filter(node=row.process_id).values_list("node", flat=True))
    gaps = gaps_of_process(row, scales, full=row.analysis.is_full, needing=needing)
    return {
        "limits": limits,
        "because": _because(limits, scales),
        "levels": levels,
        "curve": curve(levels, limits, scales) if row.analysis.is_full else "",
        "gaps": gaps if row.analysis.agreement.is_draft else [],
    }


def needs_of(row: ProcessImpact, user: Any) -> list[dict[str, Any]]:
    """What the process needs: each requirement with what it draws on and what would do instead."""
    supplies: dict[int, list[Supply]] = {}
    for supply in Supply.objects.of(row.process):
        supplies.setdefault(supply.requirement_id, []).append(supply)
    instead: dict[int, list[Fallback]] = {}
    for fallback in Fallback.objects.of(row.process):
        instead.setdefault(fallback.requirement_id, []).append(fallback)
    reach = Reach(user, [supply.provider for found in supplies.values() for supply in found])
    return [
        {
            "requirement": one,
            "supplies": [(supply, reach.link(supply.provider)) for supply in supplies.get(one.pk, ())],
            "instead": instead.get(one.pk, []),
        }
        for one in Requirement.objects.filter(node=row.process).order_by("position", "pk")
    ]


def _drawn_form(form: RowForm, row: ProcessImpact, scales: Scales) -> dict[str, Any]:
    full = row.analysis.is_full
    grid = []
    for category in scales.categories if full else ():
        cells = []
        for hour in scales.hours:
            (line,) = form.lines([cell_name(category, hour)])
            value = row.impact.get(category.key, {}).get(hour_text(hour))
            colour = colour_of(int(value or 0), scales) if value and not category.counted else None
            cells.append({"hour": hour, "line": line, "colour": colour, "value": value})
        grid.append({"category": category, "cells": cells})
    lines = {name: form.lines(names) for name, names in GROUPS.items()}
    return {"form": form, "lines": lines, "grid": grid}


def _together(form: RowForm, row: ProcessImpact, scales: Scales) -> dict[str, Any]:
    """What the form would change: the cells as one column."""
    plain = {name: value for name, value in form.cleaned_data.items() if not name.startswith("impact.")}
    changes = {name: value for name, value in plain.items() if getattr(row, name) != value}
    if row.analysis.is_full:
        impact: dict[str, dict[str, float]] = {}
        for category in scales.categories:
            for hour in scales.hours:
                value = form.cleaned_data.get(cell_name(category, hour))
                if value is not None:
                    impact.setdefault(category.key, {})[hour_text(hour)] = value
        if impact != row.impact:
            changes["impact"] = impact
    return changes


def _row(request: HttpRequest, key: str, process: str) -> ProcessImpact:
    return visible_or_404(ROWS.all(), request, analysis__key=key, process__key=process)


def _cleaned(field: forms.Field, said: str) -> Any:
    return field.clean(said.replace("\r\n", "\n"))


def _raw(field: forms.Field, value: Any) -> str:
    """A value as the input of the page holds it."""
    prepared = field.prepare_value(value)
    return "" if prepared is None else str(prepared)


def _values_now(row: ProcessImpact, name: str) -> Any:
    if name.startswith("impact."):
        category, _dot, hour = name.removeprefix("impact.").rpartition(".")
        return row.impact.get(category, {}).get(hour)
    return getattr(row, name)


def _follows(row: ProcessImpact, scales: Scales) -> Mapping[str, Any]:
    """What is drawn anew after a change."""
    context = drawn(row, scales) | {"row": row, "analysis": row.analysis, "scales": scales, "editable": True}
    colours = {
        f"impact.{key}.{hour}": colour_of(int(value), scales)
        for key, cells in row.impact.items()
        if (category := scales.category(key)) is not None and not category.counted
        for hour, value in cells.items()
        if value
    }
    return {"drawn": render_to_string("impact/follows.html", context), "colours": colours}


def _because(limits: Limits, scales: Scales) -> str:
    if limits.because is None:
        return ""
    category = scales.category(limits.because.category)
    return _("%(category)s reaches “%(level)s” after %(time)s.") % {
        "category": category.label if category else limits.because.category,
        "level": scales.impact[limits.because.level - 1].label,
        "time": hours(limits.because.hour),
    }
