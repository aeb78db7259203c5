"""The impact analyses of units, and the steps on them and on the processes in them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.actions import analyses as acts
from holdfast.analysis.impact.actions import processes as answers
from holdfast.analysis.impact.checks import gaps_of, scales_of
from holdfast.analysis.impact.models import Analysis, Campaign, Peak, ProcessImpact
from holdfast.analysis.impact.rights import EDIT, VIEW
from holdfast.governance.agreement.models import TAKE_PART, State
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.places.models import AnalysisMode
from holdfast.organization.structure.models import Node, Process, Requirement, Supply
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.web.pages.governance.agreeing import approving_form, panel, state_chip, submitting_form, withdrawing_form
from holdfast.web.pages.organization.editing import form_of, no_form
from holdfast.web.pages.organization.fields import NumberField, RowField, rows_of
from holdfast.web.pages.organization.listing import (
    OWN,
    TAG,
    Column,
    Filter,
    Listing,
    choice_filter,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import MadeForm, Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE

from .progress import progress_of
from .worst import levels_of

COLUMNS = ("title", "mode", "due", "as_of", "summary", *EVIDENCE)
PEAK = ("name", "kind", "when", "mtpd", "rto", "minimum_level", "reason")


def _campaigns(rows: Any, user: Any) -> list[tuple[str, str]]:
    used = visible(Campaign.objects.filter(pk__in=rows.order_by().values("campaign")), user)
    return list(used.order_by("-due").values_list("key", "title"))


def _in_campaign(rows: Any, value: str, user: Any) -> Any:
    if not Campaign.objects.filter(key=value).exists():
        raise LookupError(value)
    return rows.filter(campaign__key=value)


CAMPAIGN = Filter("campaign", _("Campaign"), _campaigns, _in_campaign)


def tell(analysis: Analysis, user: Any, on: date) -> dict[str, Any]:
    agreement = analysis.agreement
    scales = scales_of(analysis)
    rows = list(
        analysis.processes.select_related("process", "process__unit", "analysis").order_by("process__name", "pk")
    )
    gaps: dict[int, list[Any]] = {}
    general: list[Any] = []
    if agreement.is_draft:
        for gap in gaps_of(analysis, rows):
            (gaps.setdefault(gap.of.pk, []) if gap.of is not None else general).append(gap)
    (progress,) = progress_of([analysis], clock.today())
    lines = [
        {
            "row": row,
            "limits": row.limits(scales),
            "gaps": gaps.get(row.pk, []),
            "worst": levels_of(row, scales) if analysis.is_full else [],
        }
        for row in rows
    ]
    found = panel(analysis, user)
    return {
        **found,
        "above": [analysis.campaign],
        "scales": scales,
        "lines": lines,
        "general": general,
        "progress": progress,
        "ready": agreement.is_draft and not general and not any(gaps.values()),
        "missing": sum(map(len, gaps.values())),
        "first_open": next((line["row"] for line in lines if line["gaps"]), None),
    }


def _listing_process(row: Any, part: Any, user: Any) -> MadeForm:
    there = row.processes.values("process")
    rows = visible(Process.objects.standing(clock.today()), user).filter(unit__path__startswith=row.unit.path)
    return {"process": RowField(rows.exclude(pk__in=there), label=_now("Process"))}, {}


def _peak(row: Any, part: Any, user: Any) -> MadeForm:
    known = part if isinstance(part, Peak) else None
    fields, values = form_of(Peak, PEAK, user, known)
    fields = dict(fields)
    fields["when"].help_text = _now(
        "Dates: 10-01/10-31 (every year) or 2026-10-01/2026-10-31. Weekdays: mon, fri. End of the month: 3 (the last "
        "three days)."
    )
    for name in ("mtpd", "rto"):
        fields[name].help_text = _now("Hours in this period. Empty: as ever.")
    return fields, values


class NodesField(forms.MultipleChoiceField):
    """Processes and resources, ticked."""

    def __init__(self, nodes: list[Node], **more: Any) -> None:
        self.nodes = {node.key: node for node in nodes}
        kinds = dict(NodeKind.choices)
        groups: dict[str, list[tuple[str, str]]] = {}
        for node in nodes:
            place = f" · {node.site}" if node.site else ""
            groups.setdefault(str(kinds[node.kind]), []).append((node.key, f"{node.name}{place}"))
        super().__init__(choices=list(groups.items()), widget=forms.CheckboxSelectMultiple, **more)

    def clean(self, value: Any) -> Any:
        return [self.nodes[key] for key in super().clean(value)]


MOST_NODES = 300


def _needing(row: Any, part: Any, user: Any) -> MadeForm:
    """What could be needed: of the process's own site and unit first."""
    process = part.process
    drawn = Supply.objects.filter(requirement__node=process).values("provider")
    nodes = visible(Node.objects.standing(clock.today()), user).exclude(pk__in=drawn).exclude(pk=process.pk)
    near = Q(site=process.site_id) if process.site_id else Q(pk__in=())
    if process.unit is not None:
        near |= Q(unit=process.unit)
    close = list(nodes.filter(near, is_function=False).select_related("site").order_by("kind", "name")[:MOST_NODES])
    further = rows_of(Node, user).exclude(pk__in=[node.pk for node in close])
    fields: dict[str, forms.Field] = {
        "providers": NodesField(close, label=_now("At its site or in its unit"), required=False),
        "other": RowField(further, label=_now("Or another one"), required=False),
        "needs": NumberField(
            label=_now("How much of each"), help_text=_now("Seats, people, or 1 for the thing itself.")
        ),
        "tolerance": NumberField(label=_now("Does without for (hours)"), required=False),
    }
    return fields, {"needs": 1.0}


def _needed(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    providers = cleaned["providers"] + ([cleaned["other"]] if cleaned["other"] else [])
    hours = cleaned["tolerance"]
    tolerance = None if hours is None else assumed(hours, "h", _now("As the impact analysis says."), as_of=row.as_of)
    answers.add_requirements(
        by, node=part.process, providers=providers, needs=cleaned["needs"], tolerance=tolerance, basis="assumed"
    )
    return part


def _copying(row: Any, part: Any, user: Any) -> MadeForm:
    rows = visible(Process.objects.standing(clock.today()), user).exclude(pk=part.process_id)
    with_needs = rows.filter(pk__in=Requirement.objects.values("node"))
    return {"source": RowField(with_needs, label=_now("The process to copy from"))}, {}


ANALYSES = Noun(
    slug="analyses",
    name="analysis",
    room="impact",
    model=Analysis,
    rows=Analysis.objects.all,
    one=_("impact analysis"),
    many=_("Analyses"),
    lead=_("One for each unit: what its processes may stand still for, and what they need. Only approved ones count."),
    view=VIEW,
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("title", _("Impact analysis"), lambda row: row, ("title",)),
            Column("unit", _("Unit"), lambda row: row.unit, ("unit__name",)),
            Column("mode", _("Mode"), lambda row: row.get_mode_display(), ("mode",)),
            Column("campaign", _("Campaign"), lambda row: row.campaign, ("campaign__title",)),
            Column("version", _("Version"), lambda row: row.agreement.number, ("agreement__number",), number=True),
            Column("state", _("State"), lambda row: state_chip(row.agreement), ("agreement__state",)),
            Column("due", _("Due"), lambda row: row.due, ("due",)),
            Column("decided", _("Decided on"), lambda row: row.agreement.decided_on, ("agreement__decided_on",)),
        ),
        filters=(
            CAMPAIGN,
            choice_filter("state", _("State"), State, "agreement__state"),
            choice_filter("mode", _("Mode"), AnalysisMode),
            unit_filter(),
            TAG,
            OWN,
        ),
        search=("title", "key", "unit__name"),
        order=("unit__path", "-as_of"),
        prepare=lambda rows, user, on: rows.select_related("unit", "campaign", "agreement"),
    ),
    tell=tell,
    related=("unit", "campaign", "agreement__previous", "agreement__approver", "agreement__approver_post",
             "agreement__approver_body", "agreement__decided_by", "agreement__author"),
    making=Making(COLUMNS, None, acts.edit_analysis),
    steps=(
        Step(
            "list-process", _("List a process of the unit"), _("List it"), EDIT, _listing_process,
            lambda by, row, part, version, cleaned: acts.add_process(by, analysis=row, **cleaned), back="processes",
        ),
        Step(
            "submit", _("Submit it for approval"), _("Submit"), EDIT,
            lambda row, part, user: submitting_form(row.agreement, user),
            lambda by, row, part, version, cleaned: acts.submit_analysis(by, row, version=version, **cleaned),
            back="agreement", says=_("It stays as it is until it is decided or returned."),
        ),
        Step(
            "approve", _("Approve it"), _("Approve"), TAKE_PART, approving_form,
            lambda by, row, part, version, cleaned: acts.approve_analysis(by, row, version=version, **cleaned),
            back="agreement",
            says=_("Its limits and its impact become those of the processes: every what-if reckons with them."),
        ),
        Step(
            "withdraw", _("Withdraw it"), _("Withdraw"), EDIT, withdrawing_form,
            lambda by, row, part, version, cleaned: acts.withdraw_analysis(by, row, version=version, **cleaned),
            ends=True, says=_("It counts no more from this day. The limits of the processes stay as they are."),
        ),
        Step(
            "discard", _("Take the unit out of the campaign"), _("Discard the draft"), EDIT, no_form,
            lambda by, row, part, version, cleaned: acts.discard_analysis(by, row, version=version), ends=True,
            says=_("What was filled in goes with it."),
        ),
        Step(
            "leave-out", _("Take this process out"), _("Take it out"), EDIT, no_form,
            lambda by, row, part, version, cleaned: acts.remove_process(by, part, version=version),
            on=ProcessImpact, within="analysis", back="processes", ends=True,
            says=_("The process itself stays; this analysis says nothing of it."),
        ),
        Step(
            "add-peak", _("Add a peak period"), _("Add"), EDIT, _peak,
            lambda by, row, part, version, cleaned: answers.add_peak(by, of=part, **cleaned),
            on=ProcessImpact, within="analysis",
            says=_("A time in which the process may stand still for less, or has to go on at more."),
        ),
        Step(
            "change", _("Change this peak period"), _("Save"), EDIT, _peak,
            lambda by, row, part, version, cleaned: answers.edit_peak(by, part, version=version, **cleaned),
            on=Peak, within="of", back="peaks",
        ),
        Step(
            "remove", _("Remove this peak period"), _("Remove it"), EDIT, no_form,
            lambda by, row, part, version, cleaned: answers.remove_peak(by, part, version=version),
            on=Peak, within="of", back="peaks", ends=True,
        ),
        Step(
            "add-needs", _("Add what it needs"), _("Add"), EDIT, _needing, _needed,
            on=ProcessImpact, within="analysis", says=_("Each becomes a requirement of its own."),
        ),
        Step(
            "copy-needs", _("Copy what another process needs"), _("Copy"), EDIT, _copying,
            lambda by, row, part, version, cleaned: answers.copy_requirements(by, node=part.process, **cleaned),
            on=ProcessImpact, within="analysis",
        ),
    ),
    parts=((ProcessImpact, "analysis"), (Peak, "of__analysis")),
    empty=_("There is no impact analysis yet that you may see. A campaign asks units for theirs."),
)  # fmt: skip
