"""Where the page of a row is, and which rows a reader may open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.impact.models import Analysis, Campaign, Peak, ProcessImpact
from holdfast.analysis.risk.models import (
    Assessment,
    Consultation,
    Finding,
    Footprint,
    Hazard,
    Outside,
    Rating,
    Risk,
    Threat,
    Treatment,
)
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy.models import Covers, Fallback, Strategy
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rules.models import RulesVersion
from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.governance.policy.models import Policy
from holdfast.governance.settings.models import ScaleVersion
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import (
    FocalPoint,
    Group,
    GroupTask,
    Node,
    Person,
    Pool,
    Post,
    Requirement,
    Seat,
)
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.exercises.models import Exercise, ExercisePlan, Inject, Objective, TakesPart
from holdfast.readiness.plans.models import Plan, PlanCopy, PlanProcess, PlanRole, PlanTask, PlanTest
from holdfast.readiness.records.models import RecordCopy, VitalRecord

PAGES: dict[type[Model], str] = {
    Unit: "unit",
    Site: "site",
    Group: "group",
    Person: "person",
    Post: "post",
    Pool: "pool",
    Fallback: "fallback",
    Threat: "threat",
    Hazard: "hazard",
    Risk: "risk",
    Assessment: "assessment",
    Treatment: "treatment",
    Outside: "outside",
    Scenario: "scenario",
    Candidate: "candidate",
    Strategy: "strategy",
    Selection: "selection",
    User: "user",
    CorrectiveAction: "action",
    Policy: "policy",
    ScaleVersion: "scale-version",
    RulesVersion: "rules-version",
    Campaign: "campaign",
    Analysis: "analysis",
    ProcessImpact: "analysis-process",
    Plan: "plan",
    Exercise: "exercise",
    VitalRecord: "vital",
}
_OF_PLAN = {PlanRole: "roles", PlanTask: "tasks", PlanProcess: "processes", PlanTest: "tests", PlanCopy: "copies"}
"""Parts of a plan, and where on its page they stand."""
_OF_EXERCISE = {
    Objective: "objectives", Inject: "injects", TakesPart: "participants", ExercisePlan: "plans",
}  # fmt: skip
"""Parts of an exercise, and where on its page they stand."""
_PARTS = (Footprint, Rating, Consultation, Finding, Peak, Covers, Selected, RecordCopy, *_OF_PLAN, *_OF_EXERCISE)


def page_of(row: Model) -> str:
    """The name of the page of a row's kind. Raises KeyError for a row that has none of its own."""
    if isinstance(row, Node):
        if row.is_function:
            return "function"
        return "process" if row.kind == NodeKind.PROCESS else "resource"
    return PAGES[row._meta.concrete_model]  # type: ignore[index]


def address(row: Any, page: str = "", part: Any = None) -> str:
    """The address of a row's page, or of `page` about it ("edit"), or about a `part` of it; parts of a thing stand on
    the thing's page."""
    if isinstance(row, Incident):
        return row.address + (f"{page}/" if page else "")
    if part is not None:
        return reverse(f"{part._meta.concrete_model._meta.model_name}-{page}", args=[part.pk])
    whole, anchor = _whole(row)
    name = page_of(whole)
    where = [whole.analysis.key, whole.process.key] if isinstance(whole, ProcessImpact) else [whole.stable_key]
    found = reverse(f"{name}-{page}" if page else name, args=where)
    return found + (f"#{anchor}" if anchor and not page else "")


def has_page(row: Any) -> bool:
    return isinstance(row, (*PAGES, Incident, Node, Seat, GroupTask, Requirement, FocalPoint, *_PARTS))


def _whole(row: Any) -> tuple[Any, str]:
    if isinstance(row, Seat | GroupTask):
        return row.group, f"{'seat' if isinstance(row, Seat) else 'task'}-{row.key}"
    if isinstance(row, Requirement):
        return row.node, f"requirement-{row.key}"
    if isinstance(row, FocalPoint):
        return row.unit, "focal-points"
    if isinstance(row, Rating | Consultation):
        return row.assessment, "risks" if isinstance(row, Rating) else "consultations"
    if isinstance(row, Finding):
        return row.outside, "findings"
    if isinstance(row, Covers):
        return row.strategy, "processes"
    if isinstance(row, Selected):
        return row.selection, "chosen"
    if isinstance(row, Peak):
        return row.of, "peaks"
    if isinstance(row, RecordCopy):
        return row.record, f"copy-{row.key}"
    if type(row) in _OF_PLAN:
        return row.plan, _OF_PLAN[type(row)]
    if type(row) in _OF_EXERCISE:
        return row.exercise, _OF_EXERCISE[type(row)]
    if isinstance(row, Footprint):
        return row.hazard, f"footprint-{row.position + 1}"
    return row, ""


def what_if(row: Node, hours: int = 72) -> str:
    """The question: what if this is lost, wholly and at once, for so many hours."""
    query = QueryDict(mutable=True)
    query["hit"], query["loss"], query["start"], query["duration"] = row.key, "1", "0", str(hours)
    return f"{reverse('what-if')}?{query.urlencode()}"


class Reach:
    """Which of some rows a reader may open: one query a kind, none for what everyone signed in may see. Persons out of
    reach are not even named."""

    def __init__(self, user: Any, rows: Iterable[Any]) -> None:
        by_kind: dict[type[Model], set[int]] = defaultdict(set)
        for row in rows:
            if row is not None and not _open_to_all(row):
                by_kind[row._meta.concrete_model].add(row.pk)
        self._open = {
            (kind, pk)
            for kind, ids in by_kind.items()
            for pk in visible(kind._default_manager.filter(pk__in=ids), user).values_list("pk", flat=True)
        }

    def opens(self, row: Any) -> bool:
        return row is not None and (_open_to_all(row) or (row._meta.concrete_model, row.pk) in self._open)

    def link(self, row: Any) -> SafeString | str:
        if row is None:
            return ""
        if self.opens(row):
            return link(row)
        return gettext("a person not open to you") if isinstance(row, Person) else str(row)


def _open_to_all(row: Any) -> bool:
    return PERMISSIONS[row.SCOPE.view].everyone


def link(row: Any) -> SafeString:
    """The name of a row, as a link to its page."""
    return format_html('<a href="{}">{}</a>', address(row), str(row))
