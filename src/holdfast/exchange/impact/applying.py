"""What a preview shows is done: in one short transaction, through the acts, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.actions.processes import add_peak, edit_answers, edit_peak, free_keys, remove_peak
from holdfast.analysis.impact.checks import scales_of
from holdfast.analysis.impact.models import Analysis
from holdfast.analysis.impact.rights import EDIT
from holdfast.exchange.impact.found import Found, Item, with_cells
from holdfast.exchange.impact.held import state_of
from holdfast.exchange.impact.layout import IMPACT, NEEDS, PEAKS, PROCESSES
from holdfast.exchange.importing import Refused
from holdfast.exchange.preview import Progress, place
from holdfast.exchange.writing import Overtaken
from holdfast.governance.agreement import steps
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.structure.actions.requirements import (
    create_requirement,
    edit_requirement,
    remove_requirement,
)
from holdfast.organization.structure.models import Requirement


def take_in(by: Actor, found: Found, progress: Progress | None = None) -> None:
    """Does what the preview shows. Raises Refused where it has problems or undecided clashes, or where an act refuses
    a row; Overtaken where the analysis has changed since. Either way nothing is written."""
    if not found.can_be_taken_in or found.by != by:
        raise Refused(gettext("This cannot be taken in as it is."))
    found.taken_in = True
    if not any(item.does_something for item in found.items):
        return
    try:
        _take_in(by, found.analysis, found=found, progress=progress or (lambda _what, _done, _all: None))
    except (Conflict, IntegrityError) as error:
        raise Overtaken(str(error).strip()[:300]) from error


@act("analysis.take_in", EDIT, label=_("take in the workbook of an impact analysis"), on="analysis")
def _take_in(by: Actor, analysis: Analysis, *, found: Found, progress: Progress) -> Analysis:
    steps.touch(by, analysis)
    if (analysis.mode, analysis.scales) != (found.analysis.mode, found.analysis.scales):
        raise Overtaken(gettext("The analysis has changed since you looked."))
    state = state_of(analysis, scales_of(analysis))
    if state.versions() != found.state.versions():
        raise Overtaken(gettext("The analysis has changed since you looked."))
    writing = _Writing(by, found, progress)
    for item in found.items:
        item.row = state.rows[item.sheet][item.key].row if item.key in state.rows[item.sheet] else None
    writing.answers({key: held.row for key, held in state.rows[PROCESSES].items()})
    writing.peaks()
    writing.needs()
    note(file=found.document.name, written=found.written, rows={name: found.count(name) for name in found.sheets})
    return analysis


class _Writing:
    def __init__(self, by: Actor, found: Found, progress: Progress) -> None:
        self.by, self.found, self.progress = by, found, progress
        self.items = [item for item in found.items if item.does_something]
        self.hours = scales_of(found.analysis).hours
        self.done = 0

    def _do(self, item: Item, call: Callable[[], Any]) -> None:
        """Calls an act; what it refuses is told with the row of the file."""
        try:
            call()
        except ValidationError as error:
            where = place(self.found.document, item.sheet, item.number, "")
            raise Refused(f"{where}: {' '.join(error.messages)}") from error
        self.done += 1
        self.progress(gettext("writing"), self.done, len(self.items))

    def answers(self, rows: dict[str, Any]) -> None:
        """One act a process: its answers and all cells of its impact."""
        by_process: dict[str, list[Item]] = {}
        for item in self.items:
            if item.sheet in (PROCESSES, IMPACT):
                by_process.setdefault(item.process, []).append(item)
        for process, items in by_process.items():
            row = rows[process]
            changes: dict[str, Any] = {}
            for item in items:
                if item.sheet == PROCESSES:
                    changes |= item.values
            if cells := [item for item in items if item.sheet == IMPACT]:
                changes["impact"] = with_cells(row.impact, cells, self.hours)
            self._do(items[0], partial(edit_answers, self.by, row, version=row.version, **changes))

    def peaks(self) -> None:
        rows = {key: held.row for key, held in self.found.state.rows[PROCESSES].items()}
        for item in self._of(PEAKS, "removed"):
            self._do(item, partial(remove_peak, self.by, item.row, version=item.row.version))
        for item in self._of(PEAKS, "changed"):
            self._do(item, partial(edit_peak, self.by, item.row, version=item.row.version, **item.values))
        for item in self._of(PEAKS, "new"):
            self._do(item, partial(add_peak, self.by, of=rows[item.process], **item.values))

    def needs(self) -> None:
        for item in self._of(NEEDS, "removed"):
            self._do(item, partial(remove_requirement, self.by, item.row, version=item.row.version))
        for item in self._of(NEEDS, "changed"):
            self._do(item, partial(edit_requirement, self.by, item.row, version=item.row.version, **item.values))
        for item in self._of(NEEDS, "new"):
            self._do(item, partial(self._add, item))

    def _add(self, item: Item) -> Requirement:
        node = self.found.state.rows[PROCESSES][item.process].row.process
        (key,) = free_keys(node, [item.values["supply"][0].provider.key])
        position = Requirement.objects.filter(node=node).count()
        return create_requirement(self.by, key=key, node=node, position=position, **item.values)

    def _of(self, sheet: str, kind: str) -> list[Item]:
        return [item for item in self.items if item.sheet == sheet and item.kind == kind]
