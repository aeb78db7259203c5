"""What step 3 wants of a unit: an approved impact analysis of its own, or of a unit above it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.models import Analysis
from holdfast.governance.gates.gates import Lack, Lacks, gate
from holdfast.governance.gates.models import Step
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Process


@gate("impact.analysed", Step.IMPACT, _("It has an approved impact analysis"))
def _analysed(units: Sequence[Unit], on: date) -> Lacks:
    """A unit that has no process, and none under it, is not asked."""
    done = set(Analysis.objects.in_force(on).values_list("unit__path", flat=True))
    with_processes = set(Process.objects.standing(on).exclude(unit=None).values_list("unit__path", flat=True))
    found: dict[int, tuple[Lack, ...]] = {}
    for unit in units:
        if not any(path.startswith(unit.path) for path in with_processes):
            continue
        if not any(unit.path.startswith(path) for path in done):
            said = gettext("%(unit)s has no approved impact analysis.")
            found[unit.pk] = (Lack(said % {"unit": unit}, f"/impact/analyses/?unit={unit.key}"),)
    return found
