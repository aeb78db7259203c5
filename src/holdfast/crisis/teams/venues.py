"""Where a body meets: its main venue, or the alternate outside where that cannot be used (A/63/359, I.6, II.5-6).

What is known to be out is told by the picture: it puts a function into `SITES_OUT`. Without one, whoever convenes says
so with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.teams.models import Meeting, MeetingState
from holdfast.organization import clock
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Group, VenueUse
from holdfast.organization.structure.models.relations import VenuePurpose

SITES_OUT: list[Callable[[Incident], dict[str, str]]] = []
"""What tells which sites cannot be used in an incident: key of the site, and why."""


@dataclass
class Venues:
    """The venues of a body in an incident; `out` says by key why one cannot be used."""

    main: list[Site] = field(default_factory=list)
    alternate: list[Site] = field(default_factory=list)
    out: dict[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> list[Site]:
        """The main ones that are not out, then the alternates."""
        return [site for site in (*self.main, *self.alternate) if site.key not in self.out]

    @property
    def first(self) -> Site | None:
        return next(iter(self.usable), None)

    @property
    def main_is_out(self) -> bool:
        """All main venues are known to be out."""
        return bool(self.main) and all(site.key in self.out for site in self.main)


def venues_of(group: Group, incident: Incident) -> Venues:
    """As the structure says today, in the order in which it was said."""
    found = Venues()
    uses = VenueUse.objects.as_of(clock.today()).filter(group=group).select_related("venue").order_by("pk")
    for use in uses:
        (found.main if use.purpose == VenuePurpose.MAIN else found.alternate).append(use.venue)
    found.out = why_out([*found.main, *found.alternate], incident)
    return found


def why_out(sites: list[Site], incident: Incident) -> dict[str, str]:
    """Which of these sites cannot be used because they, or a site around them, are known to be out."""
    known: dict[str, str] = {}
    for told in SITES_OUT:
        known |= told(incident)
    found: dict[str, str] = {}
    for site in sites:
        around = [key for key in site.path.split("/") if key in known]
        if around:
            found[site.key] = known[around[-1]]
    return found


def meetings_at(venue: Site, but: Meeting | None = None) -> list[Meeting]:
    """Those called or open there, of whichever incident."""
    rows = Meeting.objects.filter(venue=venue).exclude(state=MeetingState.CLOSED)
    if but is not None and but.pk:
        rows = rows.exclude(pk=but.pk)
    return list(rows.select_related("incident", "group").order_by("pk"))


def clash_said(venue: Site, others: list[Meeting]) -> str:
    """Who is in the room, for whoever wants it."""
    said = gettext("%(venue)s is taken by %(meetings)s.")
    names = [f"{one} ({one.incident})" for one in others]
    return said % {"venue": venue, "meetings": ", ".join(names)}
