"""`holdfast contention`, `absence` and `restore`: the fixed shapes, the text for people, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_engine_commands import run
from tests.engine.test_worked_recovery import example

Json = dict[str, Any]


def files(folder: Path, page: str) -> tuple[str, Path, list[Path]]:
    """The example of a method's page as files: (command, twin, questions)."""
    twin, question, _ = example(page)
    for node in twin["nodes"]:
        node["name"] = node["id"].upper()
    questions = question["scenarios"] if page == "contention" else [question]
    paths = [folder / f"question {k}.json" for k in range(len(questions))]
    for path, one in zip(paths, questions, strict=True):
        path.write_text(json.dumps(one), encoding="utf-8")
    (folder / "twin.json").write_text(json.dumps(twin), encoding="utf-8")
    return "restore-first" if page == "restoration" else page, folder / "twin.json", paths


@pytest.mark.parametrize("page", ["contention", "absence", "restoration"])
def test_json_is_the_answer_on_the_page(tmp_path: Path, page: str) -> None:
    command, twin, questions = files(tmp_path, page)
    result = run(command, twin, *questions, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found, wanted = json.loads(result.stdout), example(page)[2]
    if page == "contention":
        assert [one.pop("scenario") for one in found["scenarios"]] == [str(questions[0])]
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("page", "options", "said"),
    [
        (
            "contention",
            (),
            ("1 cannot give what is asked", "up to 4 are missing", "BACK OFFICE", "With 11 places instead of 10"),
        ),
        ("contention", ("--horizon", "50"), ("No pool costs a process",)),
        ("absence", (), ("0 of 1 processes", "geneva", "40%")),
        ("absence", ("--horizon", "200"), ("A wave goes on after that",)),
        ("restoration", (), ("cost 373 (money)", "No other order costs less", "B is first", "62 more", "ict 1")),
        ("restoration", ("--weighed",), ("weighed", "Shortest first")),
        ("restoration", ("--effort", "1"), ("order",)),
    ],
)
def test_the_text_is_for_people(tmp_path: Path, page: str, options: tuple[str, ...], said: tuple[str, ...]) -> None:
    """Names, not ids; hours, not seconds."""
    command, twin, questions = files(tmp_path, page)
    result = run(command, twin, *questions, *options)
    assert result.exit_code == 0, result.stderr
    for words in said:
        assert words in result.stdout


def test_the_waves_are_written_as_a_scenario_that_the_cascade_takes(tmp_path: Path) -> None:
    _, twin, (waves,) = files(tmp_path, "absence")
    out = tmp_path / "scenario.json"
    assert run("absence", twin, waves, "--scenario-out", out).exit_code == 0
    hits = json.loads(out.read_text(encoding="utf-8"))["hits"]
    assert hits[0] == {"node": "desk staff", "loss": 0.042857, "start": 0.0, "duration": 24.0}
    assert run("cascade", twin, out).exit_code == 0
    result = run("absence", twin, waves, "--scenario-out", tmp_path / "no" / "folder.json")
    assert result.exit_code == 3
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("page", "change", "options", "said"),
    [
        ("contention", {"hits": [{"node": "moon", "loss": 1}]}, (), "question 0.json: hits[0].node: there is no node"),
        ("absence", {"waves": [{"sites": ["moon"]}]}, (), "question 0.json: waves[0].start: is missing"),
        ("absence", {}, ("--horizon", "0"), "horizon: wanted a number above 0"),
        ("restoration", {"crews": []}, (), "question 0.json: repairs[0].kind: no crew does repairs of the kind “ict”"),
        ("restoration", {}, ("--category", "fame"), "--category: wanted one of money, got “fame”"),
        ("restoration", {}, ("--category", "money", "--weighed"), "--weighed takes the place of --category"),
    ],
)
def test_bad_use_is_refused_with_file_and_place(
    tmp_path: Path, page: str, change: Json, options: tuple[str, ...], said: str
) -> None:
    command, twin, (question, *_) = files(tmp_path, page)
    question.write_text(json.dumps(json.loads(question.read_text(encoding="utf-8")) | change), encoding="utf-8")
    result = run(command, twin, question, *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert run(command, twin).exit_code == 2
