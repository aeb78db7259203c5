"""Every table of records, in the order in which they refer to each other.

A record type names its model, what identifies a row that has no key of its own, the permission that changing it takes,
and the rules that concern several rows. Its fields are the model's: a new column of the model is a new field here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models

from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.impact.models import SupplierRecord
from holdfast.analysis.risk.models import (
    Assessment,
    Consultation,
    Finding,
    Footprint,
    Hazard,
    Outside,
    Quantified,
    Rating,
    Risk,
    Threat,
    Treatment,
)
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy.models import Covers, Fallback, Strategy
from holdfast.exchange.records.fields import Field
from holdfast.formats.tables import Kind, Table
from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.governance.policy.models import Policy
from holdfast.governance.settings.models import ScaleVersion
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, Row, Valid
from holdfast.organization.structure.models import (
    ContactPoint,
    CriticalFunction,
    Duty,
    FocalPoint,
    Group,
    GroupTask,
    Holding,
    Node,
    Person,
    Pool,
    Post,
    Process,
    Relation,
    Requirement,
    Resource,
    Seat,
    SeatHolding,
    SiteAlternate,
    Supply,
    TaskPartner,
    VenueUse,
)
from holdfast.readiness.plans.models import (
    Plan,
    PlanProcess,
    PlanRole,
    PlanSection,
    PlanTask,
    TaskAfter,
    TaskClaim,
)
from holdfast.readiness.records.models import RecordCopy, VitalRecord

_LAST = {
    one.name: position
    for position, one in enumerate(
        (*Valid._meta.get_fields(), *Described._meta.get_fields()),
        1,
    )
}
"""Columns that many models share stand last."""


@dataclass(frozen=True)
class Once:
    """Of the rows with the same `fields` (and `where`), at most one is valid on any day. `column`: where a problem is
    shown."""

    fields: tuple[str, ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    column: str = "valid_from"


@dataclass(frozen=True, eq=False)
class RecordType:
    """A table of records.

    `fixed`: what makes a row of a shared table one of this type; `stays`: what is said once, when the row is made;
    `without`: columns of the model that rows of this type cannot have; `exported_by`: the lookup to the row whose scope
    decides about taking out, where it is not the row's own.
    """

    name: str
    model: type[Row]
    edit: str
    identity: tuple[str, ...] = ("key",)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    stays: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    once: tuple[Once, ...] = ()
    exported_by: str = ""

    @property
    def table(self) -> type[Row]:
        """The model that has the table."""
        return self.model._meta.concrete_model  # type: ignore[return-value]

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @property
    def one(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def keyed(self) -> bool:
        return issubclass(self.table, Keyed)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields, what identifies the row first."""
        found = [
            Field(f, tables_of(f.related_model) if isinstance(f, models.ForeignKey) else ())
            for f in self.table._meta.concrete_fields
            if f.editable
            and not f.primary_key
            and f.name not in {*self.fixed, *self.without, "version"}
            and (not f.is_relation or target_of(f) in MODELS)
        ]
        order = {name: position - len(self.identity) for position, name in enumerate(self.identity)}
        return tuple(sorted(found, key=lambda one: order.get(one.name, _LAST.get(one.name, 0))))

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {one.name: one for one in self.fields}

    @cached_property
    def references(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.kind is Kind.REFERENCE)

    def sheet(self) -> Table:
        """The table of a file, with its words in the active language."""
        return Table(self.name, self.title, tuple(one.column() for one in self.fields))

    def rows(self) -> models.QuerySet[Any]:
        return self.model._default_manager.all()


def _all_of(model: type[Row]) -> frozenset[str]:
    return frozenset(field.name for field in model._meta.concrete_fields)


_PROCESS = frozenset({"minimum_level", "rto", "mtpd", "rpo", "priority", "impact"})

TYPES: tuple[RecordType, ...] = (
    RecordType("sites", Site, "structure.edit"),
    RecordType("units", Unit, "structure.edit"),
    RecordType("persons", Person, "person.edit"),
    RecordType(
        "contact_points",
        ContactPoint,
        "contact.edit",
        identity=("person", "channel", "address"),
        exported_by="person",
    ),
    RecordType("posts", Post, "structure.edit"),
    RecordType("holdings", Holding, "person.edit", identity=("person", "post", "valid_from"), once=(Once(("post",)),)),
    RecordType(
        "duties",
        Duty,
        "person.edit",
        identity=("person", "kind", "site", "floor", "valid_from"),
        once=(Once(("person", "kind", "site", "floor")),),
    ),
    RecordType("groups", Group, "structure.edit"),
    RecordType(
        "seats",
        Seat,
        "structure.edit",
        stays=frozenset({"group"}),
        once=(Once(("group", "number"), column="number"), Once(("group",), {"role": "chair"}, "role")),
    ),
    RecordType(
        "seat_holdings",
        SeatHolding,
        "structure.edit",
        identity=("seat", "role", "person", "post", "valid_from"),
        once=(Once(("seat",), {"role": "holder"}), Once(("seat", "person", "post"))),
    ),
    RecordType("tasks", GroupTask, "structure.edit", stays=frozenset({"group"})),
    RecordType("task_partners", TaskPartner, "structure.edit", identity=("task", "unit")),
    RecordType(
        "focal_points",
        FocalPoint,
        "structure.edit",
        identity=("unit", "role", "person", "post", "valid_from"),
        once=(Once(("unit",), {"role": "focal"}), Once(("unit", "person", "post"))),
    ),
    RecordType(
        "relations",
        Relation,
        "structure.edit",
        identity=("from_unit", "from_group", "kind", "to_unit", "to_group", "valid_from"),
    ),
    RecordType(
        "site_alternates",
        SiteAlternate,
        "structure.edit",
        identity=("site", "alternate", "group", "unit", "purpose", "valid_from"),
    ),
    RecordType(
        "venue_uses",
        VenueUse,
        "structure.edit",
        identity=("venue", "group", "unit", "purpose", "valid_from"),
    ),
    RecordType("functions", CriticalFunction, "process.edit", fixed={"kind": "process", "is_function": True}),
    RecordType("processes", Process, "process.edit", fixed={"kind": "process", "is_function": False}),
    RecordType(
        "resources",
        Resource,
        "process.edit",
        fixed={"is_function": False},
        stays=frozenset({"kind"}),
        without=_PROCESS,
    ),
    RecordType("pools", Pool, "process.edit"),
    RecordType("requirements", Requirement, "process.edit", stays=frozenset({"node"})),
    RecordType("supply", Supply, "process.edit", identity=("requirement", "provider")),
    RecordType("strategies", Strategy, "strategy.edit"),
    RecordType("covers", Covers, "strategy.edit", identity=("strategy", "process")),
    RecordType("fallbacks", Fallback, "strategy.edit", stays=frozenset({"requirement"})),
    RecordType("supplier_records", SupplierRecord, "process.edit", identity=("supplier",)),
    RecordType("threats", Threat, "risk.edit"),
    RecordType("hazards", Hazard, "risk.edit"),
    RecordType("footprints", Footprint, "risk.edit", identity=("hazard", "position")),
    RecordType("risks", Risk, "risk.edit", stays=frozenset({"site"})),
    RecordType("risks_in_numbers", Quantified, "risk.edit", identity=("risk", "hazard")),
    RecordType(
        "assessments",
        Assessment,
        "risk.edit",
        stays=frozenset({"site", "kind"}),
        without=frozenset({"scales"}),
    ),
    RecordType("ratings", Rating, "risk.edit", identity=("assessment", "risk")),
    RecordType("consultations", Consultation, "risk.edit", identity=("assessment", "who", "on")),
    RecordType("treatments", Treatment, "risk.edit", stays=frozenset({"risk"})),
    # What others found is never overwritten: of what was taken in, only our risk may be said later.
    RecordType("outside_assessments", Outside, "risk.edit", stays=_all_of(Outside)),
    RecordType("findings", Finding, "risk.edit", identity=("outside", "number"), stays=_all_of(Finding) - {"risk"}),
    RecordType("scenarios", Scenario, "scenario.edit"),
    RecordType("hits", Hit, "scenario.edit", identity=("scenario", "node", "start"), exported_by="scenario"),
    RecordType("vital_records", VitalRecord, "vital.edit", stays=frozenset({"node"})),
    RecordType("record_copies", RecordCopy, "vital.edit", stays=frozenset({"record"})),
    RecordType("candidates", Candidate, "strategy.edit"),
    RecordType("selections", Selection, "strategy.edit"),
    RecordType("selected", Selected, "strategy.edit", identity=("selection", "process", "strategy")),
    # Who approved a plan, who tested and attested it, is said here and not in a file: a plan comes in as a draft.
    RecordType("plans", Plan, "plan.edit", stays=frozenset({"kind", "unit"})),
    RecordType("plan_sections", PlanSection, "plan.edit", identity=("plan", "section", "language")),
    RecordType("plan_processes", PlanProcess, "plan.edit", identity=("plan", "node")),
    RecordType("plan_roles", PlanRole, "plan.edit", stays=frozenset({"plan", "code"})),
    RecordType("plan_tasks", PlanTask, "plan.edit", stays=frozenset({"plan", "code"})),
    RecordType("plan_task_orders", TaskAfter, "plan.edit", identity=("task", "after"), exported_by="task"),
    RecordType("plan_task_claims", TaskClaim, "plan.edit", identity=("task", "pool", "node"), exported_by="task"),
    RecordType("policies", Policy, "policy.edit"),
    # What is in force is approved here, by whom and from which day on: a version comes in as a draft.
    RecordType(
        "scale_versions",
        ScaleVersion,
        "settings.edit",
        without=frozenset({"number", "state", "valid_from", "valid_until", "body", "approved_at", "reason"}),
    ),
    RecordType("actions", CorrectiveAction, "action.edit"),
)

MODELS: frozenset[Any] = frozenset(kind.model._meta.concrete_model for kind in TYPES)
BY_NAME: dict[str, RecordType] = {kind.name: kind for kind in TYPES}


def target_of(field: Any) -> Any:
    """The model with the table that a foreign key names."""
    return field.related_model._meta.concrete_model


def tables_of(model: Any) -> tuple[str, ...]:
    """The tables of records that hold rows of this model."""
    table = model._meta.concrete_model
    return tuple(kind.name for kind in TYPES if kind.model._meta.concrete_model is table)


def sheets(names: Iterable[str] | None = None) -> list[Table]:
    """The tables of a file, of these types or of all."""
    wanted = set(BY_NAME if names is None else names)
    return [kind.sheet() for kind in TYPES if kind.name in wanted]


def type_of(row: Row) -> RecordType:
    """The record type of a row."""
    if isinstance(row, Node):
        name = "functions" if row.is_function else "processes" if row.kind == "process" else "resources"
        return BY_NAME[name]
    return BY_NAME[tables_of(type(row))[0]]
