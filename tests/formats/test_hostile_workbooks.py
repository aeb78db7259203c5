"""Workbooks that nobody should be able to harm us with."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from holdfast.formats import workbook_reading
from holdfast.formats.tables import Column, Kind, Table, Unreadable
from holdfast.formats.workbook import write_workbook
from holdfast.formats.workbook_reading import read_workbook

TABLE = Table(
    "units", "units", (Column("key", "key", Kind.TEXT, empty=""), Column("name", "name", Kind.TEXT, empty=""))
)
SHEET = "xl/worksheets/sheet2.xml"


def good() -> bytes:
    return write_workbook([TABLE], {"units": [{"key": "a", "name": "A"}]})


def with_parts(change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A good workbook with its parts changed, and more of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in (more or {}).items():
            new.writestr(name, data)
    return out.getvalue()


def in_sheet(old: bytes, new: bytes) -> bytes:
    changed = with_parts(lambda name, data: data.replace(old, new) if name == SHEET else data)
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        assert new in archive.read(SHEET)
    return changed


def test_the_good_workbook_is_read() -> None:
    assert read_workbook(good(), [TABLE]).records == {"units": [{"key": "a", "name": "A"}]}


def far_cell() -> bytes:
    return in_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def far_row_without_names() -> bytes:
    return in_sheet(b"</sheetData>", b'<row r="1048576"><c><v>1</v></c></row></sheetData>')


def far_cell_within_the_limits() -> bytes:
    return in_sheet(b"</sheetData>", b'<row r="200000"><c r="OJ200000"><v>1</v></c></row></sheetData>')


def zip_slip() -> bytes:
    return with_parts(lambda name, data: data, {"../../../etc/cron.d/harm": b"* * * * * root harm"})


def three_hundred_thousand_rows() -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(10, 300_010))
    return in_sheet(b"</sheetData>", rows + b"</sheetData>")


def zip_bomb() -> bytes:
    return with_parts(lambda name, data: data, {"xl/media/image1.png": b"\0" * (500 << 20)})


def zip_bomb_that_lies() -> bytes:
    """The directory says that the part is small."""
    data = bytearray(zip_bomb())
    size = (500 << 20).to_bytes(4, "little")
    assert data.count(size) >= 2
    return bytes(data.replace(size, (100).to_bytes(4, "little")))


def entity_bomb() -> bytes:
    return in_sheet(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet')


def entity_in_shared_strings() -> bytes:
    return with_parts(
        lambda name, data: data,
        {"xl/sharedStrings2.xml": b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'},
    )


def macro() -> bytes:
    return with_parts(lambda name, data: data, {"xl/vbaProject.bin": b"macro"})


def other_encoding() -> bytes:
    return with_parts(lambda name, data: data.decode().encode("utf-16") if name == SHEET else data)


def two_parts_of_one_name() -> bytes:
    out = io.BytesIO(good())
    with pytest.warns(UserWarning), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (far_cell, "something in cell XFD1048576"),
        (far_row_without_names, "something in cell A1048576"),
        (far_cell_within_the_limits, "longer than 50000 rows and wider than 104 columns"),
        (zip_slip, "leads out of the file"),
        (three_hundred_thousand_rows, "at most 200000 rows"),
        (zip_bomb, "too large: unpacked at most 400 MB"),
        (zip_bomb_that_lies, "damaged"),
        (entity_bomb, "declares entities"),
        (entity_in_shared_strings, "declares entities"),
        (macro, "has macros"),
        (other_encoding, "not UTF-8"),
        (two_parts_of_one_name, "stands in it twice"),
        (lambda: good()[:-300], "not a workbook"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password or the old format"),
        (lambda: b"name,key\n", "not a workbook"),
        (lambda: b"", "not a workbook"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_the_reason(make: Callable[[], bytes], why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_workbook(make(), [TABLE])
    assert why in str(refused.value)


def test_a_file_that_breaks_the_reader_is_refused_and_not_us() -> None:
    data, chance = good(), random.Random(7)
    for _ in range(15):
        broken = bytearray(data)
        for _ in range(20):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            read_workbook(bytes(broken), [TABLE])
        except Unreadable as refused:
            assert str(refused)


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_reading, "MOST_SECONDS", 0.01)
    with pytest.raises(Unreadable, match="too much time or memory"):
        read_workbook(good(), [TABLE])


def test_a_file_beyond_the_size_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_reading, "MOST_BYTES", 1 << 20)
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        read_workbook(b"x" * ((1 << 20) + 1), [TABLE])


def sheet(cells: dict[str, object], name: str = "units") -> bytes:
    """A workbook as somebody makes it by hand."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet(name)
    for place, value in cells.items():
        page.write(place, value)
    book.close()
    return out.getvalue()


def test_a_formula_is_named_with_its_cell() -> None:
    document = read_workbook(sheet({"A1": "key", "B1": "name", "A2": "a", "B2": "=1+1"}), [TABLE])
    assert [(p.table, p.row, p.column, str(p.said)) for p in document.problems] == [
        ("units", 2, "name", "This cell holds a formula: paste its value.")
    ]


def test_an_error_value_is_named_with_its_cell() -> None:
    def change(name: str, data: bytes) -> bytes:
        error = b'<c r="B3" t="e"><v>#REF!</v></c>'
        return re.sub(rb'<c r="B3".*?</c>', error, data) if name == SHEET else data

    document = read_workbook(with_parts(change), [TABLE])
    assert [(p.row, p.column, str(p.said)) for p in document.problems] == [
        (3, "name", "This cell holds an error value.")
    ]


def test_what_looks_like_a_formula_goes_out_as_text() -> None:
    rows = [{"key": "a", "name": text} for text in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1")]
    data = write_workbook([TABLE], {"units": rows})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read(SHEET)
    assert read_workbook(data, [TABLE]).records["units"] == rows


def test_nothing_is_dropped_in_silence() -> None:
    cells = {"A1": "key", "B1": "nane", "C1": "key", "D2": "lost", "A2": "a", "E1": "#note", "E2": "ignored"}
    document = read_workbook(sheet(cells), [TABLE])
    assert [(p.row, p.column, str(p.said)) for p in document.problems] == [
        (1, "nane", "There is no column “nane”. Did you mean “name”?"),
        (1, "key", "Column “key” stands here twice: in A and C."),
        (2, "D", "Column D has no name."),
    ]
    (problem,) = read_workbook(sheet({"A1": "key"}, "Units"), [TABLE]).problems
    assert str(problem.said) == "There is no table “Units”. Did you mean “units”?"
    (problem,) = read_workbook(sheet({"A1": "Key", "A2": "Schlüssel", "A3": "a"}), [TABLE]).problems
    assert "The row of column names is missing" in str(problem.said)


def test_sheets_of_ones_own_may_stand_beside_when_they_begin_with_a_hash() -> None:
    document = read_workbook(sheet({"A1": "my notes"}, "#mine"), [TABLE])
    assert (document.problems, document.records) == ([], {})


def test_a_sheet_without_titles_and_with_numbers_for_texts_is_read() -> None:
    document = read_workbook(sheet({"B1": "key", "A1": "name", "A2": 12, "B2": "a", "B4": "b"}), [TABLE])
    assert document.problems == []
    assert document.records["units"] == [{"name": "12", "key": "a"}, {"name": "", "key": "b"}]
    assert document.rows["units"] == [2, 4]


def test_an_empty_sheet_that_the_program_added_does_no_harm() -> None:
    assert read_workbook(sheet({}, "Sheet1"), [TABLE]).problems == []


def test_a_styled_but_empty_cell_far_outside_does_no_harm() -> None:
    data = in_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>')
    assert read_workbook(data, [TABLE]).records == {"units": [{"key": "a", "name": "A"}]}
