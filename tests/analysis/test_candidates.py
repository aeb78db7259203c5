"""Candidates: what is refused, what is decided, what the engine is given, and the way out and in again."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.analysis.choice import actions
from holdfast.analysis.choice.actions import CandidateFields, options_file
from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.model.twin import build_twin
from holdfast.engine.options import read_options
from holdfast.engine.twin import read_twin
from holdfast.exchange.example import candidates_of
from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read
from holdfast.formats.records_json import write_json
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.evidence.fact import Fact, assumed
from holdfast.organization.structure.models import Requirement
from tests.cast import TEST, Cast, user

DAY = date(2009, 1, 1)
FALLBACK = {"node": "geneva-offices", "weight": 0.5, "activation": 12}
HALL = {"fallbacks": [{"node": "building", "requirement": 0, "fallback": FALLBACK}]}
ASKED: dict[str, Any] = {"scenarios": [], "must": [], "budget": None, "term": 5}


def cost(value: float | None = 1000) -> Fact:
    return assumed(value, "USD", "A guess.")


def propose(key: str = "hall", **fields: Any) -> Candidate:
    given: CandidateFields = {"name": key, "cost": cost(), **fields}  # type: ignore[typeddict-item]
    return actions.propose_candidate(TEST, key=key, **given)


def refused(effects: Any) -> list[str]:
    with pytest.raises(ValidationError) as error:
        propose(effects=effects)
    return error.value.message_dict["effects"]


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ([], "Wanted an object with: fallbacks, pools, restart, tolerance, rates."),
        ({"restarts": {}}, "There is no “restarts”."),
        ({"restart": {"building": "soon"}}, "restart[...]: wanted a number, got a text"),
        ({"restart": {"building": -1}}, "restart.building: wanted a number of 0 or more, got -1"),
        ({"tolerance": [{"node": "building", "hours": 1}]}, "tolerance[0].requirement: is missing"),
        ({"tolerance": [{"node": "building", "requirement": -1, "hours": 1}]}, "tolerance[0].requirement: wanted"),
        ({"fallbacks": [{"node": "building", "requirement": 0}]}, "fallbacks[0].fallback: is missing"),
        (
            {"fallbacks": [{"node": "building", "requirement": 0, "fallback": {**FALLBACK, "weight": 0}}]},
            "fallbacks[0].fallback.weight: wanted",
        ),
    ],
)
def test_effects_that_the_engine_could_not_read_are_refused_with_their_place(
    cast: Cast, effects: Any, said: str
) -> None:
    (message,) = refused(effects)
    assert message.startswith(said), message


def test_effects_on_what_is_not_there_are_refused_by_name(cast: Cast) -> None:
    assert refused(
        {
            "restart": {"nowhere": 1},
            "pools": {"no-pool": 3},
            "rates": {"no-hazard": 0.5},
            "tolerance": [
                {"node": "building", "requirement": 9, "hours": 1},
                {"node": "ny-power", "requirement": 0, "hours": 1},
            ],
        }
    ) == [
        "There is no process or resource “nowhere”.",
        "There is no pool “no-pool”.",
        "There is no hazard “no-hazard”.",
        f"“building” has no requirement 9: wanted a number from 0 to {_last('building')}.",
        "“ny-power” needs nothing, so that nothing can serve instead.",
    ]
    assert not Candidate.objects.exists()


def _last(key: str) -> int:
    return Requirement.objects.filter(node__key=key).count() - 1


def test_a_fallback_gets_an_id_of_the_candidate_and_keeps_it(cast: Cast) -> None:
    candidate = propose(effects=HALL)
    (added,) = candidate.effects["fallbacks"]
    assert added["fallback"]["id"] == "hall:1"
    more = {"fallbacks": [HALL["fallbacks"][0], added]}
    changed = actions.edit_candidate(TEST, candidate, version=1, effects=more)
    assert [part["fallback"]["id"] for part in changed.effects["fallbacks"]] == ["hall:2", "hall:1"]


def test_choosing_and_rejecting_take_a_reason(cast: Cast) -> None:
    candidate = propose()
    for state in ("chosen", "rejected"):
        with pytest.raises(ValidationError, match="Say why"):
            actions.decide_candidate(TEST, candidate, version=1, state=state)
    decided = actions.decide_candidate(TEST, candidate, version=1, state="rejected", why="Too dear.")
    assert (decided.state, decided.why) == ("rejected", "Too dear.")
    assert actions.decide_candidate(TEST, decided, version=2, state="idea").state == "idea"


def test_a_cost_is_an_amount_of_dollars_not_below_zero(cast: Cast) -> None:
    for wrong in (cost(None), cost(-1), assumed(5, "EUR")):
        with pytest.raises(ValidationError) as error:
            propose(cost=wrong)
        assert set(error.value.message_dict) == {"cost"}


def test_who_looks_after_another_unit_may_not_propose_or_name_what_is_not_open_to_him(cast: Cast) -> None:
    by = user("owner", Role.PROCESS_OWNER, unit=cast.units["unog"])
    with pytest.raises(NotAllowed):
        actions.propose_candidate(by, key="n", name="N", cost=cost(), unit=cast.units["fcsd"])
    with pytest.raises(ValidationError, match="no process or resource “building”"):
        actions.propose_candidate(
            by, key="n", name="N", cost=cost(), unit=cast.units["unog"], effects={"restart": {"building": 1}}
        )


def test_the_file_of_options_is_one_that_the_engine_reads(cast: Cast) -> None:
    propose("hall", effects=HALL, yearly=cost(200))
    propose("quick", effects={"restart": {"ny-power": 0.5}})
    propose("gone", valid_until=date(2008, 12, 31))
    in_place = propose("there")
    actions.decide_candidate(TEST, in_place, version=1, state="in_place")
    found = options_file(DAY, **{**ASKED, "must": ["building"]})
    assert [option["id"] for option in found["options"]] == ["hall", "quick"]
    twin = read_twin(build_twin(DAY), "the organisation")
    options = read_options(json.dumps(found), twin)
    assert options.cost == (2000.0, 1000.0)
    assert options.options[0].fallbacks[0].fallback.id == "hall:1"
    named = options_file(DAY, ["there", "quick"], **ASKED)
    assert [option["id"] for option in named["options"]] == ["quick", "there"]
    with pytest.raises(ValidationError, match="no candidate gone, never"):
        options_file(DAY, ["quick", "gone", "never"], **ASKED)


def test_candidates_come_back_as_they_went_out(cast: Cast) -> None:
    candidate = propose(effects={**HALL, "restart": {"ny-power": 0.25}}, causes=["premises"], does="A hall.")
    actions.decide_candidate(TEST, candidate, version=1, state="chosen", why="It costs least.")
    whole = export(TEST)
    for form, data in (("json", write_json(whole)), ("xlsx", export_workbook(whole))):
        found = preview(TEST, read(data, f"whole.{form}"))
        assert ([str(problem) for problem in found.problems], found.nothing_to_do) == ([], True)
    Candidate.objects.all().delete()
    Candidate.history.all().delete()
    apply(TEST, preview(TEST, read(write_json({"candidates": whole["candidates"]}), "candidates.json")))
    assert export(TEST)["candidates"] == whole["candidates"]


def test_the_importer_refuses_what_the_acts_refuse_and_takes_what_comes_with_the_file(cast: Cast) -> None:
    def problems(effects: Any, **more: Any) -> list[str]:
        row = {"key": "n", "name": "N", "cost": {"value": 1, "basis": "assumed"}, "effects": effects}
        return [str(problem) for problem in preview(TEST, {"candidates": [row], **more}).problems]

    assert problems({"restart": {"new": 1}}) == ["candidates[0].effects: There is no process or resource “new”."]
    new = [{"key": "new", "kind": "supplier", "name": "New"}]
    assert problems({"restart": {"new": 1}}, resources=new) == []
    (wrong,) = problems({"restart": 1})
    assert wrong.startswith("candidates[0].effects: restart: wanted an object")
    (outside,) = problems({"tolerance": [{"node": "building", "requirement": 9, "hours": 1}]})
    assert "has no requirement 9" in outside


def test_the_options_of_the_example_are_candidates_record_by_record(settings: Any) -> None:
    file = settings.EXAMPLE_DIR / "options.json"
    options = json.loads(file.read_bytes())["options"]
    (records,) = candidates_of(file).records.values()
    assert [record["key"] for record in records] == [option["id"] for option in options]
    assert len(records) > 20
    for record, option in zip(records, options, strict=True):
        assert (record["cost"]["value"], record["yearly"]["value"]) == (option["cost"], option["yearly"])
        assert record["effects"].items() <= option.items()
