"""The numbers worked on the pages about contention, absence and restoration are what the engine answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from holdfast.engine.absence import absence, read_waves
from holdfast.engine.cascade import cascade
from holdfast.engine.contention import contention
from holdfast.engine.restoration import restore
from holdfast.engine.scenario import read_scenario
from holdfast.engine.situation import read_situation
from holdfast.engine.twin import read_twin

Json = dict[str, Any]
METHODS = Path(__file__).parents[2] / "docs" / "methods"
PAGES = {"contention": "contention", "absence": "absence", "restoration": "restore-first"}
BLOCK = re.compile(r"^```json (?P<kind>[\w-]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def example(page: str) -> tuple[Json, Json, Json]:
    """The one example of a page: the twin, the question under the name of its command, the answer."""
    text = (METHODS / f"{page}.md").read_text(encoding="utf-8")
    blocks = [(m["kind"], json.loads(m["body"])) for m in BLOCK.finditer(text)]
    assert [kind for kind, _ in blocks] == ["twin", PAGES[page], "answer"]
    twin, question, answer = (body for _, body in blocks)
    return twin, question, answer


def ask(page: str, twin: Json, question: Json) -> Json:
    model = read_twin(twin)
    if page == "contention":
        return contention(model, [read_scenario(one, model) for one in question["scenarios"]]).as_json()
    if page == "absence":
        return absence(model, read_waves(question, model)).as_json()
    return restore(model, read_situation(question, model)).as_json()


@pytest.mark.parametrize("page", PAGES)
def test_engine_gives_the_numbers_on_the_page(page: str) -> None:
    twin, question, answer = example(page)
    found = json.loads(json.dumps(ask(page, twin, question)))
    assert {key: found[key] for key in answer} == answer


def test_the_example_of_the_naive_order_costs_what_the_page_says() -> None:
    twin, question, answer = example("restoration")
    naive = ask("restoration", twin, question)["naive"]
    assert (naive["shortest first"]["cost"], naive["shortest first"]["order"]) == (441, ["c", "a", "b"])
    assert naive["as listed"]["cost"] - answer["cost"] == answer["why"]["exchanged"] == 120 - 80


def test_a_loss_that_ends_sooner_can_cost_more() -> None:
    """Three hours down become five when the first line is mended two hours sooner."""
    supply = [{"node": name, "weight": 1} for name in ("a", "b")]
    fallback = {"id": "by hand", "node": "hall", "weight": 2, "activation": 3}
    desk = {"id": "desk", "kind": "process", "requirements": [{"needs": 2, "supply": supply, "fallbacks": [fallback]}]}
    twin = read_twin({"nodes": [desk, *({"id": name, "kind": "facility"} for name in ("a", "b", "hall"))]})
    for until, down in ((4, [(0, 3)]), (2, [(0, 2), (3, 6)])):
        hits = [
            {"node": "a", "loss": 1, "start": 0, "duration": until},
            {"node": "b", "loss": 1, "start": 3, "duration": 5},
        ]
        found = cascade(twin, read_scenario({"hits": hits, "horizon": 24}, twin)).processes["desk"]
        assert [(outage.start // 3_600, outage.end // 3_600) for outage in found.outages] == down


def test_eleven_seats_are_enough_and_a_thousandth_less_is_not() -> None:
    twin, question, _ = example("contention")
    for capacity, victims in ((11, 0), (10.999, 1)):
        twin["pools"][0]["capacity"] = capacity
        (demand,) = ask("contention", twin, question)["scenarios"][0]["pools"]
        assert len(demand["victims"]) == victims
