"""Campaigns: planned, sent, chased, archived, followed by the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.actions.analyses import begin_analysis, draft_analysis_version
from holdfast.analysis.impact.models import Analysis, Campaign, CampaignState
from holdfast.analysis.impact.rights import MANAGE
from holdfast.analysis.impact.telling import tell_campaign
from holdfast.governance.agreement.models import DECIDED, State
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.saving import change, create, save_all


class CampaignFields(DescribedFields, total=False):
    title: str
    unit: Unit | None
    due: date
    as_of: date
    instructions: str


@act("campaign.create", MANAGE, label=_("plan a campaign of impact analysis"))
def create_campaign(
    by: Actor,
    *,
    key: str,
    units: Sequence[Unit] = (),
    previous: Campaign | None = None,
    **fields: Unpack[CampaignFields],
) -> Campaign:
    """A campaign for these units, not sent yet. With `previous`, the units of that one are asked too, and each begins
    with what was approved of it. Raises ValidationError."""
    fields.setdefault("as_of", clock.today())
    campaign = create(Campaign(key=key, previous=previous, **fields), by)
    asked = list(units)
    if previous is not None:
        known = {unit.pk for unit in asked}
        earlier = Unit.objects.filter(impact_analyses__campaign=previous).order_by("path")
        asked += [unit for unit in earlier if unit.pk not in known]
    if asked:
        add_units(by, campaign, version=campaign.version, units=asked)
    return campaign


@act("campaign.edit", MANAGE, label=_("change a campaign of impact analysis"), on="campaign")
def edit_campaign(by: Actor, campaign: Campaign, *, version: int, **changes: Unpack[CampaignFields]) -> Campaign:
    """A new due day is that of every analysis that is not decided yet and had the old one."""
    campaign.refuse_if_archived()
    old = campaign.due
    change(campaign, changes, CampaignFields.__annotations__, by)
    if campaign.due != old:
        late = list(campaign.analyses.filter(due=old).exclude(agreement__state__in=DECIDED).select_related("unit"))
        for analysis in late:
            analysis.due = campaign.due
        save_all(late, by, fields=["due"])
    tell_campaign(by, campaign)
    return campaign


@act("campaign.ask", MANAGE, label=_("ask units for their impact analysis"), on="campaign")
def add_units(
    by: Actor, campaign: Campaign, *, version: int, units: Iterable[Unit], mode: str = "", due: date | None = None
) -> Campaign:
    """Each unit gets an analysis with its processes in it: the next version where one was decided, else the first. The
    mode is the unit's own, where none is given. Units that are in it already stay as they are. Raises ValidationError
    where a unit's last analysis is still being worked on."""
    campaign.refuse_if_archived()
    there = set(campaign.analyses.values_list("unit", flat=True))
    asked = [unit for unit in units if unit.pk not in there]
    if not asked:
        raise ValidationError({"units": gettext("Name at least one unit that is not asked yet.")})
    last: dict[int, Analysis] = {}
    for analysis in Analysis.objects.filter(unit__in=asked).select_related("agreement", "unit").order_by("pk"):
        last[analysis.unit_id] = analysis
    separate = Unit.objects.filter(impact_analyses__campaign=campaign) | Unit.objects.filter(
        pk__in=[unit.pk for unit in asked]
    )
    paths = set(separate.values_list("path", flat=True))
    for unit in asked:
        about: dict[str, Any] = {"campaign": campaign, "due": due or campaign.due, "as_of": campaign.as_of}
        earlier = last.get(unit.pk)
        if earlier is not None and earlier.agreement.state not in DECIDED:
            said = gettext("“%(analysis)s” is still being worked on: end it first.")
            raise ValidationError({"units": said % {"analysis": earlier}})
        below = sorted(path for path in paths if path != unit.path and path.startswith(unit.path))
        if earlier is not None:
            draft_analysis_version(by, earlier, mode=mode or unit.analysis_mode, apart=below, **about)
        else:
            begin_analysis(
                by, key=_key(campaign, unit), unit=unit, mode=mode or unit.analysis_mode, apart=below, **about
            )
    note(units=[unit.key for unit in asked], **({"mode": mode} if mode else {}))
    tell_campaign(by, campaign)
    return campaign


@act("campaign.send", MANAGE, label=_("send a campaign of impact analysis"), on="campaign")
def send_campaign(by: Actor, campaign: Campaign, *, version: int) -> Campaign:
    """From now on the units are asked: who fills in for a unit finds it in the inbox. Raises ValidationError where no
    unit is in it, or where it was sent."""
    if campaign.state != CampaignState.PLANNED:
        raise ValidationError(gettext("“%(campaign)s” was sent already.") % {"campaign": campaign})
    if not campaign.analyses.exists():
        raise ValidationError(gettext("Choose the units first: nobody is asked yet."))
    changes: dict[str, Any] = {"state": CampaignState.SENT, "sent_on": clock.today()}
    change(campaign, changes, changes, by)
    tell_campaign(by, campaign)
    return campaign


@act("campaign.remind", MANAGE, label=_("remind units of their impact analysis"), on="campaign")
def remind_units(
    by: Actor, campaign: Campaign, *, version: int, units: Sequence[Unit] = (), text: str = ""
) -> Campaign:
    """Reminds those that have not submitted yet: all of them, or of these `units`. Raises ValidationError where there
    is nobody to remind."""
    if campaign.state != CampaignState.SENT:
        raise ValidationError(gettext("“%(campaign)s” is not under way.") % {"campaign": campaign})
    waiting = campaign.analyses.filter(agreement__state=State.DRAFT).select_related("unit", "agreement")
    if units:
        waiting = waiting.filter(unit__in=units)
    late = list(waiting)
    if not late:
        raise ValidationError(gettext("Nobody is to be reminded: all have submitted."))
    for analysis in late:
        analysis.reminded_at, analysis.reminders = clock.now(), analysis.reminders + 1
        analysis.reminder = text.strip()
    save_all(late, by, fields=["reminded_at", "reminders", "reminder"])
    note(reminded=[analysis.unit.key for analysis in late], **({"text": text.strip()} if text.strip() else {}))
    tell_campaign(by, campaign)
    return campaign


@act("campaign.archive", MANAGE, label=_("archive a campaign of impact analysis"), on="campaign")
def archive_campaign(by: Actor, campaign: Campaign, *, version: int, reason: str = "") -> Campaign:
    """It stays as it is from now on. With drafts left, only with a reason: these stay where they are, and are asked for
    no more. Raises ValidationError."""
    campaign.refuse_if_archived()
    left = campaign.analyses.exclude(agreement__state__in=DECIDED).count()
    if left and not reason.strip():
        said = gettext("%(n)d analyses are not decided yet: say why it ends all the same.")
        raise ValidationError({"reason": said % {"n": left}})
    changes: dict[str, Any] = {"state": CampaignState.ARCHIVED, "archived_on": clock.today()}
    change(campaign, changes, changes, by)
    note(undecided=left, **({"reason": reason.strip()} if reason.strip() else {}))
    tell_campaign(by, campaign)
    return campaign


def _key(campaign: Campaign, unit: Unit) -> str:
    return f"{campaign.key}-{unit.key}"[:120]
