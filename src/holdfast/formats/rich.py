"""What people write with a few marks: paragraphs, headings, lists, bold, italic and links, as Markdown has them.

    as_html("Call **first**.\\n\\n1. Leave\\n2. Count")     # safe for a page: <p>Call <strong>first</strong>.</p> …
    as_parts("…")                                         # the same for a document (document.py)

Whatever else Markdown knows (pictures, tables, code, HTML) is only text, and a link leads to http, https or mailto or
is no link. A line break is kept: who types one means it (docs/decisions/0074).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from holdfast.formats.document import Heading, Item, Listing, Paragraph, Part, Run

HIGHEST = 3
"""The level of a text's first heading on a page: the page's title and the section stand above it."""
DEEPEST = 3
"""Lists within lists; what lies deeper stands at this depth."""
_NESTING = 60
_LINK = re.compile(r"(https?://|mailto:)[^\s\"'<>]", re.IGNORECASE)
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_html(text: str) -> str:
    """HTML that is safe on a page: every sign of the text is escaped, and there are no elements but p, h3 to h6, ul,
    ol, li, strong, em, br and a."""
    marks, tokens = _marks(), _read(text)
    level = HIGHEST - 1
    for token in tokens:
        if token.type == "heading_open":
            # No level is left out on the way down: who listens to the page would look for it.
            level = min(int(token.tag[1]) + HIGHEST - 1, level + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
        for inner in token.children or ():
            if inner.type == "link_open":
                inner.attrSet("rel", "noopener nofollow")
    return str(marks.renderer.render(tokens, marks.options, {}))


def as_parts(text: str, level: int = 2) -> tuple[Part, ...]:
    """The parts of a document, all of its headings of this level: one below that of the section that it stands in."""
    return tuple(_parts(SyntaxTreeNode(_read(text)).children, level))


def _read(text: str) -> Sequence[Token]:
    return _marks().parse(_BAD.sub("", text))


@cache
def _marks() -> MarkdownIt:
    """The reader, shared: it keeps nothing between two texts."""
    marks = _Marks("zero", {"html": False, "linkify": False, "breaks": True, "maxNesting": _NESTING})
    marks.enable(["heading", "list", "emphasis", "link", "autolink", "newline", "escape"])
    return marks


class _Marks(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return _LINK.match(url) is not None


def _parts(nodes: Iterable[SyntaxTreeNode], level: int) -> list[Part]:
    found: list[Part] = []
    for node in nodes:
        if node.type == "paragraph":
            found.append(_paragraph(node))
        elif node.type == "heading":
            found.append(Heading(level, "".join(run.text for run in _runs_of(node)).replace("\n", " ")))
        elif node.type in ("bullet_list", "ordered_list"):
            found.append(_listing(node, 1))
    return found


def _paragraph(node: SyntaxTreeNode) -> Paragraph:
    runs = _runs_of(node)
    plain = "".join(run.text for run in runs)
    return Paragraph(plain, runs=() if all(run == Run(run.text) for run in runs) else runs)


def _listing(node: SyntaxTreeNode, depth: int) -> Listing:
    items: list[Item] = []
    for child in node.children:
        own: list[Paragraph | Listing] = []
        deeper: list[Item] = []
        for inner in child.children:
            if inner.type == "paragraph":
                own.append(_paragraph(inner))
            elif inner.type == "heading":
                said = "".join(run.text for run in _runs_of(inner))
                own.append(Paragraph(said, runs=(Run(said, bold=True),)))
            elif depth < DEEPEST:
                own.append(_listing(inner, depth + 1))
            else:
                deeper += _listing(inner, depth).items
        items += [Item(tuple(own)), *deeper]
    if node.type == "bullet_list":
        return Listing(tuple(items))
    return Listing(tuple(items), numbered=True, start=int(node.attrs.get("start", 1)))


def _runs_of(node: SyntaxTreeNode) -> tuple[Run, ...]:
    found: list[Run] = []
    for inline in node.children:
        for run in _runs(inline.children, {}):
            last = found[-1] if found else None
            if last is not None and (last.bold, last.italic, last.link) == (run.bold, run.italic, run.link):
                found[-1] = Run(last.text + run.text, run.bold, run.italic, run.link)
            else:
                found.append(run)
    return tuple(found)


def _runs(nodes: Iterable[SyntaxTreeNode], looks: dict[str, Any]) -> Iterable[Run]:
    for node in nodes:
        if node.type in ("softbreak", "hardbreak"):
            yield Run("\n", **looks)
        elif node.type == "strong":
            yield from _runs(node.children, looks | {"bold": True})
        elif node.type == "em":
            yield from _runs(node.children, looks | {"italic": True})
        elif node.type == "link":
            yield from _runs(node.children, looks | {"link": str(node.attrs.get("href", ""))})
        elif node.content:
            yield Run(node.content, **looks)
