"""A list is searched, narrowed and ordered by its address, and goes out as it is shown."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client

from holdfast.organization.structure.actions import nodes, places
from tests.cast import TEST, Cast


def names(response: Any) -> list[str]:
    """The first column of the list, as shown."""
    return [str(line[0]["value"]) for line in response.context["shown"].lines]


def table(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_search_wants_every_word_in_name_acronym_or_key(manager: Client) -> None:
    assert names(manager.get("/organization/units/?q=management+conference")) == [
        "Department for General Assembly and Conference Management"
    ]
    nothing = manager.get("/organization/units/?q=management+xyzzy")
    assert b"Nothing matches" in nothing.content


def test_a_unit_is_asked_for_with_all_below_it(manager: Client) -> None:
    found = names(manager.get("/organization/units/?unit=dm"))
    assert found == [
        "Business Continuity Management Unit",
        "Department of Management",
        "Facilities and Commercial Services Division",
        "Office of Central Support Services",
    ]
    assert names(manager.get("/organization/processes/?unit=ocss")) == ["Running of the building systems"]
    assert names(manager.get("/organization/processes/?site=geneva")) == ["Meetings, Geneva"]


def test_order_and_filters_stay_in_the_address_from_page_to_page(manager: Client, cast: Cast) -> None:
    for number in range(60):
        nodes.create_node(
            TEST, key=f"n{number:02}", kind="process", name=f"Process {number:02}", unit=cast.units["unog"]
        )
    response = manager.get("/organization/processes/?unit=unog&sort=-name")
    assert names(response)[0] == "Process 59"
    following = response.context["shown"].pages["next"]
    assert "unit=unog" in following
    assert "sort=-name" in following
    second = manager.get(f"/organization/processes/{following}")
    assert names(second)[-1] == "Meetings, Geneva"
    assert len(names(second)) == 11


def test_what_is_not_known_comes_last_whichever_way_the_list_is_ordered(manager: Client, cast: Cast) -> None:
    nodes.create_node(TEST, key="unrated", kind="process", name="Unrated", unit=cast.units["unog"])
    for order in ("rto", "-rto"):
        assert names(manager.get(f"/organization/processes/?sort={order}"))[-1] == "Unrated"


def test_tags_and_own_fields_narrow_a_list(manager: Client, cast: Cast) -> None:
    places.edit_site(TEST, cast.sites["geneva"], version=1, tags=["élevé", "north"], fields={"floor space": 1200})
    places.edit_site(TEST, cast.sites["nairobi"], version=1, tags=["north-east"], fields={"leased": True})
    assert names(manager.get("/organization/sites/", {"tag": "north"})) == ["Geneva"]
    assert names(manager.get("/organization/sites/", {"tag": "élevé"})) == ["Geneva"]
    assert names(manager.get("/organization/sites/", {"own": "floor space:1200"})) == ["Geneva"]
    assert names(manager.get("/organization/sites/", {"own": "leased:true"})) == ["Nairobi"]
    options = {
        choice.key: dict(choice.options) for choice in manager.get("/organization/sites/").context["shown"].choices
    }
    assert {"floor space:1200", "leased:true"} <= set(options["own"])


def test_as_of_asks_the_validity_dates(manager: Client, cast: Cast) -> None:
    places.close_unit(TEST, cast.units["unon"], version=1, on=date(2009, 1, 1))
    assert "United Nations Office at Nairobi" not in names(manager.get("/organization/units/?as_of=2009-01-01"))
    assert "United Nations Office at Nairobi" in names(manager.get("/organization/units/?as_of=2008-12-31"))
    assert "United Nations Office at Nairobi" in names(manager.get("/organization/units/?valid=any"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("unit=nowhere", "There is no unit and below"),
        ("kind=castle", "There is no kind"),
        ("as_of=yesterday", "is no date"),
        ("own=nonsense", "There is no own field"),
    ],
)
def test_a_filter_that_cannot_be_is_said_and_the_rest_still_counts(manager: Client, query: str, said: str) -> None:
    response = manager.get(f"/organization/units/?{query}&q=geneva")
    assert response.status_code == 400
    assert said in response.content.decode()
    assert names(response) == ["United Nations Office at Geneva"]


def test_hostile_words_find_nothing_and_break_nothing(manager: Client) -> None:
    for word in ("%00", "'", "%25", "<script>", "a" * 5000, "\\"):
        response = manager.get("/organization/persons/", {"q": word, "tag": word, "page": word, "sort": word})
        assert response.status_code in (200, 400)
        assert b"<script>" not in response.content


def test_the_list_goes_out_as_it_is_shown_with_the_evidence_of_its_figures(manager: Client) -> None:
    rows = table(manager.get("/organization/processes/list.csv?unit=fcsd"))
    assert [row["Name"] for row in rows] == ["Running of the building systems"]
    assert rows[0]["Key"] == "building"
    assert (rows[0]["MTPD"], rows[0]["MTPD: unit"], rows[0]["MTPD: basis"], rows[0]["MTPD: source"]) == (
        "24.0",
        "h",
        "stated",
        "A/63/359",
    )


def test_a_name_that_a_spreadsheet_would_run_goes_out_as_text(manager: Client, cast: Cast) -> None:
    places.create_site(TEST, key="evil", name="=cmd|' /C calc'!A0", kind="building")
    rows = table(manager.get("/organization/sites/list.csv?q=cmd"))
    assert rows[0]["Site"].startswith("'=")


def test_taking_out_needs_its_right_and_stays_in_scope(reader: Any) -> None:
    assert reader("staff").get("/organization/units/list.csv").status_code == 403
    focal = reader("focal_point", unit="unog")
    assert [row["Key"] for row in table(focal.get("/organization/processes/list.csv"))] == ["geneva-meetings"]
    assert [row["Key"] for row in table(focal.get("/organization/units/list.csv"))] == ["unog"]


def test_a_reader_of_one_unit_sees_its_processes_and_no_other(reader: Any) -> None:
    focal = reader("focal_point", unit="unog")
    assert names(focal.get("/organization/processes/")) == ["Meetings, Geneva"]
    assert focal.get("/organization/processes/building/").status_code == 404
    assert focal.get("/organization/processes/geneva-meetings/").status_code == 200


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(cast: Cast) -> None:
    response = Client().get("/organization/units/?unit=dm")
    assert response.status_code == 302
    assert response.headers["Location"].endswith("next=%2Forganization%2Funits%2F%3Funit%3Ddm")
