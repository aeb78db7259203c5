"""Campaigns of impact analysis: planned, sent, chased, archived."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.actions import campaigns as acts
from holdfast.analysis.impact.models import Analysis, Campaign, CampaignState
from holdfast.analysis.impact.rights import MANAGE, VIEW
from holdfast.governance.agreement.models import DECIDED, State
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import AnalysisMode, Unit
from holdfast.organization.structure.models import Process
from holdfast.web.pages.organization.editing import form_of, free_key, no_form
from holdfast.web.pages.organization.fields import DayField
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter
from holdfast.web.pages.organization.nouns import MadeForm, Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.pages.organization.values import Chip

from .progress import facts, finding, progress_of

TONES = {CampaignState.PLANNED: "is-idea", CampaignState.SENT: "is-chosen", CampaignState.ARCHIVED: "is-closed"}
COLUMNS = ("title", "unit", "due", "as_of", "instructions", *EVIDENCE)
MOST_UNITS = 500


def state_of(campaign: Any) -> Chip:
    return Chip(campaign.get_state_display(), TONES[CampaignState(campaign.state)])


def analyses_of(campaign: Campaign, user: Any) -> list[Analysis]:
    """Those that the reader may see, in the order of the units' tree."""
    rows = visible(Analysis.objects.filter(campaign=campaign), user)
    return list(rows.select_related("unit", "agreement", "campaign").order_by("unit__path"))


def tell(campaign: Campaign, user: Any, on: date) -> dict[str, Any]:
    found = progress_of(analyses_of(campaign, user), clock.today())
    return {
        "above": [campaign.previous] if campaign.previous else [],
        "state": state_of(campaign),
        "finding": finding(found, campaign.due, clock.today()) if found else "",
        "following": list(visible(campaign.following.all(), user)),
        **facts(found),
    }


class UnitsField(forms.MultipleChoiceField):
    """Units, ticked; how many processes each has stands beside it."""

    def __init__(self, units: list[Unit], counts: dict[int, int], **more: Any) -> None:
        self.units = {unit.key: unit for unit in units}
        choices = [
            (
                unit.key,
                _now("%(unit)s · %(n)d processes, %(mode)s")
                % {"unit": unit.name, "n": counts.get(unit.pk, 0), "mode": unit.get_analysis_mode_display()},
            )
            for unit in units
        ]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, **more)

    def clean(self, value: Any) -> Any:
        return [self.units[key] for key in super().clean(value)]


def units_to_ask(campaign: Campaign, user: Any) -> tuple[list[Unit], dict[int, int]]:
    """Units with processes of their own that are not asked yet, and how many each has."""
    counts = dict(
        Process.objects.standing(clock.today())
        .exclude(unit=None)
        .values_list("unit")
        .annotate(n=Count("pk"))
        .order_by()
    )
    there = campaign.analyses.values("unit")
    rows = visible(Unit.objects.as_of(clock.today()).filter(pk__in=counts), user).exclude(pk__in=there)
    return list(rows.order_by("path")[:MOST_UNITS]), counts


def _asking(row: Any, part: Any, user: Any) -> MadeForm:
    units, counts = units_to_ask(row, user)
    fields: dict[str, forms.Field] = {
        "units": UnitsField(units, counts, label=_now("Units")),
        "mode": forms.ChoiceField(
            label=_now("Mode"), required=False, choices=[("", _now("as each unit's own")), *AnalysisMode.choices]
        ),
        "due": DayField(label=_now("Due"), required=False),
    }
    return fields, {"due": row.due}


def _reminding(row: Any, part: Any, user: Any) -> MadeForm:
    waiting = list(
        Unit.objects.filter(impact_analyses__campaign=row, impact_analyses__agreement__state=State.DRAFT).order_by(
            "path"
        )
    )
    units = UnitsField(waiting, {}, label=_now("Only these units"), required=False)
    units.choices = [(unit.key, unit.name) for unit in waiting]
    fields: dict[str, forms.Field] = {
        "text": forms.CharField(
            label=_now("What to say"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
        ),
        "units": units,
    }
    return fields, {}


def _archiving(row: Any, part: Any, user: Any) -> MadeForm:
    left = row.analyses.exclude(agreement__state__in=DECIDED).count()
    field = forms.CharField(
        label=_now("Reason"),
        required=bool(left),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_now("Needed where analyses are not decided yet: %(n)d are not.") % {"n": left} if left else "",
    )
    return {"reason": field}, {}


def _following(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(Campaign, ("title", "due", "as_of", "instructions"), user, row)
    today = clock.today()
    return fields, {**values, "title": "", "due": today + timedelta(days=60), "as_of": today}


def _follow(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    key = free_key(Campaign, cleaned["title"])
    return acts.create_campaign(by, key=key, unit=row.unit, previous=row, **cleaned)


CAMPAIGNS = Noun(
    slug="campaigns",
    name="campaign",
    room="impact",
    model=Campaign,
    rows=Campaign.objects.all,
    one=_("campaign"),
    many=_("Campaigns"),
    lead=_("Units are asked for their impact analyses by a day, reminded, and seen through to the approval."),
    view=VIEW,
    edit=MANAGE,
    listing=Listing(
        columns=(
            Column("title", _("Campaign"), lambda row: row, ("title",)),
            Column("state", _("State"), state_of, ("state",)),
            Column("units", _("Units"), lambda row: row.asked, ("asked",), number=True),
            Column("due", _("Due"), lambda row: row.due, ("due",)),
            Column("sent", _("Sent on"), lambda row: row.sent_on, ("sent_on",)),
            Column("unit", _("Led by"), lambda row: row.unit, ("unit__name",)),
        ),
        filters=(choice_filter("state", _("State"), CampaignState), TAG, OWN),
        search=("title", "key"),
        order=("-due", "title"),
        prepare=lambda rows, user, on: rows.select_related("unit").annotate(asked=Count("analyses")),
    ),
    tell=tell,
    related=("unit", "previous"),
    making=Making(COLUMNS, acts.create_campaign, acts.edit_campaign),
    steps=(
        Step(
            "ask", _("Ask units"), _("Ask them"), MANAGE, _asking,
            lambda by, row, part, version, cleaned: acts.add_units(by, row, version=version, **cleaned),
            says=_("Each gets an analysis with its processes in it; it begins with what was approved last."),
        ),
        Step(
            "send", _("Send the campaign"), _("Send it"), MANAGE, no_form,
            lambda by, row, part, version, cleaned: acts.send_campaign(by, row, version=version),
            says=_("Who fills in for a unit finds it in the inbox, and in the next digest."),
        ),
        Step(
            "remind", _("Remind those who have not submitted"), _("Remind them"), MANAGE, _reminding,
            lambda by, row, part, version, cleaned: acts.remind_units(by, row, version=version, **cleaned),
        ),
        Step(
            "archive", _("Archive the campaign"), _("Archive it"), MANAGE, _archiving,
            lambda by, row, part, version, cleaned: acts.archive_campaign(by, row, version=version, **cleaned),
            ends=True, says=_("It stays as it is from now on. The next one can be begun from it."),
        ),
        Step(
            "next", _("Begin a new campaign from this one"), _("Begin it"), MANAGE, _following, _follow,
            says=_("The same units are asked; each begins with what was approved of it, and shows what has changed."),
        ),
    ),
    parts=((Analysis, "campaign"),),
    empty=_("There is no campaign yet. Plan the first one, choose its units, and send it."),
)  # fmt: skip
