"""The ``holdfast`` command: its list of commands, what it imports, what it does with errors."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from holdfast.commands import program as contents
from holdfast.engine.errors import InputError
from tests.start.checkout import ROOT

COMMANDS = [name for family in contents.FAMILIES.values() for name in family]


def test_help_imports_neither_django_nor_numpy() -> None:
    code = (
        "import sys\nfrom holdfast.commands import main\nsys.argv = ['holdfast', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print([name for name in ('django', 'numpy', 'msgspec', 'granian') if name in sys.modules])\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_help_reads_as_a_table_of_contents() -> None:
    lines = CliRunner().invoke(contents.program, ["--help"]).output.splitlines()
    headings = [line.rstrip(":") for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Options", *contents.FAMILIES]
    for family in contents.FAMILIES.values():
        for name, entry in family.items():
            assert any(line.split() == [name, *entry.line.split()] for line in lines)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_contents_is_there_and_has_help(name: str) -> None:
    answer = CliRunner().invoke(contents.program, [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith(f"Usage: program {name}")


def test_a_command_that_is_not_there_is_bad_use() -> None:
    answer = CliRunner().invoke(contents.program, ["casade"])
    assert answer.exit_code == 2
    assert "No such command 'casade'" in answer.output


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (
            InputError("nodes[3].restart", "wants hours, 0 or more", "twin.json"),
            2,
            "twin.json: nodes[3].restart: wants",
        ),
        (ZeroDivisionError("by nought"), 3, "Error: ZeroDivisionError: by nought"),
    ],
)
def test_an_error_is_one_line_and_no_traceback(
    error: Exception,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.delenv("HOLDFAST_DEBUG", raising=False)
    monkeypatch.setattr(contents, "command_of", lambda module, name: failing)
    monkeypatch.setattr(sys, "argv", ["holdfast", "lint"])
    with pytest.raises(SystemExit) as end:
        contents.main()
    err = capsys.readouterr().err
    assert end.value.code == status
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_reference(name: str) -> None:
    assert f"`holdfast {name}" in (ROOT / "docs" / "reference" / "command-line.md").read_text()
