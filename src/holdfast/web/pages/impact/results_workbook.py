"""The results as a workbook: real numbers with their units in the heads, one sheet a table, the curve as a native
chart. Nothing is left out."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from holdfast.analysis.impact.needs import WHOLE
from holdfast.analysis.impact.over_time import hours_of, over_time
from holdfast.analysis.impact.ranking import first_level, impact_sum
from holdfast.analysis.impact.results import Results
from holdfast.formats.sheets import Column, Curve, Sheet, write_sheets

from .results_asked import Sieve
from .results_document import direction
from .results_shown import KINDS, because, counted_in, panels, tick, tier_name

HOURS = "General"


def workbook_of(found: Results, sieve: Sieve, address: str) -> bytes:
    """The bytes of the xlsx file."""
    day = date_format(found.asked.on, "j F Y")
    note = " · ".join(part for part in (sieve.words, _("As of %(day)s") % {"day": day}, address) if part)
    title = _("Results of the business impact analysis")
    sheets = [
        _ranking(found, note),
        _impact(found, note),
        _tiers(found, note),
        *_needs(found, note),
        _gaps(found, note),
    ]
    return write_sheets(sheets, title=title, right_to_left=direction() == "rtl")


def _yes(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


def _ranking(found: Results, note: str) -> Sheet:
    columns = (
        Column(_("Rank")), Column(_("Process")), Column(_("Key")), Column(_("Unit")), Column(_("Site")),
        Column(_("Critical")), Column(_("MTPD (h)"), HOURS), Column(_("RTO (h)"), HOURS), Column(_("RPO (h)"), HOURS),
        Column(_("MBCO (share of 1)"), "0%"), Column(_("First level (1 to %(n)s)") % {"n": len(found.scales.impact)}),
        Column(_("Impact sum (levels)")), Column(_("Critical functions (number)")), Column(_("Critical functions")),
        Column(_("Dependent processes (number)")), Column(_("Owner")), Column(_("Why")), Column(_("Analysis")),
        Column(_("As of")), Column(_("Draft")),
    )  # fmt: skip
    rows = [
        [
            n, one.name, one.key, one.unit.name if one.unit else "", one.site.name if one.site else "",
            _yes(one.critical), one.limits.mtpd, one.limits.rto, one.limits.rpo, one.minimum, first_level(one),
            impact_sum(one), len(one.functions), ", ".join(one.functions.values()), one.dependents, one.owner,
            because(one, found.scales), one.analysis, one.as_of, _yes(one.draft),
        ]
        for n, one in enumerate(found.ranking, 1)
    ]  # fmt: skip
    return Sheet(_("Ranking"), columns, rows, note)


def _impact(found: Results, note: str) -> Sheet:
    """A row for each process and category, a column for each time; amounts beside the levels where any are given."""
    times = hours_of(found.ranking, found.scales)
    counted = any(one.amounts for one in found.ranking)
    said = {"n": len(found.scales.impact)}
    columns = [Column(_("Process")), Column(_("Unit")), Column(_("Category"))]
    columns += [Column(_("After %(time)s (level, 0 to %(n)s)") % {"time": tick(hour), **said}) for hour in times]
    if counted:
        columns.append(Column(_("Unit of the amounts")))
        columns += [Column(_("After %(time)s (amount)") % {"time": tick(hour)}, "General") for hour in times]
    rows: list[list[Any]] = []
    groups = [(_("All processes"), "", found.ranking)]
    groups += [(one.name, one.unit.name if one.unit else "", [one]) for one in found.ranking if one.levels]
    for name, unit, processes in groups:
        for course in over_time(processes, found.scales, times):
            if any(cell.level is not None for cell in course.cells):
                amounts = [course.category.unit, *(cell.amount for cell in course.cells)] if counted else []
                levels = [cell.level for cell in course.cells]
                rows.append([name, unit, course.category.label, *levels, *amounts])
    return Sheet(_("Impact"), tuple(columns), rows, note)


def _tiers(found: Results, note: str) -> Sheet:
    columns = (
        Column(_("Back again")), Column(_("Processes (number)")), Column(_("Process")), Column(_("Unit")),
        Column(_("RTO (h)"), HOURS), Column(_("MTPD (h)"), HOURS),
    )  # fmt: skip
    rows = [
        [
            tier_name(tier),
            len(tier.processes),
            one.name,
            one.unit.name if one.unit else "",
            one.limits.rto,
            one.limits.mtpd,
        ]
        for tier in found.tiers()
        for one in tier.processes
    ]
    return Sheet(_("Tiers"), columns, rows, note)


def _needs(found: Results, note: str) -> list[Sheet]:
    needs = found.needs
    columns = (
        Column(_("Needed after (h)"), HOURS), Column(_("Kind")), Column(_("Amount"), "General"), Column(_("Process")),
        Column(_("Unit")), Column(_("Site")), Column(_("What for")), Column(_("Draws on")),
    )  # fmt: skip
    rows = [
        [
            need.at, str(KINDS[need.kind]), need.amount, need.process.name,
            need.process.unit.name if need.process.unit else "", need.process.site.name if need.process.site else "",
            need.name, ", ".join(need.things.values()),
        ]
        for need in needs
    ]  # fmt: skip
    return [Sheet(_("Requirements by time"), columns, rows, note), _curve(found, note)]


def _curve(found: Results, note: str) -> Sheet:
    """The steps, with both corners of each, so that a straight line draws them; what is wanted at once stands at a
    tenth of an hour, for a logarithmic axis has no 0."""
    least = 0.1
    drawn = panels(found.needs, list(found.scales.hours))
    last = max([found.scales.hours[-1], *(panel.steps[-1].at for panel in drawn)])
    rows: list[list[Any]] = []
    whole: list[tuple[str, int, int]] = []
    things: list[tuple[str, int, int]] = []
    for panel in drawn:
        first, before = len(rows), 0.0
        for step in panel.steps:
            value = counted_in(panel.kind, step)
            hour = max(step.at, least)
            rows += [[panel.name, hour, before, step.processes], [panel.name, hour, value, step.processes]]
            before = value
        rows.append([panel.name, last, before, panel.steps[-1].processes])
        (whole if panel.kind in WHOLE else things).append((panel.name, first, len(rows) - 1))
    columns = (
        Column(_("Kind")), Column(_("After (h)"), HOURS), Column(_("Needed in all (number)"), "General"),
        Column(_("Processes (number)")),
    )  # fmt: skip
    curves = tuple(
        Curve(title, 1, 2, tuple(series), _("hours after the incident"), name, least)
        for title, name, series in (
            (_("People and seats needed after an incident"), _("people, seats"), whole),
            (_("Other resources needed after an incident"), _("different resources"), things),
        )
        if series
    )
    return Sheet(_("Curve"), columns, rows, note, curves)


def _gaps(found: Results, note: str) -> Sheet:
    columns = (Column(_("What")), Column(_("Unit")), Column(_("Process")), Column(_("Key")), Column(_("In words")))
    rows = [
        [one.title, one.unit.name if one.unit else "", one.process, one.process_key, one.message]
        for one in found.findings
    ]
    return Sheet(_("Gaps"), columns, rows, note)
