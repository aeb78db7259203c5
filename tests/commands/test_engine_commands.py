"""`holdfast cascade` and `holdfast check` on the command line: answers, exit statuses, and what bad files get."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.commands.program import program
from tests.engine.compare import differences
from tests.engine.reference import cascade as reference_cascade
from tests.engine.test_input import BAD_SCENARIOS, BAD_TWINS, SCENARIO, TWIN, set_at, spoil
from tests.strategies import random_case

Json = dict[str, Any]


def run(*arguments: str | Path, typed: bytes | None = None) -> Result:
    """The command in this process; an error that nobody foresaw fails the test at once."""
    result = CliRunner().invoke(program, [str(a) for a in arguments], input=typed, prog_name="holdfast")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"unforeseen: {result.exception!r}") from result.exception
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    twin, scenario = tmp_path / "twin.json", tmp_path / "scenario.json"
    twin.write_text(json.dumps(TWIN), encoding="utf-8")
    scenario.write_text(json.dumps(SCENARIO), encoding="utf-8")
    return twin, scenario


def lines_to_file(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def test_cascade_prints_the_whole_answer_as_json(files: tuple[Path, Path]) -> None:
    """`--json` gives the answer and nothing else on standard output."""
    result = run("cascade", *files, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert differences(json.loads(result.stdout), reference_cascade(TWIN, SCENARIO)) == []


def test_cascade_without_json_names_what_is_down_and_why(files: tuple[Path, Path]) -> None:
    """The text for people names the process and the server that took it down."""
    minimum = set_at(set_at(TWIN, "nodes[0].minimum_level", 1), "nodes[0].requirements[0].fallbacks", [])
    files[0].write_text(json.dumps(minimum), encoding="utf-8")
    result = run("cascade", *files)
    assert result.exit_code == 0
    assert "payroll" in result.stdout
    assert "server" in result.stdout


def test_cascade_reads_standard_input(files: tuple[Path, Path]) -> None:
    """A dash stands for standard input."""
    result = run("cascade", "-", files[1], "--json", typed=json.dumps(TWIN).encode())
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(run("cascade", *files, "--json").stdout)


def test_horizon_on_the_command_line(files: tuple[Path, Path]) -> None:
    """`--horizon` looks as far as it says, and 2,160 h where nothing says otherwise."""
    files[1].write_text(json.dumps({"hits": [{"node": "server", "loss": 1, "start": 1, "duration": None}]}))
    text = json.dumps(set_at(TWIN, "nodes[0].minimum_level", 1))
    files[0].write_text(text)
    for given, end in (([], 2160), (["--horizon", "100"], 100)):
        answer = json.loads(run("cascade", *files, "--json", *given).stdout)
        assert answer["nodes"]["payroll"]["outages"][-1]["end"] == end


@pytest.mark.parametrize(("place", "value", "where"), BAD_TWINS)
def test_bad_twin_is_refused_on_standard_error(files: tuple[Path, Path], place: str, value: Any, where: str) -> None:
    """Exit status 2, nothing on standard output; the message names the file and the JSON path."""
    files[0].write_text(json.dumps(set_at(TWIN, place, value)), encoding="utf-8")
    for words in (
        ("cascade", *files),
        ("cascade", *files, "--json"),
        ("check", files[0]),
        ("check", files[0], "--json"),
    ):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert str(files[0]) in result.stderr
        assert where in result.stderr


@pytest.mark.parametrize(("place", "value", "where"), BAD_SCENARIOS)
def test_bad_scenario_is_refused_on_standard_error(
    files: tuple[Path, Path], place: str, value: Any, where: str
) -> None:
    """The same for the scenario, whose file is then the one that is named."""
    files[1].write_text(json.dumps(set_at(SCENARIO, place, value)), encoding="utf-8")
    result = run("cascade", *files, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert str(files[1]) in result.stderr
    assert where in result.stderr


@pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[]", b"[" * 100_000, b'{"nodes": "\\ud800"}', b"\x00" * 10])
def test_file_that_is_no_json_object_is_refused(files: tuple[Path, Path], content: bytes) -> None:
    """Whichever of the two files it is."""
    for broken in (0, 1):
        kept = files[broken].read_bytes()
        files[broken].write_bytes(content)
        result = run("cascade", *files, "--json")
        assert result.exit_code == 2
        assert str(files[broken]) in result.stderr
        files[broken].write_bytes(kept)


def test_file_that_is_not_there_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A missing file and a folder are bad input, named in the message."""
    for wrong in (tmp_path / "nowhere.json", tmp_path):
        for words in (
            ("cascade", wrong, files[1]),
            ("cascade", files[0], wrong),
            ("check", wrong),
            ("cascade", "--batch", wrong),
        ):
            result = run(*words)
            assert result.exit_code == 2
            assert str(wrong) in result.stderr


def test_words_that_make_no_command_are_refused(files: tuple[Path, Path]) -> None:
    """One file too few, one too many, an unknown option, a horizon that is no time."""
    for words in (
        ("cascade", files[0]),
        ("cascade",),
        ("cascade", *files, files[0]),
        ("cascade", *files, "--fast"),
        ("cascade", *files, "--horizon", "soon"),
        ("cascade", *files, "--horizon", "nan"),
        ("cascade", *files, "--horizon", "0"),
        ("cascade", *files, "--batch", files[0]),
        ("check",),
    ):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stdout == ""


def test_batch_answers_line_by_line_in_order(tmp_path: Path) -> None:
    """Forty questions, forty answers, each to its own question."""
    cases = [random_case(seed) for seed in range(7_100, 7_140)]
    lines = [json.dumps({"twin": twin, "scenario": scenario}) for twin, scenario in cases]
    result = run("cascade", "--batch", lines_to_file(tmp_path / "questions.jsonl", lines))
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == len(cases)
    for (twin, scenario), answer in zip(cases, answers, strict=True):
        assert differences(answer, reference_cascade(twin, scenario)) == []


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "null",
        "{}",
        '{"twin": {}}',
        '{"twin": {"nodes": []}, "scenario": 5}',
        '{"twin": {"nodes": [{}]}, "scenario": {"hits": []}}',
        '{"twin": {"nodes": [{"id": "a", "kind": "people"}]}, "scenario": {"hits": [{"node": "b", "loss": 1}]}}',
        '{"twin": {"nodes": [{"id": "a", "kind": "people"}]}, "scenario": {"hits": [], "horizon": -1}}',
        '{"twin": "\\ud800", "scenario": {}}',
        "[" * 20_000,
    ],
    ids=lambda text: text[:60],
)
def test_bad_line_of_a_batch_does_not_stop_the_rest(tmp_path: Path, bad: str) -> None:
    """The bad line gets {"error": …} in its place, which names the line; the others get their answers."""
    good = json.dumps({"twin": TWIN, "scenario": SCENARIO})
    result = run("cascade", "--batch", lines_to_file(tmp_path / "questions.jsonl", [good, bad, good]))
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == 3
    assert answers[0] == answers[2]
    assert "nodes" in answers[0]
    assert list(answers[1]) == ["error"]
    assert "line 2" in answers[1]["error"]


def test_bytes_that_are_no_text_in_a_batch_are_one_bad_line(tmp_path: Path) -> None:
    """A line that is not UTF-8 spoils itself only."""
    good = json.dumps({"twin": TWIN, "scenario": SCENARIO}).encode()
    path = tmp_path / "questions.jsonl"
    path.write_bytes(good + b"\n\xff\xfe{}\n" + good)
    answers = [json.loads(line) for line in run("cascade", "--batch", path).stdout.splitlines()]
    assert [("error" in a) for a in answers] == [False, True, False]


def test_check_tells_by_its_exit_status(files: tuple[Path, Path]) -> None:
    """0 without complaints, 1 with some, 2 for a file that is no twin."""
    assert run("check", files[0], "--json").exit_code == 0
    assert json.loads(run("check", files[0], "--json").stdout) == {"complaints": []}
    files[0].write_text(json.dumps(set_at(TWIN, "nodes[0].rto", 9)), encoding="utf-8")
    found = run("check", files[0], "--json")
    assert found.exit_code == 1
    (complaint,) = json.loads(found.stdout)["complaints"]
    assert complaint.keys() == {"check", "node", "path", "message"}
    assert complaint["check"] == "check_rto_longer_than_mtpd"
    assert complaint["node"] == "payroll"
    assert run("check", files[0]).exit_code == 1
    assert "check_rto_longer_than_mtpd" in run("check", files[0]).stdout
    files[0].write_text("{}")
    assert run("check", files[0]).exit_code == 2


def test_spoilt_files_never_give_a_traceback(files: tuple[Path, Path]) -> None:
    """Good files with garbage in some places are answered (0, or 1 from `check`) or refused (2)."""
    seen = {0: 0, 1: 0, 2: 0}
    for seed in range(400):
        dice = random.Random(seed)
        twin, scenario = spoil(TWIN, dice), SCENARIO if seed % 3 else spoil(SCENARIO, dice)
        try:
            texts = json.dumps(twin), json.dumps(scenario)
        except ValueError:  # a number too long to write
            continue
        for path, text in zip(files, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        for words in (("cascade", *files, "--json"), ("cascade", *files), ("check", files[0], "--json")):
            result = run(*words)
            seen[result.exit_code] += 1
            assert bool(result.stderr) == (result.exit_code == 2)
    assert min(seen.values()) > 10


def test_fields_of_other_readers_do_not_disturb_the_text(files: tuple[Path, Path]) -> None:
    """What the engine ignores may hold anything that is JSON, also a number of 5,000 digits, or a name that is none."""
    for extra in (
        '"paragraph": ' + "9" * 5_000,
        '"name": 7',
        '"name": {"en": "Server"}',
        '"name": null',
        '"tags": 1e999',
    ):
        text = json.dumps(TWIN).replace('"id": "server"', f'"id": "server", {extra}')
        files[0].write_text(text, encoding="utf-8")
        assert run("cascade", *files, "--json").exit_code == 0, extra[:40]
        assert run("cascade", *files).exit_code == 0, extra[:40]


def test_installed_command_refuses_without_traceback(files: tuple[Path, Path]) -> None:
    """The command as it is typed in a shell: one line on standard error, exit status 2."""
    files[0].write_text(json.dumps(set_at(TWIN, "nodes[0].restart", -1)), encoding="utf-8")
    words = [sys.executable, "-c", "from holdfast.commands import main; main()", "cascade", *map(str, files)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "twin.json" in done.stderr
    assert "nodes[0].restart" in done.stderr
    assert "Traceback" not in done.stderr


def test_engine_commands_do_not_load_django(files: tuple[Path, Path]) -> None:
    """Questions to a file need no application: the command starts without it."""
    script = (
        "import sys\nfrom holdfast.commands import main\n"
        "try:\n    main()\nfinally:\n"
        "    print([m for m in sys.modules if m.split('.')[0] == 'django'], file=sys.stderr)"
    )
    words = [sys.executable, "-c", script, "cascade", *map(str, files), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
