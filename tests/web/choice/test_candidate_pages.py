"""Candidates are proposed with effects typed as lines, read in plain words, decided on and retired."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from holdfast.analysis.choice.actions import propose_candidate
from holdfast.analysis.choice.models import Candidate
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.actions import nodes
from holdfast.web.pages.choice.lines import read_lines, write_lines
from tests.cast import TEST, Cast
from tests.query_counts import QueryCount
from tests.web.organization.conftest import Reader

LINES = [
    "fallback building 0 geneva-offices 0.5 6/12/48 -- alternate_site seats",
    "pool seats 1200",
    "restart ny-power 0.25",
    "tolerance building 0 2",
    "rate fire 0.5",
]
NEW = {"name": "A hall", "cost_value": "60000", "cost_basis": "assumed", "causes": ["premises"]}


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


@pytest.fixture
def seats(cast: Cast) -> None:
    nodes.create_pool(TEST, key="seats", name="Seats, Geneva", capacity=assumed(8, "seats"))


def test_lines_come_back_as_they_were_typed() -> None:
    effects = read_lines(LINES)
    assert effects == {
        "fallbacks": [
            {
                "node": "building",
                "requirement": 0,
                "fallback": {
                    "node": "geneva-offices",
                    "weight": 0.5,
                    "activation": {"low": 6, "mode": 12, "high": 48},
                    "endurance": None,
                    "strategy": "alternate_site",
                    "pool": "seats",
                },
            }
        ],
        "pools": {"seats": 1200},
        "restart": {"ny-power": 0.25},
        "tolerance": [{"node": "building", "requirement": 0, "hours": 2}],
        "rates": {"fire": 0.5},
    }
    assert write_lines(effects) == LINES
    with_id = ["fallback a 1 b 1 4/9 24 -- -- hall:1"]
    assert write_lines(read_lines(with_id)) == with_id


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("restart ny-power", "“restart KEY hours”"),
        ("restart ny-power soon", "a number, got “soon”"),
        ("repair ny-power 1", "a line that begins with one of: restart, pool, rate, tolerance, fallback"),
        ("tolerance building first 2", "the number of a requirement, counted from 0, got “first”"),
        ("fallback building 0 x 1 0 -- moving --", "a strategy of alternate_means"),
        ("fallback building 0 x 1 1/2/3/4 -- -- --", "hours, “low/mode/high”"),
    ],
)
def test_a_line_that_cannot_be_is_named_with_what_is_wanted(line: str, wanted: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_lines(["restart geneva-offices 1", line])
    (message,) = error.value.messages
    assert message.startswith(f"“{line}”: wanted {wanted}")


def test_a_candidate_is_proposed_and_its_page_says_in_words_what_it_changes(
    manager: Client, cast: Cast, seats: None
) -> None:
    made = manager.post("/what-if/candidates/new/", {**NEW, "effects": "\n".join(LINES[:4])})
    assert (made.status_code, made.headers["Location"]) == (302, "/what-if/candidates/a-hall/")
    page = text(manager.get("/what-if/candidates/a-hall/"))
    for said in (
        '<a href="/organization/resources/geneva-offices/">Offices, Geneva</a> serves '
        '<a href="/organization/processes/building/">Running of the building systems</a> instead',
        "12 h after the shortage began (6 h to 2 d)",
        "without end. Strategy: alternate site. From the pool <a",
        "Seats, Geneva</a> holds 1200 seats.",
        "Power, New York</a> is started again within 15 min",
        "no access to premises",
    ):
        assert said in page, said
    listed = text(manager.get("/what-if/candidates/"))
    assert "1 fallback, 1 capacity, 1 restart, 1 tolerance" in listed
    assert "fallback building 0 geneva-offices 0.5 6/12/48 -- alternate_site seats a-hall:1" in text(
        manager.get("/what-if/candidates/a-hall/edit/")
    )
    attach = reverse("evidence-attach", args=["candidates", "a-hall", "cost"])
    assert f'href="{attach}"' in page
    assert manager.get(attach).status_code == 200


def test_what_is_wrong_comes_back_with_all_that_was_typed(manager: Client, cast: Cast) -> None:
    typed = "restart nowhere 1\r\npool no-pool 2"
    page = manager.post("/what-if/candidates/new/", {**NEW, "effects": typed})
    assert page.status_code == 422
    assert "There is no process or resource “nowhere”." in text(page)
    assert "There is no pool “no-pool”." in text(page)
    assert "restart nowhere 1\npool no-pool 2" in text(page).replace("\r", "")
    page = manager.post("/what-if/candidates/new/", {**NEW, "effects": "restart ny-power soon"})
    assert "“restart ny-power soon”: wanted a number, got “soon”." in text(page)
    assert not Candidate.objects.exists()


def test_a_candidate_is_changed_decided_on_and_retired(manager: Client, cast: Cast) -> None:
    propose_candidate(TEST, key="hall", name="Hall", cost=assumed(5, "USD"), effects={"restart": {"ny-power": 1}})
    form = {"version": "1", "name": "Hall", "cost_value": "5", "cost_basis": "assumed", "effects": "restart ny-power 2"}
    assert manager.post("/what-if/candidates/hall/edit/", form).status_code == 302
    assert Candidate.objects.get().effects == {"restart": {"ny-power": 2}}
    refused = manager.post("/what-if/candidates/hall/decide/", {"version": "2", "state": "chosen", "why": ""})
    assert refused.status_code == 422
    assert "Say why" in text(refused)
    chosen = {"version": "2", "state": "chosen", "why": "It costs least."}
    assert manager.post("/what-if/candidates/hall/decide/", chosen).status_code == 302
    assert "It costs least." in text(manager.get("/what-if/candidates/hall/"))
    assert manager.post("/what-if/candidates/hall/retire/", {"version": "3", "on": "2030-01-01"}).status_code == 302
    assert str(Candidate.objects.get().valid_until) == "2030-01-01"
    for page in ("history/", "edit/", "decide/", "retire/"):
        assert manager.get(f"/what-if/candidates/hall/{page}").status_code == 200


def test_who_may_not_change_candidates_is_shown_no_form(reader: Reader, cast: Cast) -> None:
    propose_candidate(TEST, key="hall", name="Hall", cost=assumed(5, "USD"), unit=cast.units["fcsd"])
    staff = reader("staff", unit="un")
    assert staff.get("/what-if/candidates/new/").status_code == 403


def test_a_list_and_a_page_ask_as_often_for_many_as_for_few(
    manager: Client, cast: Cast, query_count: QueryCount
) -> None:
    def grow(start: int) -> None:
        for number in range(start, start + 4):
            effects = {"restart": dict.fromkeys(list(cast.nodes)[: number + 1], 1)}
            propose_candidate(TEST, key=f"c{number}", name="C", cost=assumed(5, "USD"), effects=effects)

    for start in (0, 4):
        grow(start)
        with query_count("page candidates list"):
            manager.get("/what-if/candidates/")
        with query_count("page candidates page"):
            manager.get(f"/what-if/candidates/c{start}/")
