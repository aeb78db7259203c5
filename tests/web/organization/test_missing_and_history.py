"""Holes lead to the page that mends them; history says who changed what."""

from __future__ import annotations

from typing import Any

from django.test import Client

from holdfast.organization.accounts.models import User
from holdfast.organization.structure.actions import groups, nodes
from holdfast.organization.structure.holes import HoleKind
from tests.cast import TEST, Cast


def lines(response: Any) -> dict[str, list[dict[str, Any]]]:
    return {section["kind"]: section["rows"] for section in response.context["sections"]}


def test_the_holes_of_the_report_are_listed(manager: Client) -> None:
    found = lines(manager.get("/organization/holes/"))
    assert [row["hole"].row.key for row in found[HoleKind.TASK_WITHOUT_SEAT]] == ["cog-e-2"]
    assert [row["hole"].row.key for row in found[HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR]] == ["cog"]
    assert len(found[HoleKind.SEAT_WITHOUT_ALTERNATE]) == 5


def test_each_hole_leads_to_a_form_that_mends_it(manager: Client) -> None:
    mended = 0
    for rows in lines(manager.get("/organization/holes/")).values():
        for row in rows:
            assert row["mend"], row["hole"].message
            assert manager.get(row["mend"]).context["form"].fields
            assert manager.get(row["page"]).status_code == 200
            mended += 1
    assert mended > 15


def test_the_form_begins_with_what_is_missing(manager: Client, cast: Cast) -> None:
    found = lines(manager.get("/organization/holes/?kind=group_without_alternate_chair"))
    mend = found[HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR][0]["mend"]
    assert manager.get(mend).context["form"]["role"].value() == "alternate_chair"


def test_holes_are_asked_for_by_unit_site_and_kind(manager: Client) -> None:
    below = lines(manager.get("/organization/holes/?unit=ocss&kind=unit_without_focal_point"))
    assert {row["hole"].row.key for row in below[HoleKind.UNIT_WITHOUT_FOCAL_POINT]} == {"ocss", "bcmu", "fcsd"}
    assert set(lines(manager.get("/organization/holes/?site=nairobi"))) == {
        HoleKind.UNIT_WITHOUT_FOCAL_POINT,
        HoleKind.UNIT_WITHOUT_ALTERNATE,
    }
    assert manager.get("/organization/holes/?kind=none&unit=moon").status_code == 400


def test_one_who_may_not_mend_sees_the_hole_without_the_link(reader: Any) -> None:
    auditor = lines(reader("auditor").get("/organization/holes/"))
    assert not any(row["mend"] for rows in auditor.values() for row in rows)
    focal = lines(reader("focal_point", unit="unog").get("/organization/holes/"))
    seen = [row for rows in focal.values() for row in rows]
    assert seen
    assert all(row["mend"] for row in seen)
    assert reader("staff").get("/organization/holes/").status_code == 403


def test_history_says_who_changed_what_with_names_for_rows(manager: Client, cast: Cast) -> None:
    manager.get("/")
    user = User.objects.get(username="programme_manager-all")
    nodes.edit_node(user, cast.nodes["building"], version=1, unit=cast.units["dss"], state="to_be_moved")
    response = manager.get("/organization/processes/building/history/")
    entry = response.context["entries"][0]
    assert (entry.by, entry.what) == ("programme_manager-all", "changed")
    assert set(entry.lines) == {
        ("Unit", "Facilities and Commercial Services Division", "Department of Safety and Security"),
        ("State", "in use", "to be moved"),
    }
    made = [entry for entry in response.context["entries"] if entry.what == "made"]
    assert {entry.kind for entry in made} == {"process or resource", "requirement", "supply"}


def test_history_tells_parts_with_the_whole(manager: Client, cast: Cast) -> None:
    groups.hold_seat(TEST, cast.seats["cog-6"], post=cast.posts["cdc"])
    entry = manager.get("/organization/groups/cog/history/").context["entries"][0]
    assert entry.kind == "holding of a seat"
    assert "Chef de Cabinet" in entry.title
    assert entry.by == "the system"


def test_acts_on_record_are_told_to_whoever_may_see_who_did_what(reader: Any) -> None:
    assert reader("auditor").get("/organization/units/dm/history/").context["events"]
    assert reader("staff").get("/organization/units/dm/history/").context["events"] == []
