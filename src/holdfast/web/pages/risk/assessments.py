"""The risk assessments of sites: written, rated risk by risk, consulted on, approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.actions.assessments import (
    approve_assessment,
    create_assessment,
    discard_assessment,
    draft_assessment_version,
    edit_assessment,
    edit_rating,
    rate_new_risk,
    rate_risk,
    record_consultation,
    remove_consultation,
    remove_rating,
    submit_assessment,
    withdraw_assessment,
)
from holdfast.analysis.risk.checks import gaps_of, scales_of
from holdfast.analysis.risk.gates import waits_for
from holdfast.analysis.risk.models import (
    Assessment,
    AssessmentKind,
    Cause,
    Consultation,
    Environment,
    Finding,
    Rating,
    Risk,
    Threat,
)
from holdfast.analysis.risk.models.assessments import LEVELS
from holdfast.analysis.risk.standing import Standing
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.actions import return_to_draft
from holdfast.governance.agreement.models import State
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Post
from holdfast.web.pages.governance.agreeing import approving_form, submitting_form, withdrawing_form
from holdfast.web.pages.organization.editing import MadeForm, form_of, free_key, no_form
from holdfast.web.pages.organization.fields import DayField, RowField, rows_of
from holdfast.web.pages.organization.forms import ChoicesField
from holdfast.web.pages.organization.listing import (
    OWN,
    TAG,
    Column,
    Listing,
    choice_filter,
    site_filter,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.pages.organization.values import Chip

from .ranks import level_field, told

TAKE_PART = "agreement.take_part"
COLUMNS = ("title", "unit", "as_of", "scope", *Environment.values, *EVIDENCE)


def state_of(assessment: Any) -> Chip:
    agreement = assessment.agreement
    tone = {"draft": "is-idea", "in_review": "is-chosen", "approved": "is-tested", "superseded": "is-closed"}
    return Chip(agreement.get_state_display(), tone[agreement.state])


def tell(assessment: Assessment, user: Any, on: date) -> dict[str, Any]:
    scales, agreement = scales_of(assessment), assessment.agreement
    ratings = list(
        Rating.objects.filter(assessment=assessment).select_related("risk__threat", "risk__site", "risk__owner")
    )
    earlier = agreement.previous
    before = {}
    if earlier is not None:
        found = Rating.objects.filter(assessment__agreement=earlier)
        before = {rating.risk_id: rating for rating in found}
    stands = [Standing(rating.risk, rating, before.get(rating.risk_id), scales) for rating in ratings]
    stands.sort(key=lambda one: (*(-part for part in one.order()), one.risk.title))
    rated = {rating.risk.threat_id for rating in ratings}
    threats = list(Threat.objects.as_of(on).order_by("position", "name"))
    findings = visible(Finding.objects.filter(outside__site=assessment.site), user).select_related("outside", "risk")
    return {
        "above": [],
        "agreement": agreement,
        "state": state_of(assessment),
        "scales": scales,
        "gaps": gaps_of(assessment) if agreement.is_draft else [],
        "waits_for": waits_for(assessment, on) if agreement.is_draft else [],
        "environments": [
            {
                "value": environment.value,
                "label": environment.label,
                "text": getattr(assessment, environment.value),
                "ratings": [told(one) for one in stands if one.risk.threat.environment == environment],
                "threats": [
                    threat for threat in threats if threat.environment == environment and threat.pk not in rated
                ],
            }
            for environment in Environment
        ],
        "count": len(ratings),
        "consultations": list(assessment.consultations.select_related("unit", "group").order_by("on", "pk")),
        "changes": steps.changes_since(assessment) if earlier is not None else [],
        "findings": list(findings.order_by("-outside__as_of", "number")),
        "remarks": list(agreement.remarks.select_related("by").order_by("pk")),
        "reviews": list(agreement.reviews.select_related("reviewer").order_by("pk")),
        "may_decide": agreement.in_review and steps.may_decide(user, agreement),
        "is_last": not type(agreement).objects.filter(previous=agreement).exists(),
        "versions": Assessment.objects.filter(agreement__kind=agreement.kind, agreement__line=agreement.line)
        .select_related("agreement")
        .order_by("-agreement__number"),
    }


def _level_fields(scales: Any) -> dict[str, forms.Field]:
    labels = {name: str(Rating._meta.get_field(name).verbose_name) for name in LEVELS}
    return {name: level_field(scales, name.split("_")[1], labels[name].capitalize()) for name in LEVELS}


def _rate(row: Any, part: Any, user: Any) -> MadeForm:
    """A risk that the site has and that is not rated here, or a new one."""
    rated = Rating.objects.filter(assessment=row).values("risk")
    known = rows_of(Risk, user, site=row.site).exclude(pk__in=rated)
    why, values = form_of(Rating, ("rationale", "evidence"), user)
    fields: dict[str, forms.Field] = {
        "risk": RowField(known, label=_now("A risk of this site"), required=False),
        "threat": RowField(Threat.objects.as_of(clock.today()), label=_now("Or a new one: its threat"), required=False),
        "title": forms.CharField(
            label=_now("What could happen here"),
            required=False,
            max_length=300,
            help_text=_now("In a few words, for a new risk. Left empty, it is called as its threat."),
        ),
        "causes": ChoicesField(Cause, label=_now("Interrupts through"), required=False),
        "owner": RowField(rows_of(Post, user), label=_now("Owner (post)"), required=False),
        **_level_fields(scales_of(row)),
        **why,
    }
    return fields, values


def _take_rating(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    said = {name: cleaned[name] for name in (*LEVELS, "rationale", "evidence")}
    if cleaned["risk"] is not None:
        rate_risk(by, assessment=row, risk=cleaned["risk"], **said)
        return row
    threat = cleaned["threat"]
    title = cleaned["title"].strip() or (str(threat) if threat else "")
    rate_new_risk(
        by,
        assessment=row,
        key=free_key(Risk, f"{row.site.key} {title}"),
        threat=threat,
        title=title,
        causes=cleaned["causes"] or (threat.causes if threat else []),
        owner=cleaned["owner"],
        **said,
    )
    return row


def _rerate(row: Any, part: Any, user: Any) -> MadeForm:
    why, values = form_of(Rating, ("rationale", "evidence"), user, part)
    return {**_level_fields(scales_of(row)), **why}, {**{name: getattr(part, name) for name in LEVELS}, **values}


def _consult(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(Consultation, ("who", "unit", "group", "on", "said"), user)
    return fields, values | {"on": clock.today()}


def _text(label: Any) -> Any:
    def made(row: Any, part: Any, user: Any) -> MadeForm:
        return {"text": forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}))}, {}

    return made


def _returned(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return_to_draft(by, row.agreement, text=cleaned["text"])
    return row


def _next(row: Any, part: Any, user: Any) -> MadeForm:
    return {"as_of": DayField(label=_now("The day whose state it describes"))}, {"as_of": clock.today()}


ASSESSMENTS = Noun(
    slug="assessments",
    name="assessment",
    room="risk",
    model=Assessment,
    rows=Assessment.objects.all,
    one=_("risk assessment"),
    many=_("Assessments"),
    lead=_(
        "One for each site over the four environments, and extra ones where something is missing. Only approved ones "
        "count."
    ),
    view="risk.view",
    edit="risk.edit",
    listing=Listing(
        columns=(
            Column("title", _("Assessment"), lambda row: row, ("title",)),
            Column("site", _("Site"), lambda row: row.site, ("site__name",)),
            Column("kind", _("Kind"), lambda row: row.get_kind_display(), ("kind",)),
            Column("version", _("Version"), lambda row: row.agreement.number, ("agreement__number",), number=True),
            Column("as_of", _("As of"), lambda row: row.as_of, ("as_of",)),
            Column("state", _("State"), state_of, ("agreement__state",)),
            Column("decided", _("Decided on"), lambda row: row.agreement.decided_on, ("agreement__decided_on",)),
            Column("by", _("Approved by"), lambda row: str(row.agreement.approves or ""),),
            Column("unit", _("Responsible unit"), lambda row: row.unit, ("unit__name",)),
        ),
        filters=(
            site_filter(),
            choice_filter("state", _("State"), State, "agreement__state"),
            choice_filter("kind", _("Kind"), AssessmentKind),
            unit_filter(),
            TAG,
            OWN,
        ),
        search=("title", "key", "site__name"),
        order=("site__name", "-as_of"),
        prepare=lambda rows, user, on: rows.select_related(
            "site", "unit", "agreement__approver", "agreement__approver_post", "agreement__approver_body"
        ),
    ),
    tell=tell,
    related=("site", "unit", "agreement__previous", "agreement__approver", "agreement__approver_post",
             "agreement__approver_body", "agreement__decided_by", "agreement__author"),
    making=Making(COLUMNS, create_assessment, edit_assessment, fixed=("site", "kind")),
    steps=(
        Step("rate", _("Rate a risk"), _("Save"), "risk.edit", _rate, _take_rating, back="risks"),
        Step(
            "change", _("Change a rating"), _("Save"), "risk.edit", _rerate,
            lambda by, row, part, version, cleaned: edit_rating(by, part, version=version, **cleaned),
            on=Rating, within="assessment", back="risks",
        ),
        Step(
            "remove", _("Remove this rating"), _("Remove it"), "risk.edit", no_form,
            lambda by, row, part, version, cleaned: remove_rating(by, part, version=version),
            on=Rating, within="assessment", back="risks", ends=True,
            says=_("The risk stays in the register; this assessment says nothing of it."),
        ),
        Step(
            "consult", _("Record who was consulted"), _("Record"), "risk.edit", _consult,
            lambda by, row, part, version, cleaned: record_consultation(by, assessment=row, **cleaned),
            back="consultations",
        ),
        Step(
            "remove", _("Remove this consultation"), _("Remove it"), "risk.edit", no_form,
            lambda by, row, part, version, cleaned: remove_consultation(by, part, version=version),
            on=Consultation, within="assessment", back="consultations", ends=True,
        ),
        Step(
            "submit", _("Submit it for approval"), _("Submit"), "risk.edit",
            lambda row, part, user: submitting_form(row.agreement, user),
            lambda by, row, part, version, cleaned: submit_assessment(by, row, version=version, **cleaned),
            back="agreement",
            says=_("It stays as it is until it is decided or returned."),
        ),
        Step(
            "approve", _("Approve it"), _("Approve"), TAKE_PART, approving_form,
            lambda by, row, part, version, cleaned: approve_assessment(by, row, version=version, **cleaned),
            back="agreement",
            says=_("It counts from then on, in place of the version before, and is never changed again."),
        ),
        Step("return", _("Return it to its author"), _("Return"), TAKE_PART, _text(_("What has to change")), _returned,
             back="agreement"),
        Step(
            "next", _("Begin the next version"), _("Begin"), "risk.edit", _next,
            lambda by, row, part, version, cleaned: draft_assessment_version(by, row, version=version, **cleaned),
            says=_("It begins with the ratings of this one, by the scales in force today."),
        ),
        Step(
            "withdraw", _("Withdraw it"), _("Withdraw"), "risk.edit", withdrawing_form,
            lambda by, row, part, version, cleaned: withdraw_assessment(by, row, version=version, **cleaned),
            ends=True, says=_("It counts no more from this day, and nothing stands in its place."),
        ),
        Step(
            "discard", _("Discard this draft"), _("Discard it"), "risk.edit", no_form,
            lambda by, row, part, version, cleaned: discard_assessment(by, row, version=version), ends=True,
        ),
    ),
    parts=((Rating, "assessment"), (Consultation, "assessment")),
    empty=_("There is no risk assessment yet that you may see. Begin the first one."),
)  # fmt: skip
