"""The first page of the room: campaigns under way with their progress, and what of them waits for the reader."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from holdfast.analysis.impact.models import Campaign, CampaignState
from holdfast.analysis.impact.rights import EDIT, MANAGE, VIEW
from holdfast.analysis.impact.tightening import worst_day
from holdfast.governance.agreement.models import State
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.web.permissions import needs

from .campaigns import analyses_of
from .dependencies import counted
from .progress import facts, finding, progress_of


@needs(VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    today = clock.today()
    running = visible(Campaign.objects.filter(state=CampaignState.SENT), user).order_by("due", "pk")
    campaigns = []
    mine = []
    # Who leads the campaigns sees them all below; what waits is for those who fill in.
    fills_in = may_somewhere(user, EDIT) and not may_somewhere(user, MANAGE)
    for campaign in running:
        found = progress_of(analyses_of(campaign, user), today)
        if not found:
            continue
        campaigns.append({"campaign": campaign, "finding": finding(found, campaign.due, today), **facts(found)})
        if fills_in:
            open_ = [one for one in found if one.analysis.agreement.state == State.DRAFT]
            here = {one.pk for one in visible(type(found[0].analysis).objects.filter(campaign=campaign), user, EDIT)}
            mine += [one for one in open_ if one.analysis.pk in here]
    late = sum(one.late for each in campaigns for one in each["progress"])
    count = ngettext("%(n)d campaign is under way", "%(n)d campaigns are under way", len(campaigns))
    lead = count % {"n": len(campaigns)}
    if late:
        lead += ngettext(", and %(n)d analysis is late", ", and %(n)d analyses are late", late) % {"n": late}
    context = {
        "lead": f"{lead}." if campaigns else _("No campaign is under way that you may see."),
        "campaigns": campaigns,
        "mine": mine,
        "may_manage": may_somewhere(user, MANAGE),
        "worst": worst_day(today),
        "dependencies": counted(user),
        "planned": list(visible(Campaign.objects.filter(state=CampaignState.PLANNED), user).order_by("due")),
        "archived": visible(Campaign.objects.filter(state=CampaignState.ARCHIVED), user).count(),
    }
    return render(request, "impact/overview.html", context)
