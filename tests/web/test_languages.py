"""A language is offered once there is a catalogue for it, and then the pages are in it, from its side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.test import Client, override_settings
from django.utils.translation import trans_real


@pytest.fixture
def arabic(tmp_path: Path) -> Iterator[None]:
    """A catalogue of four words."""
    catalogue = Catalog(locale="ar")
    catalogue.add("Would it hold?", "هل يصمد؟")
    catalogue.add("en", "ar", context="the code of the language of these translations")
    catalogue.add("ltr", "rtl", context="the direction in which this language is written: ltr or rtl")
    folder = tmp_path / "locale" / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    trans_real._translations.pop("ar", None)
    with override_settings(LOCALE_PATHS=[tmp_path / "locale"]):
        yield
    trans_real._translations.pop("ar", None)


def test_only_languages_with_a_catalogue_are_offered(page: Client, tmp_path: Path) -> None:
    with override_settings(LOCALE_PATHS=[tmp_path]):
        assert 'name="language"' not in page.get("/").content.decode()
        page.post("/appearance/", {"language": "ar", "next": "/"})
        assert '<html lang="en" dir="ltr"' in page.get("/").content.decode()


def test_a_language_is_chosen_at_the_foot_of_the_page_and_stays(page: Client, arabic: None) -> None:
    text = page.get("/").content.decode()
    assert '<button name="language" value="ar" lang="ar">' in text and '<html lang="en" dir="ltr"' in text
    answer = page.post("/appearance/", {"language": "ar", "next": "/help/"})
    assert answer.headers["Location"] == "/help/"
    text = page.get("/").content.decode()
    assert '<html lang="ar" dir="rtl"' in text and "هل يصمد؟" in text
    page.post("/appearance/", {"theme": "dark", "next": "/"})
    assert '<html lang="ar" dir="rtl" data-theme="dark"' in page.get("/").content.decode()


def test_what_is_no_language_changes_nothing(page: Client, arabic: None) -> None:
    page.post("/appearance/", {"language": "../../etc", "next": "/"})
    assert '<html lang="en" dir="ltr"' in page.get("/").content.decode()
