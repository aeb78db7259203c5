"""The Secretariat in small, for tests: its units, sites, two bodies and a few processes, and one account per role.

Facts are the report's (A/63/359); accounts are named by role, persons by post.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.models import Step
from holdfast.organization import clock
from holdfast.organization.accounts.models import Grant, System, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.evidence.fact import Fact, assumed, stated
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions import groups, nodes, people, places, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import Group, Node, Person, Post, Requirement, Seat

TEST = System("test")
REPORT_DAY = date(2008, 10, 1)
SEPT_CHANGED = date(2005, 2, 17)

UNITS = [
    # key, name, kind, parent, site
    ("un", "United Nations", "organization", None, None),
    ("secretariat", "United Nations Secretariat", "principal_organ", "un", "new-york"),
    ("dm", "Department of Management", "department", "secretariat", "new-york"),
    ("ocss", "Office of Central Support Services", "office", "dm", "new-york"),
    ("bcmu", "Business Continuity Management Unit", "unit", "ocss", "new-york"),
    ("fcsd", "Facilities and Commercial Services Division", "division", "ocss", "new-york"),
    ("dss", "Department of Safety and Security", "department", "secretariat", "new-york"),
    ("dgacm", "Department for General Assembly and Conference Management", "department", "secretariat", "new-york"),
    ("dpa", "Department of Political Affairs", "department", "secretariat", "new-york"),
    ("scad", "Security Council Affairs Division", "division", "dpa", "new-york"),
    ("unog", "United Nations Office at Geneva", "office_away_from_headquarters", "secretariat", "geneva"),
    ("unon", "United Nations Office at Nairobi", "office_away_from_headquarters", "secretariat", "nairobi"),
]
SITES = [
    ("new-york", "New York", "duty_station", None),
    ("unhq", "United Nations Headquarters buildings", "compound", "new-york"),
    ("conference-room-a", "Conference Room A", "venue", "unhq"),
    ("geneva", "Geneva", "duty_station", None),
    ("nairobi", "Nairobi", "duty_station", None),
]


@dataclass
class Cast:
    """What was made, by key."""

    units: dict[str, Unit] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    requirements: dict[str, Requirement] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)


def user(name: str, role: Role | str | None = None, *, unit: Unit | None = None, site: Site | None = None) -> User:
    """An account with at most one role, made without acts, so that a test of rights starts from nothing."""
    account = User(username=name, name=name, joined_at=clock.now())
    account.set_unusable_password()
    account.save()
    if role is not None:
        Grant(user=account, role=role, unit=unit, site=site).save()
    return account


def again(account: User) -> User:
    """The account as the next request finds it."""
    return User.objects.get(pk=account.pk)


def hours(value: float | None) -> Fact:
    return assumed(value, "h", "assumed for the test")


def secretariat() -> Cast:
    """All of it."""
    cast = places_only()
    _bodies(cast)
    _processes(cast)
    return cast


def let_begin(cast: Cast) -> Cast:
    """Everybody is past the first step, as if the policy were agreed, so that assessments can be submitted."""
    let_pass(TEST, cast.units["un"], step=Step.POLICY, reason="The test begins with the second step.")
    return cast


def places_only() -> Cast:
    cast = Cast()
    for key, name, kind, parent in SITES:
        cast.sites[key] = places.create_site(TEST, key=key, name=name, kind=kind, parent=cast.sites.get(parent or ""))
    for key, name, kind, parent, site in UNITS:
        cast.units[key] = places.create_unit(
            TEST, key=key, name=name, kind=kind, parent=cast.units.get(parent or ""), site=cast.sites.get(site or "")
        )
    return cast


def _bodies(cast: Cast) -> None:
    for key, title, unit in (
        ("cdc", "Chef de Cabinet", "secretariat"),
        ("usg-management", "Under-Secretary-General for Management", "dm"),
        ("usg-safety", "Under-Secretary-General for Safety and Security", "dss"),
        ("chief-fcsd", "Chief, Facilities and Commercial Services Division", "fcsd"),
    ):
        cast.posts[key] = people.create_post(
            TEST, key=key, title=title, unit=cast.units[unit], site=cast.sites["new-york"], critical=True
        )
    cast.groups["sept"] = groups.create_group(
        TEST,
        key="sept",
        name="Senior Emergency Policy Team",
        acronym="SEPT",
        kind="policy",
        unit=cast.units["secretariat"],
        site=cast.sites["new-york"],
        meets_every="P3M",
        valid_from=date(2001, 9, 27),
        paragraphs=["30", "Annex I"],
    )
    cast.groups["cog"] = groups.create_group(
        TEST,
        key="cog",
        name="Crisis Operations Group",
        acronym="COG",
        kind="operations",
        unit=cast.units["dss"],
        site=cast.sites["new-york"],
        paragraphs=["30", "Annex II"],
    )
    for key, group, number, title, unit, role, start in (
        ("sept-1", "sept", 1, "Chef de Cabinet", "secretariat", "chair", SEPT_CHANGED),
        ("sept-2", "sept", 2, "Under-Secretary-General for Management", "dm", "alternate_chair", SEPT_CHANGED),
        ("cog-1", "cog", 1, "Under-Secretary-General for Safety and Security", "dss", "chair", None),
        ("cog-6", "cog", 6, "Department for General Assembly and Conference Management", "dgacm", "member", None),
        ("cog-7", "cog", 7, "Facilities and Commercial Services Division, OCSS", "fcsd", "member", None),
    ):
        cast.seats[key] = groups.create_seat(
            TEST,
            key=key,
            group=cast.groups[group],
            number=number,
            title=title,
            unit=cast.units[unit],
            role=role,
            valid_from=start,
        )
    for seat, post in (
        ("sept-1", "cdc"),
        ("sept-2", "usg-management"),
        ("cog-1", "usg-safety"),
        ("cog-7", "chief-fcsd"),
    ):
        groups.hold_seat(TEST, cast.seats[seat], post=cast.posts[post])
    cog = cast.groups["cog"]
    groups.create_task(
        TEST,
        key="cog-e-1",
        group=cog,
        letter="e",
        position=1,
        text="in an emergency, provide basic services in support of meetings, as far as feasible",
        unit=cast.units["dgacm"],
        seat=cast.seats["cog-6"],
        paragraphs=["II.4(e)"],
    )
    groups.create_task(
        TEST,
        key="cog-e-2",
        group=cog,
        letter="e",
        position=2,
        text="in consultation with the department, advise the chair of the group on support to the Security Council",
        unit=cast.units["scad"],
        paragraphs=["II.4(e)"],
    )


def _processes(cast: Cast) -> None:
    def node(key: str, kind: str, name: str, unit: str | None, site: str | None, **more: Any) -> Node:
        cast.nodes[key] = nodes.create_node(
            TEST,
            key=key,
            kind=kind,
            name=name,
            unit=cast.units[unit] if unit else None,
            site=cast.sites[site] if site else None,
            **more,
        )
        return cast.nodes[key]

    def need(of: str, name: str, needs: float, tolerance: float, **supply: float) -> None:
        key = f"{of}.{name}"
        cast.requirements[key] = requirements.create_requirement(
            TEST,
            key=key,
            node=cast.nodes[of],
            name=name,
            needs=needs,
            tolerance=hours(tolerance),
            supply=[Draw(cast.nodes[provider.replace("_", "-")], weight) for provider, weight in supply.items()],
        )

    node("ny-power", "infrastructure", "Power, New York", "fcsd", "new-york", restart_promised=hours(1))
    node("ny-offices", "facility", "Offices, New York", "fcsd", "unhq")
    node("geneva-offices", "facility", "Offices, Geneva", "unog", "geneva")
    node("fcsd-staff", "people", "Building engineers", "fcsd", "new-york")
    figures = {"minimum_level": assumed(0.5, "share"), "rto": hours(4), "mtpd": stated(24, "h", "A/63/359")}
    node("building", "process", "Running of the building systems", "fcsd", "new-york", **figures)
    node("geneva-meetings", "process", "Meetings, Geneva", "unog", "geneva", **figures)
    node(
        "assets",
        "process",
        "Protection of staff and assets",
        "secretariat",
        None,
        is_function=True,
        position=1,
        **figures,
    )
    need("ny-offices", "power", 1, 2, ny_power=1)
    need("building", "people", 10, 0, fcsd_staff=20)
    need("building", "offices", 5, 1, ny_offices=5)
    need("geneva-meetings", "offices", 5, 0, geneva_offices=8)
    need("assets", "building", 1, 0, building=1)
