"""How far analyses are: what is complete of each, and the states of a campaign as a picture."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.analysis.impact.checks import gaps_of_process
from holdfast.analysis.impact.models import Analysis, ProcessImpact
from holdfast.governance.agreement.models import DECIDED
from holdfast.governance.settings.questions import numbered
from holdfast.organization.structure.models import Requirement
from holdfast.web.pages.organization.values import Chip

STATES: dict[str, tuple[str | Promise, str]] = {
    "approved": (gettext_lazy("approved"), "is-in-use"),
    "in_review": (gettext_lazy("in review"), "is-chosen"),
    "complete": (gettext_lazy("complete, not submitted"), "is-chosen"),
    "under_way": (gettext_lazy("being filled in"), "is-proposed"),
    "returned": (gettext_lazy("returned"), "is-lacking"),
    "empty": (gettext_lazy("not begun"), "is-idea"),
}
"""The states of an analysis in a campaign, the furthest first: its words and the tone of its chip."""


@dataclass(frozen=True)
class Progress:
    """One analysis: how many of its processes are complete, of how many, and its state among STATES."""

    analysis: Analysis
    complete: int
    begun: int
    total: int
    late: bool

    @property
    def state(self) -> str:
        agreement = self.analysis.agreement
        if agreement.state in DECIDED:
            return "approved"
        if agreement.in_review:
            return "in_review"
        if agreement.returned_at is not None:
            return "returned"
        if self.total and self.complete == self.total:
            return "complete"
        return "under_way" if self.begun else "empty"

    @property
    def chip(self) -> Chip:
        return Chip(*STATES[self.state])

    @property
    def said(self) -> str:
        return _("%(complete)d of %(total)d") % {"complete": self.complete, "total": self.total}

    @property
    def share(self) -> int:
        return round(100 * self.complete / self.total) if self.total else 0


def progress_of(analyses: Sequence[Analysis], on: date) -> list[Progress]:
    """In the order given; three queries, whatever the number of analyses and processes."""
    rows: dict[int, list[ProcessImpact]] = defaultdict(list)
    by_pk = {analysis.pk: analysis for analysis in analyses}
    for row in ProcessImpact.objects.filter(analysis__in=by_pk).order_by("pk"):
        row.analysis = by_pk[row.analysis_id]
        rows[row.analysis_id].append(row)
    processes = {row.process_id for found in rows.values() for row in found}
    needing = set(Requirement.objects.filter(node__in=processes).values_list("node", flat=True))
    scales = {number: numbered(number) for number in {analysis.scales for analysis in analyses}}
    found = []
    for analysis in analyses:
        mine = rows[analysis.pk]
        known = scales[analysis.scales]
        complete = sum(not gaps_of_process(row, known, full=analysis.is_full, needing=needing) for row in mine)
        begun = sum(row.critical is not None or bool(row.impact) or bool(row.why) for row in mine)
        open_ = analysis.agreement.is_draft
        late = open_ and analysis.due is not None and analysis.due < on
        found.append(Progress(analysis, complete, begun, len(mine), late))
    return found


def stack(found: Iterable[Progress]) -> SafeString:
    """The states as one bar, the furthest first, said in words for who cannot see it."""
    counted = Counter(one.state for one in found)
    total = sum(counted.values())
    if not total:
        return SafeString("")
    at, parts, words = 0.0, [], []
    for state, (label, _tone) in STATES.items():
        if not counted[state]:
            continue
        width = 100 * counted[state] / total
        parts.append((state, round(at, 3), round(width, 3)))
        words.append(f"{counted[state]} {label}")
        at += width
    bars = format_html_join("", '<rect class="{}" x="{}" width="{}" height="10"/>', parts)
    return format_html(
        '<svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        ", ".join(words),
        bars,
    )


def legend(found: Iterable[Progress]) -> list[tuple[str, str | Promise, int]]:
    """State, its words and how many, of those that there are."""
    counted = Counter(one.state for one in found)
    return [(state, label, counted[state]) for state, (label, _tone) in STATES.items() if counted[state]]


def finding(found: Sequence[Progress], due: date | None, on: date) -> str:
    """What is true of a campaign, in a sentence."""
    approved = sum(one.state == "approved" for one in found)
    late = sum(one.late for one in found)
    said = ngettext(
        "%(approved)d of %(n)d unit is approved", "%(approved)d of %(n)d units are approved", len(found)
    ) % {"approved": approved, "n": len(found)}
    if late:
        said += ngettext(", %(n)d is late", ", %(n)d are late", late) % {"n": late}
    elif due is not None and due >= on and approved < len(found):
        days = (due - on).days
        said += ngettext("; %(n)d day is left", "; %(n)d days are left", days) % {"n": days}
    return said + "."


def facts(found: Sequence[Progress]) -> dict[str, Any]:
    """What impact/progress.html shows."""
    return {"progress": found, "stack": stack(found), "legend": legend(found)}
