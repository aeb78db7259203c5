"""Relations between units and groups, alternate sites, and who uses which venue."""

from typing import Any

from holdfast.organization.accounts.models import User
from holdfast.organization.structure.actions import relations
from holdfast.organization.structure.models import Relation, SiteAlternate, VenueUse
from holdfast.web.api.errors import Invalid
from holdfast.web.api.places import EDIT, Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

_SOURCE = names_of(relations.SourceFields)
_ENDS = ("from_unit", "from_group", "to_unit", "to_group")
_ALTERNATE = ("site", "alternate", "group", "unit", "purpose", *_SOURCE)
_USE = ("venue", "group", "unit", "purpose", "condition", *_SOURCE)


def _relate(by: User, *, kind: str, **fields: Any) -> Relation:
    ends = {side: [fields.pop(f"{side}_{what}", None) for what in ("unit", "group")] for side in ("from", "to")}
    for side, (unit, group) in ends.items():
        if (unit is None) == (group is None):
            raise Invalid((f"{side}_unit", f"Wanted {side}_unit or {side}_group, one of the two."))
    origin, target = (unit or group for unit, group in ends.values())
    return relations.relate(by, origin, kind, target, **fields)


RELATIONS = Table(
    name="relations",
    one="relation",
    model=Relation,
    fields=(*_ENDS, "kind", "rests_on", *_SOURCE),
    permission=EDIT,
    create=_relate,
    create_fields=(*_ENDS, "kind", "rests_on", *_SOURCE),
    change=relations.edit_relation,
    change_fields=("rests_on", *_SOURCE),
    filters=(*_ENDS, "kind", "rests_on"),
    sorts=("kind", "valid_from"),
)
ALTERNATES = Table(
    name="site-alternates",
    one="site-alternate",
    model=SiteAlternate,
    fields=_ALTERNATE,
    permission=EDIT,
    create=relations.name_alternate,
    create_fields=_ALTERNATE,
    filters=("site", "alternate", "group"),
    order=("site__path",),
)
USES = Table(
    name="venue-uses",
    one="venue-use",
    model=VenueUse,
    fields=_USE,
    permission=EDIT,
    create=relations.use_venue,
    create_fields=_USE,
    filters=("venue", "group", "purpose"),
    order=("venue__path",),
)


def routes() -> Routes:
    made = Routes(tags=["Relations"])
    offer(made, RELATIONS)
    offer_removal(made, RELATIONS, relations.remove_relation, "Remove a relation")
    alternate = offer(made, ALTERNATES)
    offer_act(made, ALTERNATES, alternate, "end", Ending, relations.end_alternate, "End an alternate site")
    use = offer(made, USES)
    offer_act(made, USES, use, "end", Ending, relations.end_venue_use, "End the use of a venue")
    return made
