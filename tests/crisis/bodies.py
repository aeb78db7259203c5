"""The two bodies of the report with people in their seats, and their venues, for tests of meetings and decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from holdfast.crisis.decisions.activation import ask_continuity, consult
from holdfast.crisis.decisions.models import Activation
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.teams.actions import arrive, begin_meeting, convene
from holdfast.crisis.teams.models import Attendance, Meeting
from holdfast.governance.agreement.models import Agreement, State
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site
from holdfast.organization.structure.actions import groups, people, places, relations
from holdfast.organization.structure.models import Group, Person, Post
from holdfast.readiness.plans.actions import create_plan
from holdfast.readiness.plans.models import Plan
from tests.cast import TEST, Cast, user

LONG_AGO = date(2005, 3, 1)
MEMBERS = {
    "sept-1": ("cdc", "Chef de Cabinet"),
    "sept-2": ("usg-management", "Under-Secretary-General for Management"),
    "cog-1": ("usg-safety", "Under-Secretary-General for Safety and Security"),
    "cog-6": ("usg-dgacm", "Member for conference management"),
    "cog-7": ("chief-fcsd", "Chief of facilities"),
}
ALTERNATES = {
    "sept-1": "Deputy Chef de Cabinet",
    "cog-1": "Director of security",
    "cog-7": "Deputy chief of facilities",
}


@dataclass
class Bodies:
    """What the tests name: accounts by seat ("cog-1", and "cog-1 alt" for the alternate), bodies, venues."""

    cast: Cast
    accounts: dict[str, User] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def sept(self) -> Group:
        return Group.objects.get(key="sept")

    @property
    def cog(self) -> Group:
        return Group.objects.get(key="cog")

    def site(self, key: str) -> Site:
        return Site.objects.get(key=key)

    def place(self, meeting: Meeting, seat: str) -> Attendance:
        """The place of somebody in a meeting, by the name of the account."""
        return Attendance.objects.get(meeting=meeting, person=self.people[seat])

    def comes(self, meeting: Meeting, *seats: str) -> None:
        for seat in seats:
            arrive(self.accounts[seat], self.place(meeting, seat))


def seated(cast: Cast) -> Bodies:
    """Every seat held by somebody with an account of no role at all, three of them with an alternate; the venues."""
    bodies = Bodies(cast)
    people.create_post(TEST, key="usg-dgacm", title="Under-Secretary-General for General Assembly Affairs",
                       unit=cast.units["dgacm"], site=cast.sites["new-york"])  # fmt: skip
    groups.hold_seat(TEST, cast.seats["cog-6"], post=Post.objects.get(key="usg-dgacm"))
    for seat, (post, name) in MEMBERS.items():
        person = _person(bodies, seat, name)
        people.hold_post(TEST, person, Post.objects.get(key=post), valid_from=LONG_AGO)
    for seat, name in ALTERNATES.items():
        person = _person(bodies, f"{seat} alt", name)
        groups.hold_seat(TEST, cast.seats[seat], person=person, role="alternate", valid_from=LONG_AGO)
    for key, name, parent in (
        ("map-room", "Map Room", "unhq"),
        ("conference-room-b", "Conference Room B", "unhq"),
        ("unis", "United Nations International School", "new-york"),
    ):
        places.create_site(TEST, key=key, name=name, kind="venue", parent=cast.sites[parent])
    for venue, group, purpose in (
        ("map-room", "sept", "main"),
        ("conference-room-b", "sept", "main"),
        ("unis", "sept", "alternate"),
        ("conference-room-a", "cog", "main"),
        ("unis", "cog", "alternate"),
    ):
        relations.use_venue(TEST, bodies.site(venue), group=cast.groups[group], purpose=purpose)
    relations.relate(TEST, cast.groups["sept"], "passes_decisions_to", cast.groups["cog"])
    return bodies


def _person(bodies: Bodies, seat: str, name: str) -> Person:
    account = user(seat.replace(" ", "-"))
    key = seat.replace(" ", "-")
    person = people.create_person(TEST, key=f"p-{key}", name=name, unit=bodies.cast.units["dss"])
    people.link_account(TEST, person, version=person.version, user=account)
    bodies.accounts[seat], bodies.people[seat] = account, Person.objects.get(pk=person.pk)
    return bodies.people[seat]


def meets(bodies: Bodies, incident: Incident, group: str, *here: str, **more: Any) -> Meeting:
    """An open meeting with these accounts in the room."""
    body = bodies.sept if group == "sept" else bodies.cog
    meeting = convene(TEST, incident=incident, group=body, **more)
    bodies.comes(meeting, *here)
    meeting = begin_meeting(TEST, Meeting.objects.get(pk=meeting.pk))
    return Meeting.objects.get(pk=meeting.pk)


def plan_in_force(cast: Cast, key: str, kind: str, **more: Any) -> Plan:
    """A plan that counts, as if it had been written and agreed."""
    plan = create_plan(TEST, key=key, kind=kind, unit=cast.units["fcsd"], title=f"Plan of {key}", **more)
    Agreement.objects.filter(pk=plan.agreement_id).update(
        state=State.APPROVED, in_force_from=LONG_AGO, decided_on=LONG_AGO, decided_at=clock.now()
    )
    return Plan.objects.get(pk=plan.pk)


def consulted(bodies: Bodies, incident: Incident, **more: Any) -> Activation:
    """A complete request for continuity plans."""
    given = {"reason": "The building is closed.", "expected_hours": 72.0, **more}
    activation = ask_continuity(TEST, incident=incident, **given)
    return consult(TEST, activation, who="Chef de Cabinet", said="Agreed.")
