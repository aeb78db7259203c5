"""`holdfast portfolio` on the command line: its JSON, its text, and what bad files and figures get."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.test_engine_commands import run
from tests.engine.test_best_buy_page import EXAMPLES, Json

EXAMPLE = Path(__file__).parents[2] / "examples" / "secretariat"


def files(folder: Path, number: int, **change: object) -> tuple[Path, Path]:
    """The twin and the options of an example of the page."""
    (_, twin), (_, options), _ = EXAMPLES[number]
    paths = folder / "twin.json", folder / "options.json"
    for path, data in zip(paths, (twin, options | change), strict=True):
        path.write_text(json.dumps(data), encoding="utf-8")
    return paths


def test_json_has_the_fixed_keys_and_nothing_else_is_printed(tmp_path: Path) -> None:
    result = run("portfolio", *files(tmp_path, 0), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert list(answer)[:5] == ["bought", "cost", "bound", "gap", "proof"]
    assert (answer["bought"], answer["cost"], answer["gap"]) == (["battery"], 10, 0)
    assert answer["proof"] == {"0": {"site": 4.5}}


def test_text_says_what_was_bought_what_for_and_what_gets_worse(tmp_path: Path) -> None:
    said = run("portfolio", *files(tmp_path, 0)).stdout
    for words in (
        "3 options, 1 planning scenarios, 1 processes to be kept",
        "With nothing bought these are down for too long:\n  site in “scenario 0”: 12 h",
        "The best buy costs 10.00, which is proven to be the least.",
        "battery (10.00)\n      without it site would be down for 12 h in “scenario 0”",
        "What it makes worse:\n  desk in “scenario 0”: down for 12 h instead of 6 h, beyond its MTPD",
        "Buying the best value first would cost the same here: 10.00.",
    ):
        assert words in said


def test_text_says_that_a_budget_is_too_small_and_what_would_do(tmp_path: Path) -> None:
    said = run("portfolio", *files(tmp_path, 1)).stdout
    assert "Not feasible within the budget of 15.00: the cheapest set known costs 20.00, which is proven" in said
    assert "That set buys:" in said


def test_text_says_what_cannot_be_kept_and_when_nothing_is_needed(tmp_path: Path) -> None:
    said = run("portfolio", *files(tmp_path, 0, options=[])).stdout
    assert "Nothing on the list keeps all of them.\n  site in “scenario 0” is not kept, whatever is bought" in said
    said = run("portfolio", *files(tmp_path, 0, must=[])).stdout
    assert "Nothing needs to be bought." in said


def test_a_search_that_may_not_take_any_time_says_so(tmp_path: Path) -> None:
    said = run("portfolio", *files(tmp_path, 0), "--seconds", "0").stdout
    assert "any would cost at least 0.00" in said or "gap" in said or "proven" in said


def test_the_frontier_as_json_and_as_text(tmp_path: Path) -> None:
    paths = files(tmp_path, 2)
    answer = json.loads(run("portfolio", *paths, "--frontier", "--years", "100", "--seed", "2", "--json").stdout)
    assert [point["bought"] for point in answer["frontier"]] == [[], ["cable"], ["spare"], ["cable", "spare"]]
    said = run("portfolio", *paths, "--frontier", "--years", "100", "--category", "money").stdout
    assert "Expected loss a year (money), over 100 years drawn, seed 1." in said
    assert "Each line is the best of all 8 sets within its budget." in said
    assert "+ spare" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--frontier", "--category", "honour"], "--category: wanted one of money, got “honour”"),
        (["--frontier", "--years", "0"], "--years: wanted a whole number from 1"),
        (["--frontier", "--seed", "-1"], "seed: wanted a whole number from 0"),
        (["--horizon", "0"], "options[0].id"),
    ],
)
def test_bad_use_is_refused(words: list[str], said: str, tmp_path: Path) -> None:
    change: Json = {"options": [{"cost": 1}]} if words[0] == "--horizon" else {}
    result = run("portfolio", *files(tmp_path, 2, **change), *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    twin, _ = files(tmp_path, 0)
    result = run("portfolio", twin, tmp_path / "none.json")
    assert result.exit_code == 2
    assert "none.json: cannot be read" in result.stderr


def test_the_example_of_the_secretariat_is_told_in_words() -> None:
    said = run("portfolio", EXAMPLE / "twin.json", EXAMPLE / "options.json").stdout
    for words in (
        "Key financial transactions in “Headquarters complex inaccessible for 10 days”",
        "The best buy costs 3,065,000.00, which is proven to be the least.",
        "Second core network at Brindisi (2,150,000.00)",
        "would cost 3,155,000.00: 90,000.00 more (3%)",
    ):
        assert words in said
