"""The words by which headings and heads of columns are recognised, in the six languages: the template's own titles, and
what plans of other hands call the same (words.json)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import msgspec

from holdfast.readiness.plans.template import LANGUAGES, SECTIONS, texts

WORDS = Path(__file__).with_suffix(".json")
_NUMBER = re.compile(
    r"^\s*(?:(?:section|chapter|part|annex|step|chapitre|sección)\s+)?"
    r"(?:[\divxIVX]+[.):]?(?:\d+[.)]?)*|[A-Z][.):])\s+(?=\D)"
    r"|^\s*[一二三四五六七八九十]+[、.．]\s*"
)
_SPACE = re.compile(r"[\s\u00a0]+")


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return msgspec.json.decode(WORDS.read_bytes(), type=dict[str, dict[str, list[str]]])


def bare(text: str) -> str:
    """A heading without its number, its case and its marks."""
    said = unicodedata.normalize("NFKC", text).replace("’", "'")
    said = _NUMBER.sub("", said.strip(), count=1)
    return _SPACE.sub(" ", said).strip(" .:;*_-–—").casefold()


@cache
def sections_called() -> dict[str, str]:
    """Every known heading to its section."""
    found: dict[str, str] = {}
    for section, names in _words()["sections"].items():
        for name in names:
            found.setdefault(bare(name), section)
    for language, _label in LANGUAGES:
        for one in SECTIONS:
            found[bare(texts(language).sections[one.name].title)] = one.name
    return found


@cache
def columns_called() -> dict[str, tuple[str, ...]]:
    """Every known head of a column to what it may hold."""
    found: dict[str, tuple[str, ...]] = {}
    for column, names in _words()["columns"].items():
        for name in names:
            key = bare(name) or name
            found[key] = (*found.get(key, ()), column)
    return found


def is_title(heading: str) -> bool:
    """Whether a heading says nothing beyond which section it is."""
    return bare(heading) in sections_called()


def section_of(heading: str) -> str:
    """The section that a heading means; empty where it is not known."""
    known = sections_called()
    said = bare(heading)
    if said in known:
        return known[said]
    # “Annex B: call tree” and “Roles and responsibilities of the team” begin with, or end in, what is known.
    for name in sorted(known, key=len, reverse=True):
        if len(name) >= 5 and len(said) <= 80 and (said.startswith(f"{name} ") or said.endswith(f" {name}")):
            return known[name]
    return ""


def columns_of(row: tuple[str, ...]) -> dict[str, int]:
    """What the columns of a table hold, by the words in its first row, each kind once."""
    found: dict[str, int] = {}
    known = columns_called()
    for position, cell in enumerate(row):
        said = bare(cell) or cell.strip()
        for column in known.get(said, ()):
            if column not in found:
                found[column] = position
                break
    return found
