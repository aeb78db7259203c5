"""Rows are read, made and changed by programs as people do it on pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from holdfast.organization.accounts.models import Event
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions import groups, people
from tests.api.conftest import Program, paths_of
from tests.cast import TEST, Cast, again, user

HOURS = {"value": 8, "unit": "h", "basis": "assumed", "source": "a guess"}


def test_a_unit_is_made_read_changed_and_closed(manager: Program) -> None:
    made = manager.post("/units", {"key": "ossg", "name": "Office", "kind": "office", "parent": "secretariat"})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert made.json()["path"] == "un/secretariat/ossg/"
    changed = manager.patch("/units/ossg", {"acronym": "OSSG"}, seen=1)
    assert (changed.status_code, changed.headers["ETag"], changed.json()["acronym"]) == (200, '"2"', "OSSG")
    closed = manager.post("/units/ossg/close", {"on": "2030-01-01", "version": 2})
    assert closed.json()["valid_until"] == "2030-01-01"
    assert manager.get("/units/ossg").json() == closed.json()


def test_the_second_of_two_editors_is_told_what_the_first_has_changed(manager: Program, cast: Cast) -> None:
    assert manager.patch("/units/dm", {"name": "Management", "note": "moved"}, seen=1).status_code == 200
    late = manager.patch("/units/dm", {"name": "Mine"}, seen=1)
    assert late.status_code == 409
    assert late.json()["error"]["code"] == "conflict"
    assert sorted(paths_of(late)) == ["name", "note"]
    assert "Management" in str(late.json()["error"]["fields"])
    assert Unit.objects.get(key="dm").name == "Management"


@pytest.mark.parametrize("seen", ["*", '"0"', "abc", '"1", "2"', '"99999999999"'])
def test_an_if_match_that_names_no_version_is_refused(manager: Program, seen: str) -> None:
    response = manager.client.patch(
        "/api/v1/units/dm", b"{}", content_type="application/json", headers={"if-match": seen}
    )
    assert (response.status_code, paths_of(response)) == (422, ["If-Match"])


def test_a_change_without_a_version_is_refused(manager: Program) -> None:
    response = manager.patch("/units/dm", {"name": "Mine"})
    assert (response.status_code, paths_of(response)) == (422, ["version"])
    assert manager.patch("/units/dm", {"name": "Mine", "version": 2}, seen=1).status_code == 422
    assert manager.delete("/requirements/building.people").status_code == 422


def test_a_misspelt_field_is_named_and_nothing_is_changed(manager: Program) -> None:
    response = manager.patch("/units/dm", {"naem": "Mine", "in_scope": "perhaps"}, seen=1)
    assert (response.status_code, sorted(paths_of(response))) == (422, ["in_scope", "naem"])
    assert Event.objects.filter(act="unit.edit").count() == 0


def test_a_row_that_is_not_there_is_named_in_the_refusal(manager: Program) -> None:
    response = manager.post("/units", {"key": "x", "name": "X", "kind": "unit", "parent": "nowhere", "site": "no"})
    assert (response.status_code, sorted(paths_of(response))) == (422, ["parent", "site"])


def test_a_unit_under_its_own_child_is_refused(manager: Program) -> None:
    response = manager.patch("/units/dm", {"parent": "bcmu"}, seen=1)
    assert (response.status_code, paths_of(response)) == (422, ["parent"])


def test_a_process_that_requires_itself_without_tolerance_is_refused(manager: Program) -> None:
    body = {"key": "self", "node": "building", "needs": 1, "supply": [{"provider": "building", "weight": 1}]}
    response = manager.post("/requirements", body)
    assert (response.status_code, paths_of(response)) == (422, ["provider"])
    assert manager.post("/requirements", {**body, "tolerance": HOURS}).status_code == 201


def test_a_capacity_below_zero_is_refused(manager: Program) -> None:
    body = {"key": "p", "name": "Pool", "capacity": {"value": -1, "unit": "seats", "basis": "assumed"}}
    assert paths_of(manager.post("/pools", body)) == ["capacity"]


def test_a_seat_that_is_taken_is_refused_with_who_has_it(manager: Program) -> None:
    response = manager.post("/seat-holdings", {"seat": "cog-1", "post": "cdc"})
    assert response.status_code == 422
    assert "Under-Secretary-General for Safety and Security" in response.json()["error"]["fields"][0]["message"]


def test_a_key_is_never_given_twice(manager: Program) -> None:
    assert paths_of(manager.post("/units", {"key": "dm", "name": "X", "kind": "unit"})) == ["key"]


def test_a_fact_comes_back_as_it_was_sent_and_says_who_entered_it(manager: Program) -> None:
    fact = {"value": 4.5, "unit": "h", "basis": "stated", "source": "A/63/359, 12", "as_of": "2008-10-01"}
    response = manager.patch("/processes/building", {"rto": fact}, seen=1)
    got = response.json()["rto"]
    assert {name: got[name] for name in fact} == fact
    assert got["entered_by"] == manager.account.username
    wrong = manager.patch("/processes/building", {"rto": {**fact, "source": ""}, "mtpd": {**fact, "unit": "d"}}, seen=2)
    assert wrong.status_code == 422


def test_requirements_carry_their_supply_and_replace_it_as_a_whole(manager: Program) -> None:
    draws = [{"provider": "fcsd-staff", "weight": 6}, {"provider": "ny-offices", "weight": 5}]
    response = manager.patch("/requirements/building.people", {"supply": draws}, seen=1)
    assert [(each["provider"], each["weight"]) for each in response.json()["supply"]] == [
        ("fcsd-staff", 6.0),
        ("ny-offices", 5.0),
    ]
    short = manager.patch("/requirements/building.people", {"supply": draws[:1]}, seen=2)
    assert (short.status_code, paths_of(short)) == (422, ["supply"])
    unknown = manager.patch("/requirements/building.people", {"supply": [{"provider": "no", "weight": 10}]}, seen=2)
    assert paths_of(unknown) == ["supply.0.provider"]
    assert manager.delete("/requirements/building.people", seen=2).status_code == 204
    assert manager.get("/requirements/building.people").status_code == 404


def test_a_group_shows_its_seats_and_who_sits_there_as_of_a_date(manager: Program) -> None:
    def titles(**query: str) -> list[str]:
        (sept,) = [item for item in manager.get("/groups", **query).json()["items"] if item["key"] == "sept"]
        return [seat["title"] for seat in sept["seats"]]

    assert titles(as_of="2006-01-01") == ["Chef de Cabinet", "Under-Secretary-General for Management"]
    assert titles(as_of="2004-01-01") == []
    seat = manager.get("/groups/sept").json()["seats"][0]
    assert (seat["holdings"][0]["post"], seat["holdings"][0]["name"]) == ("cdc", "Chef de Cabinet")


def test_a_list_as_of_a_date_asks_the_validity(manager: Program, cast: Cast) -> None:
    end = {"on": "2010-01-01", "version": 1}
    refused = manager.post("/sites/unhq/close", end)
    assert (refused.status_code, paths_of(refused)) == (422, ["valid_until"]), "a venue in it goes on"
    assert manager.post("/sites/conference-room-a/close", end).status_code == 200
    assert manager.post("/sites/unhq/close", end).status_code == 200
    keys = lambda day: {item["key"] for item in manager.get("/sites", as_of=day).json()["items"]}  # noqa: E731
    assert "unhq" in keys("2009-12-31")
    assert "unhq" not in keys("2010-01-01")


def test_lists_are_filtered_sorted_and_paged_without_a_row_lost_or_shown_twice(manager: Program) -> None:
    first = manager.get("/units", limit=5, sort="-name").json()
    assert (first["count"], len(first["items"])) == (12, 5)
    seen, following = [item["key"] for item in first["items"]], first["next"]
    while following:
        answer = manager.client.get(following).json()
        seen += [item["key"] for item in answer["items"]]
        following = answer["next"]
    assert len(seen) == len(set(seen)) == 12
    names = [item["name"] for item in manager.get("/units", sort="name", limit=500).json()["items"]]
    assert names == sorted(names)
    assert {item["key"] for item in manager.get("/units", under="ocss").json()["items"]} == {"ocss", "bcmu", "fcsd"}
    assert [item["key"] for item in manager.get("/units", q="nairobi office").json()["items"]] == ["unon"]
    assert {item["key"] for item in manager.get("/resources", inside="new-york", kind="facility").json()["items"]} == {
        "ny-offices"
    }


def test_rows_of_one_tag_are_found(manager: Program) -> None:
    manager.patch("/units/dm", {"tags": ["year end", "critical"]}, seen=1)
    manager.patch("/processes/building", {"tags": ["critical"]}, seen=1)
    assert [item["key"] for item in manager.get("/units", tag="year end").json()["items"]] == ["dm"]
    assert manager.get("/units", tag="year").json()["count"] == 0
    assert [item["key"] for item in manager.get("/processes", tag="critical").json()["items"]] == ["building"]


def test_a_parameter_that_there_is_not_is_named(manager: Program) -> None:
    response = manager.get("/units", knid="office")
    assert (response.status_code, paths_of(response)) == (422, ["knid"])
    assert paths_of(manager.get("/units", sort="colour")) == ["sort"]
    assert paths_of(manager.get("/units", under="nowhere")) == ["under"]


def test_a_private_contact_point_is_given_to_its_owner_and_the_warden_alone(
    program: Callable[..., Program], manager: Program, cast: Cast
) -> None:
    owner, warden = user("owner", "staff"), user("warden", "staff")
    here = {"unit": cast.units["unog"], "site": cast.sites["geneva"]}
    person = people.create_person(TEST, key="p", name="Chief, Geneva", **here)
    people.link_account(TEST, person, version=1, user=owner)
    guard = people.create_person(TEST, key="w", name="Warden, Geneva", **here)
    people.link_account(TEST, guard, version=1, user=warden)
    people.begin_duty(TEST, guard, "warden", site=cast.sites["geneva"])
    people.add_contact(TEST, person, channel="mobile", address="+41 22 555 0100", private=True)
    people.add_contact(TEST, person, channel="telephone", address="+41 22 555 0199")

    def addresses(asker: Program) -> tuple[list[str], list[str]]:
        nested = asker.get("/persons/p")
        shown = [c["address"] for c in nested.json()["contact_points"]] if nested.status_code == 200 else []
        return shown, sorted(c["address"] for c in asker.get("/contact-points", person="p").json()["items"])

    both = ["+41 22 555 0100", "+41 22 555 0199"]
    assert addresses(Program(again(owner)))[1] == both
    assert both[0] in addresses(Program(again(warden)))[1]
    assert addresses(manager) == (both[1:], both[1:])
    assert addresses(program("administrator")) == (both[1:], both[1:])
    auditor = program("auditor")
    assert addresses(auditor) == (both[1:], both[1:])
    assert both[0] not in str(auditor.get("/events", limit=500).json())


def test_a_row_of_another_scope_is_not_there_and_cannot_be_named(program: Callable[..., Program], cast: Cast) -> None:
    focal = program("focal_point", unit=cast.units["unog"])
    assert [item["key"] for item in focal.get("/processes").json()["items"]] == ["geneva-meetings"]
    assert focal.get("/processes/building").status_code == 404
    assert focal.patch("/processes/building", {"name": "Mine"}, seen=1).status_code == 404
    body = {"key": "x", "node": "geneva-meetings", "needs": 1, "supply": [{"provider": "ny-power", "weight": 1}]}
    assert paths_of(focal.post("/requirements", body)) == ["supply.0.provider"]
    stolen = focal.post("/processes", {"key": "y", "name": "Theirs", "unit": "dm"})
    assert stolen.status_code == 403
    moved = focal.patch("/processes/geneva-meetings", {"unit": "dm", "site": "new-york"}, seen=1)
    assert moved.status_code == 403
    assert focal.get("/processes/geneva-meetings").json()["unit"] == "unog"


def test_everybody_may_know_the_critical_functions_and_the_processes_only_where_they_may_see_them(
    program: Callable[..., Program], manager: Program
) -> None:
    (seen,) = program("staff").get("/functions").json()["items"]
    assert (seen["key"], seen["processes"], "rto" in seen) == ("assets", [], False)
    (seen,) = manager.get("/functions").json()["items"]
    assert seen["processes"] == ["building"]


def test_holes_are_listed_as_of_a_date_and_within_ones_scope(program: Callable[..., Program], manager: Program) -> None:
    found = manager.get("/holes", as_of="2008-10-01").json()
    assert found["kinds"]["group_without_alternate_chair"] == 1
    assert "task_without_seat" in found["kinds"]
    cog = [item for item in found["items"] if item["kind"] == "group_without_alternate_chair"]
    assert [(item["on"], item["key"], item["unit"]) for item in cog] == [("group", "cog", "dss")]
    one = manager.get("/holes", kind="task_without_seat").json()
    assert set(one["kinds"]) == {"task_without_seat"}
    assert manager.get("/holes", kind="nothing").status_code == 422


def test_an_auditor_reads_who_did_what_and_reads_on_from_where_he_was(
    program: Callable[..., Program], manager: Program
) -> None:
    manager.patch("/units/dm", {"name": "Management"}, seen=1)
    auditor = program("auditor")
    (event,) = auditor.get("/events", act="unit.edit").json()["items"]
    assert (event["user"], event["key"], event["unit"]) == (manager.account.username, "dm", "dm")
    assert (event["before"], event["after"]) == ({"name": "Department of Management"}, {"name": "Management"})
    first = auditor.get("/events", limit=10).json()
    second = auditor.get("/events", limit=10, after=first["next"]).json()
    assert second["items"][0]["id"] == first["items"][-1]["id"] + 1
    assert manager.get("/events", since="2100-01-01T00:00:00Z").json()["items"] == []
    assert auditor.patch("/units/dm", {"name": "Mine"}, seen=2).status_code == 403


def test_the_twin_and_what_fails_in_it_are_the_organisations_as_of_a_date(manager: Program) -> None:
    twin = manager.get("/twin", as_of="2026-01-01").json()
    assert {node["id"] for node in twin["nodes"]} >= {"building", "ny-power", "assets"}
    answer = manager.post("/cascade", {"hits": [{"node": "ny-power", "duration": 72}], "as_of": "2026-01-01"}).json()
    # Two hours without power are tolerated, one without offices; power is back after its hour of restart.
    assert answer["nodes"]["assets"]["first_down"] == 3.0
    assert answer["nodes"]["geneva-meetings"]["level"] == [[0.0, 1.0]]
    unknown = manager.post("/cascade", {"hits": [{"node": "nowhere"}]})
    assert unknown.status_code == 422
    manager.post("/resources/ny-power/close", {"on": "2020-01-01", "version": 1})
    assert "ny-power" not in {node["id"] for node in manager.get("/twin", as_of="2026-01-01").json()["nodes"]}


def test_the_whole_twin_takes_the_right_on_the_whole(program: Callable[..., Program], cast: Cast) -> None:
    focal = program("focal_point", unit=cast.units["unog"])
    assert focal.get("/twin").status_code == 403
    assert focal.post("/cascade", {"hits": [{"node": "geneva-offices"}]}).status_code == 403


def test_who_held_a_seat_stays_known(manager: Program, cast: Cast) -> None:
    holding = manager.get("/seat-holdings", seat="cog-7").json()["items"][0]
    ended = manager.post(f"/seat-holdings/{holding['id']}/end", {"on": "2009-01-01", "version": 1})
    assert ended.json()["valid_until"] == "2009-01-01"
    groups.hold_seat(TEST, cast.seats["cog-7"], post=cast.posts["cdc"], valid_from=date(2009, 1, 1))
    assert manager.get("/seat-holdings", seat="cog-7").json()["count"] == 2
    assert manager.get("/seat-holdings", seat="cog-7", as_of="2008-12-31").json()["items"][0]["post"] == "chief-fcsd"
