"""Vital records are written down, copied, and read against the loss of places, in scenarios and in the order of moving,
by pages that need no script and by programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.organization import clock
from holdfast.organization.structure.actions import nodes, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.readiness.records import actions
from holdfast.readiness.records.models import RecordCopy, VitalRecord
from tests.cast import TEST, Cast, hours
from tests.query_counts import QueryCount
from tests.web.organization.conftest import Reader


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


@pytest.fixture
def files(cast: Cast) -> VitalRecord:
    """Contract files: the original at Headquarters, a copy of last week at Geneva, kept by a system, needed by one
    process; a scenario in which they burn."""
    here = {"unit": cast.units["fcsd"], "site": cast.sites["unhq"]}
    node = nodes.create_node(TEST, key="contracts", kind="record", name="Contract files", **here)
    system = nodes.create_node(TEST, key="system", kind="application", name="Procurement system", **here)
    process = nodes.create_node(TEST, key="buying", kind="process", name="Purchases", mtpd=hours(48), **here)
    requirements.create_requirement(TEST, key="need", node=process, needs=1.0, supply=[Draw(node, 1.0)])
    record = actions.create_vital_record(TEST, key="contracts", node=node, system=system, rpo=hours(24))
    actions.add_copy(TEST, key="one", record=record, original=True, medium="paper", site=cast.sites["unhq"])
    actions.add_copy(
        TEST, key="two", record=record, medium="paper", site=cast.sites["geneva"], reached_within=hours(6),
        last_copied=clock.now() - timedelta(days=7),
    )  # fmt: skip
    save_scenario(TEST, key="fire", name="Fire in the archive", hits=[Strike(node, duration=720)])
    return record


def test_a_record_and_its_copies_are_written_down_by_forms(manager: Client, cast: Cast) -> None:
    nodes.create_node(TEST, key="files", kind="record", name="Legal files", unit=cast.units["fcsd"])
    made = manager.post(
        "/records/vital-records/new/",
        {"node": "files", "medium": "paper", "retention": "Permanent", "rpo_value": "24", "rpo_basis": "assumed"},
    )
    assert (made.status_code, made.headers["Location"]) == (302, "/records/vital-records/files/")
    page = text(manager.get("/records/vital-records/files/"))
    assert "No copy is written down." in page
    assert "Permanent" in page
    added = {"version": "1", "medium": "paper", "site": "geneva", "last_copied": "2008-10-01T14:30", "place": "Safe"}
    assert manager.post("/records/vital-records/files/add-copy/", added).status_code == 302
    copy = RecordCopy.objects.get()
    assert copy.last_copied is not None
    assert copy.last_copied.isoformat() == "2008-10-01T14:30:00+00:00"
    page = text(manager.get("/records/vital-records/files/"))
    assert "1 October 2008, 14:30 UTC" in page
    assert "older than the RPO" in page
    taken = manager.post(f"/records/recordcopy/{copy.pk}/copied/", {"version": "1", "at": "2020-01-01T00:00:00"})
    assert taken.status_code == 302
    assert manager.post(f"/records/recordcopy/{copy.pk}/end/", {"version": "2", "on": "2020-01-02"}).status_code == 302
    assert "No copy is written down." in text(manager.get("/records/vital-records/files/"))


def test_a_form_that_is_wrong_comes_back_with_all_that_was_typed(manager: Client, files: VitalRecord) -> None:
    typed = {"version": "1", "medium": "paper", "site": "geneva", "original": "on", "every": "24", "how": "Ask Ann."}
    page = manager.post("/records/vital-records/contracts/add-copy/", typed)
    assert page.status_code == 422
    assert "An original is not copied" in text(page)
    assert "Ask Ann." in text(page)
    page = manager.post("/records/vital-records/contracts/add-copy/", {**typed, "last_copied": "soon"})
    assert "This is no time: write it as 2008-10-01T14:30." in text(page)
    assert files.copies.count() == 2


def test_only_records_of_the_model_that_stand_nowhere_yet_are_offered(manager: Client, files: VitalRecord) -> None:
    page = text(manager.get("/records/vital-records/new/"))
    assert 'value="contracts"' not in page
    assert 'value="building"' not in page
    assert 'value="system"' in page


def test_the_picture_says_what_is_lost_with_which_place(manager: Client, files: VitalRecord) -> None:
    page = text(manager.get("/records/"))
    assert "1 of 1 vital records is lost, too old or not had in time if one place is lost" in page
    assert "7 d old" in page
    assert "after 6 h" in page
    actions.record_copying(TEST, files.copies.get(key="two"), version=1, at=clock.now())
    assert "Whichever place is lost, every vital record is had" in text(manager.get("/records/"))


def test_scenarios_say_which_processes_lose_which_record(manager: Client, files: VitalRecord) -> None:
    page = text(manager.get("/records/scenarios/"))
    assert "1 of 1 scenarios takes a vital record away from its processes" in page
    assert "too old" in page
    assert "Purchases</a>: down at once, MTPD broken after 2 d" in page


def test_the_order_of_moving_gives_its_reasons(manager: Client, files: VitalRecord) -> None:
    page = text(manager.get("/records/order/"))
    assert "Procurement system is the system that moves" in page
    assert "Serves 0 critical functions, the most urgent can wait 2 d and 1 process draws on it." in page


def test_who_sees_no_record_is_told_nothing_of_it(reader: Reader, files: VitalRecord) -> None:
    other = reader("focal_point", unit="unog")
    for address in ("/records/", "/records/scenarios/", "/records/order/", "/records/vital-records/"):
        page = other.get(address)
        assert page.status_code == 200
        assert "Contract files" not in text(page)
    assert other.get("/records/vital-records/contracts/").status_code == 404
    auditor = reader("auditor")
    assert "Add a copy" not in text(auditor.get("/records/vital-records/contracts/"))
    assert auditor.get("/records/vital-records/contracts/add-copy/").status_code == 403
    assert reader("staff").get("/records/").status_code == 403


def test_programs_are_told_the_same(manager: Client, files: VitalRecord) -> None:
    lost = manager.get("/api/v1/records-lost").json()["losses"]
    ((one,),) = [loss["records"] for loss in lost if loss["site"] == "unhq"]
    assert (one["record"], one["found"], one["taken"], one["reached_after"]) == ("contracts", "old", "two", 6)
    assert one["age"] == pytest.approx(168, abs=0.1)
    (scenario,) = manager.get("/api/v1/records-in-scenarios").json()["scenarios"]
    assert scenario["records"][0]["processes"] == [
        {"process": "buying", "first_down": 0, "mtpd_breached": True, "breach_at": 48}
    ]
    (system,) = manager.get("/api/v1/systems-to-move").json()["systems"]
    assert (system["rank"], system["system"], system["shortest_mtpd"]) == (1, "system", 48)


def test_the_pages_ask_no_more_for_more_records(
    manager: Client, cast: Cast, files: VitalRecord, query_count: QueryCount
) -> None:
    for number in range(3):
        node = nodes.create_node(TEST, key=f"more-{number}", kind="record", name="More", unit=cast.units["fcsd"])
        record = actions.create_vital_record(TEST, key=f"more-{number}", node=node)
        actions.add_copy(TEST, key=f"copy-{number}", record=record, site=cast.sites["geneva"])
    for name, address in (
        ("lost", "/records/"),
        ("scenarios", "/records/scenarios/"),
        ("order", "/records/order/"),
        ("list", "/records/vital-records/"),
        ("record", "/records/vital-records/contracts/"),
    ):
        with query_count(f"page.records.{name}"):
            assert manager.get(address).status_code == 200
