"""Units and sites: made, changed, moved, closed."""

from __future__ import annotations

from datetime import date
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.places.models import Site, State, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.saving import change, create, end


class UnitFields(DescribedFields, total=False):
    name: str
    acronym: str
    names: dict[str, str]
    kind: str
    parent: Unit | None
    site: Site | None
    role: str
    budget_section: str
    analysis_mode: str
    in_scope: bool
    valid_from: date | None


class SiteFields(DescribedFields, total=False):
    name: str
    acronym: str
    names: dict[str, str]
    kind: str
    parent: Site | None
    unit: Unit | None
    address: str
    city: str
    country: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    on_site: bool | None
    role: str
    state: str
    valid_from: date | None
    valid_until: date | None


@act("unit.create", "structure.edit", label=_("make a unit"))
def create_unit(by: Actor, *, key: str, **fields: Unpack[UnitFields]) -> Unit:
    return create(Unit(key=key, **fields), by)


@act("unit.edit", "structure.edit", label=_("change a unit"), on="unit")
def edit_unit(by: Actor, unit: Unit, *, version: int, **changes: Unpack[UnitFields]) -> Unit:
    """Moving it under another parent moves all below it. Raises ValidationError, Conflict, NotAllowed."""
    return change(unit, changes, UnitFields.__annotations__, by)


@act("unit.close", "structure.edit", label=_("close a unit"), on="unit")
def close_unit(by: Actor, unit: Unit, *, version: int, on: date) -> Unit:
    """The unit is no more from this date. Refused while units under it go on."""
    left = Unit.objects.within(unit.path).exclude(pk=unit.pk).as_of(on)
    if names := list(left.values_list("name", flat=True)[:5]):
        raise ValidationError(
            {"valid_until": gettext("Units under it go on: %(names)s.") % {"names": ", ".join(names)}}
        )
    return end(unit, on, by)


@act("site.create", "structure.edit", label=_("make a site"))
def create_site(by: Actor, *, key: str, **fields: Unpack[SiteFields]) -> Site:
    return create(Site(key=key, **fields), by)


@act("site.edit", "structure.edit", label=_("change a site"), on="site")
def edit_site(by: Actor, site: Site, *, version: int, **changes: Unpack[SiteFields]) -> Site:
    return change(site, changes, SiteFields.__annotations__, by)


@act("site.close", "structure.edit", label=_("close a site"), on="site")
def close_site(by: Actor, site: Site, *, version: int, on: date) -> Site:
    """The site is no more from this date. Refused while places in it go on."""
    left = Site.objects.within(site.path).exclude(pk=site.pk).as_of(on).exclude(state=State.CLOSED)
    if names := list(left.values_list("name", flat=True)[:5]):
        said = gettext("Places in it go on: %(names)s.") % {"names": ", ".join(names)}
        raise ValidationError({"valid_until": said})
    return end(site, on, by)
