"""Threats and hazards: made, changed, ended; footprints with them."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, Unpack

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Footprint, Hazard, Threat
from holdfast.analysis.risk.reach import check_reach
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.saving import change, create, end, remove_all


class ThreatFields(DescribedFields, total=False):
    name: str
    environment: str
    origin: str
    description: str
    causes: list[str]
    position: int
    valid_from: date | None
    valid_until: date | None


class HazardFields(DescribedFields, total=False):
    name: str
    threat: Threat
    site: Site | None
    unit: Unit | None
    description: str
    rate: Fact
    valid_from: date | None
    valid_until: date | None


class FootprintFields(TypedDict, total=False):
    nodes: list[str]
    kind: str
    site: Site | None
    tag: str
    chance: Fact
    loss: Fact
    duration: Fact
    shared: bool
    note: str


@act("threat.create", "risk.edit", label=_("add a threat to the library"))
def create_threat(by: Actor, *, key: str, **fields: Unpack[ThreatFields]) -> Threat:
    """Takes the permission on the whole organisation, whose library it is."""
    return create(Threat(key=key, **fields), by)


@act("threat.edit", "risk.edit", label=_("change a threat"), on="threat")
def edit_threat(by: Actor, threat: Threat, *, version: int, **changes: Unpack[ThreatFields]) -> Threat:
    return change(threat, changes, ThreatFields.__annotations__, by)


@act("threat.end", "risk.edit", label=_("take a threat from the library"), on="threat")
def end_threat(by: Actor, threat: Threat, *, version: int, on: date) -> Threat:
    """It is asked about no more from this date; what was said of it stays."""
    return end(threat, on, by)


@act("hazard.create", "risk.edit", label=_("make a hazard"))
def create_hazard(by: Actor, *, key: str, **fields: Unpack[HazardFields]) -> Hazard:
    """Raises ValidationError, NotAllowed."""
    return create(Hazard(key=key, **fields), by)


@act("hazard.edit", "risk.edit", label=_("change a hazard"), on="hazard")
def edit_hazard(by: Actor, hazard: Hazard, *, version: int, **changes: Unpack[HazardFields]) -> Hazard:
    """Raises ValidationError, Conflict, NotAllowed."""
    return change(hazard, changes, HazardFields.__annotations__, by)


@act("hazard.end", "risk.edit", label=_("end a hazard"), on="hazard")
def end_hazard(by: Actor, hazard: Hazard, *, version: int, on: date) -> Hazard:
    """It is reckoned with no more from this date."""
    return end(hazard, on, by)


@act("footprint.create", "risk.edit", label=_("add a footprint to a hazard"), under="hazard")
def add_footprint(by: Actor, *, hazard: Hazard, **fields: Unpack[FootprintFields]) -> Footprint:
    """Raises ValidationError where it names nothing that is there."""
    last = Footprint.objects.filter(hazard=hazard).aggregate(last=Max("position"))["last"]
    footprint = Footprint(hazard=hazard, position=0 if last is None else last + 1, **fields)
    create(footprint, by)
    check_reach(footprint, by)
    return footprint


@act("footprint.edit", "risk.edit", label=_("change a footprint"), on="footprint")
def edit_footprint(by: Actor, footprint: Footprint, *, version: int, **changes: Unpack[FootprintFields]) -> Footprint:
    """Raises ValidationError, Conflict, NotAllowed."""
    kept = list(footprint.nodes)
    change(footprint, changes, FootprintFields.__annotations__, by)
    check_reach(footprint, by, kept)
    return footprint


@act("footprint.remove", "risk.edit", label=_("remove a footprint"), on="footprint")
def remove_footprint(by: Actor, footprint: Footprint, *, version: int) -> Footprint:
    note(hazard=footprint.hazard.key)
    remove_all([footprint], by)
    return footprint
