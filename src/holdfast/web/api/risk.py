"""Threats, and hazards with their footprints."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from ninja import Schema

from holdfast.analysis.risk.actions import hazards
from holdfast.analysis.risk.models import Footprint, Hazard, Threat
from holdfast.web.api.places import Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import FactOut, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

EDIT = "risk.edit"
_THREAT = names_of(hazards.ThreatFields)
_HAZARD = names_of(hazards.HazardFields)
_FOOTPRINT = names_of(hazards.FootprintFields)


class FootprintOut(Schema):
    """What one event does to the nodes that are named, or selected by kind, site and tag."""

    id: int
    version: int
    position: int
    nodes: list[str]
    kind: str
    site: str | None
    tag: str
    chance: FactOut
    loss: FactOut
    duration: FactOut
    shared: bool
    note: str


def _with_footprints(rows: QuerySet[Any], user: Any, as_of: Any) -> QuerySet[Any]:
    footprints = Footprint.objects.select_related("site").order_by("position", "pk")
    return rows.prefetch_related(Prefetch("footprints", footprints, to_attr="all_footprints"))


def _footprints(hazard: Any) -> dict[str, Any]:
    return {
        "footprints": [
            {"id": one.pk, "version": one.version, **one.as_record(("position", *_FOOTPRINT))}
            for one in hazard.all_footprints
        ]
    }


THREATS = Table(
    name="threats",
    one="threat",
    model=Threat,
    fields=_THREAT,
    permission=EDIT,
    create=hazards.create_threat,
    create_fields=_THREAT,
    change=hazards.edit_threat,
    change_fields=_THREAT,
    filters=("environment", "origin"),
    sorts=("name", "environment", "position"),
    order=("position", "name"),
    search=("name", "key"),
)
HAZARDS = Table(
    name="hazards",
    one="hazard",
    model=Hazard,
    fields=_HAZARD,
    permission=EDIT,
    create=hazards.create_hazard,
    create_fields=_HAZARD,
    change=hazards.edit_hazard,
    change_fields=_HAZARD,
    filters=("threat", "site", "unit"),
    sorts=("name",),
    order=("name",),
    search=("name", "key"),
    prepare=_with_footprints,
    more=_footprints,
    extra={"footprints": (list[FootprintOut], ...)},
)
FOOTPRINTS = Table(
    name="footprints",
    one="footprint",
    model=Footprint,
    fields=("hazard", "position", *_FOOTPRINT),
    permission=EDIT,
    create=hazards.add_footprint,
    create_fields=("hazard", *_FOOTPRINT),
    change=hazards.edit_footprint,
    change_fields=_FOOTPRINT,
    filters=("hazard", "kind", "tag"),
    sorts=("position",),
    order=("hazard__key", "position"),
)


def routes() -> Routes:
    made = Routes(tags=["Risks"])
    threat = offer(made, THREATS)
    offer_act(made, THREATS, threat, "end", Ending, hazards.end_threat, "Take a threat from the library")
    hazard = offer(made, HAZARDS)
    offer_act(made, HAZARDS, hazard, "end", Ending, hazards.end_hazard, "End a hazard")
    offer(made, FOOTPRINTS)
    offer_removal(made, FOOTPRINTS, hazards.remove_footprint, "Remove a footprint")
    return made
