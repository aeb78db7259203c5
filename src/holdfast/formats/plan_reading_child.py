"""Reads a plan in a process of its own, with limits: bytes on standard input, msgpack on standard output.

Before a reader sees the file its parts are unpacked piece by piece and looked over: what is too large, has macros,
declares entities or leads out of the file is refused here.
"""

from __future__ import annotations

import io
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from holdfast.formats import workbook_child
from holdfast.formats.office import Limits, Package, damaged, readable, too_large
from holdfast.formats.tables import Said, Unreadable, gettext_noop

LIMITS = Limits(parts=4_000, unpacked=200 << 20)
MOST_MEMORY = 2 << 30
MOST_CPU = 45
MOST_BLOCKS = 20_000
MOST_CELLS = 200_000

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-"}
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKS = re.compile(r"([\\*_\[\]<`])")
_HEADING = re.compile(r"(?:heading|titre|überschrift|título|заголовок|标题|عنوان)\s*(\d)", re.IGNORECASE)
_ASIDES = ("header", "footer", "footnotes", "endnotes", "comments")

Blocks = Iterator[dict[str, Any]]


def read(data: bytes) -> dict[str, Any]:
    """`{"form": …, "blocks": […]}`. Raises Unreadable."""
    neither = Said(gettext_noop("This is neither a Word document (.docx) nor a workbook (.xlsx)."))
    package = Package(data, LIMITS, neither)
    if "word/document.xml" in package.names:
        with readable():
            for info in package.infos:
                for _piece in package.pieces(info):
                    pass
        return {"form": "docx", "blocks": _limited(_of_docx(data))}
    if "xl/workbook.xml" in package.names:
        workbook_child.look_over(data)
        return {"form": "xlsx", "blocks": _limited(_of_xlsx(data))}
    raise Unreadable(neither)


def _limited(blocks: Blocks) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cells = 0
    for block in blocks:
        cells += sum(len(row) for row in block.get("rows", ()))
        if len(found) >= MOST_BLOCKS or cells > MOST_CELLS:
            said = gettext_noop("The file is too long for a plan: at most %(blocks)s paragraphs and %(cells)s cells.")
            raise Unreadable(Said(said, {"blocks": MOST_BLOCKS, "cells": MOST_CELLS}))
        found.append(block)
    return found


def _of_docx(data: bytes) -> Blocks:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml import etree  # type: ignore[import-untyped]

    try:
        document = docx.Document(io.BytesIO(data))
        styles = {style.style_id: style for style in document.styles}
        yield from _blocks(document.element.body, styles)
        for part in sorted(document.part.package.iter_parts(), key=lambda part: str(part.partname)):
            name = str(part.partname).rsplit("/", 1)[-1]
            if name.startswith(_ASIDES) and name.endswith(".xml"):
                parser = etree.XMLParser(resolve_entities=False, no_network=True)
                yield from _aside(etree.fromstring(part.blob, parser))
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError) as error:
        raise damaged(str(error)) from None


def _aside(root: Any) -> Blocks:
    for paragraph in root.iter(f"{_W}p"):
        if said := _plain(paragraph):
            yield {"kind": "aside", "text": said}


def _blocks(parent: Any, styles: dict[str, Any]) -> Blocks:
    """The paragraphs and tables under an element, and those in content controls and in boxes."""
    for element in parent:
        if element.tag == f"{_W}p":
            yield from _paragraph(element, styles)
        elif element.tag == f"{_W}tbl":
            rows = [[_cell(cell) for cell in _cells(row)] for row in _rows(element)]
            if any(text for row in rows for text in row):
                yield {"kind": "table", "rows": [row for row in rows if any(row)]}
        elif element.tag not in (f"{_W}sectPr", _FALLBACK):
            yield from _blocks(element, styles)


def _rows(table: Any) -> Iterator[Any]:
    return (each for each in _unwrapped(table) if each.tag == f"{_W}tr")


def _cells(row: Any) -> Iterator[Any]:
    return (each for each in _unwrapped(row) if each.tag == f"{_W}tc")


def _unwrapped(parent: Any) -> Iterator[Any]:
    """The children, and those of content controls and of tracked changes in their place."""
    for element in parent:
        if element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _unwrapped(element)
        else:
            yield element


def _cell(cell: Any) -> str:
    """All that stands in a cell, tables in it too."""
    return "\n".join(said for paragraph in cell.iter(f"{_W}p") if (said := _plain(paragraph)))


def _paragraph(element: Any, styles: dict[str, Any]) -> Blocks:
    said = _plain(element)
    if said:
        level = _level(element, styles)
        if level and len(said) <= 300:
            yield {"kind": "heading", "text": " ".join(said.split()), "level": level}
        else:
            runs = [run for run in _runs(element) if run[0].strip()]
            bold = all(run[1] for run in runs)
            yield {"kind": "text", "text": _listed(element, styles) + _marked(element), "bold": bold}
    for box in _boxes(element):
        yield from _blocks(box, styles)


def _boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(f"{_W}txbxContent"):
        above = list(box.iterancestors())
        inside = [each for each in above[: above.index(paragraph)] if each.tag in (f"{_W}txbxContent", _FALLBACK)]
        if not inside:
            yield box


def _runs(paragraph: Any) -> Iterator[tuple[str, bool, bool]]:
    """The texts of a paragraph with whether they are bold and italic; those of boxes in it stand for themselves."""
    for run in paragraph.iter(f"{_W}r"):
        above = []
        for each in run.iterancestors():
            if each is paragraph:
                break
            above.append(each.tag)
        if f"{_W}txbxContent" in above or _FALLBACK in above or f"{_W}del" in above:
            continue
        said = "".join(
            _BREAKS.get(piece.tag, piece.text or "") for piece in run if piece.tag == f"{_W}t" or piece.tag in _BREAKS
        )
        if said:
            looks = run.find(f"{_W}rPr")
            yield _BAD.sub("", said), _on(looks, "b"), _on(looks, "i")


def _on(looks: Any, name: str) -> bool:
    found = looks.find(f"{_W}{name}") if looks is not None else None
    return found is not None and found.get(f"{_W}val", "1") not in ("0", "false", "off")


def _plain(paragraph: Any) -> str:
    return "".join(said for said, _bold, _italic in _runs(paragraph)).strip()


def _marked(paragraph: Any) -> str:
    """The paragraph with the marks of Markdown."""
    found = ""
    for (bold, italic), group in groupby(_runs(paragraph), key=lambda run: run[1:]):
        said = "".join(run[0] for run in group)
        mark = "**" * bold + "*" * italic
        inner = said.strip()
        if not inner:
            found += said
            continue
        start, end = said[: len(said) - len(said.lstrip())], said[len(said.rstrip()) :]
        found += f"{start}{mark}{escaped(inner)}{mark[::-1]}{end}"
    return found.strip()


def escaped(text: str) -> str:
    """A text whose signs are no marks."""
    return _MARKS.sub(r"\\\1", text)


def _level(element: Any, styles: dict[str, Any]) -> int:
    """1 to 9 for a heading, 0 for none: by the outline level of the paragraph or of its style, or the style's name."""
    style = _style(element, styles)
    own = element.find(f"{_W}pPr/{_W}outlineLvl")
    if own is not None:
        return _outline(own)
    seen = 0
    while style is not None and seen < 20:
        seen += 1
        outline = style.element.find(f"{_W}pPr/{_W}outlineLvl")
        if outline is not None:
            return _outline(outline)
        if match := _HEADING.search(style.name or ""):
            return int(match[1]) or 1
        if (style.name or "").lower() == "title":
            return 1
        style = style.base_style
    return 0


def _outline(element: Any) -> int:
    said = element.get(f"{_W}val", "9")
    return int(said) + 1 if said.isdecimal() and int(said) < 9 else 0


def _style(element: Any, styles: dict[str, Any]) -> Any:
    named = element.find(f"{_W}pPr/{_W}pStyle")
    return styles.get(named.get(f"{_W}val")) if named is not None else None


def _listed(element: Any, styles: dict[str, Any]) -> str:
    """The mark of a list before its item."""
    style = _style(element, styles)
    name = (style.name or "").lower() if style is not None else ""
    if "number" in name:
        return "1. "
    numbered = element.find(f"{_W}pPr/{_W}numPr") is not None
    return "- " if numbered or "bullet" in name else ""


def _of_xlsx(data: bytes) -> Blocks:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            rows = [[_text(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
            yield {"kind": "heading", "text": " ".join(name.split()), "level": 1}
            yield from _regions(rows)
    except (CalamineError, ValueError, OSError) as error:
        raise damaged(str(error)) from None
    yield from _notes(data)


def _regions(rows: list[list[str]]) -> Blocks:
    """What stands together without an empty row between: a table where more than one cell of a row is filled, else
    texts."""
    region: list[list[str]] = []
    for row in [*rows, []]:
        if any(row):
            region.append(row)
            continue
        while region and sum(1 for cell in region[0] if cell) == 1:
            # A title over the table, or a text in a single cell.
            yield {"kind": "text", "text": escaped(next(cell for cell in region.pop(0) if cell)), "bold": True}
        if region:
            yield {"kind": "table", "rows": _narrowed(region)}
        region = []


def _narrowed(region: list[list[str]]) -> list[list[str]]:
    """Without the columns that are empty throughout."""
    width = max(map(len, region))
    used = [k for k in range(width) if any(k < len(row) and row[k] for row in region)]
    return [[row[k] if k < len(row) else "" for k in used] for row in region]


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return _BAD.sub("", str(cell)).strip()


def _notes(data: bytes) -> Blocks:
    """The comments on cells, which the reader of the sheets passes over."""
    from xml.etree import ElementTree

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(archive.namelist()):
            if re.search(r"(?:^|/)comments\d*\.xml$", name):
                try:
                    tree = ElementTree.fromstring(archive.read(name))  # noqa: S314 - entities were refused above
                except ElementTree.ParseError as error:
                    raise damaged(str(error)) from None
                yield from ({"kind": "aside", "text": said} for said in _commented(tree))


def _commented(tree: Any) -> Iterable[str]:
    for comment in tree.iter():
        if comment.tag.endswith("}comment"):
            said = "".join(part.text or "" for part in comment.iter() if part.tag.endswith("}t")).strip()
            if said:
                yield _BAD.sub("", said)


def main() -> None:
    import msgspec

    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        said = read(data)
    except Unreadable as error:
        said = {"refused": [error.said.template, dict(error.said.values)]}
    except (MemoryError, RecursionError):
        refused = too_large(LIMITS).said
        said = {"refused": [refused.template, dict(refused.values)]}
    sys.stdout.buffer.write(msgspec.msgpack.encode(said))


if __name__ == "__main__":
    main()
