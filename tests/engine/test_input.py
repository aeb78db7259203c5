"""Bad twins and scenarios: always one clear complaint with the place and what is wanted, never a crash."""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.engine.cascade import cascade
from holdfast.engine.errors import InputError
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin
from tests.engine.compare import differences
from tests.engine.reference import cascade as reference_cascade
from tests.strategies import SeededDice, TwinMaker, roll_scenario

Json = dict[str, Any]

TWIN: Json = {
    "nodes": [
        {
            "id": "payroll",
            "kind": "process",
            "restart": 1,
            "minimum_level": 0.5,
            "rto": 4,
            "mtpd": 8,
            "priority": 1,
            "impact": {"financial": [[0, 0], [4, 100]]},
            "requirements": [
                {
                    "needs": 2,
                    "quorum": 1,
                    "tolerance": 3,
                    "supply": [{"node": "server", "weight": 1}, {"node": "staff", "weight": 1}],
                    "fallbacks": [
                        {
                            "id": "by hand",
                            "node": "volunteers",
                            "weight": 1,
                            "activation": 2,
                            "endurance": 24,
                            "strategy": "alternate_means",
                            "pool": "desks",
                        }
                    ],
                }
            ],
        },
        {"id": "server", "kind": "infrastructure", "requirements": []},
        {"id": "staff", "kind": "people", "requirements": []},
        {"id": "volunteers", "kind": "people", "requirements": []},
    ],
    "pools": [{"id": "desks", "capacity": 3}],
}
SCENARIO: Json = {"hits": [{"node": "server", "loss": 1, "start": 0, "duration": 8}], "horizon": 48}


def set_at(document: Json, place: str, value: Any) -> Json:
    """A copy of the document with the value at a place such as `nodes[0].requirements[0].needs`."""
    changed = copy.deepcopy(document)
    target: Any = changed
    steps = [int(s) if s.isdigit() else s for s in place.replace("[", ".").replace("]", "").split(".")]
    for step in steps[:-1]:
        target = target[step]
    if value is MISSING:
        del target[steps[-1]]
    else:
        target[steps[-1]] = value
    return changed


MISSING = object()
REQUIREMENT = "nodes[0].requirements[0]"
FALLBACK = f"{REQUIREMENT}.fallbacks[0]"

BAD_TWINS: list[tuple[str, Any, str]] = [
    # place, value, where the complaint must point (a part of its path)
    ("nodes", MISSING, "nodes"),
    ("nodes", {}, "nodes"),
    ("nodes", None, "nodes"),
    ("pools", 7, "pools"),
    ("nodes[1]", "server", "nodes[1]"),
    ("nodes[1].id", MISSING, "nodes[1]"),
    ("nodes[1].id", 5, "nodes[1].id"),
    ("nodes[1].id", "staff", "nodes[2].id"),
    ("nodes[1].kind", MISSING, "nodes[1]"),
    ("nodes[1].kind", "robot", "nodes[1].kind"),
    ("nodes[0].restart", -1, "nodes[0].restart"),
    ("nodes[0].restart", "2", "nodes[0].restart"),
    ("nodes[0].restart", {"low": 1}, "nodes[0].restart"),
    ("nodes[0].minimum_level", 0, "nodes[0].minimum_level"),
    ("nodes[0].minimum_level", 1.5, "nodes[0].minimum_level"),
    ("nodes[0].rto", -4, "nodes[0].rto"),
    ("nodes[0].mtpd", [8], "nodes[0].mtpd"),
    ("nodes[0].priority", "first", "nodes[0].priority"),
    ("nodes[0].impact", [], "nodes[0].impact"),
    ("nodes[0].impact.financial", [[1, 0], [4, 100]], "nodes[0].impact"),
    ("nodes[0].impact.financial", [[0, 0], [0, 100]], "nodes[0].impact"),
    ("nodes[0].impact.financial", [[0, 100], [4, 0]], "nodes[0].impact"),
    ("nodes[0].impact.financial", [[0, 0], [4]], "nodes[0].impact"),
    ("nodes[0].requirements", {}, "nodes[0].requirements"),
    (f"{REQUIREMENT}.needs", MISSING, REQUIREMENT),
    (f"{REQUIREMENT}.needs", 0, f"{REQUIREMENT}.needs"),
    (f"{REQUIREMENT}.needs", 0.0004, f"{REQUIREMENT}.needs"),
    (f"{REQUIREMENT}.needs", 3, REQUIREMENT),
    (f"{REQUIREMENT}.needs", True, f"{REQUIREMENT}.needs"),
    (f"{REQUIREMENT}.quorum", 2.5, f"{REQUIREMENT}.quorum"),
    (f"{REQUIREMENT}.quorum", -1, f"{REQUIREMENT}.quorum"),
    (f"{REQUIREMENT}.tolerance", -0.5, f"{REQUIREMENT}.tolerance"),
    (f"{REQUIREMENT}.supply", [], REQUIREMENT),
    (f"{REQUIREMENT}.supply", "server", f"{REQUIREMENT}.supply"),
    (f"{REQUIREMENT}.supply[1].node", "nobody", f"{REQUIREMENT}.supply[1]"),
    (f"{REQUIREMENT}.supply[1].weight", 0, f"{REQUIREMENT}.supply[1]"),
    (f"{REQUIREMENT}.supply[1].weight", None, f"{REQUIREMENT}.supply[1]"),
    (f"{REQUIREMENT}.supply[1].weight", 1e30, f"{REQUIREMENT}.supply[1]"),
    (f"{FALLBACK}.id", MISSING, FALLBACK),
    (f"{FALLBACK}.node", "nobody", f"{FALLBACK}.node"),
    (f"{FALLBACK}.weight", -1, f"{FALLBACK}.weight"),
    (f"{FALLBACK}.activation", -1, f"{FALLBACK}.activation"),
    (f"{FALLBACK}.activation", {"median": "x", "p90": 2}, f"{FALLBACK}.activation"),
    (f"{FALLBACK}.endurance", 0, f"{FALLBACK}.endurance"),
    (f"{FALLBACK}.strategy", "hope", f"{FALLBACK}.strategy"),
    (f"{FALLBACK}.pool", "no such pool", f"{FALLBACK}.pool"),
    ("pools[0].capacity", -1, "pools[0].capacity"),
    ("pools[0].capacity", MISSING, "pools[0]"),
    ("pools", [{"id": "desks", "capacity": 1}, {"id": "desks", "capacity": 2}], "pools[1].id"),
]

BAD_SCENARIOS: list[tuple[str, Any, str]] = [
    ("hits", MISSING, "hits"),
    ("hits", {"node": "server"}, "hits"),
    ("hits[0]", None, "hits[0]"),
    ("hits[0].node", "nobody", "hits[0].node"),
    ("hits[0].node", MISSING, "hits[0]"),
    ("hits[0].loss", 0, "hits[0].loss"),
    ("hits[0].loss", 1.01, "hits[0].loss"),
    ("hits[0].loss", "all", "hits[0].loss"),
    ("hits[0].start", -1, "hits[0].start"),
    ("hits[0].duration", 0, "hits[0].duration"),
    ("hits[0].duration", -3, "hits[0].duration"),
    ("hits[0].duration", "long", "hits[0].duration"),
    ("horizon", 0, "horizon"),
    ("horizon", -1, "horizon"),
    ("horizon", 250_001, "horizon"),
    ("horizon", "2160", "horizon"),
]


def complaint_of_twin(data: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read_twin(data, source="our twin.json")
    return caught.value


def test_the_good_twin_and_scenario_are_good() -> None:
    """What the other tests here spoil is accepted as it stands, as text, as bytes and as data."""
    for form in (json.dumps(TWIN), json.dumps(TWIN).encode(), TWIN):
        twin = read_twin(form)
        for asked in (json.dumps(SCENARIO), json.dumps(SCENARIO).encode(), SCENARIO):
            assert cascade(twin, read_scenario(asked, twin)).as_json()["nodes"]["server"]["level"][0] == [0.0, 0.0]


@pytest.mark.parametrize(("place", "value", "where"), BAD_TWINS)
def test_bad_twin_is_refused_with_its_place(place: str, value: Any, where: str) -> None:
    """The complaint names the file and the JSON path, and says something about what is wanted."""
    for form in (lambda x: x, json.dumps):
        error = complaint_of_twin(form(set_at(TWIN, place, value)))
        assert where in error.path
        assert error.source == "our twin.json"
        assert len(error.message) > 8
        assert "our twin.json" in str(error)


@pytest.mark.parametrize(("place", "value", "where"), BAD_SCENARIOS)
def test_bad_scenario_is_refused_with_its_place(place: str, value: Any, where: str) -> None:
    """The same for a scenario."""
    twin = read_twin(TWIN)
    for form in (lambda x: x, json.dumps):
        with pytest.raises(InputError) as caught:
            read_scenario(form(set_at(SCENARIO, place, value)), twin, source="our scenario.json")
        assert where in caught.value.path
        assert caught.value.source == "our scenario.json"
        assert len(caught.value.message) > 8


def test_fallback_ids_are_unique_in_the_whole_twin() -> None:
    """Two requirements of two nodes may not share a fallback id: contentions are reported by it."""
    second = copy.deepcopy(TWIN["nodes"][0]) | {"id": "pensions"}
    error = complaint_of_twin({**TWIN, "nodes": [*TWIN["nodes"], second]})
    assert "nodes[4].requirements[0].fallbacks[0].id" in error.path


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "place", ["nodes[0].restart", "nodes[0].rto", f"{REQUIREMENT}.needs", f"{FALLBACK}.weight", "pools[0].capacity"]
)
def test_no_number_but_a_finite_one_is_taken(place: str, number: float) -> None:
    """NaN and infinity are refused, as data and as the text that some programs write for them."""
    complaint_of_twin(set_at(TWIN, place, number))
    complaint_of_twin(json.dumps(set_at(TWIN, place, number)))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", ["hits[0].loss", "hits[0].start", "hits[0].duration", "horizon"])
def test_no_scenario_number_but_a_finite_one_is_taken(place: str, number: float) -> None:
    """The same for a scenario."""
    twin = read_twin(TWIN)
    for form in (lambda x: x, json.dumps):
        with pytest.raises(InputError):
            read_scenario(form(set_at(SCENARIO, place, number)), twin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[]",
        "7",
        '"nodes"',
        "{",
        '{"nodes": [',
        '{"nodes": [}',
        "{'nodes': []}",
        "\x00",
        '{"nodes": "\ud800"}'.encode("utf-8", "surrogatepass"),
        b"\xff\xfe",
        b"\xef\xbb\xbf[]",
        "[" * 100_000,
        '{"nodes": ' * 5_000,
        '{"nodes": [], "pools": []} trailing',
        '{"nodes": [{"id": "a", "kind": "process", "restart": ' + "9" * 5_000 + "}]}",
    ],
    ids=repr,
)
def test_text_that_is_no_twin_is_refused(text: Any) -> None:
    """Empty, cut off, not JSON, not UTF-8, far too deep, not an object."""
    complaint_of_twin(text)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON document, as the steps that lead to it."""
    if path:
        yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*path, key))
    elif isinstance(document, list):
        for n, value in enumerate(document):
            yield from places(value, (*path, n))


GARBAGE: list[Any] = [
    None, True, False, 0, -1, 1, 0.5, 1e-9, 1e9, 1e15, 1e308, -1e308, 2**31, 2**63, 2**64, 10**400, math.nan, math.inf,
    "", "a", "server", "\x00", "\U0001f600" * 50, [], [[]], [None], [[0, 0]], {}, {"id": None}, {"low": 1}, [{}],
    {"mode": math.nan}, {"median": -1, "p90": 0}, {"low": 3, "mode": 2, "high": 1}, [1] * 1_000,
]  # fmt: skip


def spoil(document: Json, dice: random.Random) -> Json:
    """The document with one to three places replaced by garbage, left out, or doubled."""
    for _ in range(dice.randint(1, 3)):
        document = copy.deepcopy(document)
        path = dice.choice(list(places(document)))
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        act = dice.choice(["replace", "replace", "leave out", "double", "rename"])
        if act == "replace":
            target[path[-1]] = copy.deepcopy(dice.choice(GARBAGE))
        elif act == "leave out":
            del target[path[-1]]
        elif isinstance(target, list):
            target.append(copy.deepcopy(target[path[-1]]))
        else:
            target[path[-1] + "x"] = target.pop(path[-1]) if act == "rename" else copy.deepcopy(target[path[-1]])
        if not document:
            break
    return document


def outcome(twin: Any, scenario: Any) -> str:
    """`refused` or `answered`; anything else that happens is the failure that we look for."""
    try:
        read = read_twin(twin)
        cascade(read, read_scenario(scenario, read)).as_json()
    except InputError as error:
        assert error.message
        assert str(error)
        return "refused"
    return "answered"


def test_spoilt_files_are_answered_or_refused_never_anything_else() -> None:
    """Thousands of good files with garbage in some places, as text and as data."""
    seen = {"refused": 0, "answered": 0}
    for seed in range(3_000):
        dice = random.Random(seed)
        twin, scenario = TWIN, SCENARIO
        if seed % 2:
            maker = TwinMaker(SeededDice(seed), "back edges")
            twin, scenario = maker.twin(), roll_scenario(maker.dice, maker.ids, maker.unit)
        spoil_twin = dice.random() < 0.6
        twin = spoil(twin, dice) if spoil_twin else twin
        scenario = scenario if spoil_twin else spoil(scenario, dice)
        seen[outcome(twin, scenario)] += 1
        try:
            texts = json.dumps(twin), json.dumps(scenario)
        except ValueError:
            continue
        outcome(*texts)
    assert seen["refused"] > 1_000
    assert seen["answered"] > 100


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["id", "nodes"]), inner),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(list(places(TWIN))), value=JSON_VALUES)
def test_any_json_value_at_any_place_is_answered_or_refused(place: tuple[Any, ...], value: Any) -> None:
    """Hypothesis puts any JSON value in any place of a good twin."""
    twin = copy.deepcopy(TWIN)
    target: Any = twin
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    assert outcome(twin, SCENARIO) in ("refused", "answered")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_bytes_or_text_are_answered_or_refused(data: bytes | str) -> None:
    """Files that are no JSON at all."""
    assert outcome(data, SCENARIO) == "refused"
    twin = read_twin(TWIN)
    with pytest.raises(InputError):
        read_scenario(data, twin)


def test_what_the_engine_does_not_know_is_ignored() -> None:
    """A twin may carry names, sites, tags, units, hazards and more for other readers."""
    more = copy.deepcopy(TWIN) | {"hazards": [], "made_by": "a workbook"}
    more["nodes"][0] |= {"name": "Payroll", "site": "HQ", "tags": ["pay"], "unit": "Finance", "paragraph": 12}
    assert outcome(more, SCENARIO) == "answered"


@pytest.mark.parametrize(
    ("place", "in_scenario"),
    [
        ("nodes[0].restart", False),
        ("nodes[0].rto", False),
        ("nodes[0].mtpd", False),
        (f"{REQUIREMENT}.tolerance", False),
        (f"{FALLBACK}.activation", False),
        (f"{FALLBACK}.endurance", False),
        ("hits[0].start", True),
        ("hits[0].duration", True),
    ],
)
@pytest.mark.parametrize("hours", [47, 48, 600_000, 2**31, 2**63, 1e18, 1e300])
def test_hours_beyond_the_horizon_are_just_long(place: str, in_scenario: bool, hours: float) -> None:
    """However large, a finite time is taken for what it says: nothing overflows."""
    twin = TWIN if in_scenario else set_at(TWIN, place, hours)
    scenario = set_at(SCENARIO, place, hours) if in_scenario else SCENARIO
    read = read_twin(twin)
    answer = cascade(read, read_scenario(scenario, read)).as_json()
    assert differences(answer, reference_cascade(twin, scenario)) == []


def test_a_range_counts_as_its_mode_or_median() -> None:
    """Restart and activation may be ranges; everything but the year and the forecast uses mode or median."""
    answers = []
    for restart in (5, {"low": 1, "mode": 5, "high": 30}, {"median": 5, "p90": 40}):
        twin = read_twin(set_at(TWIN, "nodes[0].restart", restart))
        answers.append(cascade(twin, read_scenario(SCENARIO, twin)).as_json())
    assert answers[0] == answers[1] == answers[2]
