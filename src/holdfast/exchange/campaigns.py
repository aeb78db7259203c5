"""The example's campaigns of impact analysis: files taken in by the acts that people use, the answers in bulk."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import Struct, field, json

from holdfast.analysis.impact.actions.analyses import approve_analysis, submit_analysis
from holdfast.analysis.impact.actions.campaigns import add_units, archive_campaign, create_campaign, send_campaign
from holdfast.analysis.impact.models import Analysis, Campaign, Peak, ProcessImpact
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Post
from holdfast.organization.structure.saving import save_all


class PeakSaid(Struct, forbid_unknown_fields=True):
    name: str
    kind: str
    when: str
    reason: str
    mtpd: float | None = None
    rto: float | None = None
    minimum_level: float | None = None


class Answered(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is said of a process; what is left out stays as it is."""

    process: str
    critical: bool | None = None
    why: str | None = None
    impact: dict[str, dict[str, float]] | None = None
    rationale: str | None = None
    mtpd: float | None = None
    mtpd_reason: str | None = None
    rto: float | None = None
    rto_reason: str | None = None
    rpo: float | None = None
    rpo_reason: str | None = None
    minimum_level: float | None = None
    minimum_said: str | None = None
    minimum_agreed_by: str | None = None
    minimum_agreed_on: date | None = None
    staff_normal: float | None = None
    staff_minimum: float | None = None
    stand_ins: str | None = None
    records_said: str | None = None
    procedure: str | None = None
    basis: str | None = None
    source: str | None = None
    peaks: list[PeakSaid] = []

    def fields(self) -> dict[str, Any]:
        names = [name for name in self.__struct_fields__ if name not in ("process", "peaks", "minimum_agreed_by")]
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class Submitted(Struct, forbid_unknown_fields=True):
    post: str


class Approved(Struct, forbid_unknown_fields=True):
    post: str
    on: date
    reason: str


class AnalysisSaid(Struct, forbid_unknown_fields=True):
    unit: str
    processes: list[Answered] = []
    submitted: Submitted | None = None
    approved: Approved | None = None


class CampaignSaid(Struct, forbid_unknown_fields=True):
    """`due` is a day, or `due_in` days from the one on which the example is taken in: a round under way stays so."""

    key: str
    title: str
    as_of: date
    unit: str | None = None
    due: date | None = None
    due_in: int = 0
    instructions: str = ""
    basis: str = ""
    reason: str = ""
    sent: bool = False
    archived: str = ""
    analyses: list[AnalysisSaid] = field(default_factory=list)


def read_campaigns(folder: Path) -> list[CampaignSaid]:
    """The campaigns of a folder, one file each, in the order of the files' names. Raises msgspec's errors."""
    return [json.decode(file.read_bytes(), type=CampaignSaid) for file in sorted(folder.glob("*.json"))]


@act("example.campaigns", "impact.manage", label=_("take in the example's campaigns"), whole=True)
def take_in_campaigns(by: Actor, *, campaigns: list[CampaignSaid]) -> None:
    """What is there already is left as it is."""
    known = set(Campaign.objects.values_list("key", flat=True))
    new = [campaign for campaign in campaigns if campaign.key not in known]
    units = Unit.objects.in_bulk([one.unit for said in new for one in said.analyses], field_name="key")
    posts = Post.objects.in_bulk(_posts(new), field_name="key")
    for said in new:
        _take_in(by, said, units, posts)
    note(campaigns=[said.key for said in new])


def _take_in(by: Actor, said: CampaignSaid, units: dict[str, Unit], posts: dict[str, Post]) -> None:
    campaign = create_campaign(
        by,
        key=said.key,
        title=said.title,
        unit=Unit.objects.filter(key=said.unit).first(),
        due=said.due or clock.today() + timedelta(days=said.due_in),
        as_of=said.as_of,
        instructions=said.instructions,
        basis=said.basis,
        reason=said.reason,
    )
    add_units(by, campaign, version=campaign.version, units=[units[one.unit] for one in said.analyses])
    _answer(by, campaign, said, posts)
    if said.sent:
        campaign = send_campaign(by, campaign, version=Campaign.objects.get(pk=campaign.pk).version)
    analyses = {
        one.unit.key: one
        for one in Analysis.objects.filter(campaign=campaign).select_related("unit", "campaign", "agreement")
    }
    for one in said.analyses:
        analysis = analyses[one.unit]
        to = one.approved or one.submitted
        if to is not None:
            submit_analysis(by, analysis, version=analysis.version, post=posts[to.post])
        if (done := one.approved) is not None:
            approve_analysis(by, analysis, version=analysis.version, on=done.on, reason=done.reason)
    if said.archived:
        campaign.refresh_from_db()
        archive_campaign(by, campaign, version=campaign.version, reason=said.archived)


def _answer(by: Actor, campaign: Campaign, said: CampaignSaid, posts: dict[str, Post]) -> None:
    rows = {
        (row.analysis.unit.key, row.process.key): row
        for row in ProcessImpact.objects.filter(analysis__campaign=campaign).select_related(
            "analysis__unit", "process", "minimum_agreed_by"
        )
    }
    changed, peaks = [], []
    for analysis in said.analyses:
        for answered in analysis.processes:
            row = rows[analysis.unit, answered.process]
            for name, value in answered.fields().items():
                setattr(row, name, value)
            if answered.minimum_agreed_by:
                row.minimum_agreed_by = posts[answered.minimum_agreed_by]
            changed.append(row)
            for position, peak in enumerate(answered.peaks):
                fields = {name: getattr(peak, name) for name in peak.__struct_fields__}
                peaks.append(Peak(of=row, position=position, **fields))
    save_all(changed, by)
    save_all(peaks, by)


def _posts(campaigns: list[CampaignSaid]) -> set[str]:
    found = set()
    for said in campaigns:
        for analysis in said.analyses:
            to = analysis.approved or analysis.submitted
            found |= {to.post} if to is not None else set()
            found |= {one.minimum_agreed_by for one in analysis.processes if one.minimum_agreed_by}
    return found
