"""Reads a workbook in a process of its own, with limits: bytes on standard input, msgpack on standard output, sheet by
sheet, each with its length before it, so that whoever asked goes on with one while the next is read.

Before the reader proper sees the file, its parts are unpacked piece by piece and looked over: what is too large, has
macros, declares entities, or holds a cell far outside, is refused here.
"""

from __future__ import annotations

import gc
import io
import posixpath
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

from holdfast.formats.office import PIECE, Limits, Package, damaged, readable, too_large
from holdfast.formats.tables import Said, Unreadable, gettext_noop

MOST_ROWS = 200_000
MOST_COLUMNS = 400
LONG, WIDE = 50_000, 104
"""A sheet may have more rows than this or more columns, and not both: what lies between two far cells takes memory,
empty as it is."""
LIMITS = Limits(parts=2_000, unpacked=400 << 20)
MOST_MEMORY = 3 << 30
MOST_CPU = 60

_MARK = re.compile(rb"<(?:\w+:)?(row|c|f)(?=[\s/>])([^>]*)>")
_ATTRIBUTE_R = re.compile(rb"""\br=["']([A-Z]*)(\d+)["']""")
_ERROR = re.compile(rb"""\bt=["']e["']""")
_FAR = re.compile(rb"""<c(?=[\s/>])(?! r="[A-C]?[A-Z](?:\d{1,5}|1\d{5}|200000)"[\s/>])""")
"""A cell that does not name its place, or one beyond the most rows or WIDE: to be looked at closely."""
_LONG = re.compile(rb"""<c(?=[\s/>])(?! r="[A-C]?[A-Z](?:\d{1,4}|[1-4]\d{4})"[\s/>])""")
"""The same, and one beyond LONG."""
_FORMULA = re.compile(rb"<f[\s/>]")
_PREFIXED = re.compile(rb":(?:row|c|f)[\s/>]")
_PLAIN = {str, bool, int, float}
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Look:
    """What the look over a sheet found: cells that cannot be taken, as (row, column, formula or error)."""

    bad: list[tuple[int, int, str]] = field(default_factory=list)


def read(data: bytes, first: str = "") -> Iterator[Any]:
    """`{"bad": [[name, row, column, what]]}`, rows and columns from 1; then of each sheet `[name, rows]`, an empty cell
    as an empty text, that named `first` before the others; then `{"end": true}`. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook

    looks = look_over(data)
    yield {"bad": [[name, *cell] for name, look in looks.items() if not name.startswith("#") for cell in look.bad]}
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in sorted(book.sheet_names, key=lambda name: name != first):
            if not name.startswith("#"):
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                yield [name, [row if _PLAIN.issuperset(map(type, row)) else _plain(row) for row in rows]]
    except (CalamineError, ValueError, OSError) as error:
        raise damaged(str(error)) from None
    yield {"end": True}


def look_over(data: bytes) -> dict[str, Look]:
    """Looks into every part without keeping it. By sheet name what was found. Raises Unreadable."""
    neither = Said(gettext_noop("This is not a workbook (.xlsx)."))
    package = Package(data, LIMITS, neither)
    if "xl/workbook.xml" not in package.names:
        raise Unreadable(neither)
    titles = _titles(package)
    looks = {name: Look() for name in titles.values()}
    with readable():
        for info in package.infos:
            looker = _Looker(titles[info.filename], looks[titles[info.filename]]) if info.filename in titles else None
            for piece in package.pieces(info):
                if looker is not None:
                    looker.look(piece)
    return looks


def _titles(package: Package) -> dict[str, str]:
    """Part of each sheet to the name of the sheet."""
    found: dict[str, str] = {}
    try:
        for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            info = package.archive.getinfo(part)
            if info.file_size > 4 * PIECE:
                raise package.too_large()
            start = b"".join(package.pieces(info))
            tree = ElementTree.fromstring(start)  # noqa: S314 - entities were refused above
            if part.endswith(".rels"):
                targets = {str(rel.get("Id")): str(rel.get("Target")) for rel in tree}
            else:
                sheets = [
                    (str(s.get("name")), str(next((v for k, v in s.items() if k == _REL or k.endswith("}id")), "")))
                    for s in tree.iter()
                    if s.tag.endswith("}sheet")
                ]
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise damaged(str(error)) from None
    for name, rel in sheets:
        target = targets.get(rel, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if part in package.names:
            found[part] = name
    return found


class _Looker:
    """Follows the cells of one sheet."""

    def __init__(self, name: str, look: Look) -> None:
        self.name, self.found, self.row, self.column = name, look, 0, 0
        self.long = self.wide = False

    def look(self, piece: bytes) -> None:
        """A piece in which nothing is out of the ordinary is passed at the speed of a search: of it, only the last row
        is followed, since the next piece goes on from there."""
        plain = (
            piece.count(b"<row") == piece.count(b'<row r="')
            and b't="e"' not in piece
            and b"t='e'" not in piece
            and _FORMULA.search(piece) is None
            and (_FAR if self.long else _LONG).search(piece) is None
            and _PREFIXED.search(piece) is None
        )
        self._follow(piece, max(piece.rfind(b"<row"), 0) if plain else 0)
        if self.long and self.wide:
            said = gettext_noop(
                "Sheet “%(sheet)s” is both longer than %(rows)s rows and wider than %(columns)s columns."
            )
            raise Unreadable(Said(said, {"sheet": self.name[:60], "rows": LONG, "columns": WIDE}))

    def _follow(self, piece: bytes, start: int) -> None:
        for match in _MARK.finditer(piece, start):
            mark, inside = match[1], match[2]
            place = _ATTRIBUTE_R.search(inside)
            if mark == b"row":
                self.row = int(place[2][:8]) if place else self.row + 1
                self.column = 0
            elif mark == b"c":
                if place:
                    self.row, self.column = int(place[2][:8]), _column(place[1])
                else:
                    self.column += 1
                if not inside.endswith(b"/"):
                    self._check_place()
                    if _ERROR.search(inside):
                        self._bad("error")
            else:
                self._bad("formula")

    def _check_place(self) -> None:
        self.long, self.wide = self.long or self.row > LONG, self.wide or self.column > WIDE
        if self.row > MOST_ROWS or self.column > MOST_COLUMNS:
            raise Unreadable(
                Said(
                    gettext_noop(
                        "Sheet “%(sheet)s” has something in cell %(cell)s; at most %(rows)s rows and "
                        "%(columns)s columns are read."
                    ),
                    {
                        "sheet": self.name[:60],
                        "cell": f"{letters(self.column)}{self.row}",
                        "rows": MOST_ROWS,
                        "columns": MOST_COLUMNS,
                    },
                )
            )

    def _bad(self, what: str) -> None:
        if len(self.found.bad) < 200 and (self.row, self.column) not in {cell[:2] for cell in self.found.bad[-2:]}:
            self.found.bad.append((self.row, self.column, what))


def _column(name: bytes) -> int:
    number = 0
    for sign in name[:8]:
        number = number * 26 + sign - 64
    return number


def letters(column: int) -> str:
    """The letters of a column counted from 1."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _plain(row: list[Any]) -> list[Any]:
    return [
        cell
        if type(cell) in _PLAIN
        else {"date": cell.isoformat()}
        if isinstance(cell, date | datetime)
        else {"other": str(cell)}
        for cell in row
    ]


def main() -> None:
    import msgspec

    gc.disable()  # The process ends before any garbage matters.
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for part in read(sys.stdin.buffer.read(), *sys.argv[1:2]):
            _send(msgspec.msgpack.encode(part))
    except Unreadable as error:
        _send(msgspec.msgpack.encode({"refused": [error.said.template, dict(error.said.values)]}))
    except MemoryError:
        said = too_large(LIMITS).said
        _send(msgspec.msgpack.encode({"refused": [said.template, dict(said.values)]}))


def _send(part: bytes) -> None:
    sys.stdout.buffer.write(len(part).to_bytes(8, "big") + part)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
