"""`holdfast year` on the command line: its JSON, its text, and what bad files and figures get."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.test_engine_commands import run
from tests.engine.test_year_page import TWIN


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    path = tmp_path / "twin.json"
    path.write_text(json.dumps(TWIN), encoding="utf-8")
    return path


def test_json_has_the_fixed_shape_and_nothing_else_is_printed(twin: Path) -> None:
    result = run("year", twin, "--years", "1000", "--seed", "1", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert answer.keys() == {"processes", "loss"}
    assert answer["processes"]["payroll"].keys() == {"breach", "breach_se", "downtime", "downtime_se"}
    loss = answer["loss"]["financial"]
    assert list(loss) == ["aal", "se", "oep", "aep", "var", "tvar", "by_hazard", "by_node", "by_site"]
    assert [period for period, _ in loss["aep"]] == [2, 5, 10, 20, 50, 100, 200, 250, 500, 1000]
    assert sum(loss["by_hazard"].values()) == loss["aal"]


def test_workers_change_nothing_that_is_printed(twin: Path) -> None:
    one, three = (run("year", twin, "--years", "200", "--workers", w, "--json").stdout for w in ("1", "3"))
    assert one == three


def test_text_names_losses_causes_and_whether_the_years_are_enough(twin: Path) -> None:
    few = run("year", twin, "--years", "30").stdout
    for said in (
        "30 years drawn, seed 1",
        "payroll",
        "a year on average",
        "once in",
        "by hazard",
        "power cut",
        "nairobi",
    ):
        assert said in few
    assert "Enough years?" in few
    assert "no, the mean is known to" in few
    assert "rough, resting on fewer than 10 years" in few
    many = run("year", twin, "--years", "20000").stdout
    assert "yes, the mean is known to" in many
    assert "rough" not in many


def test_text_of_a_model_that_nothing_ever_hits(tmp_path: Path) -> None:
    path = tmp_path / "quiet.json"
    path.write_text(json.dumps({**TWIN, "hazards": []}), encoding="utf-8")
    said = run("year", path, "--years", "600").stdout
    assert "No process went down" in said
    assert "below 0.50% (95 %)" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--years", "0"], "years: wanted"),
        (["--seed", "-1"], "seed: wanted"),
        (["--workers", "0"], "workers: wanted"),
        (["--horizon", "0"], "horizon: wanted"),
        (["--years", "many"], "many"),
    ],
)
def test_figures_out_of_bounds_exit_with_2(twin: Path, arguments: list[str], said: str) -> None:
    result = run("year", twin, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_bad_hazard_is_named_by_file_and_place(twin: Path) -> None:
    bad = json.loads(json.dumps(TWIN))
    bad["hazards"][1]["footprints"][0]["nodes"] = ["disk"]
    twin.write_text(json.dumps(bad), encoding="utf-8")
    result = run("year", twin)
    assert result.exit_code == 2
    assert f"{twin}: hazards[1].footprints[0].nodes[0]: there is no node “disk”" in result.stderr
    bad["hazards"][1]["rate"] = 1e9
    twin.write_text(json.dumps(bad), encoding="utf-8")
    assert "hazards[1].rate: wanted a number of 0 or more and at most 100000" in run("year", twin).stderr
