"""Corrective actions."""

from datetime import date
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.governance.improvement import actions as acts
from holdfast.governance.improvement.models import DO, EDIT, VERIFY, CorrectiveAction
from holdfast.web.api.jobs import Nothing
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Line, Text, names_of
from holdfast.web.api.tables import Table, offer, offer_act

_CHANGED = names_of(acts.ChangedFields)
_NEW = names_of(acts.NewFields)
_STATE = (
    "due",
    "first_due",
    "state",
    "doer",
    "proof",
    "proof_files",
    "done_on",
    "done_by",
    "effect",
    "closed_on",
    "closed_by",
    "cancel_reason",
)

ACTIONS = Table(
    name="actions",
    one="action",
    model=CorrectiveAction,
    fields=(*_CHANGED, *_STATE),
    permission=EDIT,
    create=acts.raise_action,
    create_fields=_NEW,
    change=acts.edit_action,
    change_fields=_CHANGED,
    filters=("state", "grade", "origin_kind", "unit", "site", "owner_post", "owner_person"),
    sorts=("due", "found_on", "title", "state"),
    order=("due",),
    search=("title", "key", "finding", "origin_title"),
)


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Postponing(_Step):
    due: date
    reason: Text


class Reporting(_Step):
    proof: Text
    done_on: date | None = None
    proof_files: list[Line] | None = None


class Proving(_Step):
    """The keys of evidence files, in place of those before."""

    proof_files: list[Line]


class Verifying(_Step):
    effect: Text


class SendingBack(_Step):
    reason: Text


class Cancelling(_Step):
    cancel_reason: Text


class Reopening(_Step):
    due: date
    reason: Text


def routes() -> Routes:
    made = Routes(tags=["Corrective actions"])
    out: Any = offer(made, ACTIONS)
    for verb, body, act, summary, permission in (
        ("postpone", Postponing, acts.postpone_action, "Move the day of an action", EDIT),
        ("begin", Nothing, acts.begin_action, "Begin an action", DO),
        ("report", Reporting, acts.report_action, "Report an action done", DO),
        ("prove", Proving, acts.prove_action, "Say which files prove an action", DO),
        ("verify", Verifying, acts.verify_action, "Verify and close an action", VERIFY),
        ("send-back", SendingBack, acts.send_back_action, "Send an action back", VERIFY),
        ("cancel", Cancelling, acts.cancel_action, "Cancel an action", VERIFY),
        ("reopen", Reopening, acts.reopen_action, "Open an action again", VERIFY),
    ):
        offer_act(made, ACTIONS, out, verb, body, act, summary, permission=permission)
    return made
