"""Requirements with what supplies them, the confirmation of a dependency, fallbacks."""

from datetime import date
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.strategy import actions as strategy
from holdfast.analysis.strategy.models import Fallback
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.actions import requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import Node, Requirement, Supply
from holdfast.web.api.errors import Invalid
from holdfast.web.api.nodes import EDIT
from holdfast.web.api.people import Seen
from holdfast.web.api.places import Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key, Text, named, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

MOST_SUPPLIES = 1000


class SupplyOut(Schema):
    """A node that is drawn on; `confirmed_on`: when its side said that it knows."""

    id: int
    version: int
    provider: str
    weight: float
    basis: str
    reason: str
    confirmed_on: date | None


class DrawIn(Schema):
    model_config = ConfigDict(extra="forbid")

    provider: Key
    weight: Annotated[float, Field(ge=0.001, le=1e12, allow_inf_nan=False)]
    basis: Annotated[str, Field(pattern="^(measured|stated|assumed)?$")] = ""
    reason: Text = ""


Draws = Annotated[list[DrawIn], Field(max_length=MOST_SUPPLIES)]


def _with_supply(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    supply = Supply.objects.select_related("provider").order_by("position", "pk")
    return rows.prefetch_related(Prefetch("supply", supply, to_attr="all_supply"))


def _supply(requirement: Any) -> dict[str, Any]:
    return {
        "supply": [
            {
                "id": supply.pk,
                "version": supply.version,
                "provider": supply.provider.key,
                "weight": supply.weight,
                "basis": supply.basis,
                "reason": supply.reason,
                "confirmed_on": supply.confirmed_on,
            }
            for supply in requirement.all_supply
        ]
    }


def _draws(by: User, supply: list[DrawIn], known: frozenset[str] = frozenset()) -> list[Draw]:
    """Draws on nodes that the user may see, or that the requirement draws on already. Raises Invalid."""
    found, wrong = [], []
    kept = {node.key: node for node in Node.objects.filter(key__in=known)}
    for number, draw in enumerate(supply):
        try:
            node = kept.get(draw.provider) or named(Node, draw.provider, by)
        except ValidationError as error:
            wrong.append((f"supply.{number}.provider", "; ".join(error.messages)))
        else:
            found.append(Draw(node, draw.weight, draw.basis, draw.reason))
    if wrong:
        raise Invalid(*wrong)
    return found


def _create(by: User, *, supply: list[DrawIn], **fields: Any) -> Requirement:
    return requirements.create_requirement(by, supply=_draws(by, supply), **fields)


def _change(
    by: User, requirement: Requirement, *, version: int, supply: list[DrawIn] | None = None, **changes: Any
) -> Requirement:
    draws = None
    if supply is not None:
        draws = _draws(by, supply, frozenset(found["provider"] for found in _supply(requirement)["supply"]))
    return requirements.edit_requirement(by, requirement, version=version, supply=draws, **changes)


_REQUIREMENT = names_of(requirements.RequirementFields)
_FALLBACK = names_of(strategy.FallbackFields)

REQUIREMENTS = Table(
    name="requirements",
    one="requirement",
    model=Requirement,
    fields=("node", *_REQUIREMENT),
    permission=EDIT,
    create=_create,
    create_fields=("node", *_REQUIREMENT),
    create_extra={"supply": (Draws, ...)},
    change=_change,
    change_fields=_REQUIREMENT,
    change_extra={"supply": (Draws, None)},
    filters=("node",),
    sorts=("name", "needs", "position"),
    order=("node__key", "position"),
    search=("name", "key"),
    prepare=_with_supply,
    more=_supply,
    extra={"supply": (list[SupplyOut], ...)},
)
SUPPLIES = Table(
    name="supplies",
    one="supply",
    model=Supply,
    fields=("requirement", "provider", "position", "weight", "basis", "reason", "confirmed_on"),
    permission=EDIT,
    filters=("requirement", "provider"),
    sorts=("confirmed_on", "weight"),
    order=("requirement__key", "position"),
)
FALLBACKS = Table(
    name="fallbacks",
    one="fallback",
    model=Fallback,
    fields=("requirement", *_FALLBACK),
    permission="strategy.edit",
    create=strategy.create_fallback,
    create_fields=("requirement", *_FALLBACK),
    change=strategy.edit_fallback,
    change_fields=_FALLBACK,
    filters=("requirement", "provider", "pool", "kind", "state"),
    sorts=("name", "kind", "state", "position"),
    order=("requirement__key", "position", "key"),
    search=("name", "key"),
)


def routes() -> Routes:
    made = Routes(tags=["Requirements and fallbacks"])
    offer(made, REQUIREMENTS)
    offer_removal(made, REQUIREMENTS, requirements.remove_requirement, "Remove a requirement")
    supply = offer(made, SUPPLIES)
    offer_act(
        made, SUPPLIES, supply, "confirm", Seen, requirements.confirm_supply, "Confirm a dependency, as its provider"
    )
    fallback = offer(made, FALLBACKS)
    offer_act(made, FALLBACKS, fallback, "retire", Ending, strategy.retire_fallback, "Retire a fallback")
    return made
