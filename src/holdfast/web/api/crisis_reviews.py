"""Afterwards: hot reviews, reviews, findings, measurements."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.reviews import actions as acts
from holdfast.crisis.reviews.models import HotReview, IncidentFinding, IncidentReview, Measurement
from holdfast.crisis.reviews.rights import ACCEPT, AGREE, WRITE
from holdfast.governance.improvement.models import EDIT as RAISE
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Finite, Line, Text, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

_HOT = names_of(acts.HotFields)
_REVIEW = names_of(acts.ReviewFields)
_FINDING = names_of(acts.FindingFields)


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Raising(_Step):
    """`title` is what is to be done; the words of the finding without it."""

    title: Line = ""


class Accepting(_Step):
    """`hours`, with the reason, where the figure is to be another than was proposed."""

    hours: Finite | None = None
    reason: Text = ""


class Refusing(_Step):
    reason: Text


HOT_REVIEWS = Table(
    name="hot-reviews",
    one="hot-review",
    model=HotReview,
    fields=("incident", "at", "user", *_HOT),
    permission=WRITE,
    create=acts.write_hot_review,
    create_fields=("incident", *_HOT),
    change=acts.edit_hot_review,
    change_fields=_HOT,
    filters=("incident",),
    order=("incident__key", "at"),
)
REVIEWS = Table(
    name="incident-reviews",
    one="incident-review",
    model=IncidentReview,
    fields=("incident", "state", "agreed_at", "agreed_by", *_REVIEW),
    permission=WRITE,
    create=acts.begin_review,
    create_fields=("incident", *_REVIEW),
    change=acts.edit_review,
    change_fields=_REVIEW,
    filters=("incident", "state"),
    order=("incident__key",),
)
FINDINGS = Table(
    name="incident-findings",
    one="incident-finding",
    model=IncidentFinding,
    fields=("incident", "number", "action", *_FINDING),
    permission=WRITE,
    create=acts.add_finding,
    create_fields=("incident", *_FINDING),
    change=acts.edit_finding,
    change_fields=_FINDING,
    filters=("incident", "severity", "about", "owner"),
    order=("incident__key", "number"),
)
MEASUREMENTS = Table(
    name="measurements",
    one="measurement",
    model=Measurement,
    fields=(
        "incident",
        "node",
        "hours",
        "said",
        "origin",
        "state",
        "proposed_at",
        "decided_at",
        "decided_by",
        "reason",
    ),
    permission=WRITE,
    create=acts.propose_measurement,
    create_fields=("incident", "node", "hours", "said"),
    filters=("incident", "node", "state"),
    order=("incident__key", "pk"),
)


def routes() -> Routes:
    made = Routes(tags=["Afterwards"])
    offer(made, HOT_REVIEWS)
    review = offer(made, REVIEWS)
    offer_act(
        made, REVIEWS, review, "agree", _Step, acts.agree_review, "Agree to the review of an incident", permission=AGREE
    )
    finding = offer(made, FINDINGS)
    about = "Raise a corrective action from a finding"
    offer_act(made, FINDINGS, finding, "raise", Raising, acts.raise_from_finding, about, permission=RAISE)
    offer_removal(made, FINDINGS, acts.remove_finding, "Remove a finding")
    measurement = offer(made, MEASUREMENTS)
    steps: tuple[tuple[str, Any, Any, str], ...] = (
        ("accept", Accepting, acts.accept_measurement, "Accept a measurement for the model"),
        ("refuse", Refusing, acts.refuse_measurement, "Refuse a measurement"),
    )
    for verb, body, act, summary in steps:
        offer_act(made, MEASUREMENTS, measurement, verb, body, act, summary, permission=ACCEPT)
    return made
