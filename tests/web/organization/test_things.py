"""What the page of a thing tells, and whom it tells what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.strategy.actions import create_fallback
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.actions import groups, nodes, people
from holdfast.organization.structure.models import ContactPoint
from tests.cast import TEST, Cast


def words(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_tree_names_units_under_each_other_with_what_is_missing_in_them(manager: Client) -> None:
    response = manager.get("/organization/")
    branches = [branch for branch in response.context["branches"] if branch.unit]
    assert [branch.unit.key for branch in branches][:2] == ["un", "secretariat"]
    assert len(branches) == 12
    dm = next(branch for branch in branches if branch.unit.key == "dm")
    assert dm.holes > 0
    assert dm.below > 0
    assert words(response).count("<details") == words(response).count("</details>")


def test_the_tree_of_somebody_who_may_not_see_holes_counts_none(reader: Any) -> None:
    response = reader("staff").get("/organization/")
    assert response.context["holes"] is None
    assert " holes" not in words(response)


def test_a_process_tells_what_it_needs_and_what_needs_it_with_quantities(manager: Client) -> None:
    response = manager.get("/organization/processes/building/")
    text = words(response)
    assert [need["requirement"].name for need in response.context["needs"]] == ["people", "offices"]
    assert "needs 10 of the 20 there" in text
    assert "does without for 1 h" in text
    assert [supply.requirement.node.key for supply in response.context["needed"]] == ["assets"]
    assert "/what-if/?hit=building&amp;loss=1&amp;start=0&amp;duration=72" in text


def test_a_resource_tells_who_falls_back_on_it(manager: Client, cast: Cast) -> None:
    create_fallback(
        TEST,
        key="move",
        requirement=cast.requirements["building.offices"],
        provider=cast.nodes["geneva-offices"],
        kind="alternate_site",
        weight=assumed(5, "seats"),
        activation=assumed(24, "h"),
        state="in_place",
    )
    assert [f.key for f in manager.get("/organization/resources/geneva-offices/").context["stands_in"]] == ["move"]
    assert "after 24 h" in words(manager.get("/organization/processes/building/"))


def test_a_pool_says_whether_it_would_do_if_all_were_called_on(manager: Client, cast: Cast) -> None:
    pool = nodes.create_pool(TEST, key="seats", name="Seats", capacity=assumed(8, "seats"))
    for key, weight, state in (("a", 5, "in_place"), ("b", 5, "tested"), ("c", 9, "idea")):
        create_fallback(
            TEST, key=key, requirement=cast.requirements["building.offices"], provider=cast.nodes["geneva-offices"],
            kind="telework", weight=assumed(weight, "seats"), pool=pool, state=state,
        )  # fmt: skip
    text = words(manager.get("/organization/pools/seats/"))
    assert "10 claimed of 8 seats, 2 too many." in text
    assert "9 more are planned." in text


def test_a_group_is_shown_as_of_a_day(manager: Client, cast: Cast) -> None:
    assert "2 seats" in words(manager.get("/organization/groups/sept/?as_of=2005-02-17"))
    before = manager.get("/organization/groups/sept/?as_of=2005-02-16")
    assert "It has no seat on this day." in words(before)
    assert before.context["changes"] == [date(2005, 2, 17)]
    assert manager.get("/organization/groups/sept/?as_of=soon").status_code == 400


def test_the_holes_of_the_cog_stand_on_its_page(manager: Client) -> None:
    text = words(manager.get("/organization/groups/cog/"))
    assert "has no alternate chair" in text
    assert "Security Council Affairs Division has it, and has no seat" in text


@pytest.fixture
def chief(cast: Cast) -> Any:
    """A person with an open and a private contact point, who is the focal point of the unit."""
    person = people.create_person(
        TEST, key="chief", name="Chief of the division", unit=cast.units["fcsd"], site=cast.sites["new-york"]
    )
    people.add_contact(TEST, person, channel="email", address="chief@example.org")
    ContactPoint.objects.bulk_create(
        [ContactPoint(person=person, channel="mobile", address="+1 212 555 0199", private=True)]
    )
    groups.name_focal_point(TEST, cast.units["fcsd"], person=person)
    return person


def test_private_contact_points_are_seen_by_owner_and_warden_only(
    reader: Any, manager: Client, cast: Cast, chief: Any
) -> None:
    address = "/organization/persons/chief/"
    assert "+1 212 555 0199" not in words(manager.get(address))
    owner = reader("staff", name="owner")
    people.link_account(TEST, chief, version=chief.version, user=User.objects.get(username="owner"))
    assert "+1 212 555 0199" in words(owner.get(address))
    warden = reader("crisis_team", name="warden")
    keeper = people.create_person(TEST, key="keeper", name="Floor warden", site=cast.sites["new-york"])
    people.link_account(TEST, keeper, version=1, user=User.objects.get(username="warden"))
    assert "+1 212 555 0199" not in words(warden.get(address))
    people.begin_duty(TEST, keeper, "warden", site=cast.sites["new-york"])
    assert "+1 212 555 0199" in words(warden.get(address))
    for page in ("history/", ""):
        assert "0199" not in words(manager.get(address + page))
    assert b"0199" not in manager.get("/organization/persons/list.csv").content


def test_a_person_out_of_reach_is_not_named_on_the_pages_of_others(reader: Any, chief: Any, cast: Cast) -> None:
    nodes.edit_node(TEST, cast.nodes["building"], version=1, owner_person=chief)
    staff = reader("staff")
    text = words(staff.get("/organization/units/fcsd/"))
    assert "a person not open to you" in text
    for page in ("units/fcsd/", "units/", "units/fcsd/history/", "", "persons/", "posts/chief-fcsd/"):
        assert "Chief of the division" not in words(staff.get(f"/organization/{page}"))
    owner = reader("process_owner", unit="fcsd")
    for page in ("processes/", "processes/building/", "processes/building/history/"):
        assert "Chief of the division" not in words(owner.get(f"/organization/{page}"))
    assert staff.get("/organization/persons/chief/").status_code == 404


def test_ones_own_page_is_one_click_away_or_says_what_is_missing(reader: Any, cast: Cast, chief: Any) -> None:
    staff = reader("staff", name="owner")
    assert "No person is linked with your account" in words(staff.get("/organization/me/"))
    people.link_account(TEST, chief, version=chief.version, user=User.objects.get(username="owner"))
    assert staff.get("/organization/me/").headers["Location"] == "/organization/persons/chief/"


def test_buttons_stand_only_where_one_may_press_them(reader: Any) -> None:
    auditor, focal = reader("auditor"), reader("focal_point", unit="unog")
    assert "/edit/" not in words(auditor.get("/organization/processes/building/"))
    assert "/edit/" in words(focal.get("/organization/units/unog/"))
    assert "/edit/" not in words(focal.get("/organization/units/dm/"))
    assert auditor.get("/organization/processes/building/edit/").status_code == 403
    assert focal.get("/organization/units/dm/edit/").status_code == 403
