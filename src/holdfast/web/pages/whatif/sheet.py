"""The answer as CSV: one row a process, the critical functions first, times in hours."""

from __future__ import annotations

import csv
from io import StringIO

from django.utils.translation import gettext as _

from .answer import Answer
from .line import Line
from .wording import kind_name

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(answer: Answer) -> str:
    """The whole answer, whatever the page's filter; starts with the mark by which spreadsheets know UTF-8."""
    categories = sorted({category for line in answer.lines for category in line.costs})
    units = {category: str(answer.example.categories.get(category, {}).get("unit") or "") for category in categories}
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            _("Id"), _("Name"), _("Kind"), _("Unit"), _("Site"), _("State"),
            _("First down (h)"), _("Longest outage (h)"), _("Downtime (h)"), _("Outages"), _("Still down at horizon"),
            _("RTO (h)"), _("RTO missed"), _("MTPD (h)"), _("MTPD breached"), _("Breached at (h)"), _("Binding chain"),
            *(f"{category} ({units[category]})" if units[category] else category for category in categories),
        ]
    )  # fmt: skip
    for line in answer.lines:
        writer.writerow([without_formula(cell) for cell in _cells(line, categories)])
    return "\ufeff" + out.getvalue()


def _cells(line: Line, categories: list[str]) -> list[object]:
    read_off = line.read_off
    chain = " ← ".join(f"{step.link.name} ({step.text})" for step in line.deciding.steps) if line.deciding else ""
    return [
        line.node, line.link.name, _("Critical function") if line.is_function else kind_name("process"),
        line.unit, line.site, line.state.word,
        read_off["first_down"], read_off["longest_outage"], read_off["downtime"], line.outage_count,
        _("yes") if line.still_open else _("no"),
        line.rto.hours, _("yes") if read_off["rto_missed"] else _("no"),
        line.mtpd.hours, _("yes") if read_off["mtpd_breached"] else _("no"), read_off["breach_at"], chain,
        *(line.costs.get(category, 0.0) for category in categories),
    ]  # fmt: skip


def without_formula(cell: object) -> object:
    """Text that a spreadsheet would run as a formula, made plain text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
