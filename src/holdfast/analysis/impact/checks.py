"""What an analysis lacks before it can be submitted: by process, in words, with the field where it is mended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from holdfast.analysis.impact.limits import BadGrid, Grid, Limits
from holdfast.analysis.impact.models import Analysis, ProcessImpact
from holdfast.governance.settings.questions import numbered
from holdfast.governance.settings.scales import Scales
from holdfast.organization.structure.models import Requirement

Lacking = Callable[[str, str], None]


@dataclass(frozen=True)
class Gap:
    """Something that is missing. `of` is the process in question, None for the analysis itself; `field` the field."""

    of: ProcessImpact | None
    field: str
    message: str


def scales_of(analysis: Analysis) -> Scales:
    """The scales that an analysis is made by."""
    return numbered(analysis.scales)


def gaps_of(analysis: Analysis, rows: Sequence[ProcessImpact] | None = None) -> list[Gap]:
    """What keeps a draft from being submitted: two queries, whatever the number of processes."""
    if rows is None:
        rows = list(analysis.processes.select_related("process", "analysis").order_by("process__name"))
    if not rows:
        return [Gap(None, "", gettext("No process is listed yet: add those of the unit, or make the first one."))]
    scales = scales_of(analysis)
    needing = set(Requirement.objects.filter(node__in=[row.process_id for row in rows]).values_list("node", flat=True))
    return [gap for row in rows for gap in gaps_of_process(row, scales, full=analysis.is_full, needing=needing)]


def gaps_of_process(row: ProcessImpact, scales: Scales, *, full: bool, needing: Collection[int]) -> list[Gap]:
    """What is missing of one process. Of what is not critical, only the reason is wanted; of a unit in the light mode
    no indicator is."""
    found: list[Gap] = []

    def lack(field: str, message: str) -> None:
        found.append(Gap(row, field, message))

    if row.critical is None:
        lack("critical", gettext("Say whether it is critical."))
    if not row.why.strip():
        lack("why", gettext("Say why it is critical, or is not."))
    if full:
        _check_grid(row, scales, lack)
    limits = row.limits(scales)
    if row.critical:
        _check_limits(row, limits, lack)
        if row.process_id not in needing:
            lack("needs", gettext("Say what it needs: people, a place to work, applications, suppliers."))
    for name, derived, given in (
        ("mtpd", limits.derived if full else row.mtpd, row.mtpd),
        ("rto", limits.proposed_rto, row.rto),
        ("rpo", limits.proposed_rpo, row.rpo),
    ):
        if given is not None and given != derived and not getattr(row, f"{name}_reason").strip():
            lack(f"{name}_reason", gettext("%(name)s differs from what follows: say why.") % {"name": name.upper()})
    if limits.rto is not None and limits.mtpd is not None and limits.rto > limits.mtpd:
        lack("rto", gettext("The RTO lies within the MTPD: at most %(mtpd)g h.") % {"mtpd": limits.mtpd})
    return found


def _check_grid(row: ProcessImpact, scales: Scales, say: Lacking) -> None:
    try:
        grid = Grid.read(row.impact, scales)
    except BadGrid as error:
        say("impact", error.message)
        return
    names = {one.key: one.label for one in scales.categories}
    if missing := grid.missing(scales):
        said = gettext("Impact over time: %(n)d of %(all)d cells are empty, first %(category)s after %(hour)g h.")
        category, hour = missing[0]
        count = len(scales.categories) * len(scales.hours)
        say("impact", said % {"n": len(missing), "all": count, "category": names[category], "hour": hour})
    for category, hour in grid.falls()[:1]:
        said = gettext("%(category)s after %(hour)g h is less than before: an interruption cannot become less bad.")
        say("impact", said % {"category": names[category], "hour": hour})


def _check_limits(row: ProcessImpact, limits: Limits, say: Lacking) -> None:
    if limits.mtpd is None:
        said = gettext("It is critical, and no MTPD follows from the impact: give one with its reason, or look again.")
        say("mtpd", said if row.analysis.is_full else gettext("Say for how long it may stand still (MTPD)."))
    if row.minimum_level is None:
        say("minimum_level", gettext("Say at which minimum level it has to go on (MBCO)."))
    elif row.minimum_agreed_by_id is None or row.minimum_agreed_on is None:
        say("minimum_agreed_by", gettext("Say who agreed to the minimum level, and when."))
