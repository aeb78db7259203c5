"""The rules of the day in force, and their versions."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.rules import actions
from holdfast.crisis.rules.models import RULES_EDIT, RULES_VIEW, RulesVersion
from holdfast.crisis.rules.questions import in_force
from holdfast.organization import clock
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Text
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

_FIELDS = ("title", "content", "note")

RULES_VERSIONS = Table(
    name="rules-versions",
    one="rules-version",
    model=RulesVersion,
    fields=(
        "number", *_FIELDS, "state", "valid_from", "valid_until", "author", "body", "approver", "approved_at", "reason",
    ),
    permission=RULES_EDIT,
    create=actions.draft_rules,
    create_fields=_FIELDS,
    change=actions.edit_rules,
    change_fields=_FIELDS,
    filters=("state",),
    sorts=("number", "valid_from"),
    order=("-number",),
    search=("title", "key"),
)  # fmt: skip


class ApprovingRules(Schema):
    """In force from this day on, by which decision."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    valid_from: date
    reason: Text


class RulesQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")


class RulesOut(Schema):
    """`version` 0: no version is approved, and these are the rules that Holdfast begins with."""

    as_of: date
    version: int
    rules: dict[str, Any]


def routes() -> Routes:
    made = Routes(tags=["Rules of the day"])
    made.add_api_operation(
        "/rules", ["GET"], read_rules, response=RulesOut, summary="Read the rules of the day", operation_id="rules"
    )
    out = offer(made, RULES_VERSIONS)
    offer_act(made, RULES_VERSIONS, out, "approve", ApprovingRules, actions.approve_rules, "Approve a draft of rules")
    offer_removal(made, RULES_VERSIONS, actions.discard_rules, "Discard a draft of rules")
    return made


@needs(RULES_VIEW)
def read_rules(request: HttpRequest, query: Query[RulesQuery]) -> Any:
    """Quorums, who activates, asks, is consulted and grants, and from how long an interruption on."""
    check_address(request, {"as_of"})
    on = query.as_of or clock.today()
    rules = in_force(on)
    return {"as_of": on, "version": rules.number, "rules": rules.as_json()}
