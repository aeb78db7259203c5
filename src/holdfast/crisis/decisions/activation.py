"""Plans are activated and stood down.

The operations group activates crisis management plans alone. For continuity plans it asks, after consulting the policy
team, with reason and forecast; without the consultation a request is incomplete and cannot be granted (A/63/359, 30).
Who asks, is consulted and grants, and how long an interruption calls for it, is said by the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.decisions.actions import body_decides, body_named, next_number
from holdfast.crisis.decisions.forecast import frozen
from holdfast.crisis.decisions.models import (
    PLAN_KINDS,
    Activation,
    ActivationKind,
    ActivationState,
    DecisionKind,
    ExpectedBy,
    PlanActivation,
)
from holdfast.crisis.incidents.actions import refuse_ended, tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import SIT
from holdfast.crisis.rules.questions import in_force, numbered
from holdfast.crisis.teams.rights import require_seat_or_run, runs, sits_in
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.models import Group
from holdfast.organization.structure.saving import change, create, save_all
from holdfast.readiness.plans.models import Plan

ACTIVATED: list[Callable[[Actor, Activation], None]] = []
"""What the domains to the right do when plans are activated, in the same transaction."""
STOOD_DOWN: list[Callable[[Actor, Activation], None]] = []
"""The same when they are stood down."""
OPEN = (ActivationState.REQUESTED, ActivationState.ACTIVE)


@act("activation.crisis", SIT, label=_("activate crisis management plans"), under="incident")
def activate_crisis(
    by: Actor, *, incident: Incident, reason: str, plans: Iterable[Plan] = (), alone_because: str = ""
) -> Activation:
    """By the operations group alone: its quorate meeting, or its chair in urgency. Raises ValidationError, also where
    they are active already."""
    incident = _held(incident)
    refuse_open(incident, ActivationKind.CRISIS)
    rules = in_force(clock.today())
    group = body_named(rules.crisis_activated_by)
    chosen = _chosen(ActivationKind.CRISIS, plans, incident)
    _refuse_silent(reason)
    decision = body_decides(
        by, incident, group, kind=DecisionKind.CRISIS, title=gettext("Activate the crisis management plans"),
        text=reason.strip(), alone_because=alone_because,
    )  # fmt: skip
    activation = Activation(
        incident=incident,
        number=next_number(Activation, incident),
        kind=ActivationKind.CRISIS,
        reason=reason.strip(),
        rules=rules.number,
        asked_at=incident.moment(),
        asked_by=by if isinstance(by, User) else None,
        asked_group=group,
        forecast=decision.forecast,
    )
    create(activation, by)
    _choose(by, activation, chosen)
    return _activated(by, activation, group, decision)


@act("activation.ask", SIT, label=_("ask for continuity plans"), under="incident")
def ask_continuity(
    by: Actor,
    *,
    incident: Incident,
    reason: str,
    plans: Iterable[Plan] = (),
    expected_hours: float | None = None,
    shorter_because: str = "",
) -> Activation:
    """The operations group asks, with the forecast of the moment frozen. `expected_hours` where the body expects
    another interruption of a critical function than the forecast does. Raises ValidationError, also where they are
    asked for or active already."""
    incident = _held(incident)
    rules = in_force(clock.today())
    group = body_named(rules.continuity_asked_by)
    require_seat_or_run(by, incident, group)
    refuse_open(incident, ActivationKind.CONTINUITY)
    chosen = _chosen(ActivationKind.CONTINUITY, plans, incident)
    _refuse_silent(reason)
    forecast = frozen(by, incident)
    hours, how = _expected(forecast, expected_hours)
    activation = Activation(
        incident=incident,
        number=next_number(Activation, incident),
        kind=ActivationKind.CONTINUITY,
        reason=reason.strip(),
        rules=rules.number,
        asked_at=incident.moment(),
        asked_by=by if isinstance(by, User) else None,
        asked_group=group,
        forecast=forecast,
        expected_hours=hours,
        expected_by=how,
        limit_hours=rules.continuity_after_hours,
        shorter_because=shorter_because.strip(),
    )
    create(activation, by)
    _choose(by, activation, chosen)
    body = activation.as_record({"number", "kind", "reason", "asked_group", "expected_hours", "expected_by",
                                 "limit_hours", "shorter_because", "rules"})  # fmt: skip
    tell(by, incident, "activation.asked", gettext("%(group)s asks for the continuity plans") % {
        "group": group.acronym or group,
    }, body={**body, "plans": [plan.key for plan in chosen], "forecast": forecast,
             "missing": missing(activation)})  # fmt: skip
    return activation


@act("activation.consult", SIT, label=_("record a consultation"), on="activation")
def consult(
    by: Actor,
    activation: Activation,
    *,
    who: str,
    said: str,
    at: datetime | None = None,
    expected_hours: float | None = None,
    shorter_because: str | None = None,
    version: int | None = None,
) -> Activation:
    """When the policy team was consulted, who of it, and what it said; by whoever sits in either body. What else was
    missing may be given with it. Raises ValidationError."""
    refuse_ended(activation.incident)
    refuse_not_requested(activation)
    group = body_named(numbered(activation.rules).continuity_consulted)
    _require_either(by, activation, group)
    if not who.strip() or not said.strip():
        raise ValidationError({"said": gettext("Say who was consulted, and what they said.")})
    now = activation.incident.moment()
    if at is not None and at > now:
        raise ValidationError({"at": gettext("This time lies ahead.")})
    changes: dict[str, Any] = {
        "consulted_group": group,
        "consulted_at": at or now,
        "consulted_who": who.strip(),
        "consulted_said": said.strip(),
    }
    if expected_hours is not None:
        changes |= {"expected_hours": expected_hours, "expected_by": ExpectedBy.STATED}
    if shorter_because is not None:
        changes["shorter_because"] = shorter_because.strip()
    change(activation, changes, changes, by)
    tell(by, activation.incident, "activation.consulted", gettext("%(group)s consulted on the continuity plans") % {
        "group": group.acronym or group}, body=activation.as_record(
            {"number", "consulted_group", "consulted_at", "consulted_who", "consulted_said", "expected_hours",
             "expected_by", "shorter_because"}))  # fmt: skip
    return activation


@act("activation.grant", SIT, label=_("grant the activation of plans"), on="activation")
def grant_activation(
    by: Actor, activation: Activation, *, reason: str = "", alone_because: str = "", version: int | None = None
) -> Activation:
    """The body of the rules grants it, and the plans are active. Exactly one grant counts: whoever comes second is told
    since when they are active, and by whom. Raises ValidationError with all that is missing."""
    refuse_ended(activation.incident)
    refuse_not_requested(activation)
    if lacking := missing(activation):
        raise ValidationError([gettext("Missing: %(what)s") % {"what": one} for one in lacking])
    incident = _held(activation.incident)
    group = body_named(numbered(activation.rules).continuity_granted_by)
    decision = body_decides(
        by, incident, group, kind=DecisionKind.CONTINUITY, title=gettext("Activate the continuity plans"),
        text=reason.strip() or activation.reason, alone_because=alone_because,
    )  # fmt: skip
    return _activated(by, activation, group, decision)


@act("activation.refuse", SIT, label=_("refuse the activation of plans"), on="activation")
def refuse_activation(by: Actor, activation: Activation, *, reason: str, version: int | None = None) -> Activation:
    """The body that would grant it does not."""
    refuse_ended(activation.incident)
    refuse_not_requested(activation)
    require_seat_or_run(by, activation.incident, body_named(numbered(activation.rules).continuity_granted_by))
    return _ended(by, activation, ActivationState.REFUSED, reason)


@act("activation.withdraw", SIT, label=_("withdraw a request for plans"), on="activation")
def withdraw_activation(by: Actor, activation: Activation, *, reason: str, version: int | None = None) -> Activation:
    """The body that asked does not want it any more."""
    refuse_ended(activation.incident)
    refuse_not_requested(activation)
    require_seat_or_run(by, activation.incident, activation.asked_group)
    return _ended(by, activation, ActivationState.WITHDRAWN, reason)


@act("activation.stand_down", SIT, label=_("stand plans down"), on="activation")
def stand_down(by: Actor, activation: Activation, *, reason: str, version: int | None = None) -> Activation:
    """Not needed any more. Exactly one counts: whoever comes second is told when and by whom it was done. By whoever
    sits in the body that asked or the one that granted, or runs the incident."""
    if activation.state != ActivationState.ACTIVE:
        said = gettext("They are not active: %(state)s.")
        if activation.ended_at is not None:
            said = gettext("They are %(state)s since %(at)s, by %(who)s.")
        raise ValidationError(said % {"state": activation.get_state_display(), **_when(activation, ended=True)})
    refuse_ended(activation.incident)
    _require_either(by, activation, activation.granted_group or activation.asked_group)
    done = _ended(by, activation, ActivationState.STOOD_DOWN, reason)
    for hook in STOOD_DOWN:
        hook(by, done)
    return done


def active(incident: Incident) -> list[Activation]:
    """Those that are active now."""
    rows = Activation.objects.filter(incident=incident, state=ActivationState.ACTIVE)
    return list(rows.select_related("incident", "granted_group", "granted_by", "decision").order_by("number"))


def requested(incident: Incident) -> list[Activation]:
    """Those that are asked for and not decided."""
    return list(Activation.objects.filter(incident=incident, state=ActivationState.REQUESTED).order_by("number"))


def missing(activation: Activation) -> list[str]:
    """What a request lacks before it can be granted: texts for people."""
    found: list[str] = []
    if activation.kind != ActivationKind.CONTINUITY:
        return found
    if activation.consulted_at is None:
        group = Group.objects.filter(key=numbered(activation.rules).continuity_consulted).first()
        found.append(gettext("the consultation of %(group)s") % {"group": (group and (group.acronym or group)) or "?"})
    if not activation.reason.strip():
        found.append(gettext("the reason"))
    if is_longer(activation) is None:
        found.append(gettext("how long a critical function is expected to be interrupted"))
    elif not is_longer(activation) and not activation.shorter_because.strip():
        said = gettext("why, although the interruption is expected to be shorter than %(limit)g h")
        found.append(said % {"limit": activation.limit_hours or 0})
    return found


def is_longer(activation: Activation) -> bool | None:
    """Whether the expected interruption reaches the length that calls for activation; None where it is not known."""
    limit = activation.limit_hours or 0.0
    if activation.expected_hours is not None:
        return activation.expected_hours >= limit
    if activation.expected_by == ExpectedBy.FORECAST and activation.forecast and activation.forecast.get("beyond"):
        return True
    return None


def plans_for(kind: str) -> list[Plan]:
    """The plans in force of the kinds that such an activation is about."""
    rows = Plan.objects.in_force(clock.today()).filter(kind__in=PLAN_KINDS[kind])
    return list(rows.select_related("unit", "site", "threat").order_by("kind", "title", "key"))


def refuse_open(incident: Incident, kind: str) -> None:
    """Raises ValidationError where plans of this kind are active or asked for."""
    found = Activation.objects.filter(incident=incident, kind=kind, state__in=OPEN).first()
    if found is not None and found.is_active:
        raise ValidationError(_already(found))
    if found is not None:
        said = gettext("%(what)s were asked for at %(at)s by %(who)s: that request is open.")
        who = str(found.asked_by or found.asked_group)
        raise ValidationError(said % {"what": _what(found), "at": _said_at(found, found.asked_at), "who": who})


def refuse_not_requested(activation: Activation) -> None:
    """Raises ValidationError for one that was decided."""
    if activation.is_active:
        raise ValidationError(_already(activation))
    if activation.state != ActivationState.REQUESTED:
        said = gettext("They are %(state)s since %(at)s, by %(who)s.")
        raise ValidationError(said % {"state": activation.get_state_display(), **_when(activation, ended=True)})


def _held(incident: Incident) -> Incident:
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    refuse_ended(incident)
    return incident


def _refuse_silent(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why.")})


def _expected(forecast: dict[str, Any] | None, stated: float | None) -> tuple[float | None, str]:
    if stated is not None:
        if not 0 <= stated <= 87_600:
            raise ValidationError({"expected_hours": gettext("Wanted hours, up to ten years.")})
        return stated, ExpectedBy.STATED
    return (forecast["hours"], ExpectedBy.FORECAST) if forecast is not None else (None, "")


def _chosen(kind: str, plans: Iterable[Plan], incident: Incident) -> list[Plan]:
    """Raises ValidationError for a plan of another kind or not in force, and for none where there are some."""
    chosen = list(dict.fromkeys(plans))
    there = {plan.pk for plan in plans_for(kind)}
    for plan in chosen:
        if plan.pk not in there:
            said = gettext("“%(plan)s” is not in force, or of another kind.")
            raise ValidationError({"plans": said % {"plan": plan}})
    if not chosen and there:
        raise ValidationError({"plans": gettext("Choose the plans that are to be activated.")})
    return chosen


def _choose(by: Actor, activation: Activation, plans: Sequence[Plan]) -> None:
    save_all([PlanActivation(activation=activation, plan=plan) for plan in plans], by)


def _activated(by: Actor, activation: Activation, group: Group, decision: Any) -> Activation:
    incident = activation.incident
    changes: dict[str, Any] = {
        "state": ActivationState.ACTIVE,
        "granted_at": incident.moment(),
        "granted_by": by if isinstance(by, User) else None,
        "granted_group": group,
        "decision": decision,
    }
    change(activation, changes, changes, by)
    plans = [row.plan for row in activation.plans.select_related("plan")]
    tell(by, incident, "activation.active", gettext("Active: %(what)s (%(plans)d)") % {
        "what": _what(activation), "plans": len(plans),
    }, body={"number": activation.number, "kind": activation.kind, "granted_group": group.key,
             "decision": decision.number, "plans": [plan.key for plan in plans],
             "reason": activation.reason})  # fmt: skip
    note(plans=[plan.key for plan in plans])
    for hook in ACTIVATED:
        hook(by, activation)
    return activation


def _ended(by: Actor, activation: Activation, state: str, reason: str) -> Activation:
    _refuse_silent(reason)
    changes = {
        "state": state,
        "ended_at": activation.incident.moment(),
        "ended_by": by if isinstance(by, User) else None,
        "ended_because": reason.strip(),
    }
    change(activation, changes, changes, by)
    words = {
        ActivationState.REFUSED: gettext("Refused: %(what)s"),
        ActivationState.WITHDRAWN: gettext("Request withdrawn: %(what)s"),
        ActivationState.STOOD_DOWN: gettext("Stood down: %(what)s"),
    }[ActivationState(state)]
    tell(by, activation.incident, f"activation.{state}", words % {"what": _what(activation)},
         body={"number": activation.number, "kind": activation.kind, "reason": reason.strip()})  # fmt: skip
    return activation


def _require_either(by: Actor, activation: Activation, other: Group) -> None:
    incident = activation.incident
    if not (runs(by, incident) or sits_in(by, incident, activation.asked_group) or sits_in(by, incident, other)):
        said = gettext("Only who sits in %(group)s or %(other)s, or runs the incident, does this.")
        group = activation.asked_group
        raise NotAllowed(said % {"group": group.acronym or group, "other": other.acronym or other})


def _what(activation: Activation) -> str:
    return str(ActivationKind(activation.kind).label)


def _already(activation: Activation) -> str:
    said = gettext("%(what)s are already active since %(at)s, by %(who)s.")
    return said % {"what": _what(activation)[:1].upper() + _what(activation)[1:], **_when(activation)}


def _when(activation: Activation, ended: bool = False) -> dict[str, str]:
    at, who = (activation.ended_at, activation.ended_by) if ended else (activation.granted_at, activation.granted_by)
    return {"at": _said_at(activation, at) if at is not None else "?", "who": str(who or activation.asked_group)}


def _said_at(activation: Activation, at: datetime) -> str:
    zone = activation.incident.zone
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
