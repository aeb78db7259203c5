"""Relations, alternate sites and the use of venues: made, ended, removed."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import Group, Relation, SiteAlternate, VenueUse
from holdfast.organization.structure.saving import change, create, end, remove_all


class SourceFields(TypedDict, total=False):
    valid_from: date | None
    valid_until: date | None
    basis: str
    reason: str
    paragraphs: list[str]
    note: str
    tags: list[str]


@act("relation.create", "structure.edit", label=_("relate units or groups"))
def relate(
    by: Actor,
    origin: Unit | Group,
    kind: str,
    target: Unit | Group,
    *,
    rests_on: str = "text",
    **more: Unpack[SourceFields],
) -> Relation:
    return create(Relation(**_end("from", origin), **_end("to", target), kind=kind, rests_on=rests_on, **more), by)


@act("relation.edit", "structure.edit", label=_("change a relation"), on="relation")
def edit_relation(by: Actor, relation: Relation, *, version: int, **changes: Unpack[SourceFields]) -> Relation:
    return change(relation, changes, {*SourceFields.__annotations__, "rests_on"}, by)


@act("relation.remove", "structure.edit", label=_("remove a relation"), on="relation")
def remove_relation(by: Actor, relation: Relation, *, version: int) -> Relation:
    remove_all([relation], by)
    return relation


@act("site.name_alternate", "structure.edit", label=_("name an alternate site"))
def name_alternate(
    by: Actor,
    site: Site,
    alternate: Site,
    *,
    group: Group | None = None,
    unit: Unit | None = None,
    purpose: str = "",
    **more: Unpack[SourceFields],
) -> SiteAlternate:
    if SiteAlternate.objects.filter(site=site, alternate=alternate, group=group, unit=unit, purpose=purpose).exists():
        raise ValidationError({"alternate": gettext("It is named already.")})
    return create(SiteAlternate(site=site, alternate=alternate, group=group, unit=unit, purpose=purpose, **more), by)


@act("site.end_alternate", "structure.edit", label=_("end an alternate site"), on="alternate")
def end_alternate(by: Actor, alternate: SiteAlternate, *, version: int, on: date) -> SiteAlternate:
    return end(alternate, on, by)


@act("venue.use", "structure.edit", label=_("assign a venue"))
def use_venue(
    by: Actor,
    venue: Site,
    *,
    group: Group | None = None,
    unit: Unit | None = None,
    purpose: str = "main",
    condition: str = "",
    **more: Unpack[SourceFields],
) -> VenueUse:
    if VenueUse.objects.filter(venue=venue, group=group, unit=unit, purpose=purpose).exists():
        raise ValidationError({"venue": gettext("It is assigned already.")})
    return create(VenueUse(venue=venue, group=group, unit=unit, purpose=purpose, condition=condition, **more), by)


@act("venue.end_use", "structure.edit", label=_("end the use of a venue"), on="use")
def end_venue_use(by: Actor, use: VenueUse, *, version: int, on: date) -> VenueUse:
    return end(use, on, by)


def _end(side: str, row: Unit | Group) -> dict[str, Unit | Group]:
    return {f"{side}_{'unit' if isinstance(row, Unit) else 'group'}": row}
