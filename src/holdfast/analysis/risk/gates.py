"""What step 2 wants of a unit, an approved risk assessment of the site where it works; and what it waits for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Assessment, AssessmentKind
from holdfast.governance.gates.gates import Lack, Lacks, gate, kept_closed, require_open
from holdfast.governance.gates.models import Step
from holdfast.organization.places.models import Site, Unit

PAGE = "/risk/assessments/"


@gate("risk.assessed", Step.RISK, _("Its site has an approved risk assessment"))
def _assessed(units: Sequence[Unit], on: date) -> Lacks:
    """By the unit's own site, or that of the nearest unit above it that has one; an assessment of a site holds for all
    that is in it. A unit that works nowhere is not asked."""
    places = {unit.path: unit.site for unit in Unit.objects.exclude(site=None).select_related("site")}
    done = set(Assessment.objects.in_force(on).filter(kind=AssessmentKind.REGULAR).values_list("site__path", flat=True))
    found: dict[int, tuple[Lack, ...]] = {}
    for unit in units:
        site = _site_of(unit, places)
        if site is not None and not any(site.path.startswith(path) for path in done):
            said = gettext("%(site)s has no approved risk assessment.")
            found[unit.pk] = (Lack(said % {"site": site}, f"{PAGE}?site={site.key}"),)
    return found


def unit_of(assessment: Assessment) -> Unit | None:
    """The unit whose steps an assessment is part of: the responsible one, else that of its site."""
    return assessment.unit or assessment.site.unit


def waits_for(assessment: Assessment, on: date) -> list[Lack]:
    """What keeps the gate before an assessment closed. An extra one fills a gap at any time (A/63/359, 23), lets no
    unit past the step, and waits for nothing."""
    return kept_closed(unit_of(assessment), Step.RISK, on) if assessment.kind == AssessmentKind.REGULAR else []


def require_gate(assessment: Assessment, on: date) -> None:
    """Raises GateClosed where `waits_for` finds anything."""
    if assessment.kind == AssessmentKind.REGULAR:
        require_open(unit_of(assessment), Step.RISK, on)


def _site_of(unit: Unit, places: dict[str, Site | None]) -> Site | None:
    path = unit.path
    while path:
        if (site := places.get(path)) is not None:
            return site
        path = path.rstrip("/").rpartition("/")[0]
        path = f"{path}/" if path else ""
    return None
