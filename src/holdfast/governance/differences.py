"""Two states of a thing as lines of words, and what differs between them: for versions of scales, policies, plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

Lines = Mapping[str, str]
"""What each part of a thing says, by the name of the part."""

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
MOST_PIECES = 4000
"""Texts longer than this together are shown one above the other: comparing them word by word would take too long."""

LEAST_ALIKE = 0.5
"""Texts with fewer words in common stand one above the other too: woven, nobody could read either."""


@dataclass(frozen=True)
class Piece:
    """Some words of a text: `same`, `gone` or `new`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """A part that says something else now; empty where it was not there, or is there no more."""

    label: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        """The two texts woven into one, for the reader to see which words changed."""
        return words(self.before, self.after)


def differences(before: Lines, after: Lines) -> list[Change]:
    """Every part that differs, in the order of the later state, and what has gone where it stood."""
    return [
        Change(label, before.get(label, ""), after.get(label, ""))
        for label in _in_order(list(before), list(after))
        if before.get(label, "") != after.get(label, "")
    ]


def words(before: str, after: str) -> list[Piece]:
    """The words that stay, go and come."""
    one, other = _PIECES.findall(before), _PIECES.findall(after)
    if len(one) + len(other) > MOST_PIECES:
        return [piece for piece in (Piece("gone", before), Piece("new", after)) if piece.text]
    found: list[Piece] = []
    said = [[part for part in parts if part.strip()] for parts in (one, other)]
    if before and after and SequenceMatcher(None, *said, autojunk=False).ratio() < LEAST_ALIKE:
        return [Piece("gone", before), Piece("new", after)]
    for what, start, end, new_start, new_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece("same", "".join(one[start:end])))
            continue
        if end > start:
            found.append(Piece("gone", "".join(one[start:end])))
        if new_end > new_start:
            found.append(Piece("new", "".join(other[new_start:new_end])))
    return found


def _in_order(before: list[str], after: list[str]) -> Iterable[str]:
    for what, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            yield from (label for label in before[start:end] if label not in after)
        yield from after[new_start:new_end]
