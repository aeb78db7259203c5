"""One description of a document makes a tagged PDF and a Word file: with the same words, and no text read as markup."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from holdfast.formats.charts import Axis, step_chart
from holdfast.formats.document import (
    Bullets,
    Cell,
    Document,
    Fact,
    Facts,
    Figure,
    Figures,
    Head,
    Heading,
    NewPage,
    Paragraph,
    Table,
)
from holdfast.formats.paper import write_pdf, write_word
from holdfast.formats.sheets import Column, Curve, Sheet, write_sheets
from tests.start.checkout import ROOT

FONTS = ROOT / "src/holdfast/web/static/built/fonts"
TEMPLATE = ROOT / "src/holdfast/web/documents/document.typ"
MARKUP = ["#panic[x] *bold* _it_ `raw` $x$ <label> @ref", "=SUM(A1) <w:t>&amp; ]]> \\u{41}", "采购 مشتريات закупки"]
AXIS = Axis(672, [(1, "1 h"), (4, "4 h"), (24, "1 d"), (672, "4 w")])

needs_fonts = pytest.mark.skipif(
    not FONTS.is_dir() and not os.environ.get("CI"), reason="the fonts are not built: ./run builds them"
)


def chart(said: str = "People") -> Figure:
    drawn = step_chart([(4, 12), (24, 126)], AXIS, says=said, below=said, number=lambda value: f"{value:g}")
    return Figure(drawn.for_paper(), drawn.width, drawn.height, said, said)


def paper(**more: Any) -> Document:
    parts = (
        Paragraph("Three cannot stand still for a day.", "lead"),
        Facts((Fact("Critical", "12"), Fact("Seats", "90", "stated", "A/63/359"))),
        Heading(1, "Ranking"),
        *(Paragraph(said) for said in MARKUP),
        Table(
            (Head("Process", 2), Head("MTPD", 0, True)),
            tuple((Cell(said, tone=4), Cell("24 h", basis="assumed")) for said in MARKUP),
            "The processes",
        ),
        Heading(2, "People"),
        chart(MARKUP[1]),
        NewPage(),
        Figures((chart(), chart(MARKUP[2]))),
        Bullets(("One", MARKUP[0])),
        Heading(3, "Third"),
        Paragraph("Small print", "note"),
    )
    about: dict[str, Any] = {"title": "Results", "language": "en", "eyebrow": "Organisation", "foot": "As of today"}
    return Document(parts=parts, **{**about, **more})


def text_of(pdf: bytes, tmp_path: Path) -> str:
    file = tmp_path / "it.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s+", " ", done.stdout).replace(" / ", "/")


def words_of(word: bytes) -> list[str]:
    file = docx.Document(BytesIO(word))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in file.paragraphs] + cells


@needs_fonts
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext: apt-get install poppler-utils")
def test_the_pdf_is_tagged_has_its_language_and_its_text_as_it_was_written(tmp_path: Path) -> None:
    pdf = write_pdf(paper(), TEMPLATE, FONTS)
    assert pdf.startswith(b"%PDF") and b"/MarkInfo" in pdf and b"/StructTreeRoot" in pdf and b"/Lang" in pdf
    assert b"pdfuaid" in pdf and b"pdfaid" in pdf, "PDF/UA-1 and PDF/A-2a"
    text = text_of(pdf, tmp_path)
    for said in ("Results", "Three cannot stand still for a day.", *MARKUP[:2], "采购", "Figure 1.", "2/2"):
        assert said in text, said


@needs_fonts
def test_a_sign_that_no_font_has_does_not_hold_the_document_up() -> None:
    assert write_pdf(paper(title="\U0001f525 ไทย"), TEMPLATE, FONTS).startswith(b"%PDF")


@needs_fonts
@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("zh", "ltr")])
def test_the_word_file_has_words_own_styles_contents_and_page_numbers(language: str, direction: str) -> None:
    word = write_word(paper(language=language, direction=direction), FONTS)
    file = docx.Document(BytesIO(word))
    styles = {paragraph.style.name for paragraph in file.paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet", "toc 1"} <= styles
    assert "Holdfast Table" in {table.style.name for table in file.tables}
    assert set(MARKUP) <= set(words_of(word))
    xml = file.element.xml
    assert "TOC \\o" in xml and 'w:anchor="_Toc1"' in xml and 'w:name="_Toc1"' in xml
    assert 'w:instr="SEQ Figure' in xml and "<w:tblHeader/>" in xml
    assert 'w:instr="PAGE"' in file.sections[0].footer._element.xml
    assert "Results" in file.sections[0].header.paragraphs[0].text
    lang = next(file.styles.element.iter(qn("w:lang")))
    assert language in (lang.get(qn("w:val"))[:2], lang.get(qn("w:bidi"))[:2], lang.get(qn("w:eastAsia"))[:2])
    assert ("<w:bidiVisual/>" in xml) is ("<w:rtl/>" in xml) is (direction == "rtl")


@needs_fonts
def test_figures_in_word_are_vector_drawings_with_a_picture_and_words_for_who_cannot_see_them() -> None:
    word = write_word(paper(), FONTS)
    with ZipFile(BytesIO(word)) as package:
        names = package.namelist()
        assert sum(name.endswith(".svg") for name in names) == 3
        for name in names:
            if name.endswith((".xml", ".rels", ".svg")):
                ElementTree.fromstring(package.read(name))
        document = package.read("word/document.xml").decode()
    assert document.count("svgBlip") == 3 and 'descr="=SUM(A1) &lt;w:t&gt;&amp;amp; ]]&gt; \\u{41}"' in document


@needs_fonts
@pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CI"), reason="needs LibreOffice: libreoffice-writer-nogui"
)
def test_another_word_processor_opens_the_word_file(tmp_path: Path) -> None:
    (tmp_path / "it.docx").write_bytes(write_word(paper(language="ar", direction="rtl"), FONTS))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "it.docx"], check=True, capture_output=True, timeout=180)
    assert "Ranking" in text_of((tmp_path / "it.pdf").read_bytes(), tmp_path)


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 1e9)), max_size=6), st.text(max_size=40))
def test_any_chart_is_sound_xml_with_its_words_escaped(points: list[tuple[float, float]], said: str) -> None:
    points = sorted(points)
    drawn = step_chart(points, AXIS, says=said, below=said, number=lambda value: f"{value:g}")
    for svg in (drawn.svg, drawn.for_paper()):
        root = ElementTree.fromstring(svg)
        assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert "style=" not in drawn.svg


def test_a_workbook_keeps_numbers_as_numbers_and_runs_no_text() -> None:
    rows = [["=1+1", 4.5], ["http://example.org", None], ["采购", 12]]
    curve = Curve("Curve", 1, 1, (("People", 0, 2),), "h", "people")
    sheets = [
        Sheet("Ranking: all/any", (Column("Process"), Column("MTPD (h)", "0.0")), rows, "A note", (curve,)),
        Sheet("ranking  all any"[:7], (Column("One"),), []),
        Sheet("RANKING", (Column("One"),), []),
    ]
    made = write_sheets(sheets, title="Results")
    book = CalamineWorkbook.from_filelike(BytesIO(made))
    assert book.sheet_names == ["Ranking  all any", "ranking", "RANKING 2"]
    data = book.get_sheet_by_index(0).to_python()
    assert data[3:] == [["Process", "MTPD (h)"], ["=1+1", 4.5], ["http://example.org", ""], ["采购", 12.0]]
    with ZipFile(BytesIO(made)) as package:
        assert "logBase" in package.read("xl/charts/chart1.xml").decode()
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "<autoFilter" in sheet and "<pane" in sheet
