"""The heat map, the comparison of sites, and the register of the enterprise."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.analysis.risk.models import Environment, Risk, Threat
from holdfast.analysis.risk.standing import Standing, assessed, rolled_up, standing
from holdfast.formats.sheet import write_sheet
from holdfast.formats.sheets import XLSX
from holdfast.governance.settings.scales import Scales
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site
from holdfast.web.pages.organization.listing import tree_options
from holdfast.web.pages.organization.values import cell
from holdfast.web.permissions import needs

from .ranks import STATES, chip, level_words, scales_today, state_name, told
from .risks import cell_address


@needs("risk.view")
@require_safe
def heat_map(request: HttpRequest) -> HttpResponse:
    """How many risks are how likely and how bad; each cell opens its risks."""
    scales, problems = scales_today(), []
    state = request.GET.get("state", "current")
    if state not in STATES:
        problems.append(_("There is no state “%(given)s” of a risk.") % {"given": state[:40]})
        state = "current"
    only: dict[str, Any] = {}
    site = None
    if key := request.GET.get("site", ""):
        site = visible(Site.objects.filter(key=key), request.user).first()
        if site is None:
            problems.append(_("There is no site “%(given)s”.") % {"given": key[:80]})
        else:
            only["site__path__startswith"] = site.path
    environment = request.GET.get("environment", "")
    if environment:
        if environment in Environment.values:
            only["threat__environment"] = environment
        else:
            problems.append(_("There is no environment “%(given)s”.") % {"given": environment[:40]})
            environment = ""
    stands = standing(clock.today(), request.user, scales, **only)
    above = [one for one in stands if (rank := one.rank(state)) and not scales.within_appetite(rank.level)]
    context = {
        "rows": _cells(stands, scales, state, site=site.key if site else "", environment=environment),
        "impacts": scales.impact,
        "states": [(each, state_name(each)) for each in STATES],
        "state": state,
        "site": site,
        "sites": tree_options(Site, request.user),
        "environments": Environment.choices,
        "environment": environment,
        "count": len(stands),
        "above": len(above),
        "appetite": scales.ranks[scales.appetite - 1].label if scales.appetite else "",
        "problems": problems,
    }
    return render(request, "risk/heat_map.html", context, status=400 if problems else 200)


def _cells(stands: list[Standing], scales: Scales, state: str, **asked: str) -> list[dict[str, Any]]:
    """The likelihoods, the greatest on top, each with its cells."""
    by_cell: dict[tuple[int, int], list[Standing]] = {}
    for one in stands:
        by_cell.setdefault(one.rating.level(state), []).append(one)
    rows = []
    for likelihood in reversed(scales.likelihood):
        cells = []
        for impact in scales.impact:
            found = by_cell.get((likelihood.level, impact.level), [])
            rank = scales.level_of(likelihood.level, impact.level)
            cells.append(
                {
                    "rank": rank,
                    "count": len(found),
                    "names": [one.risk.title for one in found[:3]],
                    "words": level_words(scales, likelihood.level, impact.level),
                    "url": cell_address(state, likelihood.level, impact.level, **asked),
                }
            )
        rows.append({"likelihood": likelihood, "cells": cells})
    return rows


@needs("risk.view")
@require_safe
def compare_sites(request: HttpRequest) -> HttpResponse:
    """The sites side by side: when they were assessed, how many risks of which rank, each threat at each site."""
    on, scales = clock.today(), scales_today()
    stands = standing(on, request.user, scales)
    done = assessed(on, request.user)
    sites = _sites(request.user, {one.risk.site_id for one in stands} | set(done))
    lines = []
    for site in sites:
        here = [one for one in stands if one.risk.site_id == site.pk]
        counts = [(rank, sum(1 for one in here if one.rank() == rank)) for rank in reversed(scales.ranks)]
        lines.append(
            {
                "site": site,
                "assessment": done.get(site.pk),
                "counts": counts,
                "worst": told(here[0]) if here else None,
                "worse": sum(1 for one in here if (one.change or 0) > 0),
                "better": sum(1 for one in here if (one.change or 0) < 0),
            }
        )
    context = {
        "lines": lines,
        "ranks": list(reversed(scales.ranks)),
        "sites": sites,
        "matrix": _matrix(stands, sites),
        "without": [line["site"] for line in lines if line["assessment"] is None],
    }
    return render(request, "risk/sites.html", context)


def _sites(user: Any, named: set[int]) -> list[Site]:
    """The duty stations, and every other site that has risks."""
    rows = visible(Site.objects.as_of(clock.today()), user)
    return [site for site in rows.order_by("name") if site.kind == "duty_station" or site.pk in named]


def _matrix(stands: list[Standing], sites: list[Site]) -> list[dict[str, Any]]:
    """Per threat the worst rank at each site."""
    rows = []
    for rolled in rolled_up(stands):
        by_site: dict[int, Standing] = {}
        for one in rolled.standings:
            by_site.setdefault(one.risk.site_id, one)
        cells = [
            {"risk": by_site[site.pk].risk, "chip": chip(by_site[site.pk].rank()), "site": site}
            if site.pk in by_site
            else None
            for site in sites
        ]
        rows.append({"threat": rolled.threat, "cells": cells, "chip": chip(rolled.worst.rank())})
    return rows


@needs("risk.view")
@require_safe
def enterprise(request: HttpRequest) -> HttpResponse:
    """The register of the enterprise: each threat with its worst risk at any site, and down to the sites."""
    scales = scales_today()
    on = clock.today()
    stands = standing(on, request.user, scales)
    done = assessed(on, request.user)
    sites = _sites(request.user, {one.risk.site_id for one in stands})
    rated = {one.risk.threat_id for one in stands}
    context = {
        "rolled": [
            {
                "threat": rolled.threat,
                "worst": told(rolled.worst),
                "sites": rolled.sites,
                "standings": [told(one) for one in rolled.standings],
            }
            for rolled in rolled_up(stands)
        ],
        "rule": rule(),
        "sites": sites,
        "assessed": [site for site in sites if site.pk in done],
        "without": [site for site in sites if site.pk not in done],
        "unrated": [threat for threat in Threat.objects.as_of(on).order_by("position") if threat.pk not in rated],
        "on": on,
    }
    return render(request, "risk/enterprise.html", context)


def rule() -> str:
    """How the risks of sites become one of the enterprise."""
    return _(
        "The rank of a threat is that of its worst risk now, at any site: by rank, then impact, then likelihood, by "
        "the scales in force. Only approved assessments count; a site without one counts for nothing, and is named."
    )


@needs("data.export")
@require_safe
def enterprise_csv(request: HttpRequest) -> HttpResponse:
    """One row a risk, under its threat, as the enterprise register takes it."""
    out = StringIO()
    writer = csv.writer(out)
    heads, rows = _export(request.user)
    writer.writerow(heads)
    writer.writerows([[cell(value) for value in row] for row in rows])
    return _file("\ufeff" + out.getvalue(), "text/csv; charset=utf-8", "csv")


@needs("data.export")
@require_safe
def enterprise_xlsx(request: HttpRequest) -> HttpResponse:
    heads, rows = _export(request.user)
    return _file(write_sheet(_("Enterprise register"), heads, rows, rule()), XLSX, "xlsx")


def _export(user: Any) -> tuple[list[str], list[list[Any]]]:
    scales = scales_today()
    rows = []
    taken_out = visible(Risk.objects.all(), user, "data.export").values("pk")
    for rolled in rolled_up(standing(clock.today(), user, scales, pk__in=taken_out)):
        worst = rolled.worst
        for one in rolled.standings:
            ranks = {state: rank.label if (rank := one.rank(state)) else "" for state in STATES}
            worst_rank = worst.rank()
            rows.append(
                [
                    rolled.threat.name, str(rolled.threat.get_environment_display()),
                    worst_rank.label if worst_rank else "", *worst.rating.level("current"), worst.risk.site.name,
                    one.risk.site.name, one.risk.title, ranks["inherent"], ranks["target"],
                    one.change if one.change is not None else "", str(one.risk.owner or ""),
                    one.rating.assessment.title, one.rating.assessment.as_of,
                ]
            )  # fmt: skip
    heads = [
        _("Threat"), _("Environment"), _("Rank of the threat"), _("Likelihood"), _("Impact"), _("Worst at"), _("Site"),
        _("Risk"), _("Rank without any measure"), _("Rank wanted"), _("Change in ranks"), _("Owner"), _("Assessment"),
        _("As of"),
    ]  # fmt: skip
    return heads, rows


def _file(content: str | bytes, kind: str, ending: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    name = f"enterprise-risks-{clock.today().isoformat()}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
