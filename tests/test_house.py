"""The layout of the house: what has a name has a place."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMELESS = {"core", "common", "utils", "utilities", "util", "helpers", "helper", "misc", "shared"}


def test_nothing_is_called_core_common_utils_or_helpers() -> None:
    places = [path for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*")]
    assert len(places) > 20
    nameless = [path for path in places if path.stem in NAMELESS and "node_modules" not in path.parts]
    assert nameless == [], "what two rooms share has a name and a home on a lower floor"


def test_every_room_says_what_it_is_for() -> None:
    rooms = [path.parent for path in (ROOT / "src" / "holdfast").glob("*/__init__.py")]
    silent = [room.name for room in rooms if not (room / "__init__.py").read_text().startswith('"""')]
    assert rooms
    assert silent == []


def test_modules_hold_one_idea() -> None:
    written = [path for path in (ROOT / "src").rglob("*.py") if path.parent.name != "migrations"]
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in written}
    assert {path: lines for path, lines in lengths.items() if lines > 600} == {}


@pytest.mark.parametrize(
    ("room", "line", "broken"),
    [
        ("engine", "import django.db", "Engine and formats do not know Django"),
        ("formats", "import django.db", "Engine and formats do not know Django"),
        ("organization", "import holdfast.web.urls", "A room imports only from lower floors"),
        ("web", "import holdfast.commands", "A room imports only from lower floors"),
        ("formats", "import holdfast.engine", "A room imports only from lower floors"),
    ],
)
def test_an_import_against_the_floors_is_found(room: str, line: str, broken: str, tmp_path: Path) -> None:
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    present = {name.strip() for layer in layers for name in layer.split("|") if "(" not in name}
    package = tmp_path / "holdfast"
    for name in present:
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "web" / "urls.py").write_text("")
    (package / room / "against.py").write_text(f"{line}\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    found = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1, found.stdout + found.stderr
    assert f"{broken} BROKEN" in found.stdout
