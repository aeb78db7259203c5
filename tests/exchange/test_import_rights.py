"""Nobody takes in, or takes out, what is not theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from holdfast.analysis.risk.models import Assessment
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.analysis.selection.models import Selection
from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read
from holdfast.exchange.records.types import TYPES
from holdfast.exchange.rights import NARROWED, Rights
from holdfast.exchange.shelf import Shelves
from holdfast.governance.policy.models import Policy
from holdfast.organization.accounts.models import Event, User
from holdfast.organization.accounts.roles import PERMISSIONS, Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions import people
from holdfast.organization.structure.models import ContactPoint, Person
from holdfast.readiness.plans.models import Plan
from tests.cast import TEST, Cast, again, user


@pytest.fixture
def manager(cast: Cast) -> User:
    """The programme manager of the Geneva office."""
    return user("manager", Role.PROGRAMME_MANAGER, unit=cast.units["unog"])


def officers(cast: Cast) -> None:
    """An officer in Geneva and one in New York, each with an open and a private number."""
    for key, unit, site in (("geneva-officer", "unog", "geneva"), ("ny-officer", "bcmu", "new-york")):
        person = people.create_person(TEST, key=key, name="Officer", unit=cast.units[unit], site=cast.sites[site])
        people.add_contact(TEST, person, channel="telephone", address="+41 22 917 0000")
        people.add_contact(TEST, person, channel="mobile", address="+41 79 000 0000", private=True)


def places(found: Any) -> list[str]:
    return [problem.place for problem in found.problems]


def test_a_row_of_another_scope_is_a_problem_and_nothing_is_written(cast: Cast, manager: User) -> None:
    records = {"units": [{"key": "unog", "note": "ours"}, {"key": "unon", "note": "not ours"}]}
    found = preview(manager, records)
    assert places(found) == ["units[1].key"]
    assert "outside the part of the organisation" in found.problems[0].message
    assert not found.can_be_applied
    apply(manager, preview(manager, {"units": records["units"][:1]}))
    assert Unit.objects.by_key("unog").note == "ours"
    assert Event.objects.latest("pk").user == manager
    assert Unit.objects.by_key("unog").history.latest().history_user == manager


def test_a_new_row_has_to_lie_within_ones_scope(cast: Cast, manager: User) -> None:
    unit = {"key": "new", "name": "New section", "kind": "unit"}
    assert places(preview(manager, {"units": [{**unit, "parent": "unon"}]})) == ["units[0].key"]
    assert places(preview(manager, {"units": [unit]})) == ["units[0].key"]
    assert places(preview(manager, {"units": [{**unit, "parent": "unog"}]})) == []


def test_nothing_is_moved_into_or_out_of_ones_scope(cast: Cast, manager: User) -> None:
    node = {"key": "geneva-offices", "unit": "unon", "site": "nairobi"}
    assert places(preview(manager, {"resources": [node]})) == ["resources[0].key"]
    taken = {"key": "ny-power", "unit": "unog"}
    found = preview(manager, {"resources": [taken]})
    assert places(found) == ["resources[0].key"]
    assert found.tallies["resources"].changed == []


def test_whoever_may_not_import_sees_no_preview(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        preview(user("auditor", Role.AUDITOR), {"units": []})
    with pytest.raises(NotAllowed):
        export(user("staff", Role.STAFF))


def test_a_person_of_another_scope_is_as_unknown_as_one_who_is_not_there(cast: Cast, manager: User) -> None:
    officers(cast)
    holding = {"seats": [], "focal_points": [{"unit": "unog", "person": "ny-officer"}]}
    here = preview(manager, holding).problems[0].message
    holding["focal_points"][0]["person"] = "nobody"
    assert preview(manager, holding).problems[0].message == here.replace("ny-officer", "nobody")


def test_a_private_contact_point_is_changed_by_its_owner_alone(cast: Cast, manager: User) -> None:
    officers(cast)
    point = {"person": "geneva-officer", "channel": "mobile", "address": "+41 79 000 0000"}
    assert places(preview(manager, {"contact_points": [{**point, "private": False}]})) == ["contact_points[0].person"]
    new = {**point, "address": "+41 79 111 1111"}
    assert places(preview(manager, {"contact_points": [{**new, "private": True}]})) == ["contact_points[0].person"]
    assert places(preview(manager, {"contact_points": [new]})) == []


def test_an_export_has_only_what_one_may_see(cast: Cast, manager: User) -> None:
    officers(cast)
    records = export(manager)
    assert [row["key"] for row in records["units"]] == ["unog"]
    assert [row["key"] for row in records["persons"]] == ["geneva-officer"]
    assert [row["address"] for row in records["contact_points"]] == ["+41 22 917 0000"]
    everything = export(user("all", Role.ADMINISTRATOR))
    assert len(everything["units"]) == len(cast.units)
    assert {row["private"] for row in everything["contact_points"]} == {False}
    whole = read(export_workbook(everything), "all.xlsx")
    assert "+41 79 000 0000" not in str(whole.records)


def test_private_contact_points_are_exported_to_their_warden_and_their_owner(cast: Cast, manager: User) -> None:
    officers(cast)
    warden = people.create_person(TEST, key="warden", name="Warden", unit=cast.units["unog"])
    people.link_account(TEST, warden, version=1, user=manager)
    people.begin_duty(TEST, warden, "warden", site=cast.sites["geneva"], valid_from=date(2008, 1, 1))
    addresses = [row["address"] for row in export(again(manager))["contact_points"]]
    assert addresses == ["+41 79 000 0000", "+41 22 917 0000"]


def test_what_one_may_export_one_can_take_in_unchanged(cast: Cast, manager: User) -> None:
    officers(cast)
    found = preview(manager, read(export_workbook(export(manager)), "ours.xlsx"))
    assert found.problems == []
    assert found.nothing_to_do


def test_the_rights_in_memory_are_those_of_the_scope_filter(cast: Cast) -> None:
    officers(cast)
    people.create_person(TEST, key="nowhere", name="Officer")
    own = Person.objects.get(key="ny-officer")
    people.link_account(TEST, own, version=1, user=user("own"))
    askers = [user(f"{role}-all", role) for role in Role]
    askers += [user(f"{role}-unit", role, unit=cast.units["dm"]) for role in Role]
    askers += [user(f"{role}-site", role, site=cast.sites["new-york"]) for role in Role]
    askers.append(User.objects.get(username="own"))
    shelves = Shelves()
    for kind in TYPES:
        shelves.load(kind.table, "pk", list(kind.table._default_manager.values_list("pk", flat=True)))
    asked = 0
    for asker in askers:
        rights = Rights(asker)
        for kind in TYPES:
            for permission in {kind.edit, "data.import", kind.table.SCOPE.view} & set(PERMISSIONS):
                if kind.table in NARROWED and permission == kind.table.SCOPE.view:
                    continue
                allowed = set(
                    visible(kind.table._default_manager.all(), asker, permission).values_list("pk", flat=True)
                )
                rows = shelves[kind.table].rows.values()
                assert {row.pk for row in rows if rights.permits(row, permission)} == allowed, (
                    asker,
                    kind.name,
                    permission,
                )
                asked += len(rows)
    assert asked > 5000


def test_every_table_with_a_rule_of_its_own_is_known() -> None:
    narrowed = {kind.table for kind in TYPES if hasattr(kind.table, "narrowed")}
    assert narrowed == NARROWED == {Assessment, ContactPoint, Hit, Plan, Policy, Scenario, Selection}
