"""A question is kept under a name, by whoever may, and is there for whoever may see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.scenarios.actions import Strike, retire_scenario, save_scenario
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.places import create_unit
from holdfast.organization.structure.models import Node
from tests.cast import user
from tests.rows import TEST

QUESTION = "hit=hall&loss=0.5&start=2&duration=24&horizon=720"


@pytest.fixture
def manager(page: Client) -> User:
    found = user("manager", Role.PROGRAMME_MANAGER)
    page.force_login(found)
    return found


@pytest.fixture
def token(manager: User) -> str:
    return create_token(manager, manager, name="test")[1]


def test_a_question_is_saved_under_a_name_and_asked_again(page: Client, manager: User) -> None:
    form = page.get(f"/what-if/save/?{QUESTION}").content.decode()
    assert "Save this question" in form
    saved = page.post(f"/what-if/save/?{QUESTION}", {"name": "Half the hall", "cause": "premises"})
    assert saved.headers["Location"] == "/what-if/?scenario=half-the-hall"
    scenario = Scenario.objects.with_hits().get(key="half-the-hall")
    assert scenario.author == manager
    assert scenario.as_scenario() == {
        "name": "Half the hall",
        "cause": "premises",
        "hits": [{"node": "hall", "loss": 0.5, "start": 2.0, "duration": 24.0}],
        "horizon": 720.0,
    }
    text = page.get("/what-if/?scenario=half-the-hall").content.decode()
    assert "Half the hall" in text and "Machine hall" in text
    assert "Half the hall" in page.get("/organization/scenarios/").content.decode()
    assert "Machine hall" in page.get("/organization/scenarios/half-the-hall/").content.decode()


def test_a_changed_question_takes_the_place_of_the_one_it_began_with(page: Client, manager: User) -> None:
    answer = page.get(f"/what-if/?{QUESTION}&against=scenario%3Dhall-lost").content.decode()
    link = answer[answer.index('href="/what-if/save/') + 6 :].split('"')[0].replace("&amp;", "&")
    form = page.get(link).content.decode()
    assert '<option value="hall-lost" selected>' in form and 'value="Machine hall lost"' in form
    page.post(link, {"name": "Machine hall lost", "place": "hall-lost"})
    scenario = Scenario.objects.with_hits().get(key="hall-lost")
    assert scenario.as_scenario()["hits"] == [{"node": "hall", "loss": 0.5, "start": 2.0, "duration": 24.0}]
    assert Hit.history.filter(scenario=scenario).count() == 3


def test_a_name_is_wanted_and_nothing_is_lost_without_one(page: Client, manager: User) -> None:
    refused = page.post(f"/what-if/save/?{QUESTION}", {"name": "", "description": "A long story."})
    assert refused.status_code == 422
    assert "A long story." in refused.content.decode()
    assert Scenario.objects.count() == 1


def test_an_address_without_a_question_leads_back_to_what_is_wrong_with_it(page: Client, manager: User) -> None:
    assert page.get("/what-if/save/").headers["Location"] == "/what-if/?"
    back = page.post("/what-if/save/?hit=nobody", {"name": "Nothing"}).headers["Location"]
    assert "Nothing here has the id" in page.get(back).content.decode()
    assert Scenario.objects.count() == 1


def test_who_may_not_save_is_not_offered_it(page: Client) -> None:
    assert "/what-if/save/" not in page.get(f"/what-if/?{QUESTION}").content.decode()
    page.force_login(user("reader", Role.AUDITOR))
    assert "/what-if/save/" not in page.get(f"/what-if/?{QUESTION}").content.decode()
    assert page.get(f"/what-if/save/?{QUESTION}").status_code == 403


def _units() -> tuple[Unit, Unit]:
    return Unit.objects.get(key="treasury"), create_unit(TEST, key="archive", name="Archive", kind="unit")


def _save(by: Any, key: str, unit: Unit | None = None) -> Scenario:
    return save_scenario(by, key=key, name=key, unit=unit, hits=[Strike(Node.objects.get(key="hall"))])


def test_a_units_scenario_is_seen_by_those_of_the_unit_and_its_author(page: Client) -> None:
    here, there = _units()
    owner = user("owner", Role.FOCAL_POINT, unit=here)
    stranger = user("stranger", Role.FOCAL_POINT, unit=there)
    _save(owner, "ours", here)
    _save(owner, "everybodys")
    assert set(visible(Scenario.objects.all(), owner).values_list("key", flat=True)) == {
        "ours",
        "everybodys",
        "hall-lost",
    }
    assert set(visible(Scenario.objects.all(), stranger).values_list("key", flat=True)) == {"everybodys", "hall-lost"}
    page.force_login(stranger)
    assert page.get("/what-if/?scenario=ours").status_code == 404
    assert page.get("/organization/scenarios/ours/").status_code == 404
    assert "ours" not in {row["key"] for row in page.get("/api/v1/scenarios").json()["items"]}


def test_nobody_puts_a_scenario_into_a_unit_that_is_not_his(page: Client) -> None:
    here, there = _units()
    owner = user("owner", Role.FOCAL_POINT, unit=here)
    with pytest.raises(NotAllowed):
        _save(owner, "theirs", there)
    assert not Scenario.objects.filter(key="theirs").exists()


def test_a_retired_scenario_is_offered_no_more(page: Client) -> None:
    scenario = Scenario.objects.get(key="hall-lost")
    retire_scenario(TEST, scenario, version=scenario.version, on=clock.today())
    assert "Machine hall lost" not in page.get("/what-if/").content.decode()
    assert page.get("/what-if/?scenario=hall-lost").status_code == 404


def test_programs_save_change_and_ask_scenarios(page: Client, manager: User, token: str) -> None:
    head = {"Authorization": f"Bearer {token}"}
    body = {"key": "mine", "name": "Mine", "hits": [{"node": "hall", "duration": 4}]}
    made = page.post("/api/v1/scenarios", json.dumps(body), content_type="application/json", headers=head)
    assert made.status_code == 201
    assert made.json()["hits"] == [{"node": "hall", "loss": 1.0, "start": 0.0, "duration": 4.0}]
    changed = page.patch(
        "/api/v1/scenarios/mine",
        json.dumps({"version": made.json()["version"], "hits": [{"node": "hall", "duration": 8}]}),
        content_type="application/json",
        headers=head,
    )
    assert changed.json()["hits"][0]["duration"] == 8.0
    answer = page.get("/api/v1/scenarios/mine/cascade", headers=head).json()
    same = page.post(
        "/api/v1/cascade",
        json.dumps({"hits": [{"node": "hall", "duration": 8}]}),
        content_type="application/json",
        headers=head,
    ).json()
    assert answer == same
    for hits, where in (
        ([], "hits"),
        ([{"node": "nobody"}], "hits.0.node"),
        ([{"node": "hall", "loss": 2}], "hits.0.loss"),
    ):
        wrong = page.post(
            "/api/v1/scenarios",
            json.dumps({**body, "key": "other", "hits": hits}),
            content_type="application/json",
            headers=head,
        )
        assert wrong.status_code == 422
        assert where in [field["path"].removeprefix("body.") for field in wrong.json()["error"]["fields"]]
