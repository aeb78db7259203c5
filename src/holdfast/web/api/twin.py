"""The organisation's twin as of a date, and what would fail if certain things failed."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.model.twin import build_twin
from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin
from holdfast.organization import clock
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key
from holdfast.web.permissions import needs

MOST_HITS = 10_000


class TwinQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")


class HitIn(Schema):
    """`node` loses the share `loss` from `start` for `duration` hours; without a duration it does not end."""

    model_config = ConfigDict(extra="forbid")

    node: Key
    loss: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 1.0
    start: Annotated[float, Field(ge=0, le=250_000, allow_inf_nan=False)] = 0.0
    duration: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] | None = None


class ScenarioIn(Schema):
    model_config = ConfigDict(extra="forbid")

    hits: Annotated[list[HitIn], Field(max_length=MOST_HITS)]
    horizon: Annotated[float, Field(gt=0, le=250_000, allow_inf_nan=False)] | None = None
    as_of: date | None = Field(default=None, description="The organisation as it is on this date; today if not given.")


class TwinOut(Schema):
    """The JSON that the engine reads; `gaps` are requirements that what serves on the date cannot meet, and
    footprints of hazards that reach nothing."""

    as_of: date
    nodes: list[dict[str, Any]]
    pools: list[dict[str, Any]]
    hazards: list[dict[str, Any]]
    gaps: list[dict[str, Any]]


class CascadeOut(Schema):
    """As `holdfast cascade --json` has it."""

    as_of: date
    nodes: dict[str, Any]
    contentions: list[dict[str, Any]]
    deadlocks: list[list[str]]
    unsettled: list[list[str]]


def routes() -> Routes:
    made = Routes(tags=["What if"])
    made.add_api_operation(
        "/twin", ["GET"], read_the_twin, response=TwinOut, summary="Read the twin", operation_id="read_twin"
    )
    made.add_api_operation(
        "/cascade",
        ["POST"],
        run_cascade,
        response=CascadeOut,
        summary="What fails, when and why, if these things fail",
        operation_id="cascade",
    )
    return made


@needs("structure.view", whole=True)
def read_the_twin(request: HttpRequest, query: Query[TwinQuery]) -> Any:
    """The whole organisation as the engine sees it, so that it takes the right on the whole of it."""
    check_address(request, {"as_of"})
    on = query.as_of or clock.today()
    return {"as_of": on, **build_twin(on)}


@needs("structure.view", whole=True)
def run_cascade(request: HttpRequest, data: ScenarioIn) -> Any:
    """The answer names nodes of the whole organisation, so that it takes the right on the whole of it."""
    check_address(request, set())
    on = data.as_of or clock.today()
    twin = read_twin(build_twin(on, hazards=False), "the organisation")
    asked: dict[str, Any] = {"hits": [hit.model_dump() for hit in data.hits]}
    if data.horizon is not None:
        asked["horizon"] = data.horizon
    return {"as_of": on, **cascade(twin, read_scenario(asked, twin, "body")).as_json()}
