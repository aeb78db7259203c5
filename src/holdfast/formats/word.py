"""A document as .docx by python-docx, with Word's own styles, so that whoever gets it can go on writing in it.

Title, Heading 1 to 3, Caption, List Bullet and a table style of its own carry the looks; nothing is formatted by hand
that a style can say. Figures are vector drawings with a picture beside them for programs that cannot draw them. Tables
are written as XML in one go: the rows of python-docx cost more with each one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
import typst
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE as RELATIONS
from docx.opc.packuri import PackURI
from docx.opc.part import Part as PackagePart
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Mm, Pt, RGBColor

from holdfast.formats.document import (
    MARKS,
    Bullets,
    Cell,
    Document,
    Facts,
    Figure,
    Figures,
    Head,
    Heading,
    Listing,
    NewPage,
    Paragraph,
    Part,
    Passage,
    Table,
    Terms,
)

DOTS_PER_INCH = 200
INK, SOFT, ACTION = RGBColor(0x17, 0x21, 0x2B), RGBColor(0x56, 0x62, 0x70), RGBColor(0x0B, 0x53, 0x94)
TONES = (("EFE9E4", "17212B"), ("F4CFB1", "17212B"), ("E39A62", "17212B"), ("B4571B", "FFFFFF"), ("6D2706", "FFFFFF"))
TEXT_WIDTH = Mm(174)
SHORT, MOST_TOGETHER = 12, 1000
"""A table of so few rows and signs stays on one page."""
TABLE_STYLE = "HoldfastTable"
FONT, FONT_EAST = "Arial", "Microsoft YaHei"
REGIONS = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES", "ru": "ru-RU", "ar": "ar-SA", "zh": "zh-CN"}

_SVG_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_SVG_SPACE = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PICTURES = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#set text(font: ("Noto Sans", "Noto Sans Arabic", "Noto Sans SC"))
#for (n, one) in json(bytes(sys.inputs.data)).enumerate() {
  if n > 0 { pagebreak() }
  image(bytes(one), format: "svg")
}
"""


def write(document: Document, fonts: str) -> bytes:
    """The bytes of the file."""
    out = BytesIO()
    _Writer(document, fonts).write().save(out)
    return out.getvalue()


class _Writer:
    def __init__(self, document: Document, fonts: str) -> None:
        self.document, self.rtl = document, document.direction == "rtl"
        self.pictures = iter(_pictures([one.svg for one in document.figures()], fonts))
        self.file: Any = docx.Document()
        self.body = self.file.element.body
        self.marks = self.numbers = 0
        self.said: Any = None
        self.counts = {"figure": 0, "table": 0}

    def write(self) -> Any:
        self._properties()
        self._styles()
        self._page()
        document = self.document
        if document.eyebrow:
            self._paragraph(document.eyebrow, "Eyebrow")
        self._paragraph(document.title, "Title")
        if document.about:
            self._paragraph(document.about, "Subtitle")
        for part in document.cover:
            self._part(part)
        headings = [part for part in document.parts if isinstance(part, Heading) and part.level <= 2]
        if document.cover:
            self.file.add_page_break()
        if document.contents and headings:
            self._contents(headings)
            if document.cover:
                self.file.add_page_break()
        for part, after in zip(document.parts, [*document.parts[1:], None], strict=True):
            self._part(part)
            if isinstance(part, Paragraph) and isinstance(after, Table | Figure | Terms | Passage):
                self.said.paragraph_format.keep_with_next = True
        if document.bases:
            words = ", ".join(f"{MARKS[basis]} {getattr(document.words, basis)}" for basis in document.bases)
            self._paragraph(words, "Note")
        return self.file

    # The whole

    def _properties(self) -> None:
        properties = self.file.core_properties
        properties.title, properties.author = _clean(self.document.title)[:255], _clean(self.document.author)[:255]
        properties.language, properties.comments = self._region(), ""

    def _region(self) -> str:
        return REGIONS.get(self.document.language.split("-")[0], self.document.language)

    def _styles(self) -> None:
        styles = self.file.styles
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        for old in defaults.findall(qn("w:lang")):
            defaults.remove(old)
        region = self._region()
        said = {"w:val": "en-GB" if region[:2] in ("ar", "zh") else region}
        said |= {"w:bidi": region if region[:2] == "ar" else "ar-SA"}
        said |= {"w:eastAsia": region if region[:2] == "zh" else "zh-CN"}
        attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in said.items())
        defaults.append(parse_xml(f"<w:lang {nsdecls('w')} {attributes}/>"))
        for name, based, size, bold, colour, before, after in (
            ("Normal", None, 10, None, INK, 0, 6),
            ("Title", None, 22, True, INK, 0, 4),
            ("Subtitle", None, 11, False, SOFT, 0, 10),
            ("Heading 1", None, 15, True, INK, 18, 6),
            ("Heading 2", None, 12, True, INK, 14, 4),
            ("Heading 3", None, 10.5, True, INK, 10, 3),
            ("Caption", None, 9, True, INK, 8, 3),
            ("Header", None, 8, False, SOFT, 0, 0),
            ("Footer", None, 8, False, SOFT, 0, 0),
            ("Eyebrow", "Normal", 9, False, SOFT, 0, 0),
            ("Lead", "Normal", 12, True, INK, 8, 10),
            ("Note", "Normal", 8.5, False, SOFT, 2, 6),
            ("Table Text", "Normal", 8.5, None, INK, 1, 1),
            ("Contents Heading", "Normal", 12, True, INK, 10, 4),
            ("toc 1", "Normal", 10, None, INK, 4, 0),
            ("toc 2", "Normal", 9.5, None, INK, 0, 0),
        ):
            style = _style(styles, name, based)
            font, form = style.font, style.paragraph_format
            font.name, font.size, font.bold, font.italic, font.color.rgb = FONT, Pt(size), bold, False, colour
            _fonts(style.element.get_or_add_rPr(), size, bold)
            form.space_before, form.space_after = Pt(before), Pt(after)
            for old in [*style.element.rPr.findall(qn("w:spacing")), *style.element.rPr.findall(qn("w:iCs"))]:
                style.element.rPr.remove(old)
            if self.rtl:
                _bidi(style.element.get_or_add_pPr())
        styles["toc 2"].paragraph_format.left_indent = Mm(5)
        styles["Table Text"].paragraph_format.line_spacing = 1.0
        for border in styles["Title"].element.iter(qn("w:pBdr")):
            border.getparent().remove(border)
            break
        side = "right" if self.rtl else "left"
        styles["Lead"].element.get_or_add_pPr().append(
            parse_xml(
                f'<w:pBdr {nsdecls("w")}><w:{side} w:val="single" w:sz="24" w:space="8" w:color="0B5394"/></w:pBdr>'
            )
        )
        styles.element.append(parse_xml(_TABLE_STYLE.format(spaces=nsdecls("w"), key=TABLE_STYLE)))

    def _page(self) -> None:
        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(18)
        section.top_margin, section.bottom_margin = Mm(22), Mm(20)
        section.different_first_page_header_footer = True
        if self.rtl:
            section._sectPr.append(parse_xml(f"<w:bidi {nsdecls('w')}/>"))
        head = section.header.paragraphs[0]
        self._fill(head, f"{self.document.title}\t{self.document.eyebrow}")
        for foot in (section.footer, section.first_page_footer):
            paragraph = foot.paragraphs[0]
            self._fill(paragraph, f"{self.document.foot}\t")
            for code, between in (("PAGE", " / "), ("NUMPAGES", "")):
                paragraph._p.append(_field(code, "1"))
                if between:
                    self._run(paragraph, between)
        for name in ("Header", "Footer"):
            tabs = self.file.styles[name].paragraph_format.tab_stops
            for tab in list(tabs):
                tabs._pPr.tabs.remove(tab._tab)
            # In a paragraph that runs from right to left, Word takes a right stop as the far one too.
            tabs.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)

    def _contents(self, headings: Sequence[Heading]) -> None:
        """A table of contents that Word keeps: filled in here, so that it is there before anybody updates it."""
        self._paragraph(self.document.words.contents, "Contents Heading")
        for n, one in enumerate(headings, 1):
            paragraph = self.file.add_paragraph(style=f"toc {one.level}")._p
            if n == 1:
                paragraph.append(_run_xml('<w:fldChar w:fldCharType="begin"/>'))
                paragraph.append(
                    _run_xml('<w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText>')
                )
                paragraph.append(_run_xml('<w:fldChar w:fldCharType="separate"/>'))
            paragraph.append(
                parse_xml(
                    f'<w:hyperlink {nsdecls("w")} w:anchor="_Toc{n}" w:history="1"><w:r>{self._rtl_run()}'
                    f'<w:t xml:space="preserve">{escape(_clean(one.text))}</w:t></w:r></w:hyperlink>'
                )
            )
            if n == len(headings):
                paragraph.append(_run_xml('<w:fldChar w:fldCharType="end"/>'))

    # The parts

    def _part(self, part: Part) -> None:
        match part:
            case Heading():
                paragraph = self._paragraph(part.text, f"Heading {part.level}")
                if part.level <= 2:
                    self.marks += 1
                    self._bookmark(paragraph, f"_Toc{self.marks}")
            case Paragraph():
                self.said = self._said(part, {"plain": "Normal", "lead": "Lead", "note": "Note"}[part.style])
            case Listing():
                self._listing(part, 1)
            case Passage():
                self._passage(part)
            case Bullets():
                for item in part.items:
                    paragraph = self._paragraph(item, "List Bullet")
                    if self.rtl:
                        _bidi(paragraph._p.get_or_add_pPr())
            case Facts():
                self._facts(part)
            case Terms():
                heads = (Head("", 3), Head("", 7))
                rows = tuple((Cell(one.label), Cell(one.value, basis=one.basis, more=one.source)) for one in part.items)
                self._table(Table(heads, rows), headed=False)
            case Table():
                if part.caption:
                    self._caption("table", self.document.words.table, part.caption)
                self._table(part)
            case Figure():
                self._figure(part, TEXT_WIDTH)
            case Figures():
                self._figures(part)
            case NewPage():
                self.file.add_page_break()

    def _said(self, part: Paragraph, style: str) -> Any:
        """A paragraph with its looks."""
        if not part.runs:
            return self._paragraph(part.text, style)
        paragraph = self.file.add_paragraph(style=style)
        for one in part.runs:
            self._run(paragraph, _clean(one.text))
            run = paragraph.runs[-1]
            run.bold, run.italic = one.bold or None, one.italic or None
            if one.bold:
                run._r.rPr.find(qn("w:b")).addnext(parse_xml(f"<w:bCs {nsdecls('w')}/>"))
            if one.link:
                run.font.color.rgb, run.font.underline = ACTION, True
                key = self.file.part.relate_to(_clean(one.link), RELATIONS.HYPERLINK, is_external=True)
                link = parse_xml(f'<w:hyperlink {nsdecls("w", "r")} r:id="{key}" w:history="1"/>')
                run._r.addprevious(link)
                link.append(run._r)
        return paragraph

    def _passage(self, part: Passage) -> None:
        """In its own direction."""
        first, outer = len(self.body), self.rtl
        self.rtl = part.direction == "rtl"
        for one in part.parts:
            self._part(one)
        self.rtl = outer
        if outer == (part.direction == "rtl"):
            return
        # Behind the section's own properties nothing is ever put: what was added stands before them.
        for paragraph in list(self.body)[first - 1 : -1]:
            properties = paragraph.get_or_add_pPr()
            for old in properties.findall(qn("w:bidi")):
                properties.remove(old)
            _bidi(properties, "0" if outer else "1")

    def _listing(self, part: Listing, depth: int) -> None:
        """Word numbers each list anew; a second paragraph of a point stands under the first."""
        style = f"List {'Number' if part.numbered else 'Bullet'}{f' {depth}' if depth > 1 else ''}"
        key = self._numbering(style, part.start) if part.numbered else None
        for item in part.items:
            first = True
            for one in item.parts:
                if isinstance(one, Listing):
                    self._listing(one, depth + 1)
                    continue
                paragraph = self._said(one, style if first else f"List Continue{f' {depth}' if depth > 1 else ''}")
                properties = paragraph._p.get_or_add_pPr()
                if first and key is not None:
                    number = properties.get_or_add_numPr()
                    number.get_or_add_ilvl().val, number.get_or_add_numId().val = 0, key
                if self.rtl:
                    _bidi(properties)
                first = False

    def _numbering(self, style: str, start: int) -> int:
        """A numbering of its own with the looks of the style's."""
        own = self.file.styles[style].element.pPr.numPr.numId.val
        numbering = self.file.part.numbering_part.element
        made = numbering.add_num(numbering.num_having_numId(own).abstractNumId.val)
        made.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(made.numId)

    def _paragraph(self, said: str, style: str) -> Any:
        paragraph = self.file.add_paragraph(style=style)
        self._fill(paragraph, said)
        return paragraph

    def _fill(self, paragraph: Any, said: str) -> None:
        for n, piece in enumerate(_clean(said).split("\t")):
            if n:
                paragraph.add_run().add_tab()
            self._run(paragraph, piece)

    def _run(self, paragraph: Any, said: str) -> None:
        run = paragraph.add_run(said)
        if self.rtl:
            run._r.get_or_add_rPr().append(parse_xml(f"<w:rtl {nsdecls('w')}/>"))

    def _rtl_run(self) -> str:
        return "<w:rPr><w:rtl/></w:rPr>" if self.rtl else ""

    def _bookmark(self, paragraph: Any, name: str) -> None:
        self.numbers += 1
        start = f'<w:bookmarkStart {nsdecls("w")} w:id="{self.numbers}" w:name="{name}"/>'
        properties = paragraph._p.pPr
        properties.addnext(parse_xml(start))
        paragraph._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{self.numbers}"/>'))

    def _caption(self, kind: str, word: str, said: str, where: Any = None) -> None:
        """Word numbers it itself, so that a figure put in later moves the others on."""
        self.counts[kind] += 1
        paragraph = (where or self.file).add_paragraph(style=self.file.styles["Caption"])
        paragraph.paragraph_format.keep_with_next = where is None
        self._run(paragraph, f"{word} ")
        paragraph._p.append(_field(f"SEQ {kind.capitalize()} \\* ARABIC", str(self.counts[kind])))
        self._run(paragraph, f". {_clean(said)}")

    def _facts(self, part: Facts) -> None:
        heads = tuple(Head("", 1.0) for _one in part.items[:4])
        width = len(heads)
        rows: list[tuple[Cell, ...]] = []
        for first in range(0, len(part.items), width or 1):
            items = part.items[first : first + width]
            filling = (Cell(""),) * (width - len(items))
            rows.append((*(Cell(one.label) for one in items), *filling))
            rows.append((*(Cell(one.value, basis=one.basis, strong=True) for one in items), *filling))
            if any(one.source for one in items):
                rows.append((*(Cell(one.source) for one in items), *filling))
        self._table(Table(heads, tuple(rows), first_heads=False), headed=False)

    def _table(self, part: Table, *, headed: bool = True) -> None:
        widths = _widths(part)
        xml = [
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{TABLE_STYLE}"/>',
            "<w:bidiVisual/>" if self.rtl else "",
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>',
            f'<w:tblLook w:val="{_look(headed, part.first_heads)}" w:firstRow="{int(headed)}" w:lastRow="0"',
            f' w:firstColumn="{int(part.first_heads)}" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>',
            f"<w:tblCaption w:val={quoteattr(_clean(part.caption))}/>" if part.caption else "",
            "</w:tblPr><w:tblGrid>",
            *(f'<w:gridCol w:w="{width}"/>' for width in widths),
            "</w:tblGrid>",
        ]
        written = sum(len(cell.text) + len(cell.more) for row in part.rows for cell in row)
        short = len(part.rows) <= SHORT and written <= MOST_TOGETHER
        if headed:
            heads = tuple(Cell(head.text) for head in part.heads)
            xml.append(
                f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{self._cells(part, heads, widths, True)}</w:tr>"
            )
        for n, row in enumerate(part.rows, 1):
            # A short table stays on one page.
            stays = short and n < len(part.rows)
            xml.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{self._cells(part, row, widths, stays)}</w:tr>")
        xml.append("</w:tbl>")
        self.body.insert(len(self.body) - 1, parse_xml("".join(xml)))
        spacer = self.file.add_paragraph(style="Table Text")
        spacer.paragraph_format.space_after = Pt(4)

    def _cells(self, part: Table, row: Sequence[Cell], widths: Sequence[int], stays: bool) -> str:
        return "".join(
            self._cell(cell, head, width, stays) for cell, head, width in zip(row, part.heads, widths, strict=True)
        )

    def _cell(self, cell: Cell, head: Head, width: int, stays: bool) -> str:
        fill, ink = TONES[cell.tone] if cell.tone is not None else ("", "")
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
        run = ("<w:b/><w:bCs/>" if cell.strong or fill else "") + (f'<w:color w:val="{ink}"/>' if ink else "")
        # A name or sentence in another script keeps its own direction, so that its full stop stands at its end.
        own = self.rtl and _is_ltr(cell.text)
        run += "<w:rtl/>" if self.rtl and not own else ""
        side = '<w:jc w:val="right"/>' if head.number != own else '<w:jc w:val="left"/>' if own else ""
        way = '<w:bidi w:val="0"/>' if own else ""
        said = _clean(cell.text) + (f" {MARKS[cell.basis]}" if cell.basis else "")
        indent = f'<w:ind w:left="{cell.indent * 180}"/>' if cell.indent else ""
        more = ""
        if cell.more:
            looks = f'<w:b w:val="0"/><w:bCs w:val="0"/><w:color w:val="{SOFT}"/>{"<w:rtl/>" if self.rtl else ""}'
            more = f"<w:r><w:rPr>{looks}</w:rPr><w:br/>{_text(_clean(cell.more))}</w:r>"
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>'
            f'<w:p><w:pPr><w:pStyle w:val="TableText"/>{"<w:keepNext/>" if stays else ""}{way}{indent}{side}</w:pPr>'
            f"<w:r><w:rPr>{run}</w:rPr>{_text(said)}</w:r>{more}</w:p></w:tc>"
        )

    def _figures(self, part: Figures) -> None:
        """Two beside each other, in a table without lines that the reader does not see."""
        table = self.file.add_table(rows=-(-len(part.items) // 2), cols=2)
        if self.rtl:
            table._tbl.tblPr.append(parse_xml(f"<w:bidiVisual {nsdecls('w')}/>"))
        for row in table.rows:
            row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        for n, one in enumerate(part.items):
            cell = table.cell(n // 2, n % 2)
            empty = cell.paragraphs[0]._p
            self._figure(one, int(TEXT_WIDTH * 0.46), cell)
            empty.getparent().remove(empty)
        self.file.add_paragraph(style="Table Text")

    def _figure(self, part: Figure, wide: int, where: Any = None) -> None:
        self._caption("figure", self.document.words.figure, part.caption, where)
        paragraph = (where or self.file).add_paragraph()
        picture = next(self.pictures)
        shape = paragraph.add_run().add_picture(BytesIO(picture), width=Emu(int(wide * part.share)))
        described = shape._inline.docPr
        described.set("descr", _clean(part.alt))
        described.set("name", f"{self.document.words.figure} {self.counts['figure']}")
        self._add_drawing(shape, part.svg)

    def _add_drawing(self, shape: Any, svg: str) -> None:
        """The vector drawing beside the picture: programs that know it show it in its place."""
        name = PackURI(f"/word/media/drawing{self.counts['figure']}.svg")
        made = PackagePart(name, "image/svg+xml", _clean(svg).encode(), self.file.part.package)
        key = self.file.part.relate_to(made, _SVG_RELATION)
        blip = next(shape._inline.iter(qn("a:blip")))
        blip.append(
            parse_xml(
                f'<a:extLst {nsdecls("a", "r")}><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
                f'<asvg:svgBlip xmlns:asvg="{_SVG_SPACE}" r:embed="{key}"/></a:ext></a:extLst>'
            )
        )


_TABLE_STYLE = """<w:style {spaces} w:type="table" w:customStyle="1" w:styleId="{key}"><w:name w:val="Holdfast Table"/>
<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/><w:tblPr><w:tblBorders>
<w:bottom w:val="single" w:sz="4" w:space="0" w:color="D5DBE2"/>
<w:insideH w:val="single" w:sz="4" w:space="0" w:color="D5DBE2"/></w:tblBorders>
<w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="20" w:type="dxa"/>
<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/><w:color w:val="566270"/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="566270"/></w:tcBorders></w:tcPr></w:tblStylePr>
<w:tblStylePr w:type="firstCol"><w:rPr><w:b/><w:bCs/></w:rPr></w:tblStylePr></w:style>"""


def _pictures(drawings: Sequence[str], fonts: str) -> Iterator[bytes]:
    if not drawings:
        return iter(())
    template: Any = _PICTURES
    done: Any = typst.compile(
        template, font_paths=[fonts], ignore_system_fonts=True, format="png", ppi=DOTS_PER_INCH,
        sys_inputs={"data": json.dumps(list(drawings), ensure_ascii=False)},
    )  # fmt: skip
    return iter(done if isinstance(done, list) else [done])


def _widths(part: Table) -> list[int]:
    """The columns in twentieths of a point: a column that takes what its texts take gets that, by their length."""
    whole = int(TEXT_WIDTH / Emu(635))
    longest = [
        max([len(head.text) * 1.05, *(len(row[n].text) for row in part.rows[:200])])
        for n, head in enumerate(part.heads)
    ]
    fixed = [
        0 if head.share else min(2200, 220 + int(105 * size)) for head, size in zip(part.heads, longest, strict=True)
    ]
    left, shares = max(whole - sum(fixed), whole // 4), sum(head.share for head in part.heads) or 1.0
    return [width or int(left * head.share / shares) for width, head in zip(fixed, part.heads, strict=True)]


def _look(headed: bool, first_heads: bool) -> str:
    """The same as the attributes beside it, for programs that read only this."""
    return f"{0x0600 + 0x0020 * headed + 0x0080 * first_heads:04X}"


def _style(styles: Any, name: str, based: str | None) -> Any:
    if name in [style.name for style in styles]:
        return styles[name]
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if based:
        style.base_style = styles[based]
    return style


def _fonts(properties: Any, size: float, bold: bool | None) -> None:
    """The same for scripts of every kind: Arabic has a size and a weight of its own in Word."""
    fonts = properties.find(qn("w:rFonts"))
    for name in list(fonts.attrib):
        if "Theme" in name:
            del fonts.attrib[name]
    fonts.set(qn("w:cs"), FONT)
    fonts.set(qn("w:eastAsia"), FONT_EAST)
    for old in [*properties.findall(qn("w:szCs")), *properties.findall(qn("w:bCs"))]:
        properties.remove(old)
    properties.find(qn("w:sz")).addnext(parse_xml(f'<w:szCs {nsdecls("w")} w:val="{int(size * 2)}"/>'))
    if bold:
        properties.find(qn("w:b")).addnext(parse_xml(f"<w:bCs {nsdecls('w')}/>"))


def _bidi(properties: Any, value: str = "1") -> None:
    """In the place that the schema of Word wants it."""
    if properties.find(qn("w:bidi")) is not None:
        return
    mark = parse_xml(f'<w:bidi {nsdecls("w")} w:val="{value}"/>')
    after = ("w:pStyle", "w:keepNext", "w:keepLines", "w:pageBreakBefore", "w:framePr", "w:widowControl", "w:numPr",
             "w:suppressLineNumbers", "w:pBdr", "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap",
             "w:overflowPunct", "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN")  # fmt: skip
    found = [child for child in properties if child.tag in {qn(name) for name in after}]
    if found:
        found[-1].addnext(mark)
    else:
        properties.insert(0, mark)


def _field(code: str, shown: str) -> Any:
    return parse_xml(
        f'<w:fldSimple {nsdecls("w")} w:instr="{code}"><w:r><w:t>{escape(shown)}</w:t></w:r></w:fldSimple>'
    )


def _text(said: str) -> str:
    """A text of a run, its line breaks as Word has them."""
    return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in said.split("\n"))


def _is_ltr(said: str) -> bool:
    return any(sign.isalpha() for sign in said) and not any("\u0590" <= sign <= "\u08ff" for sign in said)


def _run_xml(inside: str) -> Any:
    return parse_xml(f"<w:r {nsdecls('w')}>{inside}</w:r>")


def _clean(said: str) -> str:
    return _BAD.sub("", said)
