"""The numbers on the page about the year are what the engine, and the slow reference, answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from holdfast.engine import kernel
from holdfast.engine.hazards import read_hazards
from holdfast.engine.sampling import Years, key
from holdfast.engine.twin import read_twin
from holdfast.engine.year import year
from tests.engine import reference_year as reference
from tests.engine.test_worked_examples import unmet

PAGE = Path(__file__).parents[2] / "docs" / "methods" / "year.md"
BLOCKS: dict[str, list[Any]] = {}
for _kind, _body in re.findall(
    r"^```json (\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
):
    BLOCKS.setdefault(_kind, []).append(json.loads(_body))

(TWIN,) = BLOCKS["twin"]
(HITS,) = BLOCKS["hits"]
(DRAWS,) = BLOCKS["draws"]


def test_the_first_year_is_the_one_on_the_page() -> None:
    read = read_twin(TWIN)
    drawn = Years(read, read_hazards(TWIN, read)).draw(1, 0).hits
    assert [[h.node, h.hazard, h.event, h.start, h.end - h.start] for h in drawn] == HITS
    told = sorted(reference.hits_of(TWIN, 1, 0), key=lambda h: (h["hazard"], h["event"]))
    assert [[h["node"], h["hazard"], h["event"], h["start"], h["end"] - h["start"]] for h in told] == HITS


@pytest.mark.parametrize(("question", "answer"), list(zip(BLOCKS["question"], BLOCKS["answer"], strict=True)))
def test_answers_are_those_on_the_page(question: Any, answer: Any) -> None:
    read = read_twin(TWIN)
    given = year(read, read_hazards(TWIN, read), question["years"], question["seed"]).as_json()
    assert unmet(answer, given) == []


def test_losses_told_in_words_are_those_of_the_reference() -> None:
    sums = [sum(reference.one_year(TWIN, 1, n)["events"]["financial"].values()) for n in range(4)]
    assert [round(float(one)) for one in sums] == [3_867, 3_716, 1_862, 2_396]
    read = read_twin(TWIN)
    loss = year(read, read_hazards(TWIN, read), 1_000, 1).loss["financial"]
    assert loss.se is not None
    assert (round(loss.aal), round(loss.se)) == (2_694, 103)


def test_draws_are_those_on_the_page() -> None:
    lib = kernel.loaded()
    place = reference.address(1, 0, key("power cut"))
    assert {
        "key of power cut": hex(key("power cut")),
        "address of its year 0 with seed 1": hex(place),
        "u for its number of events": reference.uniform(reference.step(place, 0)),
        "exp 1": lib.hf_exp(1.0),
        "ln 10": lib.hf_log(10.0),
        "normal 0.9": lib.hf_normal(0.9),
    } == DRAWS
    assert (reference.exp(1.0), reference.log(10.0)) == (DRAWS["exp 1"], DRAWS["ln 10"])
    assert reference.normal(0.9) == DRAWS["normal 0.9"]
