"""A document as its content: headings, paragraphs, facts, tables and figures, and nothing of how it looks.

    paper = Document(title="…", language="en", parts=[Heading(1, "…"), Paragraph("…"), Table(…)])
    write_pdf(paper, template, fonts)        # tagged PDF by typst (paper.py)
    write_word(paper, fonts)                 # .docx with Word's own styles (paper.py)

Texts are in the reader's language and are never read as markup. Whoever makes a document describes its content here
once; both forms are made from it (docs/decisions/0033).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

Basis = Literal["", "measured", "stated", "assumed"]
MARKS: dict[str, str] = {"measured": "●", "stated": "◐", "assumed": "○"}
TONES = 5
"""Steps of severity: 0 is the palest, 4 the darkest."""


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """`level` 1 to 3."""

    level: int
    text: str


class Run(msgspec.Struct, frozen=True):
    """A piece of a paragraph that looks alike. `link` is an address, of http, https or mailto."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """`lead` states a finding, `note` is small print. `runs`, where there are any, are the same text with its looks."""

    text: str
    style: Literal["plain", "lead", "note"] = "plain"
    runs: tuple[Run, ...] = ()


class Item(msgspec.Struct, frozen=True):
    """One point of a list: its paragraphs, and lists within it."""

    parts: tuple[Paragraph | Listing, ...]


class Listing(msgspec.Struct, frozen=True, tag="listing"):
    """A list of points, with numbers from `start` on or without."""

    items: tuple[Item, ...]
    numbered: bool = False
    start: int = 1


class Passage(msgspec.Struct, frozen=True, tag="passage"):
    """What is in another language than the document."""

    language: str
    direction: Literal["ltr", "rtl"]
    parts: tuple[Heading | Paragraph | Listing, ...]


class Bullets(msgspec.Struct, frozen=True, tag="bullets"):
    items: tuple[str, ...]


class Fact(msgspec.Struct, frozen=True):
    """A figure with what it is, how it is known, and where from."""

    label: str
    value: str
    basis: Basis = ""
    source: str = ""


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    """Figures in tiles, up to four in a row."""

    items: tuple[Fact, ...]


class Terms(msgspec.Struct, frozen=True, tag="terms"):
    """What something is, line by line: each with its label before it."""

    items: tuple[Fact, ...]


class Head(msgspec.Struct, frozen=True):
    """The head of a column. `share` of the width that is left, 0 for as much as its texts take."""

    text: str
    share: float = 1.0
    number: bool = False


class Cell(msgspec.Struct, frozen=True):
    """`tone` is a step of severity, None for none: beside the word, never in its place. `more` stands below the text
    and is never strong; `indent` moves both in, step by step."""

    text: str
    tone: int | None = None
    basis: Basis = ""
    strong: bool = False
    more: str = ""
    indent: int = 0


class Table(msgspec.Struct, frozen=True, tag="table"):
    """`first_heads`: the first cell of each row is the head of the row."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    first_heads: bool = True


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """A drawing (charts.py, `for_paper`) of `width` × `height` points; `alt` says what it shows to who cannot see it,
    `caption` states its finding. `share` of the width of the text."""

    svg: str
    width: float
    height: float
    alt: str
    caption: str
    share: float = 1.0


class Figures(msgspec.Struct, frozen=True, tag="figures"):
    """Small figures beside each other, two in a row."""

    items: tuple[Figure, ...]


class NewPage(msgspec.Struct, frozen=True, tag="page"):
    """What follows begins on a new page."""


Part = Heading | Paragraph | Listing | Passage | Bullets | Facts | Terms | Table | Figure | Figures | NewPage


class Words(msgspec.Struct, frozen=True):
    """The few words that a document has of itself, in its language."""

    contents: str = "Contents"
    figure: str = "Figure"
    table: str = "Table"
    measured: str = "measured"
    stated: str = "stated"
    assumed: str = "assumed"


class Document(msgspec.Struct, frozen=True):
    """`eyebrow` stands above the title and at the head of each page, `foot` at the foot; `contents`: whether a table of
    contents follows the title. `cover`, if there is any, stands on the title's page alone: contents and parts then
    begin on pages of their own. `band` stands across every page, dark red where `real`, else in violet: whether a paper
    of a crisis is about something real is seen on each of its sheets."""

    title: str
    language: str
    parts: tuple[Part, ...]
    direction: Literal["ltr", "rtl"] = "ltr"
    eyebrow: str = ""
    about: str = ""
    foot: str = ""
    author: str = ""
    contents: bool = True
    cover: tuple[Part, ...] = ()
    words: Words = Words()
    band: str = ""
    real: bool = False

    def as_json(self) -> Any:
        return {**msgspec.to_builtins(self, enc_hook=_plain), "bases": self.bases}

    @classmethod
    def read(cls, data: Any) -> Document:
        """The document of a JSON object. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def figures(self) -> Iterator[Figure]:
        """In the order in which they stand."""
        for part in (*self.cover, *self.parts):
            if isinstance(part, Figure):
                yield part
            elif isinstance(part, Figures):
                yield from part.items

    @property
    def bases(self) -> list[str]:
        """The bases that are marked anywhere, for the line that explains the marks."""
        parts = (*self.cover, *self.parts)
        used = {fact.basis for part in parts if isinstance(part, Facts | Terms) for fact in part.items}
        used |= {cell.basis for part in parts if isinstance(part, Table) for row in part.rows for cell in row}
        return [basis for basis in MARKS if basis in used]


def _plain(said: Any) -> str:
    """A text of another type, such as one that waits for its language, as the text alone."""
    return "".join(str(said))
