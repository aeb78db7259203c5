"""Units and sites."""

from datetime import date
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions import places
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, names_of
from holdfast.web.api.tables import Table, offer, offer_act

EDIT = "structure.edit"
DESCRIBED = ("basis", "reason", "paragraphs", "note", "tags", "fields")
DATES = ("valid_from", "valid_until")


class Ending(Schema):
    """The first day without it."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    on: date


_UNIT = names_of(places.UnitFields)
_SITE = names_of(places.SiteFields)

UNITS = Table(
    name="units",
    one="unit",
    model=Unit,
    fields=("path", *_UNIT, "valid_until"),
    permission=EDIT,
    create=places.create_unit,
    create_fields=_UNIT,
    change=places.edit_unit,
    change_fields=_UNIT,
    filters=("kind", "parent", "site", "analysis_mode", "in_scope"),
    sorts=("name", "kind", "path", "valid_from"),
    order=("path",),
    search=("name", "acronym", "key"),
)
SITES = Table(
    name="sites",
    one="site",
    model=Site,
    fields=("path", *_SITE),
    permission=EDIT,
    create=places.create_site,
    create_fields=_SITE,
    change=places.edit_site,
    change_fields=_SITE,
    filters=("kind", "parent", "unit", "state", "country"),
    sorts=("name", "kind", "path", "city", "country"),
    order=("path",),
    search=("name", "acronym", "city", "key"),
)


def routes() -> Routes:
    made = Routes(tags=["Places"])
    unit = offer(made, UNITS)
    offer_act(made, UNITS, unit, "close", Ending, places.close_unit, "Close a unit")
    site = offer(made, SITES)
    offer_act(made, SITES, site, "close", Ending, places.close_site, "Close a site")
    return made
