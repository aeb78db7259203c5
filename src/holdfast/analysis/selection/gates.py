"""What step 4 wants of a unit: an approved choice of strategies for each of its critical processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.models import Analysis, ProcessImpact
from holdfast.analysis.selection.models import Selected, Selection, counts_on
from holdfast.governance.gates.gates import Lack, Lacks, gate, kept_closed, require_open
from holdfast.governance.gates.models import Step
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Process

OVERVIEW = "/strategies/"
PAGE = "/strategies/processes/"
MOST_NAMED = 3


@gate("strategies.chosen", Step.STRATEGIES, _("Each of its critical processes has an approved choice of strategies"))
def _chosen(units: Sequence[Unit], on: date) -> Lacks:
    """A unit answers for the units under it. One without critical processes is not asked."""
    lacking: dict[str, list[Process]] = defaultdict(list)
    done = chosen_processes(on)
    for process in critical_processes(on):
        if process.pk not in done and process.unit is not None:
            lacking[process.unit.path].append(process)
    found: dict[int, tuple[Lack, ...]] = {}
    for unit in units:
        missing = [process for path, rows in lacking.items() if path.startswith(unit.path) for process in rows]
        if missing:
            found[unit.pk] = _lacks(unit, missing)
    return found


def critical_processes(on: date) -> list[Process]:
    """The processes that an analysis in force calls critical; and those that critical functions draw on, unless an
    analysis in force says that they are not critical. With their units."""
    said = dict(
        ProcessImpact.objects.filter(analysis__in=Analysis.objects.in_force(on))
        .exclude(critical=None)
        .order_by("analysis__as_of", "pk")
        .values_list("process", "critical")
    )
    yes = [pk for pk, critical in said.items() if critical]
    no = [pk for pk, critical in said.items() if not critical]
    serving = Q(supplies__requirement__node__is_function=True)
    rows = Process.objects.standing(on).filter(Q(pk__in=yes) | serving).exclude(pk__in=no)
    return list(rows.select_related("unit", "site").distinct().order_by("name", "key"))


def chosen_processes(on: date) -> set[int]:
    """The ids of the processes for which a choice is in force."""
    return set(Selected.objects.filter(counts_on(on, "selection__")).values_list("process", flat=True))


def waits_for(selection: Selection, on: date) -> list[Lack]:
    """What keeps the gate before a choice closed."""
    return kept_closed(selection.unit, Step.STRATEGIES, on)


def require_gate(selection: Selection, on: date) -> None:
    """Raises GateClosed where `waits_for` finds anything."""
    require_open(selection.unit, Step.STRATEGIES, on)


def _lacks(unit: Unit, missing: Sequence[Process]) -> tuple[Lack, ...]:
    """Each process, or how many where they would not be read."""
    if len(missing) > MOST_NAMED:
        said = gettext("%(count)d critical processes have no approved choice of strategies.")
        return (Lack(said % {"count": len(missing)}, f"{OVERVIEW}?unit={unit.key}"),)
    said = gettext("“%(process)s” has no approved choice of strategies.")
    return tuple(Lack(said % {"process": process}, f"{PAGE}{process.key}/") for process in missing)
