"""The analysis of a unit: begun, submitted, approved, followed by the next. On approval its limits become those of the
processes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.applying import apply_figures
from holdfast.analysis.impact.checks import gaps_of
from holdfast.analysis.impact.limits import hour_text
from holdfast.analysis.impact.models import Analysis, Campaign, Peak, ProcessImpact
from holdfast.analysis.impact.models.analyses import ANSWERS, PEAK_FIELDS
from holdfast.analysis.impact.rights import EDIT
from holdfast.analysis.impact.telling import tell_analysis
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.models import TAKE_PART
from holdfast.governance.gates.gates import require_open
from holdfast.governance.gates.models import Step
from holdfast.governance.settings.questions import in_force
from holdfast.governance.settings.scales import Scales
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import STANDING, AnalysisMode, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Group, Node, Post, Process
from holdfast.organization.structure.saving import create, remove_all, save_all


class AnalysisFields(DescribedFields, total=False):
    title: str
    mode: str
    due: date | None
    as_of: date
    summary: str


@act("analysis.begin", EDIT, label=_("begin the impact analysis of a unit"), under="campaign")
def begin_analysis(
    by: Actor,
    *,
    key: str,
    campaign: Campaign,
    unit: Unit,
    apart: Collection[str] = (),
    **fields: Unpack[AnalysisFields],
) -> Analysis:
    """The first draft for a unit, with the processes of the unit and of what is under it; `apart` are the paths of
    units that have an analysis of their own. Raises ValidationError."""
    campaign.refuse_if_archived()
    fields.setdefault("title", gettext("Impact analysis, %(unit)s")[:280] % {"unit": unit.name[:250]})
    fields.setdefault("as_of", campaign.as_of)
    fields.setdefault("mode", unit.analysis_mode)
    scales = in_force(clock.today()).version
    analysis = steps.draft(by, Analysis(key=key, campaign=campaign, unit=unit, scales=scales, **fields))
    rows = [ProcessImpact(analysis=analysis, process=process) for process in processes_of(unit, apart)]
    save_all(rows, by)
    return analysis


@act("analysis.version", EDIT, label=_("draft the next impact analysis of a unit"), on="analysis")
def draft_analysis_version(
    by: Actor,
    analysis: Analysis,
    *,
    campaign: Campaign,
    apart: Collection[str] = (),
    mode: str = "",
    due: date | None = None,
    as_of: date | None = None,
    version: int | None = None,
) -> Analysis:
    """The next version, in a campaign, by the scales in force today. It begins with what the last one says, of the
    processes that still are there, and with those that are new; the impact as far as the scales have it."""
    campaign.refuse_if_archived()
    scales = in_force(clock.today())
    mode = mode or analysis.mode
    following = steps.new_version(
        by,
        analysis,
        key=f"{campaign.key}-{analysis.unit.key}"[:120],
        campaign=campaign,
        mode=mode,
        due=due or campaign.due,
        as_of=as_of or campaign.as_of,
        scales=scales.version,
        reminded_at=None,
        reminders=0,
        reminder="",
    )
    earlier = {one.process_id: one for one in analysis.processes.select_related("minimum_agreed_by")}
    peaks: dict[int, list[Peak]] = {}
    for peak in Peak.objects.filter(of__analysis=analysis):
        peaks.setdefault(peak.of_id, []).append(peak)
    rows, copies = [], []
    for process in processes_of(analysis.unit, apart):
        row = ProcessImpact(analysis=following, process=process)
        if (before := earlier.get(process.pk)) is not None:
            for name in ANSWERS:
                setattr(row, name, getattr(before, name))
            row.impact = _kept(before.impact, scales) if mode == AnalysisMode.FULL else {}
            copies += [(row, peak) for peak in peaks.get(before.pk, ())]
        rows.append(row)
    save_all(rows, by)
    save_all([Peak(of=row, position=old.position, **old_fields(old)) for row, old in copies], by)
    return following


@act("analysis.edit", EDIT, label=_("change a draft of an impact analysis"), on="analysis")
def edit_analysis(by: Actor, analysis: Analysis, *, version: int, **changes: Unpack[AnalysisFields]) -> Analysis:
    """In the light mode indicators are neither asked nor kept. Raises ValidationError."""
    was_full = analysis.is_full
    steps.change_draft(by, analysis, changes, AnalysisFields.__annotations__)
    if was_full and not analysis.is_full:
        rows = [row for row in analysis.processes.select_related("process") if row.impact or row.rationale]
        for row in rows:
            row.analysis, row.impact, row.rationale = analysis, {}, ""
        save_all(rows, by, fields=["impact", "rationale"])
    tell_analysis(by, analysis)
    return analysis


@act("analysis.submit", EDIT, label=_("submit an impact analysis for approval"), on="analysis")
def submit_analysis(
    by: Actor,
    analysis: Analysis,
    *,
    version: int,
    approver: User | None = None,
    post: Post | None = None,
    body: Group | None = None,
    reviewers: Sequence[User] = (),
    due: date | None = None,
    comment: str = "",
) -> Analysis:
    """Raises ValidationError with what is missing, process by process, and where nobody is named who approves;
    GateClosed where the unit is not past the risk assessment."""
    require_open(analysis.unit, Step.IMPACT, clock.today())
    if gaps := gaps_of(analysis):
        raise ValidationError([f"{gap.of.process}: {gap.message}" if gap.of else gap.message for gap in gaps[:20]])
    named = steps.one_approver(approver, post, body)
    steps.submit(by, analysis, approver=named, reviewers=reviewers, due=due, comment=comment)
    tell_analysis(by, analysis)
    return analysis


@act("analysis.approve", TAKE_PART, label=_("approve an impact analysis"), on="analysis")
def approve_analysis(
    by: Actor, analysis: Analysis, *, version: int, on: date, reason: str, in_force_from: date | None = None
) -> Analysis:
    """It counts from now on, in place of the version before, and its limits and impact become those of the processes:
    the twin and every what-if reckon with them. As `steps.decide`."""
    steps.decide(by, analysis, on=on, reason=reason, in_force_from=in_force_from)
    apply_figures(by, analysis)
    tell_analysis(by, analysis)
    return analysis


@act("analysis.withdraw", EDIT, label=_("withdraw an impact analysis"), on="analysis")
def withdraw_analysis(by: Actor, analysis: Analysis, *, version: int, on: date, reason: str) -> Analysis:
    """It counts no more from this day, and no version follows. The limits of the processes stay as they are."""
    steps.supersede(by, analysis, on=on, reason=reason)
    return analysis


@act("analysis.discard", EDIT, label=_("discard a draft of an impact analysis"), on="analysis")
def discard_analysis(by: Actor, analysis: Analysis, *, version: int) -> Analysis:
    """The unit is not asked any more in this campaign."""
    steps.touch(by, analysis)
    note(campaign=analysis.campaign.key, unit=analysis.unit.key)
    rows = list(analysis.processes.all())
    remove_all(list(Peak.objects.filter(of__in=rows)), by)
    remove_all(rows, by)
    steps.discard(by, analysis)
    return analysis


@act("process_impact.add", EDIT, label=_("list a process in an impact analysis"), under="analysis")
def add_process(by: Actor, *, analysis: Analysis, process: Node) -> ProcessImpact:
    """Raises ValidationError for a process that is listed, or of another unit."""
    steps.touch(by, analysis)
    if process.unit is None or not process.unit.path.startswith(analysis.unit.path):
        said = gettext("“%(process)s” belongs to %(unit)s.")
        unit = process.unit or gettext("no unit")
        raise ValidationError({"process": said % {"process": process, "unit": unit}})
    if analysis.processes.filter(process=process).exists():
        raise ValidationError({"process": gettext("It is listed already.")})
    return create(ProcessImpact(analysis=analysis, process=process), by)


@act("process_impact.remove", EDIT, label=_("take a process out of an impact analysis"), on="row")
def remove_process(by: Actor, row: ProcessImpact, *, version: int) -> ProcessImpact:
    """The process itself stays; this analysis says nothing of it."""
    steps.touch(by, row.analysis)
    note(analysis=row.analysis.key, process=row.process.key)
    remove_all(list(row.peaks.all()), by)
    remove_all([row], by)
    return row


def processes_of(unit: Unit, apart: Collection[str] = ()) -> list[Process]:
    """The processes that serve today, of a unit and of what is under it but for the units at the paths `apart`."""
    rows = Process.objects.standing(clock.today(), STANDING).filter(unit__path__startswith=unit.path)
    away = Q()
    for path in apart:
        away |= Q(unit__path__startswith=path)
    return list((rows.exclude(away) if away else rows).order_by("name", "key"))


def old_fields(peak: Peak) -> dict[str, Any]:
    return {name: getattr(peak, name) for name in PEAK_FIELDS}


def _kept(impact: dict[str, Any], scales: Scales) -> dict[str, Any]:
    """What the scales of today still have of an earlier grid."""
    hours = {hour_text(hour) for hour in scales.hours}
    known = {one.key for one in scales.categories}
    return {
        category: cells
        for category, said in impact.items()
        if category in known and (cells := {hour: value for hour, value in said.items() if hour in hours})
    }
