"""The results of the impact analyses: what comes first and why, how impact grows, who needs what by when, what does not
fit; and the same as documents and as a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.analysis.impact.contradictions import CHECKS, counted
from holdfast.analysis.impact.needs import at, by_kind, curve
from holdfast.analysis.impact.over_time import hours_of
from holdfast.analysis.impact.ranking import first_level, impact_sum
from holdfast.analysis.impact.results import Results
from holdfast.analysis.impact.told import Told
from holdfast.formats.paper import WORD, write_pdf, write_word
from holdfast.formats.sheets import XLSX
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere
from holdfast.web.pages.organization.listing import words_of
from holdfast.web.pages.whatif.paper import FONTS
from holdfast.web.pages.whatif.wording import listing, number
from holdfast.web.permissions import needs

from .results_asked import Sieve, found_for, read
from .results_document import TEMPLATE, document_of
from .results_shown import (
    DAY,
    KINDS,
    amount_of,
    check_names,
    drawn_tiers,
    finding,
    grid_finding,
    grid_of,
    mend,
    open_gaps,
    panels,
    row_of,
    strip_of,
    table_by,
    tick,
    time,
)
from .results_workbook import workbook_of

PAGE = 50
TOP = 8
TABS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("impact-results", lambda: _("Overview")),
    ("impact-results-ranking", lambda: _("Ranking")),
    ("impact-results-critical", lambda: _("Critical processes")),
    ("impact-results-over-time", lambda: _("Impact over time")),
    ("impact-results-tiers", lambda: _("RTO tiers")),
    ("impact-results-needs", lambda: _("Who needs what by when")),
    ("impact-results-gaps", lambda: _("Gaps and contradictions")),
)


def _page(request: HttpRequest, template: str, sieve: Sieve, **context: Any) -> HttpResponse:
    route = request.resolver_match.url_name if request.resolver_match else ""
    tabs = [{"label": label(), "url": reverse(name) + sieve.kept, "here": name == route} for name, label in TABS]
    downloads = [
        (label, reverse(f"impact-results-{ending}") + sieve.kept)
        for label, ending in ((_("PDF"), "pdf"), (_("Word"), "docx"), (_("Workbook"), "xlsx"))
    ]
    context |= {"sieve": sieve, "tabs": tabs, "downloads": downloads, "on": sieve.asked.on}
    context["may_take_out"] = may_somewhere(request.user, "data.export")  # type: ignore[arg-type]
    return render(request, template, context, status=400 if sieve.problems else 200)


@needs("impact.view")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    sieve = read(request)
    found = found_for(request, sieve)
    times = hours_of(found.ranking, found.scales)
    by_kinds = by_kind(found.needs)
    wanted = [
        (str(KINDS[kind]), number(at(curve(by_kinds.get(kind, ())), DAY).amount)) for kind in ("people", "facility")
    ]
    gaps = Counter(one.check for one in found.findings)
    return _page(
        request,
        "impact/results.html",
        sieve,
        found=found,
        finding=finding(found),
        rows=[row_of(one, found.scales, n) for n, one in enumerate(found.ranking[:TOP], 1)],
        more=len(found.ranking) - TOP,
        critical=len(found.critical),
        drafts=sum(one.draft for one in found.ranking),
        tiers=[tier for tier in drawn_tiers(found, rows=False) if tier["count"]],
        times=[tick(hour) for hour in times],
        grid=grid_of(found.ranking, found.scales, times),
        grid_finding=grid_finding(found.ranking, found.scales, times),
        wanted=wanted,
        gaps=[(name, title, gaps[name]) for name, title in check_names() if gaps[name]],
        open_gaps=open_gaps(found.findings),
        gap_count=len(found.findings),
    )


ORDERS: dict[str, Callable[[Told], Any]] = {
    "process": lambda one: one.name.lower(),
    "unit": lambda one: one.unit.name.lower() if one.unit else "\uffff",
    "mtpd": lambda one: (one.limits.mtpd is None, one.limits.mtpd or 0),
    "rto": lambda one: (one.limits.rto is None, one.limits.rto or 0),
    "first": first_level,
    "sum": impact_sum,
    "functions": lambda one: len(one.functions),
    "dependents": lambda one: one.dependents,
}


@needs("impact.view")
@require_safe
def ranking(request: HttpRequest) -> HttpResponse:
    sieve = read(request)
    found = found_for(request, sieve, parts=())
    ranks = {one.key: n for n, one in enumerate(found.ranking, 1)}
    rows: list[Told] = list(found.ranking)
    words = words_of(request.GET)
    for word in words.lower().split():
        rows = [one for one in rows if word in one.name.lower() or word in one.key.lower()]
    order = request.GET.get("sort", "")
    if (by := ORDERS.get(order.removeprefix("-"))) is not None:
        rows.sort(key=by, reverse=order.startswith("-"))
    else:
        order = ""
    heads = [("rank", _("Rank")), ("process", _("Process")), ("unit", _("Unit")), ("mtpd", _("MTPD")),
             ("rto", _("RTO")), ("first", _("First level")), ("sum", _("Impact sum")), ("functions", _("Functions")),
             ("dependents", _("Dependents")), ("", _("Why"))]  # fmt: skip
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    lines = [
        row_of(one, found.scales, ranks[one.key])
        | {"first": first_level(one) if one.levels else "–", "sum": number(impact_sum(one)) if one.levels else "–"}
        for one in page
    ]
    return _page(
        request,
        "impact/results_ranking.html",
        sieve,
        found=found,
        finding=finding(found),
        heads=_heads(sieve, heads, order),
        rows=lines,
        page=page,
        pages=_pages(sieve, page),
        words=words,
        order=order,
    )


@needs("impact.view")
@require_safe
def critical(request: HttpRequest) -> HttpResponse:
    """The critical processes of each unit: the list that A/63/359, 24 asks of every unit."""
    sieve = read(request)
    found = found_for(request, sieve, parts=())
    order = sorted(found.critical, key=lambda one: one.unit.name if one.unit else "\uffff")
    page = Paginator(order, 2 * PAGE).get_page(request.GET.get("page"))
    units: dict[str, dict[str, Any]] = {}
    for one in page:
        unit = units.setdefault(one.unit.key if one.unit else "", {"unit": one.unit, "rows": []})
        unit["rows"].append(row_of(one, found.scales, 0))
    return _page(
        request,
        "impact/results_critical.html",
        sieve,
        found=found,
        units=units.values(),
        count=len(order),
        page=page,
        pages=_pages(sieve, page),
    )


@needs("impact.view")
@require_safe
def impact_over_time(request: HttpRequest) -> HttpResponse:
    sieve = read(request)
    found = found_for(request, sieve, parts=())
    times = hours_of(found.ranking, found.scales)
    processes: Sequence[Told] = found.ranking
    one = None
    if key := request.GET.get("process", "")[:120]:
        one = next((each for each in found.ranking if each.key == key), None)
        if one is None:
            said = _("No analysis that counts here has a process “%(given)s”.")
            sieve.problems.append(said % {"given": key[:80]})
        else:
            processes = [one]
    by = request.GET.get("by", "unit")
    strips = [] if one else _strips(found, sieve, by, times)
    return _page(
        request,
        "impact/results_over_time.html",
        sieve,
        found=found,
        one=one,
        times=[tick(hour) for hour in times],
        grid=grid_of(processes, found.scales, times),
        title=grid_finding(processes, found.scales, times),
        strips=[strip for strip in strips if strip["said"]],
        silent=[strip for strip in strips if not strip["said"]],
        by=by,
        ways=[
            (name, label, reverse("impact-results-over-time") + sieve.address(by=name, process=None))
            for name, label in (
                ("unit", _("by unit")),
                ("function", _("by critical function")),
                ("process", _("by process")),
            )
        ],
    )


def _strips(found: Results, sieve: Sieve, by: str, times: Sequence[float]) -> list[dict[str, Any]]:
    """Units, functions or processes side by side: the highest level of any category at each time."""
    here = reverse("impact-results-over-time")
    rows: list[tuple[str, str, Sequence[Told]]] = []
    if by == "function":
        for key, processes in found.by_function().items():
            rows.append((found.functions[key], here + sieve.address(function=key, by="process"), processes))
    elif by == "process":
        for one in found.ranking[:200]:
            rows.append((one.name, here + sieve.address(process=one.key), [one]))
    else:
        for key, processes in found.by_unit().items():
            unit = processes[0].unit
            url = here + sieve.address(unit=key, by="process") if unit else ""
            rows.append((unit.name if unit else _("no unit"), url, processes))
    return [
        {
            "name": name,
            "url": url,
            "count": len(processes),
            "said": any(one.levels for one in processes),
            "cells": strip_of(processes, found.scales, times),
        }
        for name, url, processes in rows
    ]


@needs("impact.view")
@require_safe
def tiers(request: HttpRequest) -> HttpResponse:
    sieve = read(request)
    found = found_for(request, sieve, parts=())
    return _page(request, "impact/results_tiers.html", sieve, found=found, tiers=drawn_tiers(found))


@needs("impact.view")
@require_safe
def requirements(request: HttpRequest) -> HttpResponse:
    sieve = read(request)
    found = found_for(request, sieve, parts=("needs",))
    all_ = found.needs
    times = list(found.scales.hours)
    drawn = panels(all_, times)
    kinds = [panel.kind for panel in drawn]
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else (kinds[0] if kinds else "")
    by = "site" if request.GET.get("by") == "site" else "unit"
    page = Paginator([need for need in all_ if need.kind == kind], PAGE).get_page(request.GET.get("page"))
    lines = [
        {
            "need": need,
            "at": time(need.at),
            "amount": amount_of(need),
            "url": reverse("process", args=[need.process.key]) + f"#requirement-{need.requirement}",
            "things": listing(need.things.values(), 4),
        }
        for need in page
    ]
    table = [
        {**row, "values": [number(value, 1) for value in row["values"]], "all": number(row["all"], 1)}
        for row in table_by(all_, kind, by, times)
    ]
    without = sum(1 for one in found.ranking if one.limits.rto is None)
    return _page(
        request,
        "impact/results_needs.html",
        sieve,
        found=found,
        panels=drawn,
        kind=kind,
        kind_name=KINDS.get(kind, ""),
        kinds=[(name, KINDS[name], sieve.address(kind=name, page=None)) for name in kinds],
        by=by,
        ways=[
            (name, label, sieve.address(by=name, page=None))
            for name, label in (("unit", _("by unit")), ("site", _("by site")))
        ],
        times=[tick(hour) for hour in times],
        table=table,
        rows=lines,
        page=page,
        pages=_pages(sieve, page),
        without=without,
    )


@needs("impact.view")
@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    sieve = read(request)
    found = found_for(request, sieve)
    all_ = found.findings
    check = request.GET.get("check", "")
    check = check if check in CHECKS else ""
    unit = request.GET.get("of", "")[:120]
    here = [
        one
        for one in all_
        if (not check or one.check == check) and (not unit or (one.unit.key if one.unit else "-") == unit)
    ]
    used = {one.check for one in all_}
    checks = [
        (name, title, sieve.address(check=name, of=None, page=None)) for name, title in check_names() if name in used
    ]
    matrix = [
        {
            "name": place.name if place else _("no unit"),
            "all": sum(counts.values()),
            "cells": [
                (title, counts.get(name, 0), sieve.address(check=name, of=place.key if place else "-", page=None))
                for name, title, _url in checks
            ],
            "url": sieve.address(of=place.key if place else "-", check=None, page=None),
        }
        for place, counts in counted(all_)
    ]
    page = Paginator(here, PAGE).get_page(request.GET.get("page"))
    return _page(
        request,
        "impact/results_gaps.html",
        sieve,
        found=found,
        title=open_gaps(all_),
        checks=checks,
        matrix=matrix,
        check=check,
        of=unit,
        rows=[{"finding": one, "mend": mend(one)} for one in page],
        page=page,
        pages=_pages(sieve, page),
        all=sieve.address(check=None, of=None, page=None) or "?",
    )


def _heads(sieve: Sieve, heads: Sequence[tuple[str, str]], order: str) -> list[dict[str, Any]]:
    found = []
    for key, label in heads:
        now = {key: "ascending", f"-{key}": "descending"}.get(order, "") if key else ""
        if key == "rank":
            now, url = "" if order else "ascending", sieve.address(sort=None, page=None) or "?"
        else:
            # What one looks for first is the shortest time, but the greatest number.
            first = f"-{key}" if key in ("first", "sum", "functions", "dependents") else key
            turned = {first: f"-{key}" if first == key else key}.get(order, first)
            url = sieve.address(sort=turned, page=None) if key in ORDERS else ""
        found.append(
            {"label": label, "url": url, "now": now, "number": key in ORDERS and key not in ("process", "unit")}
        )
    return found


def _pages(sieve: Sieve, page: Any) -> dict[str, str]:
    found = {}
    if page.has_previous():
        found["previous"] = sieve.address(page=str(page.previous_page_number()))
    if page.has_next():
        found["next"] = sieve.address(page=str(page.next_page_number()))
    return found


# Taken out


@needs("data.export")
@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    return _file(
        request,
        "pdf",
        "application/pdf",
        lambda found, sieve, at: write_pdf(document_of(found, sieve, at), TEMPLATE, FONTS),
    )


@needs("data.export")
@require_safe
def word(request: HttpRequest) -> HttpResponse:
    return _file(request, "docx", WORD, lambda found, sieve, at: write_word(document_of(found, sieve, at), FONTS))


@needs("data.export")
@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    return _file(request, "xlsx", XLSX, workbook_of)


def _file(request: HttpRequest, ending: str, kind: str, write: Callable[[Results, Sieve, str], bytes]) -> HttpResponse:
    """What the reader may take out; a filter that cannot be is refused, for a file has nowhere to say so."""
    sieve = read(request)
    if sieve.problems:
        return _page(request, "impact/results_refused.html", sieve)
    found = found_for(request, sieve, "data.export")
    address = request.build_absolute_uri(reverse("impact-results") + sieve.kept)
    response = HttpResponse(write(found, sieve, address), content_type=kind)
    name = f"impact-results-{clock.today().isoformat()}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


RESULTS_PATTERNS = [
    path("results/", overview, name="impact-results"),
    path("results/ranking/", ranking, name="impact-results-ranking"),
    path("results/critical/", critical, name="impact-results-critical"),
    path("results/over-time/", impact_over_time, name="impact-results-over-time"),
    path("results/tiers/", tiers, name="impact-results-tiers"),
    path("results/needs/", requirements, name="impact-results-needs"),
    path("results/gaps/", gaps, name="impact-results-gaps"),
    path("results.pdf", pdf, name="impact-results-pdf"),
    path("results.docx", word, name="impact-results-docx"),
    path("results.xlsx", workbook, name="impact-results-xlsx"),
]
ROUTES = tuple(pattern.name for pattern in RESULTS_PATTERNS)
