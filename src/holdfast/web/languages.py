"""The languages that pages can be read in: English, and those that a catalogue has been compiled for."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language_info, to_locale


def offered() -> list[tuple[str, str]]:
    """(code, its name in the language itself) of each, in the order of the settings."""
    return [
        (code, str(get_language_info(code)["name_local"]))
        for code, _name in settings.LANGUAGES
        if code == settings.LANGUAGE_CODE or _has_catalogue(code)
    ]


def _has_catalogue(code: str) -> bool:
    return any(
        (Path(folder) / to_locale(code) / "LC_MESSAGES" / "django.mo").exists() for folder in settings.LOCALE_PATHS
    )
