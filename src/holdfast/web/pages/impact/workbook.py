"""The analysis of a unit by spreadsheet: download the workbook, bring it back, see what it would do, decide where two
have changed the same, take it in.

Between preview and taking in the file waits as in the general import. What is taken in is compared again, and has to be
what was shown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import formats as local
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.analysis.impact.models import Analysis
from holdfast.analysis.impact.rights import EDIT, VIEW
from holdfast.exchange.impact.applying import take_in
from holdfast.exchange.impact.background import MOST_AT_ONCE, queue_take_in
from holdfast.exchange.impact.comparing import preview
from holdfast.exchange.impact.exporting import impact_workbook
from holdfast.exchange.impact.found import DATABASE, FILE, Clash, Found, Item
from holdfast.exchange.importing import BadFile, Refused
from holdfast.exchange.writing import Overtaken
from holdfast.formats.workbook_reading import MOST_BYTES
from holdfast.organization.accounts.scope import require
from holdfast.web.pages.organization.imports import (
    MOST_PROBLEMS,
    MOST_ROWS,
    WORKBOOK,
    drop_files,
    file_response,
    keep_files,
    kept_files,
    let_go,
)
from holdfast.web.permissions import needs, visible_or_404

MOST_CLASHES = 300
"""So many are asked for one by one; of more, all at once."""


@needs(VIEW, on=Analysis)
@require_safe
def download(request: HttpRequest, key: str) -> HttpResponse:
    """The workbook, for whoever may see the analysis."""
    analysis = _analysis(request, key)
    return file_response(impact_workbook(request.user, analysis), f"{analysis.key}.xlsx", WORKBOOK)


@needs(EDIT, on=Analysis)
@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: HttpRequest, key: str) -> HttpResponse:
    """The upload, and after it what the workbook would do."""
    analysis = _analysis(request, key)
    require(request.user, EDIT, analysis)
    if request.method != "POST":
        return _ask(request, analysis)
    file = request.FILES.get("file")
    if file is None:
        return _ask(request, analysis, _("Choose the workbook first: the file that you downloaded here and filled in."))
    if (file.size or 0) > MOST_BYTES:
        return _ask(request, analysis, _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES >> 20})
    given = [(Path(file.name or "workbook.xlsx").name[:100], file.read())]
    began = time.perf_counter()
    try:
        found = _compare(request, analysis, given)
    except BadFile as error:
        return _ask(request, analysis, str(error))
    token = keep_files(request, given) if not found.problems and not found.nothing_to_do else ""
    return _show(request, found, token, time.perf_counter() - began)


@needs(EDIT, on=Analysis)
@require_http_methods(["GET", "HEAD", "POST"])
def apply_workbook(request: HttpRequest, key: str) -> HttpResponse:
    """Takes in what was shown, with what was chosen. Where the analysis has changed since, it is shown anew."""
    analysis = _analysis(request, key)
    require(request.user, EDIT, analysis)
    if request.method != "POST":
        # The address of a page that was shown anew, opened once more.
        return HttpResponseRedirect(reverse("analysis-workbook", args=[analysis.key]))
    token = request.POST.get("token", "")
    given = kept_files(request, token)
    if given is None:
        waited = _("The file has waited too long, or was taken in already. Upload it again.")
        return _ask(request, analysis, waited, 409)
    began = time.perf_counter()
    try:
        found = _compare(request, analysis, given)
    except BadFile as error:
        return _ask(request, analysis, str(error), 409)
    took = time.perf_counter() - began
    if found.fingerprint != request.POST.get("fingerprint"):
        since = _("The analysis has changed since you looked. This is what it would do now.")
        return _show(request, found, token, took, since)
    if found.undecided:
        return _show(request, found, token, took, _("Choose first, wherever two have changed the same."), 422)
    by: Any = request.user
    rows = sum(item.does_something for item in found.items)
    if rows > MOST_AT_ONCE:
        ((name, _data),) = given
        _same, job = queue_take_in(
            by, analysis, token=token, name=name, fingerprint=found.fingerprint,
            choices={} if _side_of_all(request) else _choices(request), keep=_side_of_all(request),
        )  # fmt: skip
        let_go(request, token)
        return HttpResponseRedirect(reverse("job", args=[job.pk]))
    try:
        take_in(by, found)
    except Overtaken as error:
        now = _compare(request, analysis, given)
        return _show(request, now, token, took, f"{error} {_('Nothing was written.')}")
    except Refused as error:
        return _show(request, found, token, took, f"{error} {_('Nothing was written.')}", 422)
    drop_files(request, token)
    said = ngettext("%(n)s row of the workbook was taken in.", "%(n)s rows of the workbook were taken in.", rows)
    messages.success(request, said % {"n": rows})
    return HttpResponseRedirect(analysis.agreement_address())


def _analysis(request: HttpRequest, key: str) -> Analysis:
    rows = Analysis.objects.select_related("unit", "campaign__unit", "agreement")
    return visible_or_404(rows, request, key=key)


def _compare(request: HttpRequest, analysis: Analysis, given: list[tuple[str, bytes]]) -> Found:
    """With what was chosen: one side for all, or one for each."""
    ((name, data),) = given
    by: Any = request.user
    side = _side_of_all(request)
    return preview(by, analysis, data, name, choices={} if side else _choices(request), keep=side)


def _choices(request: HttpRequest) -> dict[str, str]:
    return {
        field.removeprefix("clash."): str(side) for field, side in request.POST.items() if field.startswith("clash.")
    }


def _side_of_all(request: HttpRequest) -> str:
    """The side that was chosen for everything; empty where each was chosen for itself."""
    side = request.POST.get("all", "")
    return side if side in (FILE, DATABASE) else ""


def _ask(request: HttpRequest, analysis: Analysis, problem: str = "", status: int = 422) -> HttpResponse:
    context = {
        "analysis": analysis,
        "problem": problem,
        "open": analysis.agreement.is_draft,
        "most": MOST_BYTES >> 20,
    }
    return render(request, "impact/workbook.html", context, status=status if problem else 200)


def _show(
    request: HttpRequest, found: Found, token: str, took: float, warning: str = "", status: int = 409
) -> HttpResponse:
    clashes = [
        {
            "id": clash.id,
            "sheet": found.titles[item.sheet],
            "number": item.number,
            "title": item.title,
            "label": clash.label,
            "chosen": clash.chosen,
            "was": said(clash.was, found.names, clash.field),
            "file": _side(clash, clash.file, found.names),
            "database": _side(clash, clash.database, found.names),
        }
        for item, clash in found.clashes
    ]
    rows = sum(item.does_something for item in found.items)
    context = {
        "found": found,
        "analysis": found.analysis,
        "written": parse_datetime(found.written),
        "sheets": [_sheet(found, name) for name in found.sheets],
        "clashes": clashes[:MOST_CLASHES],
        "clashes_in_all": len(clashes),
        "clashes_left": max(len(clashes) - MOST_CLASHES, 0),
        "problems": found.problems[:MOST_PROBLEMS],
        "problems_in_all": len(found.problems) + found.more_problems,
        "problems_left": max(len(found.problems) + found.more_problems - MOST_PROBLEMS, 0),
        "token": token if not found.problems else "",
        "fingerprint": found.fingerprint,
        "rows": rows,
        "seconds": max(round(took * 2), 1),
        "background": rows > MOST_AT_ONCE,
        "warning": warning,
    }
    code = status if warning else 422 if found.problems else 200
    return render(request, "impact/workbook_preview.html", context, status=code)


def _sheet(found: Found, name: str) -> dict[str, Any]:
    rows = [item for item in found.items if item.sheet == name and item.does_something]
    return {
        "name": name,
        "title": found.titles[name],
        "counts": found.count(name),
        "problems": sum(problem.table == name for problem in found.problems),
        "rows": [_row(item, found.names) for item in rows[:MOST_ROWS]],
        "left": max(len(rows) - MOST_ROWS, 0),
    }


def _row(item: Item, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": item.number,
        "title": item.title,
        "kind": item.kind,
        "changes": [
            (one.label, said(one.before, names, one.field), said(one.after, names, one.field)) for one in item.changes
        ],
    }


def _side(clash: Clash, value: Any, names: Mapping[str, str]) -> str:
    return _("taken out") if value is None and not clash.field else said(value, names, clash.field)


def said(value: Any, names: Mapping[str, str], field: str = "") -> str:
    """A value of the workbook as the preview shows it; `names`: what keys are called."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return local.number_format(round(value, 6) if isinstance(value, float) and value % 1 else int(value))
    if isinstance(value, list):
        return "; ".join(f"{names.get(key, key)} × {said(weight, names)}" for key, weight in value)
    if isinstance(value, dict) and "basis" in value:
        figure = f"{said(value.get('value'), names)} {value.get('unit', '')}".strip()
        return ", ".join(part for part in (figure, value["basis"], value.get("source", "")) if part)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {said(one, names, name)}" for name, one in value.items())
    return names.get(str(value), str(value)) if field == "minimum_agreed_by" else str(value)


WORKBOOK_PATTERNS = [
    path("analyses/<str:key>/workbook.xlsx", download, name="analysis-workbook-file"),
    path("analyses/<str:key>/workbook/", bring_back, name="analysis-workbook"),
    path("analyses/<str:key>/workbook/apply/", apply_workbook, name="analysis-workbook-apply"),
]
