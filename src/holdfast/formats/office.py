"""An office file (.xlsx, .docx) looked over before any reader sees it: a zip archive of XML parts, unpacked piece by
piece and never kept. For the children that read such files (workbook_child.py, plan_reading_child.py).

Refused are what is too large, also when its directory lies about that, what has a password or macros, declares
entities, is written in another encoding than UTF-8, or has a part twice or one whose name leads out of the file.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from holdfast.formats.tables import Said, Unreadable, gettext_noop

PIECE = 1 << 20
MARKUP = (".xml", ".rels", ".vml")
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([^"']+)["']""")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""What the archive's reader raises for what is damaged, encrypted or packed in a way that it does not know."""


@dataclass(frozen=True)
class Limits:
    """`parts` in the archive, and bytes `unpacked` of all of them together."""

    parts: int
    unpacked: int


class Package:
    """The archive. Raises Unreadable, with `neither` for what is no archive at all."""

    def __init__(self, data: bytes, limits: Limits, neither: Said) -> None:
        self.limits, self._unpacked = limits, 0
        if data[:8] == _OLD:
            said = gettext_noop("The file has a password or the old format: save it as .xlsx or .docx without one.")
            raise Unreadable(Said(said))
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            self.infos = self.archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            raise Unreadable(neither) from None
        self.names = [info.filename for info in self.infos]
        if len(self.names) > limits.parts or sum(info.file_size for info in self.infos) > limits.unpacked:
            raise self.too_large()
        if len(set(self.names)) != len(self.names):
            raise damaged("a part stands in it twice")
        if any(_leads_out(name) for name in self.names):
            raise damaged("a part of it leads out of the file")
        if any("vbaproject" in name.lower() or "macrosheets" in name.lower() for name in self.names):
            raise Unreadable(Said(gettext_noop("The file has macros: save it without macros.")))

    def pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """A part, a piece at a time; of markup each piece but the last ends before a `<`, so that no mark is cut."""
        markup = info.filename.endswith(MARKUP)
        rest, first = b"", True
        with self.archive.open(info) as file:
            while piece := file.read(PIECE):
                self._unpacked += len(piece)
                if self._unpacked > self.limits.unpacked:
                    raise self.too_large()
                if first and markup:
                    _check_encoding(piece[:200])
                    first = False
                piece = rest + piece
                if markup and _DECLARES.search(piece):
                    raise Unreadable(Said(gettext_noop("The file declares entities, which no such file does.")))
                cut = piece.rfind(b"<") if markup else len(piece)
                cut = cut if cut > 0 else len(piece)
                rest = piece[cut:]
                if len(rest) > 4 * PIECE:
                    raise self.too_large()
                yield piece[:cut]
        if rest:
            yield rest

    def too_large(self) -> Unreadable:
        return too_large(self.limits)


@contextmanager
def readable() -> Iterator[None]:
    """What is broken in the archive comes out as Unreadable."""
    try:
        yield
    except _BROKEN as error:
        raise damaged(str(error)) from None


def too_large(limits: Limits) -> Unreadable:
    said = gettext_noop("The file is too large: unpacked at most %(most)s MB.")
    return Unreadable(Said(said, {"most": limits.unpacked >> 20}))


def damaged(why: str) -> Unreadable:
    return Unreadable(Said(gettext_noop("The file is damaged: %(why)s"), {"why": why[:200]}))


def _leads_out(name: str) -> bool:
    """Nothing is unpacked into a folder here, but whoever makes such a name means harm."""
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _check_encoding(start: bytes) -> None:
    said = _ENCODING.search(start)
    named = said[1].lower() if said else b"utf-8"
    if start[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in start or named not in (b"utf-8", b"us-ascii"):
        raise damaged("its text is not UTF-8")
