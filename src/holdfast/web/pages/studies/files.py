"""An answer as a file: CSV of one table, JSON within the reader's scope, PDF and Word, a workbook with every row."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.analysis.studies.models import Study
from holdfast.formats.document import Cell as PaperCell
from holdfast.formats.document import Document, Fact, Facts, Figure, Figures, Head, Heading, Paragraph, Part
from holdfast.formats.document import Table as PaperTable
from holdfast.formats.sheets import Column, Sheet, write_sheets
from holdfast.web.pages.impact.results_document import direction, words
from holdfast.web.pages.whatif.sheet import without_formula

from .shown import Shown, Table

MOST_ROWS = 60
BYTES_MARK = "\ufeff"


def as_csv(table: Table) -> str:
    """For spreadsheets: UTF-8 with its mark; a text that a spreadsheet would take for a formula begins with a quote."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.label for column in table.columns])
    for row in table.rows:
        writer.writerow([without_formula(cell.bare) for cell in row])
    return BYTES_MARK + out.getvalue()


def as_json(study: Study, shown: Shown) -> str:
    """The answer as tables, with what it was made from."""
    tables = {
        table.name: [
            {column.name: cell.bare for column, cell in zip(table.columns, row, strict=True)} for row in table.rows
        ]
        for table in shown.tables
    }
    said = {"finding": shown.finding, "about": shown.about, **provenance(study), "tables": tables}
    return json.dumps(said, ensure_ascii=False, indent=1)


def provenance(study: Study) -> dict[str, Any]:
    return {
        "kind": study.kind,
        "question": study.question,
        "as_of": study.as_of.isoformat(),
        "answered_at": study.answered_at.isoformat() if study.answered_at else None,
        "engine": study.engine,
        "input_sha256": study.input_hash,
    }


def document_of(study: Study, shown: Shown, asked: list[tuple[str, str]], address: str) -> Document:
    day = _("As of %(day)s") % {"day": date_format(study.as_of, "j F Y")}
    parts: list[Part] = [Paragraph(shown.finding + ".", "lead"), *(Paragraph(line) for line in shown.about)]
    parts.append(Facts(tuple(Fact(label, value) for label, value in asked)))
    if shown.pictures:
        figures = [
            Figure(one.chart.for_paper(), one.chart.width, one.chart.height, f"{one.title}. {one.about}", one.title)
            for one in shown.pictures
        ]
        parts.append(Figures(tuple(figures)))
    for table in shown.tables:
        parts.append(Heading(1, table.title))
        if table.about:
            parts.append(Paragraph(table.about))
        if not table.rows:
            parts.append(Paragraph(table.empty))
            continue
        heads = tuple(Head(column.label, 0 if column.number else 1.0, column.number) for column in table.columns)
        rows = tuple(tuple(PaperCell(cell.text, cell.tone) for cell in row) for row in table.rows[:MOST_ROWS])
        parts.append(PaperTable(heads, rows))
        if (left := len(table.rows) - MOST_ROWS) > 0:
            parts.append(Paragraph(_("%(n)s more rows stand in the workbook.") % {"n": left}, "note"))
    parts.append(Paragraph(made_from(study), "note"))
    return Document(
        title=str(study),
        language=get_language() or "en",
        direction="rtl" if direction() == "rtl" else "ltr",
        eyebrow=_("Questions to the model"),
        about=day,
        foot=f"{day} · {address}",
        words=words(),
        contents=False,
        parts=tuple(parts),
    )


def made_from(study: Study) -> str:
    return _("Computed with version %(engine)s from the input with the SHA-256 %(hash)s.") % {
        "engine": study.engine, "hash": study.input_hash,
    }  # fmt: skip


def workbook_of(study: Study, shown: Shown, address: str) -> bytes:
    note = " · ".join([_("As of %(day)s") % {"day": date_format(study.as_of, "j F Y")}, made_from(study), address])
    sheets = [
        Sheet(
            table.title[:31].replace(":", ""),
            tuple(Column(column.label) for column in table.columns),
            [[cell.bare for cell in row] for row in table.rows],
            note,
        )
        for table in shown.tables
    ]
    return write_sheets(sheets, title=str(study), right_to_left=direction() == "rtl")
