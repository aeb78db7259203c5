"""Who is told that an analysis waits: those who fill in for the unit, and, once it is late, the campaign's managers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.models import Analysis, Campaign, CampaignState
from holdfast.analysis.impact.rights import EDIT, MANAGE
from holdfast.governance.agreement.models import State
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.jobs.registry import job

FILL = declare_kind("impact.fill", _("Fill in the impact analysis"))
LATE = declare_kind("impact.late", _("The impact analysis is late"))


def tell_campaign(by: Actor, campaign: Campaign) -> None:
    """Raises and settles the notices of all its analyses."""
    for analysis in campaign.analyses.select_related("unit", "agreement", "campaign"):
        tell_analysis(by, analysis)


def tell_analysis(by: Actor, analysis: Analysis) -> None:
    """As `tell_campaign`, for one analysis."""
    wanted: list[Wanted] = []
    if analysis.campaign.state == CampaignState.SENT and analysis.agreement.state == State.DRAFT:
        wanted.append(Wanted(FILL, permission=EDIT, words=analysis.reminder))
        if analysis.due is not None and analysis.due < clock.today():
            wanted.append(Wanted(LATE, permission=MANAGE, words=analysis.reminder))
    keep_notices(
        by,
        source=f"impact:{analysis.key}",
        wanted=wanted,
        title=analysis.title,
        address=analysis.agreement_address(),
        unit=analysis.unit,
        due=analysis.due,
    )


@job("impact.follow", label=_("reminders of impact analyses"), at="05:00")
def follow_campaigns(by: Actor) -> dict[str, int]:
    """Every night: what has become late is told."""
    asked = 0
    for analysis in Analysis.objects.filter(campaign__state=CampaignState.SENT).select_related(
        "unit", "agreement", "campaign"
    ):
        tell_analysis(by, analysis)
        asked += 1
    return {"analyses": asked}
