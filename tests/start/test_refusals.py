"""Machines and words that ``./run`` cannot work with: one line that says what is wrong and what to do."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.start.checkout import ROOT, empty_path, environment, run


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout of which nothing but the script has come."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder / "run")
    return folder


def test_an_old_python_can_read_the_script_as_far_as_its_answer() -> None:
    assert ast.parse((ROOT / "run").read_text(), feature_version=(3, 6)).body


def test_a_python_that_is_too_old_is_told_what_is_wanted(bare: Path, tmp_path: Path) -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); runpy.run_path(sys.argv[1])"
    answer = subprocess.run(
        [sys.executable, "-c", pretend, str(bare / "run")],
        env=environment(PATH=empty_path(tmp_path / "bin")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 3
    assert answer.stderr == (
        "holdfast: Python 3.9 is too old: install Python 3.11 or newer, and run it as: python3.11 run\n"
    )


def test_a_python_that_is_too_old_hands_over_to_a_newer_one_that_works(bare: Path, tmp_path: Path) -> None:
    folder = Path(empty_path(tmp_path / "bin"))
    (folder / "python3.14").write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    (folder / "python3.14").chmod(0o755)
    (folder / "python3.11").symlink_to((folder / "python3").readlink())
    pretend = (
        "import runpy, sys; path = sys.argv[1]; sys.version_info = (3, 9, 2, 'final', 0); "
        "sys.argv = [path, '--help']; runpy.run_path(path)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", pretend, str(bare / "run")],
        env=environment(PATH=str(folder)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "./run test" in answer.stdout


def test_where_debian_left_venv_out_the_one_apt_line_is_printed(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    answer = run(bare, PYTHONPATH=str(tmp_path / "without"))
    package = "python{}.{}-venv".format(*sys.version_info)
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert f"apt-get install -y {package}" in answer.stderr
    assert not (bare / ".venv").exists()


NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}


def test_packages_that_cannot_be_had_end_with_what_failed_and_the_end_of_the_log(bare: Path) -> None:
    (bare / "requirements.txt").write_text("django==5.2 --hash=sha256:" + "0" * 64 + "\n")
    answer = run(bare, **NO_INDEX)
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert "No matching distribution found for django" in answer.stderr
    assert "installing requirements.txt failed: check that this machine reaches its Python package" in answer.stderr
    again = run(bare, **NO_INDEX)
    assert again.returncode == 3, "a set-up that failed must not count as done"


def test_an_environment_half_made_is_made_anew_and_a_whole_one_of_your_own_is_kept(bare: Path) -> None:
    (bare / "requirements.txt").write_text("django==5.2 --hash=sha256:" + "0" * 64 + "\n")
    (bare / ".venv").mkdir()
    (bare / ".venv" / "half").touch()
    assert "making .venv" in run(bare, **NO_INDEX).stderr
    assert not (bare / ".venv" / "half").exists()
    (bare / ".venv" / "holdfast-interpreter").unlink()
    (bare / ".venv" / "mine").touch()
    assert "making .venv" not in run(bare, **NO_INDEX).stderr
    assert (bare / ".venv" / "mine").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "many"], "--port wants a number from 0 to 65535, not 'many'"),
        (["--port=70000"], "--port wants a number from 0 to 65535, not '70000'"),
        (["--port"], "--port wants a value"),
        (["--data="], "--data wants a value"),
        (["--datum", "x"], "--datum is not an option"),
    ],
)
def test_words_that_make_no_sense_are_bad_use(bare: Path, words: list[str], said: str) -> None:
    answer = run(bare, *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_help_is_there_before_anything_is_installed(bare: Path) -> None:
    answer = run(bare, "--help")
    assert answer.returncode == 0
    assert "./run test" in answer.stdout
    assert not (bare / ".venv").exists()
