"""Saved scenarios with what fails in them, and the answer to one."""

from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.scenarios import actions
from holdfast.analysis.scenarios.actions import MOST_HITS, Strike
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Node
from holdfast.web.api.errors import Invalid
from holdfast.web.api.places import Ending
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key, named, names_of
from holdfast.web.api.tables import Table, address_of, offer, offer_act
from holdfast.web.api.twin import CascadeOut, HitIn, TwinQuery
from holdfast.web.permissions import needs


class HitOut(Schema):
    """`node` loses the share `loss` from `start` for `duration` hours; null: it does not end."""

    node: str
    loss: float
    start: float
    duration: float | None


Hits = Annotated[list[HitIn], Field(min_length=1, max_length=MOST_HITS)]


def _with_hits(rows: QuerySet[Any], user: User, as_of: Any) -> QuerySet[Any]:
    return rows.with_hits()  # type: ignore[attr-defined,no-any-return]


def _hits(scenario: Any) -> dict[str, Any]:
    return {"hits": [hit.as_hit() for hit in scenario.all_hits]}


def _strikes(by: User, hits: list[HitIn], known: frozenset[str] = frozenset()) -> list[Strike]:
    """Hits on nodes that the user may see, or that the scenario names already. Raises Invalid."""
    found, wrong = [], []
    kept = {node.key: node for node in Node.objects.filter(key__in=known)}
    for number, hit in enumerate(hits):
        try:
            node = kept.get(hit.node) or named(Node, hit.node, by)
        except ValidationError as error:
            wrong.append((f"hits.{number}.node", "; ".join(error.messages)))
        else:
            found.append(Strike(node, hit.loss, hit.start, hit.duration))
    if wrong:
        raise Invalid(*wrong)
    return found


def _create(by: User, *, hits: list[HitIn], **fields: Any) -> Scenario:
    return actions.save_scenario(by, hits=_strikes(by, hits), **fields)


def _change(by: User, scenario: Scenario, *, version: int, hits: list[HitIn] | None = None, **changes: Any) -> Scenario:
    strikes = None
    if hits is not None:
        known = Hit.objects.filter(scenario=scenario).values_list("node__key", flat=True)
        strikes = _strikes(by, hits, frozenset(known))
    return actions.edit_scenario(by, scenario, version=version, hits=strikes, **changes)


_FIELDS = names_of(actions.ScenarioFields)

SCENARIOS = Table(
    name="scenarios",
    one="scenario",
    model=Scenario,
    fields=_FIELDS,
    permission=actions.EDIT,
    create=_create,
    create_fields=_FIELDS,
    create_extra={"hits": (Hits, ...)},
    change=_change,
    change_fields=_FIELDS,
    change_extra={"hits": (Hits, None)},
    filters=("cause", "unit"),
    sorts=("name", "cause", "horizon"),
    order=("key",),
    search=("name", "key"),
    prepare=_with_hits,
    more=_hits,
    extra={"hits": (list[HitOut], ...)},
)


def routes() -> Routes:
    made = Routes(tags=["What if"])
    scenario = offer(made, SCENARIOS)
    offer_act(made, SCENARIOS, scenario, "retire", Ending, actions.retire_scenario, "Retire a scenario")
    made.add_api_operation(
        address_of(SCENARIOS, "cascade"),
        ["GET"],
        answer,
        response=CascadeOut,
        summary="What fails, when and why, in a saved scenario",
        operation_id="scenario_cascade",
    )
    return made


@needs("structure.view", whole=True)
def answer(request: HttpRequest, key: Key, query: Query[TwinQuery]) -> Any:
    """The answer names nodes of the whole organisation, so that it takes the right on the whole of it."""
    check_address(request, {"as_of"})
    on = query.as_of or clock.today()
    scenario = SCENARIOS.row(request.user, key)  # type: ignore[arg-type]
    twin = read_twin(build_twin(on, hazards=False), "the organisation")
    return {"as_of": on, **cascade(twin, read_scenario(scenario.as_scenario(), twin, scenario.name)).as_json()}
