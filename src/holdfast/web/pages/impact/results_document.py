"""The results as a document: its content, from which the PDF and the Word file are made (formats/document.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from holdfast.analysis.impact.contradictions import counted
from holdfast.analysis.impact.needs import at, by_kind, curve
from holdfast.analysis.impact.over_time import hours_of
from holdfast.analysis.impact.results import Results
from holdfast.analysis.impact.told import Told
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
    Paragraph,
    Part,
    Table,
    Words,
)
from holdfast.governance.settings.scales import Scales
from holdfast.web.pages.whatif.wording import listing, number, percent

from .results_asked import Sieve
from .results_shown import (
    DAY,
    KINDS,
    because,
    check_names,
    counted_in,
    drawn_tiers,
    finding,
    grid_finding,
    grid_of,
    open_gaps,
    panels,
    table_by,
    tick,
    time,
)

TEMPLATE = Path(settings.PACKAGE) / "web" / "documents" / "document.typ"
MOST_ROWS = 300
MOST_GAPS = 100
MOST_UNITS = 40
MOST_NAMES = 12


def words() -> Words:
    """What a document says of itself, in the active language."""
    return Words(
        contents=_("Contents"),
        figure=_("Figure"),
        table=_("Table"),
        measured=pgettext("basis of a figure", "measured"),
        stated=pgettext("basis of a figure", "stated"),
        assumed=pgettext("basis of a figure", "assumed"),
    )


def direction() -> str:
    return pgettext("the direction in which this language is written: ltr or rtl", "ltr")


def document_of(found: Results, sieve: Sieve, address: str) -> Document:
    """The whole report, bounded: what is left out stands in the workbook, and is said."""
    day = date_format(found.asked.on, "j F Y")
    return Document(
        title=_("Results of the business impact analysis"),
        language=get_language() or "en",
        direction="rtl" if direction() == "rtl" else "ltr",
        eyebrow=sieve.words or _("Business continuity management"),
        about=_("As of %(day)s") % {"day": day},
        foot=f"{_('As of %(day)s') % {'day': day}} · {address}",
        words=words(),
        parts=tuple(_parts(found)),
    )


def _parts(found: Results) -> list[Part]:
    drafts = sum(one.draft for one in found.ranking)
    parts: list[Part] = [Paragraph(finding(found) + ".", "lead")]
    if drafts:
        said = ngettext(
            "%(n)s process is shown as a draft has it, which nobody has approved yet.",
            "%(n)s processes are shown as drafts have them, which nobody has approved yet.",
            drafts,
        )
        parts.append(Paragraph(said % {"n": number(drafts)}))
    if not found.ranking:
        return [*parts, *_gaps(found)]
    return [
        *parts, _facts(found), *_ranking(found), *_over_time(found), *_tiers(found), *_needs(found), *_gaps(found),
        *_critical(found),
    ]  # fmt: skip


def _facts(found: Results) -> Facts:
    needs = by_kind(found.needs)
    facts = [
        Fact(_("Processes analysed"), number(len(found.ranking))),
        Fact(_("Critical processes"), number(len(found.critical))),
        *(
            Fact(
                _("%(kind)s within a day") % {"kind": KINDS[kind]},
                number(counted_in(kind, at(curve(needs[kind]), DAY)), 1),
            )
            for kind in ("people", "facility")
            if kind in needs
        ),
    ]
    return Facts(tuple(facts))


def _bounded(
    rows: Sequence[tuple[Cell, ...]], most: int = MOST_ROWS
) -> tuple[tuple[tuple[Cell, ...], ...], list[Part]]:
    left = len(rows) - most
    if left <= 0:
        return tuple(rows), []
    said = ngettext("and %(n)s more, in the workbook", "and %(n)s more, in the workbook", left)
    return tuple(rows[:most]), [Paragraph(said % {"n": number(left)}, "note")]


def _ranking(found: Results) -> list[Part]:
    rows, more = _bounded(
        [
            (
                Cell(number(n)),
                Cell(one.name + (f" ({_('draft')})" if one.draft else "")),
                Cell(one.unit.name if one.unit else ""),
                Cell(time(one.limits.mtpd), basis=one.basis or ""),  # type: ignore[arg-type]
                Cell(time(one.limits.rto)),
                Cell(capfirst(because(one, found.scales))),
            )
            for n, one in enumerate(found.ranking, 1)
        ]
    )
    heads = (
        Head("", 0, True), Head(_("Process"), 2.2), Head(_("Unit"), 1.8), Head(_("MTPD"), 0, True),
        Head(_("RTO"), 0, True), Head(_("Why"), 3),
    )  # fmt: skip
    said = _(
        "The shortest MTPD comes first, then the shortest RTO, then the highest level at the first time, then the sum "
        "of the levels over all categories and times."
    )
    return [
        Heading(1, _("What comes first, and why")),
        Paragraph(said),
        Table(heads, rows, _("Processes in the order of the time that is left"), first_heads=False),
        *more,
    ]


def _over_time(found: Results) -> list[Part]:
    times, scales = hours_of(found.ranking, found.scales), found.scales
    parts: list[Part] = [
        Heading(1, _("Impact over time")),
        Paragraph(grid_finding(found.ranking, scales, times) + "."),
        _grid(found.ranking, scales, times, _("All of it: the highest level of any process; amounts add up")),
    ]
    units = sorted(found.by_unit().values(), key=lambda rows: -len(rows))
    full = [rows for rows in units if any(one.levels for one in rows)]
    if len(full) > 1:
        parts.append(Heading(2, _("Unit by unit")))
        parts += [
            _grid(rows, scales, times, rows[0].unit.name if rows[0].unit else _("no unit"))
            for rows in full[:MOST_UNITS]
        ]
    return parts


def _grid(processes: Sequence[Told], scales: Scales, times: Sequence[float], caption: str) -> Table:
    rows = tuple(
        (
            Cell(line["category"].label),
            *(
                Cell("\n".join(part for part in (cell["name"] or "–", cell["amount"]) if part), tone=cell["tone"])
                for cell in line["cells"]
            ),
        )
        for line in grid_of(processes, scales, times)
    )
    return Table((Head("", 1.4), *(Head(tick(hour), 1) for hour in times)), rows, caption)


def _tiers(found: Results) -> list[Part]:
    rows = []
    for tier in drawn_tiers(found):
        if tier["count"]:
            names = listing((row["one"].name for row in tier["rows"]), MOST_NAMES)
            rows.append((Cell(tier["name"]), Cell(number(tier["count"])), Cell(names)))
    heads = (Head(_("Back again"), 1.4), Head(_("Processes"), 0, True), Head(_("Which"), 4))
    return [Heading(1, _("RTO tiers")), Table(heads, tuple(rows), _("Processes by their recovery time objective"))]


def _needs(found: Results) -> list[Part]:
    times, needs = list(found.scales.hours), found.needs
    parts: list[Part] = [Heading(1, _("Who needs what by when"))]
    drawn = panels(needs, times)
    if not drawn:
        return [*parts, Paragraph(_("No process with an RTO names what it needs."))]
    said = _(
        "A requirement is wanted from the RTO of its process plus its tolerance on, at needs × minimum level. People "
        "and seats are added up, each requirement rounded up; of other kinds the different things are counted."
    )
    figures = (
        Figure(panel.chart.for_paper(), panel.chart.width, panel.chart.height, panel.title, panel.title)
        for panel in drawn
    )
    parts += [Paragraph(said), Figures(tuple(figures))]
    heads = (Head("", 3), *(Head(tick(hour), 1, True) for hour in times))
    rows = tuple((Cell(panel.name), *(Cell(row[1]) for row in panel.rows)) for panel in drawn)
    parts.append(Table(heads, rows, _("Needed by then, in all")))
    for kind in ("people", "facility"):
        table = table_by(needs, kind, "unit", times)
        if len(table) > 1:
            lines, more = _bounded(
                [(Cell(row["name"]), *(Cell(number(value, 1)) for value in row["values"])) for row in table], MOST_UNITS
            )
            parts += [Table(heads, lines, _("%(kind)s by unit") % {"kind": KINDS[kind]}), *more]
    return parts


def _gaps(found: Results) -> list[Part]:
    findings = found.findings
    parts: list[Part] = [Heading(1, _("Gaps and contradictions")), Paragraph(open_gaps(findings) + ".")]
    if not findings:
        return parts
    counts = Counter(one.check for one in findings)
    parts.append(Bullets(tuple(f"{title}: {number(counts[name])}" for name, title in check_names() if counts[name])))
    units = tuple(
        (Cell(place.name if place else _("no unit")), Cell(number(sum(row.values()))))
        for place, row in counted(findings)[:MOST_UNITS]
    )
    parts.append(Table((Head(_("Unit"), 3), Head(_("Open"), 0, True)), units, _("Unit by unit")))
    rows, more = _bounded(
        [
            (Cell(one.title), Cell(one.unit.name if one.unit else ""), Cell(one.process), Cell(one.message))
            for one in findings
        ],
        MOST_GAPS,
    )
    heads = (Head(_("What"), 1.4), Head(_("Unit"), 1.6), Head(_("Process"), 1.6), Head(_("In words"), 3))
    return [*parts, Table(heads, rows, _("What is to be mended, the gravest first")), *more]


def _critical(found: Results) -> list[Part]:
    """The list that A/63/359, 24 asks of every unit."""
    order = sorted(found.critical, key=lambda one: one.unit.name if one.unit else "\uffff")
    rows, more = _bounded(
        [
            (
                Cell(one.unit.name if one.unit else ""),
                Cell(one.name),
                Cell(time(one.limits.mtpd)),
                Cell(time(one.limits.rto)),
                Cell(percent(one.minimum) if one.minimum is not None else "–"),
                Cell(one.owner or "–"),
                Cell(", ".join(one.functions.values()) or "–"),
            )
            for one in order
        ]
    )
    heads = (
        Head(_("Unit"), 1.6), Head(_("Process"), 1.8), Head(_("MTPD"), 0, True), Head(_("RTO"), 0, True),
        Head(_("MBCO"), 0, True), Head(_("Owner"), 1.5), Head(_("Critical functions"), 2),
    )  # fmt: skip
    return [
        Heading(1, _("The critical processes of each unit")),
        Table(heads, rows, _("Critical processes by unit (A/63/359, 24)"), first_heads=False),
        *more,
    ]
