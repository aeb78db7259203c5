"""The numbers worked on the pages about weak points, minimal sets and feasibility are what the engine answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from holdfast.engine.feasibility import explain, feasibility
from holdfast.engine.minimal_sets import minimal_sets
from holdfast.engine.twin import Twin, read_twin
from holdfast.engine.weak_points import weak_points

Json = dict[str, Any]
METHODS = Path(__file__).parents[2] / "docs" / "methods"
PAGES = ("weak-points", "minimal-sets", "feasibility")
BLOCK = re.compile(r"^```json (?P<kind>[\w-]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    page: str
    twin: Json
    question: Json
    answer: Json


def examples() -> list[Example]:
    """Runs of three blocks: the twin, the question under the name of its command, the answer."""
    found = []
    for page in PAGES:
        blocks = [(m["kind"], json.loads(m["body"])) for m in BLOCK.finditer((METHODS / f"{page}.md").read_text())]
        for k in range(0, len(blocks), 3):
            assert [kind for kind, _ in blocks[k : k + 3]] == ["twin", page, "answer"]
            found.append(Example(page, *(body for _, body in blocks[k : k + 3])))
    return found


EXAMPLES = examples()


def ask(page: str, twin: Twin, question: Json) -> Json:
    if page == "weak-points":
        return weak_points(twin, **question).as_json()
    if page == "minimal-sets":
        return {"sets": minimal_sets(twin, **question)}
    return {"processes": [one.as_json() for one in feasibility(twin, **question)]}


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{n}-{e.page}" for n, e in enumerate(EXAMPLES)])
def test_engine_gives_the_numbers_on_the_page(example: Example) -> None:
    assert ask(example.page, read_twin(example.twin), example.question) == example.answer


def test_every_page_has_its_examples() -> None:
    """Nobody shortens a page without noticing."""
    assert [e.page for e in EXAMPLES] == ["weak-points", *["minimal-sets"] * 3, *["feasibility"] * 2]


def test_the_lever_of_the_example_is_the_one_on_the_page() -> None:
    found = explain(read_twin(next(e for e in EXAMPLES if e.page == "feasibility").twin), "payroll")
    assert [one.node for one in found.way_back] == ["payroll", "application", "server"]
    assert (found.levers[0].node, found.levers[0].shorten_by) == ("server", 2 * 3_600 + 1)
    assert [one.shorten_by for one in found.levers[1:]] == [None, None]
