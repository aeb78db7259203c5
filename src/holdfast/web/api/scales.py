"""The scales in force, and their versions."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.governance.settings import actions
from holdfast.governance.settings.models import EDIT, VIEW, ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Text
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

_FIELDS = ("title", "content", "note")

SCALE_VERSIONS = Table(
    name="scale-versions",
    one="scale-version",
    model=ScaleVersion,
    fields=(
        "number", *_FIELDS, "state", "valid_from", "valid_until", "author", "body", "approver", "approved_at", "reason",
    ),
    permission=EDIT,
    create=actions.draft_scales,
    create_fields=_FIELDS,
    change=actions.edit_scales,
    change_fields=_FIELDS,
    filters=("state",),
    sorts=("number", "valid_from"),
    order=("-number",),
    search=("title", "key"),
)  # fmt: skip


class Approving(Schema):
    """In force from this day on, by which decision."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    valid_from: date
    reason: Text


class ScalesQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")


class ScalesOut(Schema):
    """`version` 0: no version is approved, and these are the scales that Holdfast begins with."""

    as_of: date
    version: int
    scales: dict[str, Any]


def routes() -> Routes:
    made = Routes(tags=["Scales"])
    made.add_api_operation(
        "/scales", ["GET"], read_scales, response=ScalesOut, summary="Read the scales in force", operation_id="scales"
    )
    version = offer(made, SCALE_VERSIONS)
    offer_act(made, SCALE_VERSIONS, version, "approve", Approving, actions.approve_scales, "Approve a draft of scales")
    offer_removal(made, SCALE_VERSIONS, actions.discard_scales, "Discard a draft of scales")
    return made


@needs(VIEW)
def read_scales(request: HttpRequest, query: Query[ScalesQuery]) -> Any:
    """Likelihood, impact, categories, ranks, matrix, appetite, times and intervals of one day."""
    check_address(request, {"as_of"})
    on = query.as_of or clock.today()
    scales = in_force(on)
    return {"as_of": on, "version": scales.version, "scales": scales.as_json()}
