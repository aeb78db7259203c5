"""Which critical process has which strategies, and which lacks one, unit by unit."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from holdfast.analysis.selection.gates import critical_processes
from holdfast.analysis.selection.models import Selected
from holdfast.analysis.strategy.models import Covers, FallbackKind, FallbackState
from holdfast.governance.agreement.models import State
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Process
from holdfast.web.pages.organization.listing import tree_options
from holdfast.web.pages.organization.values import Chip
from holdfast.web.permissions import needs

from .saying import TONES


@needs("structure.view")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The critical processes that the reader may see, by unit; `unit` narrows them, `lacking` shows only what has no
    approved choice."""
    on, user = clock.today(), request.user
    critical = [process.pk for process in critical_processes(on)]
    rows = visible(Process.objects.filter(pk__in=critical), user).select_related("unit", "site")
    unit = visible(Unit.objects.all(), user).filter(key=request.GET.get("unit", "")[:120]).first()
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    lacking = bool(request.GET.get("lacking"))
    processes = list(rows.order_by("unit__name", "name"))
    strategies = _strategies(processes, user)
    chosen = _choices(processes, user)
    done = {pk for pk, state in chosen.items() if state[0] == State.APPROVED}
    bare = [process for process in processes if not strategies[process.pk]]
    by_unit: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for process in processes:
        if lacking and process.pk in done:
            continue
        by_unit[process.unit].append(
            {
                "process": process,
                "strategies": strategies[process.pk],
                "kinds": _kinds(strategies[process.pk]),
                "choice": chosen[process.pk][1] if process.pk in chosen else None,
                "selection": chosen[process.pk][2] if process.pk in chosen else None,
            }
        )
    context = {
        "title": _title(len(processes), len(done)),
        "count": len(processes),
        "done": len(done),
        "bare": len(bare),
        "groups": [
            {"unit": of, "lines": lines, "done": sum(line["process"].pk in done for line in lines)}
            for of, lines in by_unit.items()
        ],
        "unit": unit,
        "units": tree_options(Unit, user),
        "lacking": lacking,
        "may_propose": may_somewhere(user, "strategy.edit"),
    }
    return render(request, "strategies/overview.html", context)


def _title(count: int, done: int) -> str:
    if not count:
        return _("No critical process is named yet")
    if done == count:
        return _("Every critical process has an approved choice of strategies")
    said = ngettext(
        "%(lacks)d of %(count)d critical processes has no approved choice of strategies",
        "%(lacks)d of %(count)d critical processes have no approved choice of strategies",
        count - done,
    )
    return said % {"lacks": count - done, "count": count}


def _strategies(processes: list[Any], user: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    rows = visible(Covers.objects.filter(process__in=processes), user).exclude(strategy__state=FallbackState.RETIRED)
    for row in rows.select_related("strategy").order_by("strategy__name"):
        found[row.process_id].append(row.strategy)
    return found


def _kinds(strategies: list[Any]) -> str:
    """Each kind that is there, once, in the order of the four."""
    there = {strategy.kind for strategy in strategies}
    return ", ".join(str(kind.label) for kind in FallbackKind if kind in there)


def _choices(processes: list[Any], user: Any) -> dict[int, tuple[Any, Any, Any]]:
    """The choice that says most of each process: what is approved, else what is in review, else a draft."""
    order = [State.APPROVED, State.IN_REVIEW, State.DRAFT]
    found: dict[int, tuple[Any, Any, Any]] = {}
    rows = visible(Selected.objects.filter(process__in=processes, selection__agreement__state__in=order), user)
    for row in rows.select_related("selection__agreement").order_by("pk"):
        state = State(row.selection.agreement.state)
        if row.process_id not in found or order.index(state) < order.index(found[row.process_id][0]):
            found[row.process_id] = (state, Chip(state.label, TONES[state]), row.selection)
    return found
