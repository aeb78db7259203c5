"""The template speaks the six languages of the United Nations, and says the same in each."""

from __future__ import annotations

import re

import pytest

from holdfast.readiness.plans.models import Phase
from holdfast.readiness.plans.template import CAUSES, LANGUAGES, SECTIONS, label_of, sections_of, texts

CODES = [code for code, _name in LANGUAGES]
WANTED = texts("en")
SCRIPTS = {"ar": r"[\u0600-\u06ff]", "zh-hans": r"[\u4e00-\u9fff]", "ru": r"[\u0400-\u04ff]"}
AS_IN_ENGLISH = {"RTO", "MTPD", "RPO"}


def places(said: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", said))


def test_there_are_the_six_languages() -> None:
    assert set(CODES) == {"ar", "zh-hans", "en", "fr", "ru", "es"}


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_every_text_of_the_template_with_the_same_places_for_data(code: str) -> None:
    found = texts(code)
    assert list(found.sections) == [section.name for section in SECTIONS]
    assert list(found.words) == list(WANTED.words)
    for name, said in found.words.items():
        assert said.strip() and places(said) == places(WANTED.words[name]), name
    for name, section in found.sections.items():
        english = WANTED.sections[name]
        assert section.title.strip()
        assert bool(section.standing) == bool(english.standing) and bool(section.hint) == bool(english.hint), name


@pytest.mark.parametrize("code", SCRIPTS)
def test_no_text_is_left_in_another_script(code: str) -> None:
    found, script = texts(code), SCRIPTS[code]
    said = [section.title for section in found.sections.values()]
    said += [section.standing for section in found.sections.values() if section.standing]
    said += [word for name, word in found.words.items() if name != "day_form" and word not in AS_IN_ENGLISH]
    assert [one for one in said if not re.search(script, one)] == []


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_no_standing_text_is_english_still(code: str) -> None:
    found = texts(code)
    same = [
        name for name, section in found.sections.items() if section.standing == WANTED.sections[name].standing != ""
    ]
    assert same == []


def test_every_phase_has_its_word_and_every_cause_its_section() -> None:
    for phase in Phase.values:
        assert WANTED.words["phase_continuity" if phase == "continuity" else phase]
    assert {f"cause-{cause}" for cause in CAUSES} <= {section.name for section in sections_of("continuity")}


def test_a_section_that_is_not_in_the_template_is_called_by_its_own_name() -> None:
    assert label_of("purpose", "fr") == "Objet" and label_of("nothing", "fr") == "nothing"
