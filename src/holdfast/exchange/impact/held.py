"""What the database holds of an analysis, in the shape in which the workbook has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.analysis.impact.limits import hour_text
from holdfast.analysis.impact.models import Analysis, Peak, ProcessImpact
from holdfast.analysis.impact.models.analyses import PEAK_FIELDS
from holdfast.exchange.impact.layout import IMPACT, NEEDS, PEAKS, PROCESSES, answer_fields, hour_column
from holdfast.governance.settings.scales import Scales
from holdfast.organization.structure.models import Requirement, Supply

BETWEEN = "\t"
"""Between the key of a process and that of a category, where the two name a row."""


@dataclass(frozen=True)
class Held:
    """A row: its fields as JSON, the version of all that they come from, and of which process it is."""

    process: str
    record: dict[str, Any]
    version: list[int]
    row: Any


@dataclass(frozen=True)
class State:
    """All rows of an analysis, by sheet and key; and the supplies of each requirement, by its key."""

    rows: dict[str, dict[str, Held]]
    supplies: dict[str, list[Supply]]

    def versions(self) -> dict[str, dict[str, list[int]]]:
        return {sheet: {key: held.version for key, held in rows.items()} for sheet, rows in self.rows.items()}


def state_of(analysis: Analysis, scales: Scales) -> State:
    """The rows as they are now: four queries, whatever their number."""
    fields = answer_fields(analysis.is_full)
    answers = list(
        ProcessImpact.objects.filter(analysis=analysis)
        .select_related("process", "minimum_agreed_by")
        .order_by("process__name", "process__key")
    )
    for row in answers:
        row.analysis = analysis
    found: dict[str, dict[str, Held]] = {PROCESSES: {}, IMPACT: {}, PEAKS: {}, NEEDS: {}}
    for row in answers:
        key = row.process.key
        found[PROCESSES][key] = Held(key, answers_of(row, fields), [row.version], row)
        for category in scales.categories if analysis.is_full else ():
            cells = row.impact.get(category.key, {})
            record = {hour_column(hour): cells.get(hour_text(hour)) for hour in scales.hours}
            found[IMPACT][f"{key}{BETWEEN}{category.key}"] = Held(key, record, [row.version], row)
    by_id = {row.pk: row for row in answers}
    for peak in Peak.objects.filter(of__analysis=analysis).order_by("of__process__name", "position", "pk"):
        peak.of = by_id[peak.of_id]
        record = {name: getattr(peak, name) for name in PEAK_FIELDS}
        found[PEAKS][str(peak.pk)] = Held(peak.of.process.key, record, [peak.version], peak)
    supplies = _needs(answers, found[NEEDS])
    return State(found, supplies)


def answers_of(row: ProcessImpact, fields: tuple[str, ...]) -> dict[str, Any]:
    """What is said of a process, as the sheet has it."""
    record = row.as_record(fields)
    record["critical"] = "" if row.critical is None else "yes" if row.critical else "no"
    post = row.minimum_agreed_by
    record["minimum_agreed_by"] = post.key if post is not None else ""
    return {name: record[name] for name in fields}


def _needs(answers: list[ProcessImpact], into: dict[str, Held]) -> dict[str, list[Supply]]:
    nodes = {row.process_id: row.process for row in answers}
    supplies: dict[int, list[Supply]] = {}
    rows = Supply.objects.filter(requirement__node__in=nodes).select_related("provider")
    for supply in rows.order_by("position", "pk"):
        supplies.setdefault(supply.requirement_id, []).append(supply)
    requirements = Requirement.objects.filter(node__in=nodes).order_by("node__name", "node__key", "position", "pk")
    drawn: dict[str, list[Supply]] = {}
    for one in requirements:
        one.node = nodes[one.node_id]
        drawn[one.key] = supplies.get(one.pk, [])
        record = {
            "name": one.name,
            "needs": one.needs,
            "quorum": one.quorum,
            "tolerance": one.tolerance.as_json() if one.tolerance is not None else None,
            "draws_on": [[supply.provider.key, supply.weight] for supply in drawn[one.key]],
            "basis": one.basis,
            "reason": one.reason,
        }
        version = [one.version, *(number for s in drawn[one.key] for number in (s.pk, s.version))]
        into[one.key] = Held(one.node.key, record, version, one)
    return drawn
