"""The one harmonised template (A/63/359, 14, 54): its sections in order, which of them people write and which the data
fills, and its words in the six languages (texts/LANGUAGE.json).

A document is in one language whatever the language of who prints it, so these words do not come from the catalogues of
the pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
from django.utils.translation import gettext_lazy as _

TEXTS = Path(__file__).with_name("texts")
LANGUAGES = (
    ("ar", _("Arabic")),
    ("zh-hans", _("Chinese")),
    ("en", _("English")),
    ("fr", _("French")),
    ("ru", _("Russian")),
    ("es", _("Spanish")),
)
RIGHT_TO_LEFT = frozenset({"ar"})
CRISIS, CONTINUITY, ICT = "crisis", "continuity", "ict"
EVERY = (CRISIS, CONTINUITY, ICT)
CAUSES = ("staff", "systems", "premises", "records", "suppliers")


@dataclass(frozen=True)
class Section:
    """`writes`: the kinds of plan in which people write here; `needs`: those that are not submitted without; `data`:
    what fills it besides. `part_of` names the section under which it stands."""

    name: str
    kinds: tuple[str, ...] = EVERY
    writes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    data: bool = False
    part_of: str = ""


SECTIONS: tuple[Section, ...] = (
    Section("purpose", writes=EVERY, needs=EVERY),
    Section("scope", writes=EVERY, needs=EVERY, data=True),
    Section("life", kinds=(CRISIS,), writes=(CRISIS,), needs=(CRISIS,)),
    Section("roles", writes=EVERY, data=True),
    Section("activation", writes=EVERY, needs=EVERY, data=True),
    Section("causes", kinds=(CONTINUITY,)),
    *(
        Section(
            f"cause-{cause}", kinds=(CONTINUITY,), writes=(CONTINUITY,), needs=(CONTINUITY,), data=True,
            part_of="causes",
        )
        for cause in CAUSES
    ),
    Section("processes", kinds=(CONTINUITY, ICT), data=True),
    Section("strategies", kinds=(CONTINUITY, ICT), writes=(CONTINUITY, ICT), data=True),
    Section("tasks", data=True),
    Section("contacts", data=True),
    Section("resources", kinds=(CONTINUITY, ICT), data=True),
    Section("sites", writes=EVERY, data=True),
    Section("records", kinds=(CONTINUITY, ICT), writes=(CONTINUITY, ICT), data=True),
    Section("communication", writes=EVERY, needs=(CRISIS, CONTINUITY)),
    Section("reconstitution", writes=EVERY, needs=(CONTINUITY, ICT)),
    Section("annexes", writes=EVERY, data=True),
)  # fmt: skip
BY_NAME = {section.name: section for section in SECTIONS}
FREE = frozenset(section.name for section in SECTIONS if section.writes)


class SectionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`standing` is what the template itself says in every plan; `hint` tells who writes what belongs here."""

    title: str
    standing: str = ""
    hint: str = ""


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The template in one language: `sections` by name, `words` for the heads of tables and the rest."""

    sections: dict[str, SectionWords]
    words: dict[str, str]

    def word(self, name: str, **about: object) -> str:
        """Raises KeyError for a word that the template does not have."""
        return self.words[name].format(**about) if about else self.words[name]


@cache
def texts(language: str) -> Texts:
    """The template's words in one of LANGUAGES. Raises KeyError for another."""
    if language not in dict(LANGUAGES):
        raise KeyError(language)
    return msgspec.json.decode((TEXTS / f"{language}.json").read_bytes(), type=Texts)


def label_of(section: str, language: str) -> str:
    """What a section is called; its bare name where the template has none of that name."""
    found = texts(language).sections.get(section)
    return found.title if found else section


def sections_of(kind: str) -> list[Section]:
    """The sections of a kind of plan, in their order."""
    return [section for section in SECTIONS if kind in section.kinds]
