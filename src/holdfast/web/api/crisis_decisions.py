"""Decisions of bodies in incidents, the voices, and the activation of plans."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.decisions import actions as acts
from holdfast.crisis.decisions import activation as activations
from holdfast.crisis.decisions.models import Activation, Decision, PlanActivation, Stand, Voice
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import SIT
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Seat
from holdfast.readiness.plans.models import Plan
from holdfast.web.api.incidents import INCIDENTS
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, named, names_of
from holdfast.web.api.tables import Table, address_of, offer, offer_act
from holdfast.web.permissions import needs

_WORDING = names_of(acts.DecisionFields)

DECISIONS = Table(
    name="decisions",
    one="decision",
    model=Decision,
    fields=(
        "incident", "group", *_WORDING, "replaces", "number", "meeting", "state", "proposed_at", "proposed_by",
        "put_at", "decided_at", "decided_by", "outcome", "seats_present", "alone_because", "confirmed_at",
        "confirmed_in", "passed_to", "passed_at", "received_at", "received_by",
    ),
    permission=SIT,
    create=acts.propose_decision,
    create_fields=("incident", "group", *_WORDING, "replaces"),
    change=acts.edit_decision,
    change_fields=_WORDING,
    filters=("incident", "group", "kind", "state", "meeting", "passed_to"),
    sorts=("proposed_at", "decided_at", "number"),
    order=("incident", "number"),
    search=("title",),
    more=lambda row: {"forecast": row.forecast},
    extra={"forecast": (dict[str, Any] | None, None)},
)  # fmt: skip
VOICES = Table(
    name="voices",
    one="voice",
    model=Voice,
    fields=("decision", "seat", "attendance", "stand", "at", "user"),
    permission=SIT,
    filters=("decision", "seat", "stand"),
    sorts=("at",),
    order=("decision", "seat"),
)
ACTIVATIONS = Table(
    name="activations",
    one="activation",
    model=Activation,
    fields=(
        "incident", "number", "kind", "state", "reason", "rules", "asked_at", "asked_by", "asked_group",
        "consulted_group", "consulted_at", "consulted_who", "consulted_said", "expected_hours", "expected_by",
        "limit_hours", "shorter_because", "decision", "granted_at", "granted_by", "granted_group", "ended_at",
        "ended_by", "ended_because",
    ),
    permission=SIT,
    filters=("incident", "kind", "state"),
    sorts=("asked_at", "number"),
    order=("incident", "number"),
    more=lambda row: {
        "forecast": row.forecast,
        "missing": activations.missing(row) if row.state == "requested" else [],
    },
    extra={"forecast": (dict[str, Any] | None, None), "missing": (list[str], ...)},
)  # fmt: skip
PLAN_ACTIVATIONS = Table(
    name="plan-activations",
    one="plan-activation",
    model=PlanActivation,
    fields=("activation", "plan"),
    permission=SIT,
    filters=("activation", "plan"),
    order=("activation", "pk"),
)


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Speaking(_Step):
    """The voice of the seat that the account counts for; of another `seat` by the chair or who runs the incident."""

    stand: Key
    seat: Key | None = None


class Adopting(_Step):
    outcome: Text = ""


class Ending(_Step):
    outcome: Text


class Alone(_Step):
    """By the chair in urgency; the body confirms later."""

    because: Text


class Consulting(_Step):
    who: Annotated[str, Field(min_length=1, max_length=300)]
    said: Text
    at: datetime | None = None
    expected_hours: Annotated[float, Field(ge=0, le=87_600, allow_inf_nan=False)] | None = None
    shorter_because: Text | None = None


class Granting(_Step):
    """`alone_because`: where the body does not meet with a quorum, why its chair decides alone."""

    reason: Text = ""
    alone_because: Text = ""


class Reasoned(_Step):
    reason: Text


class _Plans(Schema):
    model_config = ConfigDict(extra="forbid")

    reason: Text
    plans: Annotated[list[Key], Field(max_length=500)] = Field(default=[])


class Activating(_Plans):
    """Crisis management plans by key, by the operations group alone."""

    alone_because: Text = ""


class Asking(_Plans):
    """Continuity plans by key. `expected_hours`: where the body expects another interruption than the forecast."""

    expected_hours: Annotated[float, Field(ge=0, le=87_600, allow_inf_nan=False)] | None = None
    shorter_because: Text = ""


def _speak(by: User, decision: Decision, *, stand: str, seat: str | None = None) -> Decision:
    if stand not in Stand.values:
        raise ValidationError({"stand": _("Wanted for, against or abstains.")})
    return acts.speak(by, decision, stand=stand, seat=named(Seat, seat, by) if seat else None)


def _as_it_is(act: Callable[..., Any]) -> Callable[..., Any]:
    """An act that holds of the row as it is, whichever version was seen: what does not hold any more is said in the
    act's own words, such as since when the plans are active, and by whom."""
    return lambda by, row, *, version, **more: act(by, row, **more)


def routes() -> Routes:
    made = Routes(tags=["Decisions"])
    decision = offer(made, DECISIONS)
    steps: tuple[tuple[str, Any, Callable[..., Any], str], ...] = (
        ("put", _Step, acts.put_decision, "Put a decision to the meeting"),
        ("speak", Speaking, _speak, "Speak for or against a decision"),
        ("adopt", Adopting, acts.adopt_decision, "Adopt a decision"),
        ("reject", Ending, acts.reject_decision, "Reject a decision"),
        ("withdraw", Ending, acts.withdraw_decision, "Withdraw a decision"),
        ("decide-alone", Alone, acts.decide_alone, "Decide alone in urgency"),
        ("confirm", _Step, acts.confirm_decision, "Confirm an urgent decision"),
        ("receive", _Step, acts.receive_decision, "Confirm receipt of a decision"),
    )
    for verb, body, act, summary in steps:
        offer_act(made, DECISIONS, decision, verb, body, _as_it_is(act), summary)
    offer(made, VOICES)
    out = offer(made, ACTIVATIONS)
    grants: tuple[tuple[str, Any, Callable[..., Any], str], ...] = (
        ("consult", Consulting, activations.consult, "Record a consultation"),
        ("grant", Granting, activations.grant_activation, "Grant the activation of plans"),
        ("refuse", Reasoned, activations.refuse_activation, "Refuse the activation of plans"),
        ("withdraw", Reasoned, activations.withdraw_activation, "Withdraw a request for plans"),
        ("stand-down", Reasoned, activations.stand_down, "Stand plans down"),
    )
    for verb, body, act, summary in grants:
        offer_act(made, ACTIVATIONS, out, verb, body, _as_it_is(act), summary)
    offer(made, PLAN_ACTIVATIONS)
    for verb, view, summary, name in (
        ("activate-crisis-plans", activate, "Activate crisis management plans", "activate_crisis_plans"),
        ("ask-continuity-plans", ask, "Ask for continuity plans", "ask_continuity_plans"),
    ):
        made.add_api_operation(
            address_of(INCIDENTS, verb), ["POST"], view, response=out, summary=summary, operation_id=name
        )
    return made


@needs(SIT, on=Incident)
def activate(request: HttpRequest, response: HttpResponse, key: Key, data: Activating) -> Any:
    """Active at once; 422 says since when they are, and by whom, where they were before."""
    check_address(request, set())
    user: Any = request.user
    incident = INCIDENTS.row(user, key)
    done = activations.activate_crisis(
        user, incident=incident, reason=data.reason, plans=_plans(user, data), alone_because=data.alone_because
    )
    return ACTIVATIONS.record(ACTIVATIONS.row(user, done.pk))


@needs(SIT, on=Incident)
def ask(request: HttpRequest, response: HttpResponse, key: Key, data: Asking) -> Any:
    """A request; what it lacks before it can be granted stands in `missing`."""
    check_address(request, set())
    user: Any = request.user
    incident = INCIDENTS.row(user, key)
    done = activations.ask_continuity(
        user, incident=incident, reason=data.reason, plans=_plans(user, data), expected_hours=data.expected_hours,
        shorter_because=data.shorter_because,
    )  # fmt: skip
    return ACTIVATIONS.record(ACTIVATIONS.row(user, done.pk))


def _plans(user: Any, data: _Plans) -> list[Plan]:
    return [named(Plan, key, user) for key in data.plans]
