"""The numbers worked by hand on the page about the cascade are what the engine answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from holdfast.engine.checks import check
from holdfast.engine.twin import read_twin
from tests.engine.compare import by_engine
from tests.engine.reference import cascade as reference_cascade

Json = dict[str, Any]
PAGE = Path(__file__).parents[2] / "docs" / "methods" / "cascade.md"

BLOCK = re.compile(r"^#+ (?P<title>[^\n]+)$|^```json (?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    title: str
    twin: Json
    scenario: Json
    answer: Json


def examples_on_the_page() -> list[Example]:
    """Every run of three blocks (twin, scenario, answer), under the heading that it stands under."""
    found: list[Example] = []
    title, blocks = "", []
    for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if match["title"]:
            title = match["title"]
            continue
        blocks.append((match["kind"], json.loads(match["body"])))
        if len(blocks) == 3:
            assert [kind for kind, _ in blocks] == ["twin", "scenario", "answer"], f"blocks out of order under {title}"
            found.append(Example(title, *(body for _, body in blocks)))
            blocks = []
    assert not blocks, f"an example without an answer under {title}"
    return found


EXAMPLES = examples_on_the_page()


def unmet(promised: Any, given: Any, path: str = "") -> list[str]:
    """What the page promises and the answer does not give; the page may leave out keys, but no list items."""
    if isinstance(promised, dict):
        return [u for key, value in promised.items() for u in unmet(value, given[key], f"{path}.{key}")]
    if isinstance(promised, list):
        if len(promised) != len(given):
            return [f"{path}: {given}, the page says {promised}"]
        return [u for n, (p, g) in enumerate(zip(promised, given, strict=True)) for u in unmet(p, g, f"{path}[{n}]")]
    return [] if promised == given else [f"{path}: {given!r}, the page says {promised!r}"]


def test_page_has_an_example_of_every_rule() -> None:
    """Nobody shortens the page without noticing: each rule keeps its worked numbers."""
    assert len(EXAMPLES) == 14
    words = " ".join(example.title.lower() for example in EXAMPLES)
    for rule in (
        "tolerance",
        "restart",
        "quorum",
        "fallback",
        "pools",
        "binding chain",
        "ties",
        "deadlock",
        "settle",
        "costs",
        "horizon",
    ):
        assert rule in words, f"no worked example of {rule}"


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{n}-{e.title}" for n, e in enumerate(EXAMPLES)])
def test_engine_gives_the_numbers_on_the_page(example: Example) -> None:
    """A reader who runs the example gets what the page prints."""
    assert unmet(example.answer, by_engine(example.twin, example.scenario)) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{n}-{e.title}" for n, e in enumerate(EXAMPLES)])
def test_reference_gives_the_numbers_on_the_page(example: Example) -> None:
    """The slow second implementation, by which the engine is judged, agrees with the hand-worked numbers too."""
    assert unmet(example.answer, reference_cascade(example.twin, example.scenario)) == []


def test_a_changed_number_on_the_page_is_noticed() -> None:
    """The comparison with the page looks at every number."""
    first = EXAMPLES[0]
    wrong = json.loads(json.dumps(first.answer).replace("16", "17"))
    assert unmet(wrong, by_engine(first.twin, first.scenario))


def test_unsettled_circle_sends_its_gap_round_until_it_is_stopped() -> None:
    """The three stations are down in turn, 1.5 h in every 3 h, and held at the 1,000th change of the first."""
    ring = next(e for e in EXAMPLES if "settle" in e.title)
    nodes = by_engine(ring.twin, ring.scenario)["nodes"]
    expected = [[t, level] for k in range(500) for t, level in ((3 * k, 0), (3 * k + 1.5, 1))]
    assert nodes["a"]["level"] == expected
    assert len(nodes["a"]["level"]) == 1_000
    assert nodes["b"]["level"][:3] == [[0, 1], [1, 0], [2.5, 1]]
    assert nodes["b"]["level"][-1] == [1498, 0]
    assert nodes["c"]["level"][-1] == [1497.5, 1]


def test_chain_of_unsettled_circle_goes_back_to_the_first_hit() -> None:
    """However often the gap went round, the cause of the watch's outage is the half hour at the start."""
    ring = next(e for e in EXAMPLES if "settle" in e.title)
    cause = by_engine(ring.twin, ring.scenario)["nodes"]["watch"]["outages"][0]["cause"]
    assert cause[:3] == [["watch", 1499.5], ["b", 1498], ["a", 1497]]
    assert cause[-1] == ["a", 0]
    assert [t for _, t in cause[1:]] == list(range(1498, -1, -1))


def test_example_with_deadlock_is_also_a_complaint_of_the_named_checks() -> None:
    """The circle that deadlocks is named before anything fails, by `check`; with the tolerance it is not."""
    deadlock, cured = [e for e in EXAMPLES if "deadlock" in e.title.lower()][:2]
    assert {c.check for c in check(read_twin(json.dumps(deadlock.twin)))} >= {"check_circle_without_tolerance"}
    assert "check_circle_without_tolerance" not in {c.check for c in check(read_twin(json.dumps(cured.twin)))}


def test_chain_without_a_way_to_a_hit_is_as_deep_as_the_first_descent() -> None:
    """Two nodes hold each other up by a fallback; when it ends both fall at that instant, and no hit is near."""
    twin = {
        "nodes": [
            {
                "id": "a",
                "kind": "process",
                "minimum_level": 0.5,
                "requirements": [
                    {
                        "needs": 1,
                        "quorum": 1,
                        "supply": [{"node": "b", "weight": 1}],
                        "fallbacks": [
                            {
                                "id": "f",
                                "node": "spare",
                                "weight": 0.2,
                                "activation": 0,
                                "endurance": 5,
                                "strategy": "alternate_means",
                                "pool": None,
                            }
                        ],
                    }
                ],
            },
            {
                "id": "b",
                "kind": "application",
                "restart": 20,
                "requirements": [{"needs": 1, "supply": [{"node": "a", "weight": 1}]}],
            },
            {"id": "spare", "kind": "people", "requirements": []},
        ],
        "pools": [],
    }
    scenario = {"hits": [{"node": "b", "loss": 0.2, "start": 0, "duration": 1}], "horizon": 24}
    answer = by_engine(twin, scenario)
    assert answer["nodes"]["a"]["level"] == [[0, 1], [5, 0]]
    assert answer["nodes"]["b"]["level"] == [[0, 0.8], [5, 0]]
    assert answer["nodes"]["a"]["outages"][0]["cause"] == [["a", 5], ["b", 5]]
    assert answer["deadlocks"] == [["a", "b"]]


def test_contentions_are_listed_in_the_order_in_which_the_places_are_granted() -> None:
    """A claim of the first run comes before a better-ranked fallback that only the shortage of places calls upon."""

    def away(name: str, node: str) -> dict[str, Any]:
        made = {"id": name, "node": node, "weight": 1, "activation": 0, "endurance": None}
        return made | {"strategy": "alternate_site", "pool": "seats"}

    twin = {
        "nodes": [
            {
                "id": "first by rank",
                "kind": "process",
                "priority": 1,
                "requirements": [
                    {
                        "needs": 1,
                        "supply": [{"node": "claims", "weight": 1}],
                        "fallbacks": [away("called upon", "annex")],
                    }
                ],
            },
            {
                "id": "claims",
                "kind": "process",
                "priority": 2,
                "requirements": [
                    {"needs": 1, "supply": [{"node": "floor", "weight": 1}], "fallbacks": [away("claim", "annex")]}
                ],
            },
            {"id": "annex", "kind": "facility", "requirements": []},
            {"id": "floor", "kind": "facility", "requirements": []},
        ],
        "pools": [{"id": "seats", "capacity": 0.5}],
    }
    scenario = {"hits": [{"node": "floor", "loss": 1, "start": 0, "duration": 1}], "horizon": 24}
    assert by_engine(twin, scenario)["contentions"] == [
        {"pool": "seats", "fallback": "claim", "node": "claims", "weight": 1, "granted": 0.5},
        {"pool": "seats", "fallback": "called upon", "node": "first by rank", "weight": 1, "granted": 0},
    ]
