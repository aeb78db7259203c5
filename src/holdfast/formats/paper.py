"""A document as PDF and as Word. Each is made in a child process with limits, as typesetting.py says."""

from __future__ import annotations

from pathlib import Path

from holdfast.formats.document import Document
from holdfast.formats.typesetting import in_child, typeset

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
"""The content type of a Word file."""


def write_pdf(document: Document, template: Path, fonts: Path) -> bytes:
    """The bytes of a tagged PDF (PDF/UA-1 where the fonts have all its signs). Raises NotSet."""
    return typeset(template, document.as_json(), "pdf", fonts)


def write_word(document: Document, fonts: Path) -> bytes:
    """The bytes of a .docx with Word's own styles. Raises NotSet."""
    return in_child("holdfast.formats.word_child", {"document": document.as_json(), "fonts": str(fonts)}, "docx")
