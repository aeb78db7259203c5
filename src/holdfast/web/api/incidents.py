"""Incidents: declared, corrected, led, split, merged, closed; their phases and their log."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.incidents import actions as acts
from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.rights import DECLARE, LOG, RUN
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may
from holdfast.readiness.plans.models import Phase
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Line, Text, named, names_of
from holdfast.web.api.tables import Table, offer, offer_act

_KNOWN = names_of(acts.IncidentFields)
_STATE = (
    "real",
    "state",
    "phase",
    "declared_at",
    "declared_by",
    "lead",
    "lead_post",
    "merged_into",
    "split_from",
    "closed_at",
    "closed_because",
    "pace",
)

INCIDENTS = Table(
    name="incidents",
    one="incident",
    model=Incident,
    fields=(*_KNOWN, *_STATE),
    permission=RUN,
    create=acts.declare_incident,
    create_fields=_KNOWN,
    create_permission=DECLARE,
    change=acts.edit_incident,
    change_fields=_KNOWN,
    filters=("state", "phase", "real", "site", "unit", "threat", "certainty"),
    sorts=("declared_at", "reported_at", "title"),
    order=("-declared_at", "key"),
    search=("title", "key", "details"),
)
PHASES = Table(
    name="incident-phases",
    one="incident-phase",
    model=PhaseEntry,
    fields=("incident", "phase", "at", "user", "reason", "out_of_order"),
    permission=RUN,
    filters=("incident", "phase"),
    sorts=("at",),
    order=("at", "pk"),
)


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Entering(_Step):
    """A phase that is not the next in order needs a reason."""

    phase: Line
    reason: Text = ""


class HandingOver(_Step):
    """`to` is the user name of whoever leads from now on."""

    to: Key
    said: Text = ""


class Splitting(_Step):
    """What the new incident has of its own; all else is as in the one it comes from."""

    title: Line
    details: Text = ""
    started_at: datetime | None = None


class Merging(_Step):
    into: Key
    reason: Text


class Closing(_Step):
    """`anyway`: also where something still stands open, which the log then says."""

    reason: Text
    anyway: bool = False


class Noting(_Step):
    text: Text
    device_at: datetime | None = None


def _phase(by: User, incident: Incident, *, version: int, phase: str, reason: str = "") -> Incident:
    if phase not in Phase.values:
        raise ValidationError({"phase": _("There is no phase “%(phase)s”.") % {"phase": phase[:40]}})
    return acts.enter_phase(by, incident, version=version, phase=phase, reason=reason)


def _hand_over(by: User, incident: Incident, *, version: int, to: str, said: str = "") -> Incident:
    # Who runs incidents need not see accounts: one who may not lead and one who is not there are answered alike.
    leader = User.objects.filter(username=to, is_active=True).first()
    if leader is None or not may(leader, RUN, incident):
        raise ValidationError({"to": _("%(name)s may not run this incident.") % {"name": to[:130]}})
    return acts.hand_over(by, incident, version=version, to=leader, said=said)


def _split(by: User, incident: Incident, *, version: int, **fields: Any) -> Incident:
    return acts.split_incident(by, incident=incident, **fields)


def _merge(by: User, incident: Incident, *, version: int, into: str, reason: str) -> Incident:
    return acts.merge_incident(by, incident, version=version, into=named(Incident, into, by), reason=reason)


def _note(by: User, incident: Incident, *, version: int, text: str, device_at: datetime | None = None) -> Incident:
    return acts.write_note(by, incident=incident, text=text, device_at=device_at)


def routes() -> Routes:
    made = Routes(tags=["Incidents"])
    out = offer(made, INCIDENTS)
    steps: tuple[tuple[str, Any, Callable[..., Any], str, str], ...] = (
        ("phase", Entering, _phase, "Enter a phase", RUN),
        ("hand-over", HandingOver, _hand_over, "Hand over the lead", RUN),
        ("split", Splitting, _split, "Split off an incident", RUN),
        ("merge", Merging, _merge, "Merge an incident into another", RUN),
        ("close", Closing, acts.close_incident, "Close an incident", RUN),
        ("note", Noting, _note, "Write into the log of an incident", LOG),
    )
    for verb, body, act, summary, permission in steps:
        offer_act(made, INCIDENTS, out, verb, body, act, summary, permission=permission)
    offer(made, PHASES)
    return made
