"""Finding what has failed: by words of its name, site, unit, kind or id, or by browsing one kind."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

from .chain import Link, link
from .example import Example, Record
from .wording import KINDS, kind_name

MOST = 30


@dataclass(frozen=True)
class Found:
    link: Link
    kind: str
    site: str
    unit: str


@dataclass(frozen=True)
class Search:
    """``found`` are the first matches, ``total`` counts them all; ``kinds`` are (id, name, number of nodes)."""

    words: str
    kind: str
    found: list[Found]
    total: int
    kinds: list[tuple[str, str, int]]

    @property
    def asked(self) -> bool:
        return bool(self.words or self.kind)

    @property
    def left_out(self) -> int:
        return self.total - len(self.found)


def search(example: Example, words: str, kind: str) -> Search:
    """Nodes that hold every word, those whose name begins with the words first, then by name."""
    words = " ".join(words.split())[:100]
    kind = kind if kind in KINDS else ""
    counted = Counter(record["kind"] for record in example.records.values())
    kinds = [(key, kind_name(key), counted[key]) for key in KINDS if counted[key]]
    if not words and not kind:
        return Search("", "", [], 0, kinds)
    wanted = _folded(words).split()
    matches = [
        (node, record)
        for node, record in example.records.items()
        if (not kind or record["kind"] == kind) and all(word in _text(example, node, record) for word in wanted)
    ]
    start = _folded(words)
    matches.sort(key=lambda match: (not _folded(example.name(match[0])).startswith(start), example.name(match[0])))
    found = [
        Found(
            link(example, node),
            kind_name(record["kind"]),
            example.site_name(record.get("site")),
            example.unit_name(record.get("unit")),
        )
        for node, record in matches[:MOST]
    ]
    return Search(words, kind, found, len(matches), kinds)


def _text(example: Example, node: str, record: Record) -> str:
    site, unit = record.get("site"), record.get("unit")
    parts = [node, record.get("name"), site, example.site_name(site), unit, example.unit_name(unit)]
    parts.append(kind_name(record["kind"]))
    return _folded(" ".join(str(part) for part in parts if part))


def _folded(text: str) -> str:
    """Case and accents set aside, so that "Geneve" finds "Genève"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
