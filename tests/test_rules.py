"""docs/rules.md: every rule of the report is there, and every test it names exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
KINDS = {"must", "if", "data", "may", "advice"}


class Rule(NamedTuple):
    number: int
    text: str
    kind: str
    row: str
    code: str
    test: str

    def tests(self) -> list[str]:
        """The ids of the tests that answer for the rule; none where it is open."""
        return re.findall(r"`(tests/[^`]+)`", self.test)

    def files(self) -> list[str]:
        return re.findall(r"`([^`]+)`", self.code)


def rules() -> list[Rule]:
    lines = (ROOT / "docs" / "rules.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d+ \|", line)]
    return [Rule(int(row[0]), *row[1:]) for row in rows]


def collected(files: list[str]) -> set[str]:
    """Every test id that pytest finds in these files, without what stands in square brackets."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return {line.split("[")[0] for line in answer.stdout.splitlines() if "::" in line}


def test_all_84_rules_are_listed_once_and_in_order() -> None:
    assert [rule.number for rule in rules()] == list(range(1, 85))


def test_every_rule_has_its_words_its_kind_and_its_row() -> None:
    for rule in rules():
        assert len(rule.text) > 20, rule
        assert rule.kind in KINDS, rule
        assert re.fullmatch(r"[A-I]\d", rule.row), rule


def test_a_rule_is_open_or_names_its_code_and_its_tests() -> None:
    for rule in rules():
        if rule.test == "open":
            continue
        assert rule.tests(), rule
        assert rule.files(), rule
        assert [file for file in rule.files() if not (ROOT / file).exists()] == [], rule


def test_every_test_named_by_a_rule_is_collected() -> None:
    named = {test for rule in rules() for test in rule.tests()}
    # This file is asked for too, so that the question is never empty.
    here = "tests/test_rules.py::test_every_test_named_by_a_rule_is_collected"
    files = sorted({test.split("::")[0] for test in named} | {here.split("::")[0]})
    assert (named | {here}) - collected(files) == set()
