"""Where units stand in the five steps, and the gates that were opened with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from holdfast.governance.gates import actions
from holdfast.governance.gates.gates import Passage, standings
from holdfast.governance.gates.models import OVERRIDE, VIEW, Override
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Unit
from holdfast.web.api.places import Ending
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key
from holdfast.web.api.tables import Table, offer, offer_act
from holdfast.web.permissions import needs


class StandingQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")
    under: Key | None = Field(default=None, description="A unit: only it and all under it.")


class PassageOut(Schema):
    """`state`: done, let_pass, under_way (open, and something is missing), ahead (not open) or not_asked."""

    step: int
    state: str
    missing: list[str]
    reason: str


class StandingOut(Schema):
    """`at`: the first step that the unit is not past; None where it is past all."""

    unit: str
    name: str
    at: int | None
    steps: list[PassageOut]


class StandingsOut(Schema):
    as_of: date
    count: int
    items: list[StandingOut]


def _let_pass(by: User, *, unit: Unit, step: int, reason: str, valid_until: date | None = None) -> Override:
    return actions.let_pass(by, unit, step=step, reason=reason, until=valid_until)


OPENED = Table(
    name="opened-gates",
    one="opened-gate",
    model=Override,
    fields=("unit", "step", "reason", "by", "valid_from", "valid_until"),
    permission=OVERRIDE,
    create=_let_pass,
    create_fields=("unit", "step", "reason", "valid_until"),
    filters=("unit", "step"),
    sorts=("valid_from", "valid_until"),
    order=("unit__path", "step"),
)


def routes() -> Routes:
    made = Routes(tags=["The five steps"])
    made.add_api_operation(
        "/steps",
        ["GET"],
        read_steps,
        response=StandingsOut,
        summary="Where units stand in the five steps, and what is missing",
        operation_id="read_steps",
    )
    out = offer(made, OPENED)
    offer_act(made, OPENED, out, "close", Ending, actions.close_gate, "Close an opened gate")
    return made


@needs(VIEW)
def read_steps(request: HttpRequest, query: Query[StandingQuery]) -> Any:
    """The units in scope that you may see, in the order of the tree."""
    check_address(request, {"as_of", "under"})
    on = query.as_of or clock.today()
    seen = visible(Unit.objects.as_of(on).filter(in_scope=True), request.user, VIEW).order_by("path")
    units = [unit for unit in seen if not query.under or query.under in unit.path.split("/")]
    items = [
        {
            "unit": standing.unit.key,
            "name": standing.unit.name,
            "at": standing.at.step.value if standing.at is not None else None,
            "steps": [_passage(passage) for passage in standing.passages],
        }
        for standing in standings(units, on)
    ]
    return {"as_of": on, "count": len(items), "items": items}


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "step": passage.step.value,
        "state": passage.state,
        "missing": [lack.says for lack in passage.lacks],
        "reason": passage.override.reason if passage.override is not None else "",
    }
