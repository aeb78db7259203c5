"""`holdfast import` and `holdfast export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from holdfast.analysis.impact.actions.processes import edit_answers
from holdfast.analysis.impact.models import ProcessImpact
from holdfast.commands import exchange, impact
from holdfast.organization.accounts.models import Event
from holdfast.organization.places.models import Unit
from tests.cast import TEST, Cast
from tests.exchange.books import Book
from tests.exchange.test_impact_workbook import ask


@pytest.fixture
def run(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """The commands on the database of the test, which is up to date."""
    monkeypatch.setattr(exchange, "ready_database", lambda: None)
    commands = {"import": exchange.import_, "export": exchange.export}

    def call(name: str, *words: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(commands[name], [str(word) for word in words], input=input)

    return call


def test_what_was_exported_can_be_imported_again(run, tmp_path: Path) -> None:
    for name in ("whole.json", "whole.xlsx"):
        out = tmp_path / name
        assert run("export", "--out", out).exit_code == 0
        done = run("import", out, "--json")
        assert done.exit_code == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["applied"] is True
        assert answer["tables"]["units"] == {"new": 0, "changed": 0, "unchanged": 12, "rows": []}


def test_rows_come_in_as_the_systems_own_act(run, tmp_path: Path) -> None:
    file = tmp_path / "units.json"
    file.write_text(
        json.dumps({"units": [{"key": "dfs", "name": "Field Support", "kind": "department", "parent": "un"}]})
    )
    shown = run("import", file, "--preview")
    assert (shown.exit_code, shown.stdout) == (0, "units: 1 would be made, 0 would be changed, 0 are as they were\n")
    assert not Unit.objects.filter(key="dfs").exists()
    done = run("import", file)
    assert (done.exit_code, done.stdout) == (0, "units: 1 were made, 0 were changed, 0 are as they were\n")
    assert Event.objects.latest("pk").system == "holdfast import"


def test_several_files_are_taken_in_as_one(run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"units": [{"key": "x", "name": "X", "kind": "unit", "site": "y"}]}))
    (tmp_path / "b.json").write_text(json.dumps({"sites": [{"key": "y", "name": "Y", "kind": "venue"}]}))
    assert run("import", tmp_path / "a.json", tmp_path / "b.json").exit_code == 0
    assert Unit.objects.by_key("x").site.key == "y"
    twice = run("import", tmp_path / "a.json", tmp_path / "a.json")
    assert (twice.exit_code, twice.stderr) == (2, "Error: Two files hold the table “units”.\n")


def test_problems_are_named_with_file_and_place_and_nothing_is_changed(run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"sites": [{"key": "y", "name": "Y", "kind": "venue"}]}))
    bad.write_text(json.dumps({"units": [{"key": "x", "name": "X", "kind": "planet"}]}))
    done = run("import", good, bad)
    assert done.exit_code == 2
    assert f"{bad}: units[0].kind: “planet” is none of the choices." in done.stderr
    assert done.stdout == ""
    assert Event.objects.filter(act="records.import").count() == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is not JSON: line 1"),
        ("[]", "Wanted an object of tables"),
        ('{"units": [{"key": "a", "key": "b"}]}', "stands twice in one object"),
        ('{"units": [{"key": NaN}]}', "NaN is no number"),
        ("[" * 100_000, "nested too deep"),
        (b"\xff\xfe", "not UTF-8"),
        (b"PK\x03\x04 no archive", "not a workbook"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(run, content: str | bytes, why: str) -> None:
    done = run("import", "-", input=content)
    assert done.exit_code == 2
    assert why in done.stderr
    assert "Traceback" not in done.output


def test_a_file_that_is_not_there_is_named(run, tmp_path: Path) -> None:
    done = run("import", tmp_path / "none.json")
    assert (done.exit_code, "none.json: cannot be read" in done.stderr) == (2, True)


def test_a_part_of_the_organisation_is_exported(run) -> None:
    done = run("export", "--types", "units", "--unit", "dm")
    assert {row["key"] for row in json.loads(done.stdout)["units"]} == {"dm", "ocss", "bcmu", "fcsd"}
    assert run("export", "--types", "unit").exit_code == 2
    assert "did you mean “units”" in run("export", "--types", "unit").stderr
    assert run("export", "--unit", "nowhere").exit_code == 2
    assert run("export", "--format", "xlsx").exit_code == 2


def test_a_sparse_export_leaves_out_what_is_at_its_default(run) -> None:
    row = json.loads(run("export", "--types", "sites", "--site", "geneva", "--sparse").stdout)["sites"][0]
    assert row == {"key": "geneva", "name": "Geneva", "kind": "duty_station"}


# The workbook of an impact analysis


@pytest.fixture
def workbook(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(impact, "ready_database", lambda: None)
    ask(cast, "fcsd", "light")

    def call(*words: object) -> Result:
        return CliRunner().invoke(impact.impact_workbook, ["c-fcsd-fcsd", *(str(word) for word in words)])

    return call


def test_the_workbook_of_an_analysis_goes_out_and_comes_back(workbook, tmp_path: Path) -> None:
    out = tmp_path / "fcsd.xlsx"
    assert json.loads(workbook("--out", out, "--json").stdout)["processes"] == 1
    book = Book(out.read_bytes())
    book.set("processes", "building", why="As the engineers say.")
    out.write_bytes(book.data())
    shown = workbook("--take-in", out, "--preview")
    assert shown.exit_code == 0, shown.stderr
    assert "processes: 0 would be made, 1 would be changed, 0 would be taken out" in shown.stdout
    row = ProcessImpact.objects.get(process__key="building")
    assert row.why == ""
    assert json.loads(workbook("--take-in", out, "--json").stdout)["applied"] is True
    row.refresh_from_db()
    assert row.why == "As the engineers say."


def test_a_wrong_workbook_and_a_clash_are_refused_with_their_places(workbook, tmp_path: Path) -> None:
    out = tmp_path / "fcsd.xlsx"
    workbook("--out", out)
    book = Book(out.read_bytes())
    book.set("processes", "building", mtpd="soon")
    out.write_bytes(book.data())
    wrong = workbook("--take-in", out)
    assert wrong.exit_code == 2
    assert "sheet “processes”, row 3, column “mtpd”: Wanted a number, got “soon”." in wrong.stderr
    book.set("processes", "building", mtpd="", why="In the file.")
    out.write_bytes(book.data())
    row = ProcessImpact.objects.get(process__key="building")
    edit_answers(TEST, row, version=row.version, why="On the page.")
    clash = workbook("--take-in", out)
    assert clash.exit_code == 2 and "say --keep file or --keep database" in clash.stderr
    assert workbook("--take-in", out, "--keep", "file").exit_code == 0
    row.refresh_from_db()
    assert row.why == "In the file."


def test_the_command_says_what_it_lacks(workbook, tmp_path: Path) -> None:
    assert workbook().exit_code == 2
    assert workbook("--out", "x.xlsx", "--preview").exit_code == 2
    gone = workbook("--take-in", tmp_path / "gone.xlsx")
    assert gone.exit_code == 2 and "cannot be read" in gone.stderr
    (tmp_path / "no.xlsx").write_bytes(b"no")
    assert "not a workbook" in workbook("--take-in", tmp_path / "no.xlsx").stderr
    nobody = CliRunner().invoke(impact.impact_workbook, ["nobody", "--out", str(tmp_path / "x.xlsx")])
    assert nobody.exit_code == 2 and "no impact analysis" in nobody.stderr
