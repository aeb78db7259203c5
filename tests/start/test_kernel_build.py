"""The C kernel: compiled once, found again, and a clear word where it cannot be compiled."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.engine import build

ANSWER = "int answer(void) { return 42; }\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "kernel.c"
    path.write_text(ANSWER)
    return path


def test_it_is_compiled_once_and_then_found(source: Path, tmp_path: Path) -> None:
    first = build.library(source, tmp_path / "cache")
    made = first.stat().st_mtime_ns
    assert ctypes.CDLL(str(first)).answer() == 42
    assert build.library(source, tmp_path / "cache") == first
    assert first.stat().st_mtime_ns == made
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [first.name]


def test_another_source_is_another_library(source: Path, tmp_path: Path) -> None:
    first = build.library(source, tmp_path / "cache")
    source.write_text(ANSWER.replace("42", "43"))
    second = build.library(source, tmp_path / "cache")
    assert (ctypes.CDLL(str(first)).answer(), ctypes.CDLL(str(second)).answer()) == (42, 43)


def test_another_part_is_another_library(source: Path, tmp_path: Path) -> None:
    """A file beside the source that it includes counts as the source does."""
    (tmp_path / "part.c").write_text(ANSWER)
    source.write_text('#include "part.c"\n')
    first = build.library(source, tmp_path / "cache")
    (tmp_path / "part.c").write_text(ANSWER.replace("42", "43"))
    second = build.library(source, tmp_path / "cache")
    assert (ctypes.CDLL(str(first)).answer(), ctypes.CDLL(str(second)).answer()) == (42, 43)


def test_without_a_compiler_what_was_compiled_earlier_serves(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build.library(source, tmp_path / "cache")
    monkeypatch.setattr(build, "compilers", list)
    assert build.library(source, tmp_path / "cache") == first


def test_without_any_compiler_it_says_what_to_install(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "compilers", list)
    with pytest.raises(build.BuildError, match=r"apt-get install gcc.*ziglang"):
        build.library(source, tmp_path / "cache")


def test_a_compiler_that_fails_gives_way_to_the_next(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = build.Compiler((sys.executable, "-c", "raise SystemExit('no headers')"), "broken")
    found = [broken, *build.compilers()]
    monkeypatch.setattr(build, "compilers", lambda: found)
    assert ctypes.CDLL(str(build.library(source, tmp_path / "cache"))).answer() == 42


def test_a_source_that_does_not_compile_gives_the_compilers_words(source: Path, tmp_path: Path) -> None:
    source.write_text("int answer(void) { return fortytwo; }\n")
    with pytest.raises(build.BuildError, match="fortytwo"):
        build.library(source, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.so"))


def test_a_cache_folder_that_cannot_be_made_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(build.BuildError, match="HOLDFAST_CACHE"):
        build.library(source, tmp_path / "file" / "cache")


def test_many_who_compile_at_once_all_end_with_a_whole_library(source: Path, tmp_path: Path) -> None:
    code = (
        "import ctypes, sys; from pathlib import Path; from holdfast.engine.build import library\n"
        "print(ctypes.CDLL(str(library(Path(sys.argv[1]), Path(sys.argv[2])))).answer())"
    )
    command = [sys.executable, "-c", code, str(source), str(tmp_path / "cache")]
    many = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    assert [process.communicate(timeout=60)[0].strip() for process in many] == ["42"] * 6


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HOLDFAST_CACHE": "{}/c", "HOLDFAST_DATA": "{}/d"}, "c"),
        ({"HOLDFAST_DATA": "{}/d"}, "d/cache"),
        ({"XDG_CACHE_HOME": "{}/x"}, "x/holdfast"),
    ],
)
def test_the_cache_is_where_the_environment_says(
    variables: dict[str, str], folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOLDFAST_CACHE", "HOLDFAST_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    assert build.cache_folder() == tmp_path / folder


def test_it_needs_the_standard_library_alone() -> None:
    code = "import sys; import holdfast.engine.build; print([m for m in ('django', 'numpy') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
