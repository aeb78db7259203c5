"""The numbers on the page about the best buy are what the engine answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from holdfast.engine.best_buy import best_buy
from holdfast.engine.frontier import frontier
from holdfast.engine.hazards import read_hazards
from holdfast.engine.options import read_options
from holdfast.engine.twin import read_twin
from tests.engine.test_worked_examples import unmet

Json = dict[str, Any]

PAGE = Path(__file__).parents[2] / "docs" / "methods" / "best-buy.md"
BLOCKS = [
    (kind, json.loads(body))
    for kind, body in re.findall(
        r"^```json (\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]
EXAMPLES = [BLOCKS[k : k + 3] for k in range(0, len(BLOCKS), 3)]


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(n) for n in range(len(EXAMPLES))])
def test_answers_are_those_on_the_page(example: list[tuple[str, Json]]) -> None:
    (_, data), (kind, asked), (_, answer) = example
    twin = read_twin(data)
    hazards = read_hazards(data, twin)
    options = read_options(asked, twin, hazards)
    if kind == "frontier":
        assert unmet(answer, frontier(twin, hazards, options, 1_000, 1).as_json()) == []
    else:
        assert unmet(answer, best_buy(twin, options).as_json()) == []


def test_the_page_has_its_examples() -> None:
    assert [[kind for kind, _ in example] for example in EXAMPLES] == [
        ["twin", "portfolio", "answer"],
        ["twin", "portfolio", "answer"],
        ["twin", "frontier", "answer"],
    ]
