"""Risk assessments: written, consulted on, submitted, approved, followed by the next; risks with their ratings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.checks import check_levels, gaps_of
from holdfast.analysis.risk.gates import require_gate
from holdfast.analysis.risk.models import Assessment, Consultation, Hazard, Quantified, Rating, Risk, Threat
from holdfast.analysis.risk.telling import tell_assessment
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.models import TAKE_PART
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Group, Post
from holdfast.organization.structure.saving import change, create, end, remove_all, save_all


class AssessmentFields(DescribedFields, total=False):
    title: str
    unit: Unit | None
    as_of: date
    scope: str
    natural: str
    political: str
    social: str
    technological: str


class RiskFields(DescribedFields, total=False):
    title: str
    threat: Threat
    unit: Unit | None
    owner: Post | None
    description: str
    causes: list[str]
    valid_from: date | None
    valid_until: date | None


class RatingFields(TypedDict, total=False):
    inherent_likelihood: int
    inherent_impact: int
    current_likelihood: int
    current_impact: int
    target_likelihood: int
    target_impact: int
    rationale: str
    evidence: str


class ConsultationFields(TypedDict, total=False):
    who: str
    unit: Unit | None
    group: Group | None
    on: date
    said: str


@act("risk.create", "risk.edit", label=_("make a risk"))
def create_risk(by: Actor, *, key: str, site: Site, **fields: Unpack[RiskFields]) -> Risk:
    """Its site stays. Raises ValidationError, NotAllowed."""
    return create(Risk(key=key, site=site, **fields), by)


@act("risk.edit", "risk.edit", label=_("change a risk"), on="risk")
def edit_risk(by: Actor, risk: Risk, *, version: int, **changes: Unpack[RiskFields]) -> Risk:
    """What the ratings of approved assessments say stays with them."""
    return change(risk, changes, RiskFields.__annotations__, by)


@act("risk.end", "risk.edit", label=_("end a risk"), on="risk")
def end_risk(by: Actor, risk: Risk, *, version: int, on: date) -> Risk:
    """It is rated no more from this date."""
    return end(risk, on, by)


@act("risk.quantify", "risk.edit", label=_("tie a hazard to a risk"), under="risk")
def quantify_risk(by: Actor, *, risk: Risk, hazard: Hazard, note: str = "") -> Quantified:
    """The hazard puts this risk into numbers. Raises ValidationError where it does already."""
    if Quantified.objects.filter(risk=risk, hazard=hazard).exists():
        raise ValidationError({"hazard": gettext("It is tied to this risk already.")})
    return create(Quantified(risk=risk, hazard=hazard, note=note), by)


@act("risk.unquantify", "risk.edit", label=_("untie a hazard from a risk"), on="quantified")
def unquantify_risk(by: Actor, quantified: Quantified, *, version: int) -> Quantified:
    remove_all([quantified], by)
    return quantified


@act("assessment.create", "risk.edit", label=_("begin a risk assessment"))
def create_assessment(
    by: Actor, *, key: str, site: Site, kind: str = "regular", **fields: Unpack[AssessmentFields]
) -> Assessment:
    """The first draft of an assessment of a site, by the scales in force today. Raises ValidationError where a regular
    one of this site is there: it gets a new version."""
    if kind == "regular" and (other := Assessment.objects.filter(site=site, kind=kind).first()):
        said = gettext("There is “%(other)s” already: make a new version of it, or an extra assessment.")
        raise ValidationError({"site": said % {"other": other}})
    scales = in_force(clock.today()).version
    return steps.draft(by, Assessment(key=key, site=site, kind=kind, scales=scales, **fields))


@act("assessment.edit", "risk.edit", label=_("change a draft of a risk assessment"), on="assessment")
def edit_assessment(
    by: Actor, assessment: Assessment, *, version: int, **changes: Unpack[AssessmentFields]
) -> Assessment:
    return steps.change_draft(by, assessment, changes, AssessmentFields.__annotations__)


@act("assessment.version", "risk.edit", label=_("draft the next version of a risk assessment"), on="assessment")
def draft_assessment_version(
    by: Actor, assessment: Assessment, *, key: str = "", as_of: date | None = None, version: int | None = None
) -> Assessment:
    """The next version, by the scales in force today; it begins with the ratings of this one."""
    line, number = assessment.agreement.line, assessment.agreement.number + 1
    following = steps.new_version(
        by,
        assessment,
        key=key or f"{line}-{number}",
        as_of=as_of or clock.today(),
        scales=in_force(clock.today()).version,
    )
    copied = []
    for rating in Rating.objects.filter(assessment=assessment, risk__valid_until=None):
        fields = {name: getattr(rating, name) for name in RatingFields.__annotations__}
        copied.append(Rating(assessment=following, risk_id=rating.risk_id, **fields))
    save_all(copied, by)
    tell_assessment(by, following, clock.today())
    return following


@act("rating.create", "risk.edit", label=_("rate a risk"), under="assessment")
def rate_risk(by: Actor, *, assessment: Assessment, risk: Risk, **fields: Unpack[RatingFields]) -> Rating:
    """Raises ValidationError for a level that the scales do not have, a target worse than what is, a risk of another
    site, and where the assessment is no draft."""
    steps.touch(by, assessment)
    if risk.site_id != assessment.site_id:
        said = gettext("“%(risk)s” is a risk of %(site)s.")
        raise ValidationError({"risk": said % {"risk": risk, "site": risk.site}})
    if Rating.objects.filter(assessment=assessment, risk=risk).exists():
        raise ValidationError({"risk": gettext("It is rated here already: change that rating.")})
    rating = Rating(assessment=assessment, risk=risk, **fields)
    check_levels(rating)
    return create(rating, by)


@act("rating.edit", "risk.edit", label=_("change a rating"), on="rating")
def edit_rating(by: Actor, rating: Rating, *, version: int, **changes: Unpack[RatingFields]) -> Rating:
    """As `rate_risk`."""
    steps.touch(by, rating.assessment)
    for name, value in changes.items():
        if name in RatingFields.__annotations__:
            setattr(rating, name, value)
    check_levels(rating)
    return change(rating, changes, RatingFields.__annotations__, by)


@act("rating.remove", "risk.edit", label=_("remove a rating"), on="rating")
def remove_rating(by: Actor, rating: Rating, *, version: int) -> Rating:
    steps.touch(by, rating.assessment)
    note(assessment=rating.assessment.key, risk=rating.risk.key)
    remove_all([rating], by)
    return rating


@act("consultation.create", "risk.edit", label=_("record a consultation"), under="assessment")
def record_consultation(by: Actor, *, assessment: Assessment, **fields: Unpack[ConsultationFields]) -> Consultation:
    """Raises ValidationError for a day that lies ahead."""
    steps.touch(by, assessment)
    if (on := fields.get("on")) is not None and on > clock.today():
        raise ValidationError({"on": gettext("This day lies ahead.")})
    return create(Consultation(assessment=assessment, **fields), by)


@act("consultation.remove", "risk.edit", label=_("remove a consultation"), on="consultation")
def remove_consultation(by: Actor, consultation: Consultation, *, version: int) -> Consultation:
    steps.touch(by, consultation.assessment)
    note(assessment=consultation.assessment.key)
    remove_all([consultation], by)
    return consultation


@act("assessment.submit", "risk.edit", label=_("submit a risk assessment for approval"), on="assessment")
def submit_assessment(
    by: Actor,
    assessment: Assessment,
    *,
    version: int,
    approver: User | None = None,
    post: Post | None = None,
    body: Group | None = None,
    reviewers: Sequence[User] = (),
    due: date | None = None,
    comment: str = "",
) -> Assessment:
    """Raises ValidationError with what is missing: an environment not looked at, a rating off the scale, nobody
    consulted, nobody named who approves; GateClosed while step 1 is not passed (docs/guides/programme.md)."""
    require_gate(assessment, clock.today())
    if gaps := gaps_of(assessment):
        raise ValidationError([gap.message for gap in gaps])
    named = steps.one_approver(approver, post, body)
    steps.submit(by, assessment, approver=named, reviewers=reviewers, due=due, comment=comment)
    return assessment


@act("assessment.approve", TAKE_PART, label=_("approve a risk assessment"), on="assessment")
def approve_assessment(
    by: Actor, assessment: Assessment, *, version: int, on: date, reason: str, in_force_from: date | None = None
) -> Assessment:
    """It counts from now on, in place of the version before. As `steps.decide`."""
    steps.decide(by, assessment, on=on, reason=reason, in_force_from=in_force_from)
    tell_assessment(by, assessment, clock.today())
    return assessment


@act("assessment.withdraw", "risk.edit", label=_("withdraw a risk assessment"), on="assessment")
def withdraw_assessment(by: Actor, assessment: Assessment, *, version: int, on: date, reason: str) -> Assessment:
    """It counts no more from this day, and no version follows."""
    steps.supersede(by, assessment, on=on, reason=reason)
    tell_assessment(by, assessment, clock.today())
    return assessment


@act("assessment.discard", "risk.edit", label=_("discard a draft of a risk assessment"), on="assessment")
def discard_assessment(by: Actor, assessment: Assessment, *, version: int) -> Assessment:
    steps.touch(by, assessment)
    remove_all([*assessment.ratings.all(), *assessment.consultations.all()], by)
    steps.discard(by, assessment)
    tell_assessment(by, assessment, clock.today())
    return assessment


@act("rating.create_with_risk", "risk.edit", label=_("rate a new risk"), under="assessment")
def rate_new_risk(
    by: Actor,
    *,
    assessment: Assessment,
    key: str,
    threat: Threat | None,
    title: str,
    causes: list[str],
    owner: Post | None = None,
    **fields: Unpack[RatingFields],
) -> Rating:
    """Makes the risk at the site of the assessment, and rates it. Raises ValidationError as both do."""
    if threat is None:
        raise ValidationError({"threat": gettext("Name a risk of this site, or the threat of a new one.")})
    about: RiskFields = {"title": title, "threat": threat, "causes": causes, "owner": owner, "unit": assessment.unit}
    risk = create_risk(by, key=key, site=assessment.site, **about)
    return rate_risk(by, assessment=assessment, risk=risk, **fields)
