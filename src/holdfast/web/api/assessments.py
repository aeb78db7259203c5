"""Risks, their assessments and ratings, treatments, and what was assessed elsewhere."""

from datetime import date
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.risk.actions import assessments, treatments
from holdfast.analysis.risk.models import (
    Assessment,
    Consultation,
    Finding,
    Outside,
    Quantified,
    Rating,
    Risk,
    Treatment,
)
from holdfast.analysis.risk.standing import rolled_up, standing
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Group, Post
from holdfast.web.api.errors import Invalid
from holdfast.web.api.places import Ending
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, named, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

EDIT = "risk.edit"
TAKE_PART = "agreement.take_part"
Version = Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None


class Submission(Schema):
    """Who approves: one of `approver` (a user name), `post` and `body` (keys)."""

    model_config = ConfigDict(extra="forbid")

    version: Version = None
    approver: Key | None = None
    post: Key | None = None
    body: Key | None = None
    reviewers: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)
    due: date | None = None
    comment: Text = ""


class Decision(Schema):
    """The day of the decision, and why."""

    model_config = ConfigDict(extra="forbid")

    version: Version = None
    on: date
    reason: Annotated[str, Field(min_length=1, max_length=20_000)]
    in_force_from: date | None = None


class Next(Schema):
    """The next version, of the state of the day `as_of` (today if not given)."""

    model_config = ConfigDict(extra="forbid")

    version: Version = None
    key: Key = ""
    as_of: date | None = None


class Link(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Version = None
    risk: Key | None = None


class StandingOut(Schema):
    """A risk as it counts: levels from 1, the rank by the scales in force, `change` in ranks since the one before."""

    risk: str
    title: str
    site: str
    threat: str
    environment: str
    assessment: str
    as_of: date
    inherent: tuple[int, int]
    current: tuple[int, int]
    target: tuple[int, int]
    rank: int
    rank_name: str
    change: int | None


class RolledOut(Schema):
    """A threat over all sites: its rank is that of its worst risk now, at any site."""

    threat: str
    name: str
    environment: str
    rank: int
    rank_name: str
    worst_at: str
    risks: list[StandingOut]


class RegisterOut(Schema):
    as_of: date
    scales: int
    threats: list[RolledOut]


class RegisterQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")


_RISK = names_of(assessments.RiskFields)
_ASSESSMENT = names_of(assessments.AssessmentFields)
_RATING = names_of(assessments.RatingFields)
_CONSULTATION = names_of(assessments.ConsultationFields)
_TREATMENT = names_of(treatments.TreatmentFields)
_OUTSIDE = names_of(treatments.OutsideFields)
_FINDING = names_of(treatments.FindingFields)


def _with_agreement(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    ratings = Rating.objects.select_related("risk").order_by("risk__key")
    return rows.select_related("agreement").prefetch_related(Prefetch("ratings", ratings, to_attr="all_ratings"))


AGREEMENT: dict[str, Any] = {
    "state": (str, ...),
    "number": (int, ...),
    "decided_on": (date | None, ...),
    "in_force_from": (date | None, ...),
    "in_force_until": (date | None, ...),
}
"""What is given out of the agreement of a thing, beside its own fields."""


def agreement_of(thing: Any) -> dict[str, Any]:
    """The fields of AGREEMENT; the agreement is read along with the thing."""
    return {name: getattr(thing.agreement, name) for name in AGREEMENT}


def _agreed(assessment: Any) -> dict[str, Any]:
    return {**agreement_of(assessment), "rated": [rating.risk.key for rating in assessment.all_ratings]}


def _submit(by: User, assessment: Assessment, *, version: int, **said: Any) -> Any:
    return assessments.submit_assessment(by, assessment, version=version, **submission_of(by, said))


def submission_of(by: User, said: dict[str, Any]) -> dict[str, Any]:
    """What a `Submission` says, as the acts take it: rows in place of names. Raises Invalid."""
    given = {name: value for name, value in said.items() if value is not None and name != "reviewers"}
    for name, model in (("approver", User), ("post", Post), ("body", Group)):
        if name in given:
            given[name] = _named(model, given[name], by, name)
    asked = [_named(User, name, by, "reviewers") for name in said.get("reviewers") or ()]
    return {**given, "reviewers": asked}


def _named(model: Any, key: str, by: User, field: str) -> Any:
    try:
        if model is User:
            found = User.objects.filter(username=key, is_active=True).first()
            return found if found is not None else named(model, key, by)
        return named(model, key, by)
    except ValidationError as error:
        raise Invalid((field, " ".join(error.messages))) from None


def _next(by: User, assessment: Assessment, *, version: int, **said: Any) -> Any:
    return assessments.draft_assessment_version(by, assessment, version=version, **said)


def _link(by: User, finding: Finding, *, version: int, risk: str | None = None) -> Any:
    row = None if risk is None else _named(Risk, risk, by, "risk")
    return treatments.link_finding(by, finding, version=version, risk=row)


RISKS = Table(
    name="risks",
    one="risk",
    model=Risk,
    fields=("site", *_RISK),
    permission=EDIT,
    create=assessments.create_risk,
    create_fields=("site", *_RISK),
    change=assessments.edit_risk,
    change_fields=_RISK,
    filters=("site", "threat", "unit", "owner"),
    sorts=("title",),
    order=("title",),
    search=("title", "key"),
)
ASSESSMENTS = Table(
    name="assessments",
    one="assessment",
    model=Assessment,
    fields=("site", "kind", "scales", *_ASSESSMENT),
    permission=EDIT,
    create=assessments.create_assessment,
    create_fields=("site", "kind", *_ASSESSMENT),
    change=assessments.edit_assessment,
    change_fields=_ASSESSMENT,
    filters=("site", "unit", "kind"),
    sorts=("title", "as_of"),
    order=("-as_of", "key"),
    search=("title", "key"),
    prepare=_with_agreement,
    more=_agreed,
    extra={**AGREEMENT, "rated": (list[str], ...)},
)
RATINGS = Table(
    name="ratings",
    one="rating",
    model=Rating,
    fields=("assessment", "risk", *_RATING),
    permission=EDIT,
    create=assessments.rate_risk,
    create_fields=("assessment", "risk", *_RATING),
    change=assessments.edit_rating,
    change_fields=_RATING,
    filters=("assessment", "risk"),
    order=("assessment__key", "risk__key"),
)
CONSULTATIONS = Table(
    name="consultations",
    one="consultation",
    model=Consultation,
    fields=("assessment", *_CONSULTATION),
    permission=EDIT,
    create=assessments.record_consultation,
    create_fields=("assessment", *_CONSULTATION),
    filters=("assessment",),
    sorts=("on",),
    order=("on",),
)
QUANTIFIED = Table(
    name="risks-in-numbers",
    one="risk-in-numbers",
    model=Quantified,
    fields=("risk", "hazard", "note"),
    permission=EDIT,
    create=assessments.quantify_risk,
    create_fields=("risk", "hazard", "note"),
    filters=("risk", "hazard"),
    order=("risk__key", "hazard__key"),
)
TREATMENTS = Table(
    name="treatments",
    one="treatment",
    model=Treatment,
    fields=("risk", *_TREATMENT),
    permission=EDIT,
    create=treatments.create_treatment,
    create_fields=("risk", *_TREATMENT),
    change=treatments.edit_treatment,
    change_fields=_TREATMENT,
    filters=("risk", "state", "owner"),
    sorts=("title", "due"),
    order=("due", "key"),
    search=("title", "key"),
)
OUTSIDE = Table(
    name="elsewhere",
    one="assessment-made-elsewhere",
    model=Outside,
    fields=_OUTSIDE,
    permission=EDIT,
    create=treatments.take_in_outside,
    create_fields=_OUTSIDE,
    filters=("site", "unit"),
    sorts=("as_of", "title"),
    order=("-as_of", "key"),
    search=("title", "key", "made_by"),
)
FINDINGS = Table(
    name="findings",
    one="finding",
    model=Finding,
    fields=("outside", *_FINDING),
    permission=EDIT,
    create=treatments.take_in_finding,
    create_fields=("outside", *_FINDING),
    filters=("outside", "threat", "risk"),
    sorts=("number",),
    order=("outside__key", "number"),
    search=("title",),
)


@needs("risk.view")
def register(request: HttpRequest, query: Query[RegisterQuery]) -> Any:
    """The register of the enterprise: the risks that you may see, rolled up over sites by threat."""
    check_address(request, {"as_of"})
    on = query.as_of or clock.today()
    scales = in_force(on)
    rolled = [
        {
            "threat": one.threat.key,
            "name": one.threat.name,
            "environment": one.threat.environment,
            **_rank(one.worst),
            "worst_at": one.worst.risk.site.key,
            "risks": [_standing(each) for each in one.standings],
        }
        for one in rolled_up(standing(on, request.user, scales))
    ]
    return {"as_of": on, "scales": scales.version, "threats": rolled}


def _standing(one: Any) -> dict[str, Any]:
    return {
        "risk": one.risk.key,
        "title": one.risk.title,
        "site": one.risk.site.key,
        "threat": one.risk.threat.key,
        "environment": one.risk.threat.environment,
        "assessment": one.rating.assessment.key,
        "as_of": one.rating.assessment.as_of,
        **{state: one.rating.level(state) for state in ("inherent", "current", "target")},
        **_rank(one),
        "change": one.change,
    }


def _rank(one: Any) -> dict[str, Any]:
    rank = one.rank()
    return {"rank": rank.level if rank else 0, "rank_name": rank.name if rank else ""}


def routes() -> Routes:
    made = Routes(tags=["Risks"])
    risk = offer(made, RISKS)
    offer_act(made, RISKS, risk, "end", Ending, assessments.end_risk, "End a risk")
    assessment = offer(made, ASSESSMENTS)
    offer_act(made, ASSESSMENTS, assessment, "submit", Submission, _submit, "Submit a risk assessment for approval")
    offer_act(
        made, ASSESSMENTS, assessment, "approve", Decision, assessments.approve_assessment,
        "Approve a risk assessment", permission=TAKE_PART,
    )  # fmt: skip
    offer_act(made, ASSESSMENTS, assessment, "next", Next, _next, "Draft the next version of a risk assessment")
    offer_removal(made, ASSESSMENTS, assessments.discard_assessment, "Discard a draft of a risk assessment")
    offer(made, RATINGS)
    offer_removal(made, RATINGS, assessments.remove_rating, "Remove a rating")
    offer(made, CONSULTATIONS)
    offer_removal(made, CONSULTATIONS, assessments.remove_consultation, "Remove a consultation")
    offer(made, QUANTIFIED)
    offer_removal(made, QUANTIFIED, assessments.unquantify_risk, "Untie a hazard from a risk")
    offer(made, TREATMENTS)
    offer(made, OUTSIDE)
    finding = offer(made, FINDINGS)
    offer_act(made, FINDINGS, finding, "link", Link, _link, "Say which risk a finding was taken into")
    made.add_api_operation(
        "/enterprise-risks",
        ["GET"],
        register,
        response=RegisterOut,
        summary="Read the enterprise risk register",
        operation_id="read_enterprise_risks",
    )
    return made
