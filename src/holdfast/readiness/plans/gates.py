"""What step 5 wants of a unit: an approved continuity plan for its critical processes; and what it waits for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.gates.gates import Lack, Lacks, gate, kept_closed, require_open
from holdfast.governance.gates.models import Step
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Process, Supply
from holdfast.readiness.plans.models import Plan, PlanKind, PlanProcess

PAGE = "/plans/"


@gate("plans.approved", Step.PLANS, _("Its critical processes have an approved plan"))
def _planned(units: Sequence[Unit], on: date) -> Lacks:
    """Critical are the processes that serve a critical function. A unit without any, itself or below, is not asked."""
    critical = Supply.objects.filter(requirement__node__is_function=True).values("provider")
    rows = Process.objects.standing(on).filter(pk__in=critical).exclude(unit=None)
    planned = set(
        PlanProcess.objects.filter(plan__in=Plan.objects.in_force(on).filter(kind=PlanKind.CONTINUITY)).values_list(
            "node", flat=True
        )
    )
    missing: list[tuple[str, str]] = [
        (path, name) for pk, path, name in rows.values_list("pk", "unit__path", "name") if pk not in planned
    ]
    found: dict[int, tuple[Lack, ...]] = {}
    for unit in units:
        names = sorted(name for path, name in missing if path.startswith(unit.path))
        if names:
            said = (
                gettext("No approved plan covers %(process)s and %(n)d more.")
                if len(names) > 1
                else gettext("No approved plan covers %(process)s.")
            )
            lack = Lack(said % {"process": names[0], "n": len(names) - 1}, f"{PAGE}?unit={unit.key}")
            found[unit.pk] = (lack,)
    return found


def waits_for(plan: Plan, on: date) -> list[Lack]:
    """What keeps the gate before a plan closed. A crisis management plan serves life and property, and waits for
    nothing (A/63/359, 28)."""
    return [] if plan.kind == PlanKind.CRISIS else kept_closed(plan.unit, Step.PLANS, on)


def require_gate(plan: Plan, on: date) -> None:
    """Raises GateClosed where `waits_for` finds anything."""
    if plan.kind != PlanKind.CRISIS:
        require_open(plan.unit, Step.PLANS, on)
