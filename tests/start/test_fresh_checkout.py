"""A fresh checkout on a machine that has Python and little else. Slow: it installs what the lock files name.

One checkout serves all the tests of this file: its set-up is done once, with neither a C compiler nor Node.js on the
PATH, by two people who start at the same moment.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.start.checkout import Served, copy_of_the_checkout, empty_path, environment, run

pytestmark = [pytest.mark.start, pytest.mark.xdist_group("start")]
STEPS = ("making .venv", "installing Python packages", "compiling", "installing the pages'", "building the pages'")


class Fresh(NamedTuple):
    """``outcomes``: what the two first ``./run --version`` said, as (exit status, standard output, standard error)."""

    checkout: Path
    path: str
    outcomes: list[tuple[int, str, str]]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    folder = tmp_path_factory.mktemp("start")
    checkout = copy_of_the_checkout(folder / "a checkout")
    path = empty_path(folder / "bin")
    both = [
        subprocess.Popen(
            [sys.executable, str(checkout / "run"), "--version"],
            env=environment(PATH=path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outcomes = []
    for process in both:
        out, err = process.communicate(timeout=540)
        outcomes.append((process.returncode, out, err))
    yield Fresh(checkout, path, outcomes)


def test_a_machine_without_compiler_and_node_sets_up_and_answers(fresh: Fresh) -> None:
    for status, out, err in fresh.outcomes:
        assert status == 0, err
        assert out.startswith("Holdfast, version "), err


def test_two_first_starts_at_once_take_every_step_once(fresh: Fresh) -> None:
    said = "".join(err for _, _, err in fresh.outcomes)
    assert {step: said.count(step) for step in STEPS} == dict.fromkeys(STEPS, 1), said
    assert "another ./run is setting up" in said


def test_without_a_compiler_the_kernel_is_built_by_the_zig_wheel(fresh: Fresh) -> None:
    said = "".join(err for _, _, err in fresh.outcomes)
    assert "no C compiler of this machine does it" in said
    libraries = list((fresh.checkout / "var" / "cache").glob("kernel-*.so"))
    assert len(libraries) == 1
    ctypes.CDLL(str(libraries[0]))


def test_without_node_the_islands_are_built_by_the_node_wheel(fresh: Fresh) -> None:
    said = "".join(err for _, _, err in fresh.outcomes)
    assert "no Node.js" in said
    built = fresh.checkout / "src" / "holdfast" / "web" / "static" / "built"
    chunks = json.loads((built / "manifest.json").read_text())
    islands = [chunk for chunk in chunks.values() if chunk.get("isEntry")]
    assert islands
    assert all((built / chunk["file"]).is_file() for chunk in islands)


def test_a_later_start_takes_no_step_again_and_names_the_address_in_one_line(fresh: Fresh) -> None:
    with Served(fresh.checkout, {"PATH": fresh.path}) as first:
        assert first.health()[0] == 200
    with Served(fresh.checkout, {"PATH": fresh.path}) as served:
        status, health = served.health()
        assert served.said == [f"Holdfast is ready: open http://127.0.0.1:{served.port}/ (Ctrl-C ends it)"]
        assert (status, health["status"], health["database"], health["example"]) == (200, "ok", "sqlite", True)


def test_ctrl_c_ends_it_cleanly(fresh: Fresh) -> None:
    with Served(fresh.checkout, {"PATH": fresh.path}) as served:
        assert served.interrupt() == (0, "", "")


def test_a_second_start_on_a_taken_port_says_so_and_what_to_do(fresh: Fresh) -> None:
    with Served(fresh.checkout, {"PATH": fresh.path}) as served:
        second = run(fresh.checkout, "--port", str(served.port), PATH=fresh.path)
        assert second.returncode == 3
        assert second.stdout == ""
        assert second.stderr.count("\n") == 1
        assert f"port {served.port} is taken" in second.stderr
        assert "--port" in second.stderr


def test_data_lives_in_the_folder_named_and_empty_starts_without_the_example(fresh: Fresh, tmp_path: Path) -> None:
    words = ("--port", "0", "--data", str(tmp_path / "data"), "--empty")
    with Served(fresh.checkout, {"PATH": fresh.path}, words) as served:
        assert served.health()[1]["example"] is False
    assert list((tmp_path / "data" / "cache").glob("kernel-*.so"))
    assert (tmp_path / "data" / "secret-key").exists()


def test_a_command_works_from_another_folder_and_answers_on_standard_output_alone(fresh: Fresh, tmp_path: Path) -> None:
    (tmp_path / "twin.json").write_text(json.dumps({"nodes": [{"id": "p", "kind": "people"}], "pools": []}))
    hit = {"node": "p", "loss": 1, "start": 0, "duration": 5}
    (tmp_path / "scenario.json").write_text(json.dumps({"hits": [hit], "horizon": 10}))
    # A cache of its own, so that a step of the set-up has something to say.
    words = ("cascade", "twin.json", "scenario.json", "--json")
    answer = run(fresh.checkout, *words, cwd=tmp_path, PATH=fresh.path, HOLDFAST_CACHE=str(tmp_path / "cache"))
    assert answer.returncode == 0, answer.stderr
    assert "compiling" in answer.stderr
    assert json.loads(answer.stdout)["nodes"]["p"]["level"] == [[0.0, 0.0], [5.0, 1.0]]


def test_the_exit_status_of_a_command_is_passed_through(fresh: Fresh, tmp_path: Path) -> None:
    (tmp_path / "twin.json").write_text("{")
    (tmp_path / "scenario.json").write_text("{}")
    answer = run(fresh.checkout, "cascade", "twin.json", "scenario.json", cwd=tmp_path, PATH=fresh.path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "twin.json" in answer.stderr


def test_a_changed_island_is_built_again_and_nothing_else(fresh: Fresh) -> None:
    islands = fresh.checkout / "src" / "holdfast" / "web" / "islands"
    (islands / "another.ts").write_text("export const answer: number = 42;\nconsole.log(answer);\n")
    answer = run(fresh.checkout, "--version", PATH=fresh.path)
    (islands / "another.ts").unlink()
    assert answer.stderr == "holdfast: building the pages' islands\n"


def test_a_broken_island_fails_with_its_reason_and_exit_3(fresh: Fresh) -> None:
    islands = fresh.checkout / "src" / "holdfast" / "web" / "islands"
    (islands / "broken.ts").write_text("export const = ;\n")
    answer = run(fresh.checkout, "--version", PATH=fresh.path)
    (islands / "broken.ts").unlink()
    assert (answer.returncode, answer.stdout) == (3, "")
    assert "broken.ts" in answer.stderr
    assert "building the pages' islands failed" in answer.stderr
    assert "setup.log" in answer.stderr
