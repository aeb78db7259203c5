"""What step 2 wants of a unit: an approved risk assessment of the site where it works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Assessment, AssessmentKind
from holdfast.governance.gates.gates import Lack, Lacks, gate
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


def _site_of(unit: Unit, places: dict[str, Site | None]) -> Site | None:
    path = unit.path
    while path:
        if (site := places.get(path)) is not None:
            return site
        path = path.rstrip("/").rpartition("/")[0]
        path = f"{path}/" if path else ""
    return None
