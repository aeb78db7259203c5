"""What people write in a plan keeps its paragraphs, lists and stresses on the page and on paper, and can do no harm."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.formats.document import Document, Heading, Item, Listing, Paragraph, Part, Run
from holdfast.formats.paper import write_pdf, write_word
from holdfast.formats.rich import as_html, as_parts
from tests.formats.test_documents import FONTS, TEMPLATE, needs_fonts

WRITTEN = """# First of all

Call the **duty officer** at once; *then* see [the map](https://example.org/map).
At the gate.

1. Leave
2. Count
   - by floor
   - by **unit**

5) Report
"""
ALLOWED = {"p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "br", "a"}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_page_shows_what_was_written_with_its_headings_below_those_of_the_page() -> None:
    html = as_html(WRITTEN)
    assert "<h3>First of all</h3>" in html and "<strong>duty officer</strong>" in html and "<em>then</em>" in html
    assert '<a href="https://example.org/map" rel="noopener nofollow">the map</a>' in html
    assert as_html("# One\n#### Two\n## Three").count("<h4>") == 2
    assert "<br" in html and html.count("<ol") == 2 and '<ol start="5">' in html and html.count("<ul>") == 1


def test_a_document_says_the_same() -> None:
    heading, paragraph, numbered, other = as_parts(WRITTEN)
    assert heading == Heading(2, "First of all")
    assert isinstance(paragraph, Paragraph) and paragraph.runs[1] == Run("duty officer", bold=True)
    assert paragraph.text.endswith("see the map.\nAt the gate.")
    assert Run("the map", link="https://example.org/map") in paragraph.runs
    inner = Listing(
        (Item((Paragraph("by floor"),)), Item((Paragraph("by unit", runs=(Run("by "), Run("unit", True))),)))
    )
    assert numbered == Listing((Item((Paragraph("Leave"),)), Item((Paragraph("Count"), inner))), numbered=True)
    assert other == Listing((Item((Paragraph("Report"),)),), numbered=True, start=5)


@pytest.mark.parametrize(
    "said",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[here](javascript:alert(1))",
        "[here](data:text/html,x)",
        "[here](//example.org)",
        "<javascript:alert(1)>",
        "![x](https://example.org/x.png)",
        "    indented\n```\ncode\n```",
        "| a | b |\n|---|---|",
        "a \x00 b",
    ],
)
def test_what_a_plan_has_no_marks_for_is_text(said: str) -> None:
    reader = Reader()
    reader.feed(as_html(said))
    assert {tag for tag, _attributes in reader.found} <= {"p", "br", "a"}
    assert not any("src" in attributes for _tag, attributes in reader.found)
    plain = "".join(part.text for part in as_parts(said) if isinstance(part, Paragraph))
    assert plain.strip()


@given(
    st.text(alphabet=st.sampled_from("a *_[](){}<>!#-+1.)\n\\&;:/\"'`|=x\u0660\u4e2d\x00h"), max_size=80) | st.text()
)
def test_nothing_that_is_typed_becomes_anything_else_than_text_and_marks(said: str) -> None:
    reader = Reader()
    reader.feed(as_html(said))
    for tag, attributes in reader.found:
        assert tag in ALLOWED and set(attributes) <= {"href", "rel", "start"}
        assert (attributes.get("href") or "https://").lower().startswith(("http://", "https://", "mailto:"))
    as_parts(said)


def depth(part: Part) -> int:
    if not isinstance(part, Listing):
        return 0
    return 1 + max((depth(one) for item in part.items for one in item.parts), default=0)


def test_lists_within_lists_without_end_are_shown_three_deep_and_none_is_lost() -> None:
    written = "\n".join(f"{'  ' * n}- point {n}" for n in range(12))
    (listing,) = as_parts(written)
    assert depth(listing) == 3
    assert all(f"point {n}" in str(listing) for n in range(12))


@needs_fonts
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_lists_and_stresses_reach_the_pdf_and_word(direction: str) -> None:
    paper = Document("A plan", "en", (Heading(1, "Purpose"), *as_parts(WRITTEN)), direction=direction)  # type: ignore[arg-type]
    pdf = write_pdf(paper, TEMPLATE, FONTS)
    assert b"pdfuaid" in pdf and b"https://example.org/map" in pdf
    file = docx.Document(BytesIO(write_word(paper, FONTS)))
    styles = [paragraph.style.name for paragraph in file.paragraphs]
    assert styles.count("List Number") == 3 and styles.count("List Bullet 2") == 2
    assert any(run.bold and run.text == "duty officer" for each in file.paragraphs for run in each.runs)
    xml = file.part.numbering_part.element.xml
    assert 'w:startOverride w:val="5"' in xml
