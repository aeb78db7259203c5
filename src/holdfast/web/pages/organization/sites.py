"""Sites: the list, the page of one, and what can be done with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site, SiteKind, State, Unit
from holdfast.organization.structure.actions.places import close_site, create_site, edit_site
from holdfast.organization.structure.actions.relations import end_alternate, end_venue_use, name_alternate, use_venue
from holdfast.organization.structure.models import Duty, Group, Node, Person, SiteAlternate, VenueUse

from .editing import form_of, until_form
from .links import Reach
from .listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter
from .nouns import MadeForm, Making, Noun, Step
from .states import state_chip
from .units import EVIDENCE

MOST = 200


def tell(site: Site, user: Any, on: date) -> dict[str, Any]:
    """The page of a site: what is in it, who works there, what stands there, what stands in for it."""
    inside = visible(Site.objects.within(site.path).exclude(pk=site.pk).as_of(on), user).order_by("path")
    here = Site.objects.within(site.path).values("pk")
    persons = visible(Person.objects.filter(site__in=here).as_of(on), user)
    nodes = visible(Node.objects.filter(site__in=here).as_of(on), user).select_related("unit").order_by("kind", "name")
    duties = list(visible(Duty.objects.filter(site__in=here), user).select_related("person", "site").order_by("kind"))
    keys = [key for key in site.path.split("/")[:-2] if key]
    above = {row.key: row for row in Site.objects.filter(key__in=keys)}
    alternates = SiteAlternate.objects.filter(site=site).select_related("alternate", "group", "unit")
    stands_in = SiteAlternate.objects.filter(alternate=site).select_related("site", "group", "unit")
    uses = VenueUse.objects.filter(venue__in=here).select_related("venue", "group", "unit")
    return {
        "above": [above[key] for key in keys if key in above],
        "inside": [(row, "\u2003" * (row.path.count("/") - site.path.count("/") - 1)) for row in inside],
        "alternates": list(visible(alternates, user).order_by("alternate__name")),
        "stands_in": list(visible(stands_in, user).order_by("site__name")),
        "uses": list(visible(uses, user).order_by("venue__name", "purpose")),
        "duties": duties,
        "reach": Reach(user, [duty.person for duty in duties]),
        "units": list(visible(Unit.objects.filter(site__in=here).as_of(on), user).order_by("name")[:MOST]),
        "groups": list(visible(Group.objects.filter(site__in=here).as_of(on), user).order_by("name")),
        "persons": list(persons.order_by("name")[:MOST]),
        "persons_in_all": persons.count(),
        "nodes": list(nodes[:MOST]),
        "nodes_in_all": nodes.count(),
        "today": on,
    }


def _alternate(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(SiteAlternate, ("alternate", "group", "unit", "purpose", "valid_from", "paragraphs", "note"), user)


def _use(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(VenueUse, ("group", "unit", "purpose", "condition", "valid_from", "paragraphs", "note"), user)


def _name_alternate(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return name_alternate(by, row, cleaned.pop("alternate"), **cleaned)


STEPS = (
    Step(
        "close", _("Close this site"), _("Close it"), "structure.edit", until_form(_("First day without it")),
        lambda by, row, part, version, cleaned: close_site(by, row, version=version, on=cleaned["on"]),
        says=_("What it was stays on record. Places in it have to be closed or moved first."), ends=True,
    ),
    Step(
        "name-alternate", _("Name a site that stands in for it"), _("Name"), "structure.edit", _alternate,
        _name_alternate, back="alternates",
    ),
    Step(
        "end-alternate", _("End this alternate"), _("End it"), "structure.edit", until_form(_("First day without")),
        lambda by, row, part, version, cleaned: end_alternate(by, part, version=version, on=cleaned["on"]),
        on=SiteAlternate, within="site", back="alternates", ends=True,
    ),
    Step(
        "use-as-venue", _("Give this venue to a group or a unit"), _("Assign"), "structure.edit", _use,
        lambda by, row, part, version, cleaned: use_venue(by, row, **cleaned), back="venues",
    ),
    Step(
        "end-use", _("End this use of the venue"), _("End it"), "structure.edit", until_form(_("First day without")),
        lambda by, row, part, version, cleaned: end_venue_use(by, part, version=version, on=cleaned["on"]),
        on=VenueUse, within="venue", back="venues", ends=True,
    ),
)  # fmt: skip


def _coordinates(site: Any) -> str:
    return "" if site.latitude is None else f"{site.latitude:.4f}, {site.longitude:.4f}"


def _prepare(rows: Any, user: Any, on: date) -> Any:
    return rows.select_related("parent", "unit").annotate(
        units_here=Count("units", filter=Q(units__valid_until=None), distinct=True)
    )


SITES = Noun(
    slug="sites",
    name="site",
    model=Site,
    rows=Site.objects.all,
    one=_("site"),
    many=_("Sites"),
    lead=_("Duty stations, the buildings in them, venues, data centres and field locations."),
    view="directory.view",
    edit="structure.edit",
    listing=Listing(
        columns=(
            Column("name", _("Site"), lambda site: site, ("name",)),
            Column("kind", _("Kind"), lambda site: site.get_kind_display(), ("kind",)),
            Column("parent", _("In"), lambda site: site.parent, ("parent__name",)),
            Column("city", _("City"), lambda site: site.city, ("city",)),
            Column("country", _("Country"), lambda site: site.country, ("country",)),
            Column("where", _("Coordinates"), _coordinates),
            Column("unit", _("Responsible unit"), lambda site: site.unit, ("unit__name",)),
            Column("units", _("Units"), lambda site: site.units_here, ("units_here",), number=True),
            Column("state", _("State"), state_chip, ("state",)),
        ),
        filters=(
            choice_filter("kind", _("Kind"), SiteKind),
            site_filter(""),
            unit_filter("unit", _("Responsible unit and below")),
            choice_filter("state", _("State"), State),
            TAG,
            OWN,
        ),
        search=("name", "acronym", "city", "key"),
        prepare=_prepare,
    ),
    tell=tell,
    related=("parent", "unit"),
    making=Making(
        (
            "name",
            "acronym",
            "kind",
            "parent",
            "unit",
            "address",
            "city",
            "country",
            "latitude",
            "longitude",
            "time_zone",
            "on_site",
            "role",
            "state",
            "valid_from",
            "valid_until",
            "names",
            *EVIDENCE,
        ),
        create_site,
        edit_site,
    ),
    steps=STEPS,
    parts=((SiteAlternate, "site"), (VenueUse, "venue")),
    empty=_("There is no site yet. Make the first one, or take in a workbook."),
)
