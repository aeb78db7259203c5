"""Campaigns of impact analysis, the analyses of units and processes, dependencies from both ends, suppliers."""

from datetime import date
from typing import Annotated, Any

from django.db.models import OuterRef, QuerySet, Subquery
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.impact.actions import analyses, campaigns, dependencies, processes, suppliers
from holdfast.analysis.impact.models import (
    Analysis,
    Campaign,
    Claim,
    Peak,
    ProcessImpact,
    Questionnaire,
    SupplierRecord,
)
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.models import ScaleVersion
from holdfast.governance.settings.scales import Scales
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Node
from holdfast.web.api.assessments import AGREEMENT, TAKE_PART, Decision, Submission, agreement_of, submission_of
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Finite, Key, Line, Text, named
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

EDIT, MANAGE, PROCESS_EDIT = "impact.edit", "impact.manage", "process.edit"
Version = Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None
Cells = dict[Line, dict[Annotated[str, Field(max_length=20)], Finite]]
Units = Annotated[list[Key], Field(max_length=500)]


class Seen(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Version = None


class Asked(Seen):
    """Units by key; the mode is each unit's own where none is given."""

    units: Units
    mode: Annotated[str, Field(pattern="^(full|light)$")] | None = None
    due: date | None = None


class Reminded(Seen):
    """All that have not submitted, or these units alone."""

    units: Units = Field(default_factory=list)
    text: Text = ""


class Ended(Seen):
    reason: Text = ""


class Withdrawn(Seen):
    on: date
    reason: Text


class Declined(Seen):
    answer: Text


class Taken(Seen):
    """`requirement`: the key of the requirement that it becomes."""

    requirement: Key = ""


_CAMPAIGN = tuple(campaigns.CampaignFields.__annotations__)
_ANALYSIS = tuple(analyses.AnalysisFields.__annotations__)
_ANSWERS = tuple(name for name in processes.AnswerFields.__annotations__ if name != "impact")
_PEAK = tuple(processes.PeakFields.__annotations__)
_SUPPLIER = tuple(suppliers.SupplierFields.__annotations__)


def _units(keys: list[str], by: User) -> list[Unit]:
    return [named(Unit, key, by) for key in keys]


def _ask(by: User, campaign: Campaign, *, version: int, units: list[str], mode: str | None = None, **more: Any) -> Any:
    return campaigns.add_units(by, campaign, version=version, units=_units(units, by), mode=mode or "", **more)


def _remind(by: User, campaign: Campaign, *, version: int, units: list[str] | None = None, text: str = "") -> Any:
    return campaigns.remind_units(by, campaign, version=version, units=_units(units or [], by), text=text)


def _submit(by: User, analysis: Analysis, *, version: int, **said: Any) -> Any:
    return analyses.submit_analysis(by, analysis, version=version, **submission_of(by, said))


def _record(by: User, *, supplier: Node, **fields: Any) -> SupplierRecord:
    return suppliers.record_supplier(by, supplier, **fields)


def _with_agreement(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    return rows.select_related("agreement")


def _with_analysis(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    content = ScaleVersion.objects.filter(number=OuterRef("analysis__scales")).values("content")[:1]
    return rows.select_related("analysis").annotate(scales_content=Subquery(content))


def _follows(row: Any) -> dict[str, Any]:
    """The cells, and the limits that count (hours)."""
    limits = row.limits(Scales.read(row.scales_content) if row.scales_content else default_scales())
    return {
        "impact": row.impact,
        "counts": {"mtpd": limits.mtpd, "rto": limits.rto, "rpo": limits.rpo},
        "derived_mtpd": limits.derived,
    }


CAMPAIGNS = Table(
    name="campaigns",
    one="campaign",
    model=Campaign,
    fields=("state", "sent_on", "archived_on", "previous", *_CAMPAIGN),
    permission=MANAGE,
    create=campaigns.create_campaign,
    create_fields=("previous", *_CAMPAIGN),
    change=campaigns.edit_campaign,
    change_fields=_CAMPAIGN,
    filters=("state", "unit"),
    sorts=("title", "due"),
    order=("-due", "key"),
    search=("title", "key"),
)
ANALYSES = Table(
    name="analyses",
    one="analysis",
    model=Analysis,
    fields=("campaign", "unit", "scales", "reminders", *_ANALYSIS),
    permission=EDIT,
    change=analyses.edit_analysis,
    change_fields=_ANALYSIS,
    filters=("campaign", "unit", "mode"),
    sorts=("title", "due"),
    order=("campaign__key", "key"),
    search=("title", "key"),
    prepare=_with_agreement,
    more=agreement_of,
    extra=AGREEMENT,
)
PROCESSES = Table(
    name="process-impacts",
    one="process-impact",
    model=ProcessImpact,
    fields=("analysis", "process", *_ANSWERS),
    permission=EDIT,
    create=analyses.add_process,
    create_fields=("analysis", "process"),
    change=processes.edit_answers,
    change_fields=_ANSWERS,
    change_extra={"impact": (Cells, Field(default_factory=dict))},
    filters=("analysis", "process"),
    order=("analysis__key", "process__key"),
    prepare=_with_analysis,
    more=_follows,
    extra={
        "impact": (Cells, ...),
        "counts": (dict[str, float | None], ...),
        "derived_mtpd": (float | None, ...),
    },
)
PEAKS = Table(
    name="peaks",
    one="peak",
    model=Peak,
    fields=("of", *_PEAK),
    permission=EDIT,
    create=processes.add_peak,
    create_fields=("of", *_PEAK),
    change=processes.edit_peak,
    change_fields=_PEAK,
    filters=("of",),
    order=("of", "position"),
)
CLAIMS = Table(
    name="claims",
    one="claim",
    model=Claim,
    fields=("provider", "process", "needs", "said", "state", "answer", "answered_on"),
    permission=PROCESS_EDIT,
    create=dependencies.claim_dependency,
    create_fields=("provider", "process", "needs", "said"),
    filters=("provider", "process", "state"),
    order=("key",),
)
SUPPLIERS = Table(
    name="supplier-records",
    one="supplier-record",
    model=SupplierRecord,
    fields=("supplier", *_SUPPLIER),
    permission=PROCESS_EDIT,
    create=_record,
    create_fields=("supplier", *_SUPPLIER),
    change=suppliers.edit_record,
    change_fields=_SUPPLIER,
    filters=("supplier",),
    order=("supplier__key",),
)
QUESTIONNAIRES = Table(
    name="questionnaires",
    one="questionnaire",
    model=Questionnaire,
    fields=("supplier", "sent_on", "expires", "answered_at", "answered_by", "answers", "taken_over_on", "withdrawn_on"),
    permission=PROCESS_EDIT,
    filters=("supplier",),
    sorts=("sent_on",),
    order=("-sent_on", "key"),
)


def routes() -> Routes:
    made = Routes(tags=["Impact analysis"])
    campaign = offer(made, CAMPAIGNS)
    offer_act(made, CAMPAIGNS, campaign, "ask", Asked, _ask, "Ask units for their impact analysis")
    offer_act(made, CAMPAIGNS, campaign, "send", Seen, campaigns.send_campaign, "Send a campaign")
    offer_act(made, CAMPAIGNS, campaign, "remind", Reminded, _remind, "Remind those who have not submitted")
    offer_act(made, CAMPAIGNS, campaign, "archive", Ended, campaigns.archive_campaign, "Archive a campaign")
    analysis = offer(made, ANALYSES)
    offer_act(made, ANALYSES, analysis, "submit", Submission, _submit, "Submit an impact analysis for approval")
    offer_act(
        made, ANALYSES, analysis, "approve", Decision, analyses.approve_analysis, "Approve an impact analysis",
        permission=TAKE_PART,
    )  # fmt: skip
    offer_act(
        made, ANALYSES, analysis, "withdraw", Withdrawn, analyses.withdraw_analysis, "Withdraw an impact analysis"
    )
    offer_removal(made, ANALYSES, analyses.discard_analysis, "Discard a draft of an impact analysis")
    offer(made, PROCESSES)
    offer_removal(made, PROCESSES, analyses.remove_process, "Take a process out of an impact analysis")
    offer(made, PEAKS)
    offer_removal(made, PEAKS, processes.remove_peak, "Remove a peak period")
    claim = offer(made, CLAIMS)
    offer_act(made, CLAIMS, claim, "take", Taken, dependencies.take_claim, "Take a dependency over")
    offer_act(made, CLAIMS, claim, "decline", Declined, dependencies.decline_claim, "Decline a dependency")
    offer(made, SUPPLIERS)
    questionnaire = offer(made, QUESTIONNAIRES)
    offer_act(
        made, QUESTIONNAIRES, questionnaire, "take", Seen, suppliers.take_over_answers, "Take over a supplier's answers"
    )
    offer_act(
        made, QUESTIONNAIRES, questionnaire, "withdraw", Seen, suppliers.withdraw_questionnaire,
        "Withdraw the link to a supplier",
    )  # fmt: skip
    return made
