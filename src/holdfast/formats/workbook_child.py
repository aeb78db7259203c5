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

from holdfast.formats.tables import Said, Unreadable, gettext_noop

MOST_ROWS = 200_000
MOST_COLUMNS = 400
LONG, WIDE = 50_000, 104
"""A sheet may have more rows than this or more columns, and not both: what lies between two far cells takes memory,
empty as it is."""
MOST_PARTS = 2_000
MOST_UNPACKED = 400 << 20
MOST_MEMORY = 3 << 30
MOST_CPU = 60

_PIECE = 1 << 20
_MARK = re.compile(rb"<(?:\w+:)?(row|c|f)(?=[\s/>])([^>]*)>")
_ATTRIBUTE_R = re.compile(rb"""\br=["']([A-Z]*)(\d+)["']""")
_ERROR = re.compile(rb"""\bt=["']e["']""")
_FAR = re.compile(rb"""<c(?=[\s/>])(?! r="[A-C]?[A-Z](?:\d{1,5}|1\d{5}|200000)"[\s/>])""")
"""A cell that does not name its place, or one beyond the most rows or WIDE: to be looked at closely."""
_LONG = re.compile(rb"""<c(?=[\s/>])(?! r="[A-C]?[A-Z](?:\d{1,4}|[1-4]\d{4})"[\s/>])""")
"""The same, and one beyond LONG."""
_FORMULA = re.compile(rb"<f[\s/>]")
_PREFIXED = re.compile(rb":(?:row|c|f)[\s/>]")
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([^"']+)["']""")
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
        raise Unreadable(Said(gettext_noop("The workbook is damaged: %(why)s"), {"why": str(error)[:200]})) from None
    yield {"end": True}


def look_over(data: bytes) -> dict[str, Look]:
    """Looks into every part without keeping it. By sheet name what was found. Raises Unreadable."""
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(
            Said(gettext_noop("The workbook has a password or the old format: save it as .xlsx without a password."))
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Unreadable(Said(gettext_noop("This is not a workbook (.xlsx)."))) from None
    names = [info.filename for info in infos]
    if len(names) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise _too_large()
    if len(set(names)) != len(names):
        raise Unreadable(Said(gettext_noop("The workbook is damaged: %(why)s"), {"why": "a part stands in it twice"}))
    if any(_leads_out(name) for name in names):
        why = "a part of it leads out of the file"
        raise Unreadable(Said(gettext_noop("The workbook is damaged: %(why)s"), {"why": why}))
    if any("vbaproject" in name.lower() or "macrosheets" in name.lower() for name in names):
        raise Unreadable(Said(gettext_noop("The workbook has macros: save it as .xlsx without macros.")))
    if "xl/workbook.xml" not in names:
        raise Unreadable(Said(gettext_noop("This is not a workbook (.xlsx).")))
    unpacked = 0
    titles = _titles(archive, names)
    looks = {name: Look() for name in titles.values()}
    try:
        for info in infos:
            looker = _Looker(titles[info.filename], looks[titles[info.filename]]) if info.filename in titles else None
            markup = info.filename.endswith((".xml", ".rels", ".vml"))
            for piece in _pieces(archive, info, markup):
                unpacked += len(piece)
                if unpacked > MOST_UNPACKED:
                    raise _too_large()
                if looker is not None:
                    looker.look(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(Said(gettext_noop("The workbook is damaged: %(why)s"), {"why": str(error)[:200]})) from None
    return looks


def _leads_out(name: str) -> bool:
    """Nothing is unpacked into a folder here, but whoever makes such a name means harm."""
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _too_large() -> Unreadable:
    return Unreadable(
        Said(gettext_noop("The workbook is too large: unpacked at most %(most)s MB."), {"most": MOST_UNPACKED >> 20})
    )


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, markup: bool) -> Iterator[bytes]:
    """A part, a piece at a time; each but the last ends before a `<`."""
    rest, first = b"", True
    with archive.open(info) as file:
        while piece := file.read(_PIECE):
            if first and markup:
                _check_encoding(piece[:200])
                first = False
            piece = rest + piece
            if markup and _DECLARES.search(piece):
                raise Unreadable(Said(gettext_noop("The workbook declares entities, which no spreadsheet does.")))
            cut = piece.rfind(b"<") if markup else len(piece)
            cut = cut if cut > 0 else len(piece)
            rest = piece[cut:]
            if len(rest) > 4 * _PIECE:
                raise _too_large()
            yield piece[:cut]
    if rest:
        yield rest


def _check_encoding(start: bytes) -> None:
    said = _ENCODING.search(start)
    if start[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in start or (said and said[1].lower() != b"utf-8"):
        raise Unreadable(Said(gettext_noop("The workbook is damaged: %(why)s"), {"why": "its text is not UTF-8"}))


def _titles(archive: zipfile.ZipFile, names: list[str]) -> dict[str, str]:
    """Part of each sheet to the name of the sheet."""
    found: dict[str, str] = {}
    try:
        for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            if archive.getinfo(part).file_size > 4 * _PIECE:
                raise _too_large()
            start = b"".join(_pieces(archive, archive.getinfo(part), True))
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
        raise Unreadable(Said(gettext_noop("The workbook is damaged: %(why)s"), {"why": str(error)[:200]})) from None
    for name, rel in sheets:
        target = targets.get(rel, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if part in names:
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
        _send(msgspec.msgpack.encode({"refused": [_too_large().said.template, dict(_too_large().said.values)]}))


def _send(part: bytes) -> None:
    sys.stdout.buffer.write(len(part).to_bytes(8, "big") + part)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
