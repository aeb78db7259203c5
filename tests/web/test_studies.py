"""A question that takes time is asked, answered in the background, shown, compared and taken out."""

from __future__ import annotations

import csv
import io
import json
from html import escape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from holdfast.analysis.studies.actions import ask_study, keep_answer, retire_study
from holdfast.analysis.studies.kinds import SORTS
from holdfast.analysis.studies.models import Kind, Study
from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.jobs.actions import cancel_job
from holdfast.organization.jobs.worker import Crew
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.models import Node
from holdfast.web.pages.studies.registry import READERS
from tests.cast import user
from tests.rows import TEST


@pytest.fixture
def manager(page: Client) -> User:
    found = user("manager", Role.PROGRAMME_MANAGER)
    page.force_login(found)
    return found


def answered(key: str, kind: str, **question: Any) -> Study:
    ask_study(TEST, key=key, kind=kind, question=question)
    while Crew().run_one():
        pass
    return Study.objects.get(key=key)


def test_every_kind_of_question_can_be_answered_and_read() -> None:
    assert set(SORTS) == set(READERS) == set(Kind)


def test_a_question_is_asked_on_the_page_and_its_answer_stands_there(page: Client, manager: User) -> None:
    form = page.get("/what-if/studies/ask/weak-points/").content.decode()
    assert "Whose loss alone would break us?" in form and 'value="72"' in form
    asked = page.post("/what-if/studies/ask/weak-points/", {"duration": "24", "horizon": "720", "title": "One day"})
    assert asked.status_code == 302
    address = asked.headers["Location"]
    assert "being answered" in page.get(address).content.decode()
    assert Crew().run_one()
    study = Study.objects.get()
    assert study.author == manager and study.question["duration"] == 24 and len(study.input_hash) == 64
    text = page.get(address).content.decode()
    assert "lost for 24" in text and "Machine hall" in text and study.input_hash in text
    listed = page.get("/what-if/studies/").content.decode()
    assert "One day" in listed and "answered" in listed


def test_what_is_wrong_with_a_question_is_said_at_its_field_and_nothing_is_lost(page: Client, manager: User) -> None:
    refused = page.post("/what-if/studies/ask/year/", {"years": "0", "seed": "1", "horizon": "10920", "title": "Mine"})
    text = refused.content.decode()
    assert refused.status_code == 422 and 'value="Mine"' in text and "aria-invalid" in text
    assert Study.objects.count() == 0
    assert page.get("/what-if/studies/ask/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "question", "field"),
    [
        ("year", {"years": 1.5}, "years"),
        ("year", {"years": 10**9}, "years"),
        ("weak-points", {"duration": float("nan")}, "duration"),
        ("weak-points", {"duration": True}, "duration"),
        ("weak-points", {"length": 3}, "length"),
        ("minimal-sets", {}, "target"),
        ("minimal-sets", {"target": ["f1"]}, "target"),
        ("nothing", {}, "kind"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    page: Client, kind: str, question: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        ask_study(TEST, key="bad", kind=kind, question=question)
    assert field in refused.value.message_dict
    assert Study.objects.count() == 0


def test_the_answer_is_that_of_the_command_and_is_never_written_over(page: Client) -> None:
    study = answered("feasible", "feasibility")
    assert {one["process"] for one in study.answer["processes"]} == {
        node.key for node in Node.objects.filter(kind="process")
    }
    with pytest.raises(ValidationError):
        keep_answer(TEST, study, answer={}, input_hash="0" * 64, seconds=0)


def test_contention_is_asked_over_the_saved_scenarios(page: Client) -> None:
    study = answered("pools", "contention")
    assert study.answer["keys"] == ["hall-lost"]
    assert page.get("/what-if/studies/pools/").status_code == 200
    assert "no-such" in answered("none", "contention", scenarios=["no-such"]).problem


def test_waves_of_absence_are_typed_a_line_each_and_shown(page: Client, manager: User) -> None:
    form = page.get("/what-if/studies/ask/absence/").content.decode()
    assert "1; 3; 40; 3; 4" in form
    wrong = page.post("/what-if/studies/ask/absence/", {"waves": "1; 3; many; 3; 4", "weeks": "26"})
    assert wrong.status_code == 422 and "“many” is no number" in wrong.content.decode()
    asked = page.post("/what-if/studies/ask/absence/", {"waves": "0; 1; 90; 8; 1", "weeks": "26"})
    assert Crew().run_one()
    study = Study.objects.get()
    assert study.question["waves"][0]["peak"] == 0.9 and study.answer["sites"]
    assert page.get(asked.headers["Location"]).status_code == 200


def test_what_to_restore_first_is_asked_of_a_saved_scenario_with_crews_and_repairs(page: Client, manager: User) -> None:
    given = {"scenario": "hall-lost", "crews": "plumbers; pipes; 2", "repairs": "hall; pipes; 8"}
    asked = page.post("/what-if/studies/ask/restoration/", given)
    assert asked.status_code == 302, asked.content.decode()
    assert Crew().run_one()
    text = page.get(asked.headers["Location"]).content.decode()
    assert "Machine hall comes first" in text and "plumbers 1" in text
    refused = page.post("/what-if/studies/ask/restoration/", {**given, "repairs": "hall"})
    assert refused.status_code == 422 and "crew-hours" in refused.content.decode()


def test_the_same_question_of_the_same_day_has_the_same_hash_and_answer_and_a_changed_model_another(
    page: Client,
) -> None:
    one, same = answered("one", "feasibility"), answered("same", "feasibility")
    assert (one.input_hash, one.answer) == (same.input_hash, same.answer)
    hall = Node.objects.get(key="hall")
    edit_node(TEST, hall, version=hall.version, name="Great hall")
    assert answered("other", "feasibility").input_hash != one.input_hash


def test_a_model_that_cannot_answer_says_why(page: Client) -> None:
    study = answered("nobody", "minimal-sets", target="nobody-at-all")
    assert study.answered_at is None and "nobody-at-all" in study.problem
    assert "nobody-at-all" in page.get("/what-if/studies/nobody/").content.decode()


def test_a_cancelled_question_is_not_answered(page: Client) -> None:
    study = ask_study(TEST, key="cancelled", kind="feasibility", question={})
    assert study.job is not None
    cancel_job(TEST, study.job)
    assert not Crew().run_one()
    assert "It was cancelled." in page.get("/what-if/studies/cancelled/").content.decode()


def test_two_answers_are_compared_and_what_differs_is_listed(page: Client) -> None:
    answered("short", "weak-points", duration=1)
    answered("long", "weak-points", duration=500)
    text = page.get("/what-if/studies/compare/?one=short&other=long").content.decode()
    assert "Two answers compared" in text and "difference" in text
    answered("feasible", "feasibility")
    mixed = page.get("/what-if/studies/compare/?one=short&other=feasible")
    assert mixed.status_code == 400 and "two kinds" in mixed.content.decode()


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "docx", "pdf"])
def test_an_answer_is_taken_out_as_a_file(page: Client, ending: str) -> None:
    study = answered("feasible", "feasibility")
    response = page.get(f"/what-if/studies/feasible/?format={ending}")
    assert response.status_code == 200 and f"feasible.{ending}" in response.headers["Content-Disposition"]
    if ending == "csv":
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert len(rows) == 1 + len(study.answer["processes"])
    elif ending == "json":
        assert json.loads(response.content)["input_sha256"] == study.input_hash
    assert page.get("/what-if/studies/feasible/?format=exe").status_code == 404


def test_there_is_no_file_before_the_answer(page: Client) -> None:
    ask_study(TEST, key="waiting", kind="feasibility", question={})
    assert page.get("/what-if/studies/waiting/?format=pdf").status_code == 409


def test_what_is_put_aside_is_listed_no_more_and_still_found(page: Client) -> None:
    study = answered("old", "feasibility")
    retire_study(TEST, study, version=study.version, on=clock.today())
    assert "Not asked yet." in page.get("/what-if/studies/").content.decode()
    assert page.get("/what-if/studies/old/").status_code == 200


def test_an_answer_names_nothing_outside_the_readers_scope(page: Client, manager: User) -> None:
    answered("weak", "weak-points", duration=500)
    treasury = Unit.objects.get(key="treasury")
    outsider = user("outsider", Role.FOCAL_POINT, unit=treasury)
    page.force_login(outsider)
    text = page.get("/what-if/studies/weak/").content.decode()
    # Critical functions are known to everybody.
    others = Node.objects.exclude(pk__in=Node.objects.filter(unit=treasury))
    hidden = [escape(node.name) for node in others if not node.is_function]
    assert hidden and not any(f">{name}<" in text for name in hidden)


def test_a_question_is_asked_and_followed_by_program(page: Client, manager: User) -> None:
    token = create_token(manager, manager, name="test")[1]
    head = {"headers": {"Authorization": f"Bearer {token}"}, "content_type": "application/json"}
    bare = {"headers": {"Authorization": f"Bearer {token}"}}
    made = page.post("/api/v1/studies", {"key": "q", "kind": "weak-points", "question": {"duration": 24}}, **head)
    assert made.status_code == 201 and made.json()["state"] == "open"
    assert page.get("/api/v1/studies/q/answer", **bare).json()["answer"] is None
    while Crew().run_one():
        pass
    assert page.get("/api/v1/studies/q", **bare).json()["state"] == "answered"
    assert page.get("/api/v1/studies/q/answer", **bare).json()["answer"]["asked"] == Node.objects.count()
    wrong = page.post("/api/v1/studies", {"key": "w", "kind": "year", "question": {"years": -1}}, **head)
    assert wrong.status_code == 422 and wrong.json()["error"]["fields"][0]["path"] == "years"
