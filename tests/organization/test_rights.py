"""Who may do what, where: every act × every role × whole organisation, own unit, another unit, no grant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import holdfast.analysis.scenarios.actions as scenarios
import holdfast.analysis.strategy.actions as strategy
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.strategy.models import Covers, Fallback, Strategy
from holdfast.organization.accounts import actions as accounts
from holdfast.organization.accounts.acts import ACTS
from holdfast.organization.accounts.models import ApiToken, Grant, System, User
from holdfast.organization.accounts.roles import PERMISSIONS, Role
from holdfast.organization.accounts.scope import NotAllowed, may, may_somewhere, visible
from holdfast.organization.attachments.actions import attach
from holdfast.organization.attachments.store import Kept
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.jobs.actions import cancel_job, enqueue, retry_job
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions import groups, nodes, people, places, relations, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import (
    ContactPoint,
    CriticalFunction,
    Duty,
    FocalPoint,
    Group,
    Holding,
    Node,
    Person,
    Requirement,
    SeatHolding,
    Supply,
    TaskPartner,
)
from tests.cast import TEST, Cast, user

DAY = date(2009, 1, 1)
SECRET = "correct horse battery staple"


@pytest.fixture
def world(cast: Cast) -> Cast:
    """The Secretariat with one row of every kind in the Facilities and Commercial Services Division ("own")."""
    unit, site = cast.units["fcsd"], cast.sites["new-york"]
    person = people.create_person(TEST, key="engineer", name="Building engineer", unit=unit, site=site)
    cast.people["engineer"] = person
    people.add_contact(TEST, person, channel="email", address="engineer@example.org")
    people.hold_post(TEST, person, cast.posts["chief-fcsd"], valid_from=date(2008, 1, 1))
    people.begin_duty(TEST, person, "warden", site=site)
    group = groups.create_group(TEST, key="own-group", name="Building group", kind="working", unit=unit)
    cast.groups["own"] = group
    cast.seats["own"] = groups.create_seat(TEST, key="own-1", group=group, number=1, title="Chief", unit=unit)
    groups.hold_seat(TEST, cast.seats["own"], person=person, valid_from=date(2008, 1, 1))
    task = groups.create_task(TEST, key="own-task", group=group, text="Keep the building", unit=unit)
    groups.join_task(TEST, task, cast.units["dgacm"])
    groups.name_focal_point(TEST, unit, person=person, valid_from=date(2008, 1, 1))
    relations.relate(TEST, unit, "works_with", group)
    relations.name_alternate(TEST, cast.sites["unhq"], cast.sites["geneva"], unit=unit)
    relations.use_venue(TEST, cast.sites["conference-room-a"], unit=unit)
    places.create_site(TEST, key="plant", name="Plant room", kind="facility", unit=unit)
    places.create_unit(TEST, key="plant-unit", name="Plant unit", kind="unit", parent=unit)
    nodes.create_pool(TEST, key="seats", name="Seats", capacity=assumed(5, "seats"), unit=unit)
    strategy.create_fallback(
        TEST,
        key="fallback",
        requirement=cast.requirements["building.offices"],
        provider=cast.nodes["geneva-offices"],
        kind="transfer",
        weight=assumed(5, "seats"),
    )
    strategy.create_strategy(
        TEST,
        key="by-hand",
        name="By hand",
        kind="alternate_means",
        unit=unit,
        processes=[strategy.Covering(cast.nodes["building"])],
    )
    scenarios.save_scenario(
        TEST, key="scenario", name="No power", unit=unit, hits=[scenarios.Strike(cast.nodes["ny-power"])]
    )
    account = user("engineer")
    accounts.give_role(TEST, account, Role.STAFF, unit=unit)
    accounts.create_token(TEST, account, name="script")
    accounts.give_role(TEST, user("keeper"), Role.ADMINISTRATOR)
    return cast


Trial = Callable[[Cast, Any], Any]
C = ContactPoint.objects

# Act: (who may, in the letters of AMFPHCSU; where: "scope", or "whole" for what has no unit; how it is tried on what is
# the own unit's). The letters stand here again on purpose: the table in roles.py is what is being tested.
TRIALS: dict[str, tuple[str, str, Trial]] = {
    "unit.create": (
        "AMF",
        "scope",
        lambda c, by: places.create_unit(by, key="n", name="N", kind="unit", parent=c.units["fcsd"]),
    ),
    "unit.edit": ("AMF", "scope", lambda c, by: places.edit_unit(by, c.units["fcsd"], version=1, name="N")),
    "unit.close": (
        "AMF",
        "scope",
        lambda c, by: places.close_unit(by, Unit.objects.get(key="plant-unit"), version=1, on=DAY),
    ),
    "site.create": (
        "AMF",
        "scope",
        lambda c, by: places.create_site(by, key="n", name="N", kind="venue", unit=c.units["fcsd"]),
    ),
    "site.edit": (
        "AMF",
        "scope",
        lambda c, by: places.edit_site(by, Site.objects.get(key="plant"), version=1, name="N"),
    ),
    "site.close": (
        "AMF",
        "scope",
        lambda c, by: places.close_site(by, Site.objects.get(key="plant"), version=1, on=DAY),
    ),
    "site.name_alternate": (
        "AMF",
        "scope",
        lambda c, by: relations.name_alternate(by, c.sites["unhq"], c.sites["nairobi"], unit=c.units["fcsd"]),
    ),
    "site.end_alternate": (
        "AMF",
        "scope",
        lambda c, by: relations.end_alternate(by, c.sites["unhq"].alternates.get(), version=1, on=DAY),
    ),
    "venue.use": ("AMF", "scope", lambda c, by: relations.use_venue(by, c.sites["unhq"], unit=c.units["fcsd"])),
    "venue.end_use": (
        "AMF",
        "scope",
        lambda c, by: relations.end_venue_use(by, c.units["fcsd"].venues.get(), version=1, on=DAY),
    ),
    "relation.create": ("AMF", "scope", lambda c, by: relations.relate(by, c.units["fcsd"], "line", c.units["ocss"])),
    "relation.edit": (
        "AMF",
        "scope",
        lambda c, by: relations.edit_relation(by, c.units["fcsd"].relations_out.get(), version=1, note="N"),
    ),
    "relation.remove": (
        "AMF",
        "scope",
        lambda c, by: relations.remove_relation(by, c.units["fcsd"].relations_out.get(), version=1),
    ),
    "group.create": (
        "AMF",
        "scope",
        lambda c, by: groups.create_group(by, key="n", name="N", kind="working", unit=c.units["fcsd"]),
    ),
    "group.edit": ("AMF", "scope", lambda c, by: groups.edit_group(by, c.groups["own"], version=1, name="N")),
    "seat.create": (
        "AMF",
        "scope",
        lambda c, by: groups.create_seat(by, key="n", group=c.groups["own"], number=2, title="N"),
    ),
    "seat.edit": ("AMF", "scope", lambda c, by: groups.edit_seat(by, c.seats["own"], version=1, title="N")),
    "seat.hold": (
        "AMF",
        "scope",
        lambda c, by: groups.hold_seat(by, c.seats["own"], post=c.posts["cdc"], role="alternate"),
    ),
    "seat.leave": (
        "AMF",
        "scope",
        lambda c, by: groups.end_seat_holding(by, SeatHolding.objects.get(seat=c.seats["own"]), version=1, on=DAY),
    ),
    "task.create": ("AMF", "scope", lambda c, by: groups.create_task(by, key="n", group=c.groups["own"], text="N")),
    "task.edit": ("AMF", "scope", lambda c, by: groups.edit_task(by, c.groups["own"].tasks.get(), version=1, text="N")),
    "task.join": ("AMF", "scope", lambda c, by: groups.join_task(by, c.groups["own"].tasks.get(), c.units["dss"])),
    "task.part": (
        "AMF",
        "scope",
        lambda c, by: groups.leave_task(by, TaskPartner.objects.get(task__group=c.groups["own"])),
    ),
    "focal_point.name": (
        "AMF",
        "scope",
        lambda c, by: groups.name_focal_point(by, c.units["fcsd"], post=c.posts["cdc"], role="alternate"),
    ),
    "focal_point.end": (
        "AMF",
        "scope",
        lambda c, by: groups.end_focal_point(by, FocalPoint.objects.get(unit__key="fcsd"), version=1, on=DAY),
    ),
    "post.create": ("AMF", "scope", lambda c, by: people.create_post(by, key="n", title="N", unit=c.units["fcsd"])),
    "post.edit": ("AMF", "scope", lambda c, by: people.edit_post(by, c.posts["chief-fcsd"], version=1, title="N")),
    "person.create": ("AMF", "scope", lambda c, by: people.create_person(by, key="n", name="N", unit=c.units["fcsd"])),
    "person.edit": ("AMF", "scope", lambda c, by: people.edit_person(by, c.people["engineer"], version=1, name="N")),
    "person.link_account": (
        "A",
        "scope",
        lambda c, by: people.link_account(
            by, c.people["engineer"], version=1, user=User.objects.get(username="engineer")
        ),
    ),
    "holding.begin": (
        "AMF",
        "scope",
        lambda c, by: people.hold_post(by, c.people["engineer"], c.posts["chief-fcsd"], valid_until=date(2007, 1, 1)),
    ),
    "holding.end": ("AMF", "scope", lambda c, by: people.end_holding(by, Holding.objects.get(), version=1, on=DAY)),
    "duty.begin": (
        "AMF",
        "site",
        lambda c, by: people.begin_duty(by, c.people["engineer"], "duty_officer", site=c.sites["unhq"]),
    ),
    "duty.end": ("AMF", "site", lambda c, by: people.end_duty(by, Duty.objects.get(), version=1, on=DAY)),
    "contact.add": (
        "AMF",
        "scope",
        lambda c, by: people.add_contact(by, c.people["engineer"], channel="chat", address="e"),
    ),
    "contact.edit": ("AMF", "scope", lambda c, by: people.edit_contact(by, C.get(), version=1, label="N")),
    "contact.verify": ("AMF", "scope", lambda c, by: people.verify_contact(by, C.get(), version=1)),
    "contact.remove": ("AMF", "scope", lambda c, by: people.remove_contact(by, C.get(), version=1)),
    "node.create": (
        "AMFP",
        "scope",
        lambda c, by: nodes.create_node(by, key="n", kind="process", name="N", unit=c.units["fcsd"]),
    ),
    "node.edit": ("AMFP", "scope", lambda c, by: nodes.edit_node(by, c.nodes["building"], version=1, name="N")),
    "node.close": ("AMFP", "scope", lambda c, by: nodes.close_node(by, c.nodes["building"], version=1, on=DAY)),
    "pool.create": (
        "AMFP",
        "scope",
        lambda c, by: nodes.create_pool(by, key="n", name="N", capacity=assumed(1, "seats"), unit=c.units["fcsd"]),
    ),
    "pool.edit": ("AMFP", "scope", lambda c, by: nodes.edit_pool(by, c.units["fcsd"].pools.get(), version=1, name="N")),
    "requirement.create": (
        "AMFP",
        "scope",
        lambda c, by: requirements.create_requirement(
            by, key="n", node=c.nodes["building"], needs=1, supply=[Draw(c.nodes["ny-power"], 1)]
        ),
    ),
    "requirement.edit": (
        "AMFP",
        "scope",
        lambda c, by: requirements.edit_requirement(by, c.requirements["building.people"], version=1, name="N"),
    ),
    "requirement.remove": (
        "AMFP",
        "scope",
        lambda c, by: requirements.remove_requirement(by, c.requirements["building.people"], version=1),
    ),
    "supply.confirm": (
        "AMFP",
        "scope",
        lambda c, by: requirements.confirm_supply(
            by, Supply.objects.get(requirement__key="building.people"), version=1
        ),
    ),
    "supply.contest": (
        "AMFP",
        "scope",
        lambda c, by: requirements.contest_supply(
            by, Supply.objects.get(requirement__key="building.people"), version=1, reason="Too many."
        ),
    ),
    "fallback.create": (
        "AMFP",
        "scope",
        lambda c, by: strategy.create_fallback(
            by,
            key="n",
            requirement=c.requirements["building.people"],
            provider=c.nodes["geneva-offices"],
            kind="transfer",
            weight=assumed(1, "staff"),
        ),
    ),
    "fallback.edit": (
        "AMFP",
        "scope",
        lambda c, by: strategy.edit_fallback(by, Fallback.objects.get(), version=1, name="N"),
    ),
    "fallback.retire": (
        "AMFP",
        "scope",
        lambda c, by: strategy.retire_fallback(by, Fallback.objects.get(), version=1, on=DAY),
    ),
    "strategy.create": (
        "AMFP",
        "scope",
        lambda c, by: strategy.create_strategy(by, key="n", unit=c.units["fcsd"], name="N", kind="telework"),
    ),
    "strategy.edit": (
        "AMFP",
        "scope",
        lambda c, by: strategy.edit_strategy(by, Strategy.objects.get(), version=1, name="N"),
    ),
    "strategy.move": (
        "AMFP",
        "scope",
        lambda c, by: strategy.move_strategy(by, Strategy.objects.get(), version=1, state="in_place"),
    ),
    "strategy.cover": (
        "AMFP",
        "scope",
        lambda c, by: strategy.cover_process(by, strategy=Strategy.objects.get(), process=c.nodes["geneva-meetings"]),
    ),
    "strategy.uncover": (
        "AMFP",
        "scope",
        lambda c, by: strategy.uncover_process(by, Covers.objects.get(), version=1),
    ),
    "strategy.put_in_model": (
        "AMFP",
        "scope",
        lambda c, by: strategy.put_in_model(
            by,
            strategy=Strategy.objects.get(),
            key="n",
            requirement=c.requirements["building.people"],
            provider=c.nodes["geneva-offices"],
            weight=assumed(1, "staff"),
        ),
    ),
    "scenario.create": (
        "AMFPHC",
        "scope",
        lambda c, by: scenarios.save_scenario(
            by, key="n", name="N", unit=c.units["fcsd"], hits=[scenarios.Strike(c.nodes["ny-power"])]
        ),
    ),
    "scenario.edit": (
        "AMFPHC",
        "scope",
        lambda c, by: scenarios.edit_scenario(by, Scenario.objects.get(), version=1, name="N"),
    ),
    "scenario.retire": (
        "AMFPHC",
        "scope",
        lambda c, by: scenarios.retire_scenario(by, Scenario.objects.get(), version=1, on=DAY),
    ),
    "job.cancel": ("A", "whole", lambda c, by: cancel_job(by, enqueue("jobs.sweep", by=TEST))),
    "job.retry": ("A", "whole", lambda c, by: retry_job(by, enqueue("jobs.sweep", by=TEST))),
    "evidence.attach": (
        "AMFPHC",
        "scope",
        lambda c, by: attach(by, name="n", kept=Kept("0" * 64, 1), media_type="text/plain", unit=c.units["fcsd"]),
    ),
    "grant.give": (
        "A",
        "scope",
        lambda c, by: accounts.give_role(by, User.objects.get(username="engineer"), "auditor", unit=c.units["fcsd"]),
    ),
    "grant.withdraw": (
        "A",
        "scope",
        lambda c, by: accounts.withdraw_role(by, Grant.objects.get(user__username="engineer")),
    ),
    "account.create": ("A", "whole", lambda c, by: accounts.create_account(by, username="n", password=SECRET)),
    "account.close": (
        "A",
        "whole",
        lambda c, by: accounts.close_account(by, User.objects.get(username="engineer"), version=1),
    ),
    "account.reopen": (
        "A",
        "whole",
        lambda c, by: accounts.reopen_account(by, User.objects.get(username="engineer"), version=1),
    ),
    "account.reset_password": (
        "A",
        "whole",
        lambda c, by: accounts.reset_password(by, User.objects.get(username="engineer"), password=SECRET),
    ),
    "account.edit": (
        "",
        "whole",
        lambda c, by: accounts.edit_account(by, User.objects.get(username="engineer"), version=1, name="N"),
    ),
    "account.set_password": (
        "",
        "whole",
        lambda c, by: accounts.set_password(by, User.objects.get(username="engineer"), password=SECRET),
    ),
    "token.create": (
        "",
        "whole",
        lambda c, by: accounts.create_token(by, User.objects.get(username="engineer"), name="n"),
    ),
    "token.revoke": ("", "whole", lambda c, by: accounts.revoke_token(by, ApiToken.objects.get())),
    "token.revoke_other": ("A", "whole", lambda c, by: accounts.revoke_others_token(by, ApiToken.objects.get())),
    "installation.found": ("A", "whole", lambda c, by: accounts.found_installation(by, example=True)),
    "installation.found_own": ("A", "whole", lambda c, by: accounts._found(by, username="n", password=SECRET)),
}
LETTERS = dict(zip("AMFPHCSU", Role, strict=True))


def allowed(world: Cast, by: User, trial: Trial) -> bool:
    """Whether the act goes through; what it did is taken back."""
    before = transaction.savepoint()
    try:
        trial(world, by)
    except NotAllowed:
        return False
    finally:
        transaction.savepoint_rollback(before)
    return True


def test_no_act_of_these_rooms_is_left_untried() -> None:
    # The acts of risk are asked through their routes, with every role on every scope: tests/web/test_routes.py.
    rooms = ("holdfast.organization.", "holdfast.analysis.scenarios.", "holdfast.analysis.strategy.")
    assert set(TRIALS) == {name for name, declared in ACTS.items() if declared.call.__module__.startswith(rooms)}


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_an_act_is_done_by_those_who_may_where_they_may(world: Cast, name: str) -> None:
    letters, where, trial = TRIALS[name]
    tried = 0
    for letter, role in LETTERS.items():
        has = letter in letters
        own = {
            "whole organisation": (user(f"{letter}-whole", role), has),
            "own unit": (user(f"{letter}-own", role, unit=world.units["ocss"]), has and where == "scope"),
            "own site": (user(f"{letter}-site", role, site=world.sites["new-york"]), has and where == "site"),
            "another unit": (user(f"{letter}-other", role, unit=world.units["unog"]), False),
            "another site": (user(f"{letter}-elsewhere", role, site=world.sites["nairobi"]), False),
        }
        if where == "scope":
            # Whether the row also lies at the site is not the same for all rows.
            del own["own site"]
        for place, (by, expected) in own.items():
            assert allowed(world, by, trial) is expected, f"{name} by {role} of {place}"
            tried += 1
    assert not allowed(world, user("nobody"), trial)
    closed = user("closed", Role.ADMINISTRATOR)
    closed.is_active = False
    assert not allowed(world, closed, trial)
    assert allowed(world, System("command line"), trial)  # type: ignore[arg-type]
    assert tried >= 32


def test_a_site_grant_reaches_what_lies_in_the_site(world: Cast) -> None:
    owner = user("owner", Role.PROCESS_OWNER, site=world.sites["new-york"])
    assert set(visible(Node.objects.all(), owner).values_list("key", flat=True)) == {
        "building", "fcsd-staff", "ny-offices", "ny-power",
    }  # fmt: skip
    nodes.edit_node(owner, world.nodes["ny-offices"], version=1, name="N")


def test_each_sees_the_own_account_and_its_roles_and_may_change_only_that(world: Cast) -> None:
    engineer = User.objects.get(username="engineer")
    assert list(visible(User.objects.all(), engineer)) == [engineer]
    assert {grant.role for grant in visible(Grant.objects.all(), engineer)} == {"staff"}
    accounts.edit_account(engineer, engineer, version=1, name="Engineer")
    accounts.create_token(engineer, engineer, name="n")
    with pytest.raises(NotAllowed):
        accounts.set_password(engineer, User.objects.get(username="keeper"), password=SECRET)


def test_everyone_signed_in_sees_the_directory_and_nothing_of_processes(world: Cast) -> None:
    staff = user("staff", Role.STAFF, unit=world.units["unog"])
    for model in (Unit, Site, Group, CriticalFunction):
        assert visible(model.objects.all(), staff).count() == model.objects.count()
    for model in (Node, Requirement, Supply, Person, ContactPoint, Fallback):
        assert model.objects.exists()
        assert not visible(model.objects.all(), staff).exists()


@pytest.mark.parametrize("by", ["anonymous", "inactive"])
def test_who_is_not_signed_in_sees_nothing(world: Cast, by: str) -> None:
    asker: Any = AnonymousUser()
    if by == "inactive":
        asker = user("gone", Role.ADMINISTRATOR)
        asker.is_active = False
    for model in (Unit, Site, Group, Node, Person):
        assert not visible(model.objects.all(), asker).exists()
    assert not may(asker, "directory.view")
    assert not may_somewhere(asker, "directory.view")


@pytest.mark.parametrize("role", list(Role))
def test_lists_follow_the_scope(world: Cast, role: Role) -> None:
    sees = role is not Role.STAFF
    here, whole = user("here", role, unit=world.units["unog"]), user("whole", role)
    found = set(visible(Requirement.objects.all(), here).values_list("key", flat=True))
    assert found == ({"geneva-meetings.offices"} if sees else set())
    assert visible(Requirement.objects.all(), whole).count() == (Requirement.objects.count() if sees else 0)


def test_a_dependency_is_seen_from_both_ends(world: Cast) -> None:
    supply = requirements.create_requirement(
        TEST, key="n", node=world.nodes["building"], needs=1, supply=[Draw(world.nodes["geneva-offices"], 1)]
    ).supply.get()
    geneva = user("geneva", Role.FOCAL_POINT, unit=world.units["unog"])
    assert supply in visible(Supply.objects.all(), geneva)
    requirements.confirm_supply(geneva, supply, version=1)


def test_every_table_says_which_permission_reading_it_takes() -> None:
    from django.apps import apps

    from holdfast.organization.rows import Row

    tables = [model for model in apps.get_models() if issubclass(model, Row)]
    assert len(tables) > 20
    for model in tables:
        assert model.SCOPE.view in PERMISSIONS, model


def test_the_scope_of_any_number_of_rows_is_one_query_and_one_for_the_grants(world: Cast) -> None:
    by = user("focal", Role.FOCAL_POINT, unit=world.units["dm"])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(visible(Requirement.objects.all(), by)) == 3
        assert len(visible(Node.objects.all(), by)) == 4
    assert len(queries) == 3
