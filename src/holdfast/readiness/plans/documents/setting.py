"""Where documents are set: the template, the fonts, and the two forms."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from holdfast.formats.document import Document
from holdfast.formats.paper import write_pdf, write_word

DOCUMENTS = Path(settings.PACKAGE) / "web" / "documents"
TEMPLATE = DOCUMENTS / "document.typ"
CARD_TEMPLATE = DOCUMENTS / "card.typ"
FONTS = Path(settings.PACKAGE) / "web" / "static" / "built" / "fonts"


def pdf_of(document: Document) -> bytes:
    """Raises NotSet."""
    return write_pdf(document, TEMPLATE, FONTS)


def word_of(document: Document) -> bytes:
    """Raises NotSet."""
    return write_word(document, FONTS)
