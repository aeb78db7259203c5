"""If a place is lost, if a scenario comes true, and in which order systems move."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from holdfast.analysis.scenarios.models import Scenario
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.readiness.records.losing import Loss, Played, Records
from holdfast.readiness.records.models import VitalRecord
from holdfast.readiness.records.order import Place, moving_order
from holdfast.readiness.records.reach import Found
from holdfast.readiness.records.rights import EDIT, VIEW
from holdfast.readiness.records.serving import Chains
from holdfast.web.pages.organization.links import Reach
from holdfast.web.pages.whatif.wording import hours, listing
from holdfast.web.permissions import needs

from .told import LEGEND, chip, meaning, told


def records_of(user: Any) -> list[VitalRecord]:
    """The records of today that the reader may see, with their copies."""
    today = clock.today()
    rows = visible(VitalRecord.objects.as_of(today), user).with_copies(today)  # type: ignore[attr-defined]
    return list(rows.order_by("node__name"))


@needs(VIEW)
@require_safe
def lost(request: HttpRequest) -> HttpResponse:
    """Each record against the loss of each site with all in it."""
    records = records_of(request.user)
    losses = Records(records, clock.today(), clock.now()).losses()
    rows = [
        {"record": record, "cells": [{"site": loss.site, **told(loss.fates[place])} for loss in losses]}
        for place, record in enumerate(records)
    ]
    context = {
        "rows": rows,
        "losses": losses,
        "finding": _finding(records, losses),
        "worst": max((loss for loss in losses if loss.bad), key=lambda loss: loss.bad, default=None),
        "uncopied": [record for record in records if not record.all_copies],  # type: ignore[attr-defined]
        "legend": [(chip(found), meaning(found)) for found in LEGEND],
        "on": clock.now(),
        "may_add": may_somewhere(request.user, EDIT),
    }
    return render(request, "records/lost.html", context)


def _finding(records: list[VitalRecord], losses: list[Loss]) -> str:
    if not records:
        return _("No vital record is written down yet")
    bad = {one.record.pk for loss in losses for one in loss.fates if one.is_bad}
    if not bad:
        return _("Whichever place is lost, every vital record is had")
    said = ngettext(
        "%(n)d of %(all)d vital records is lost, too old or not had in time if one place is lost",
        "%(n)d of %(all)d vital records are lost, too old or not had in time if one place is lost",
        len(bad),
    )
    return said % {"n": len(bad), "all": len(records)}


@needs(VIEW)
@require_safe
def played(request: HttpRequest) -> HttpResponse:
    """Each saved scenario: which processes lose which records, and how these fare."""
    records = records_of(request.user)
    today = clock.today()
    scenarios = visible(Scenario.objects.as_of(today), request.user).with_hits().order_by("name")  # type: ignore[attr-defined]
    found = Records(records, today, clock.now()).played(scenarios)
    reach = Reach(request.user, [node for one in found for struck in one.struck for node, _answer in struck.processes])
    touching = [one for one in found if one.struck]
    context = {
        "played": [_played(one, reach) for one in sorted(touching, key=lambda one: (-one.bad, one.scenario.name))],
        "wrong": [one for one in found if one.wrong],
        "others": [one.scenario for one in found if not one.struck and not one.wrong],
        "bad": sum(1 for one in touching if one.bad),
        "asked": len(found),
        "reach": reach,
    }
    return render(request, "records/played.html", context)


def _played(one: Played, reach: Reach) -> dict[str, Any]:
    lines = []
    for struck in sorted(one.struck, key=lambda each: not each.fate.is_bad):
        open_ones = [(node, answer) for node, answer in struck.processes if reach.opens(node)]
        lines.append(
            {
                **told(struck.fate),
                "processes": [{"node": node, "says": _fares(answer)} for node, answer in open_ones],
                "hidden": len(struck.processes) - len(open_ones),
            }
        )
    return {
        "scenario": one.scenario,
        "taken": [line for line in lines if line["fate"].found is not Found.HAD],
        "kept": [line for line in lines if line["fate"].found is Found.HAD],
        "bad": one.bad,
    }


def _fares(answer: Any) -> str:
    """How a process fares in the scenario as a whole."""
    if answer is None or answer.first_down is None:
        return _("goes on")
    down = (
        _("down after %(time)s") % {"time": hours(answer.first_down / 3600)} if answer.first_down else _("down at once")
    )
    if answer.mtpd_breached:
        return _("%(down)s, MTPD broken after %(time)s") % {"down": down, "time": hours(answer.breach_at / 3600)}
    return _("%(down)s, within its MTPD") % {"down": down}


@needs(VIEW)
@require_safe
def order(request: HttpRequest) -> HttpResponse:
    """The systems that keep records, in the order in which they move to the content platform."""
    records = records_of(request.user)
    places = moving_order(records, Chains(clock.today()))
    rows = [row for place in places for row in (place.system, *place.served.processes, *place.served.functions)]
    reach = Reach(request.user, rows)
    context = {
        "places": [_place(place, reach) for place in places],
        "without": [record for record in records if record.system is None],
        "reach": reach,
    }
    return render(request, "records/order.html", context)


def _place(place: Place, reach: Reach) -> dict[str, Any]:
    served = place.served
    processes = [node for node in served.processes if reach.opens(node)]
    return {
        "place": place,
        "functions": list(served.functions),
        "processes": processes[:8],
        "more": len(served.processes) - len(processes[:8]),
        "because": reasons(place),
    }


def reasons(place: Place) -> str:
    """Why a system stands where it stands."""
    served = place.served
    functions = ngettext("serves %(n)d critical function", "serves %(n)d critical functions", len(served.functions))
    processes = ngettext("%(n)d process draws on it", "%(n)d processes draw on it", len(served.processes))
    mtpd = served.mtpd
    waits = (
        _("the most urgent can wait %(time)s") % {"time": hours(mtpd.value)}
        if mtpd is not None and mtpd.value is not None
        else _("no MTPD is known")
    )
    said = [functions % {"n": len(served.functions)}, waits, processes % {"n": len(served.processes)}]
    return listing(said, len(said))
