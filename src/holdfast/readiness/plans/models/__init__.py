"""The tables of plans."""

from holdfast.readiness.plans.models.plans import Plan, PlanKind, PlanProcess, PlanSection
from holdfast.readiness.plans.models.tasks import Phase, PlanRole, PlanTask, TaskAfter, TaskClaim, key_in
from holdfast.readiness.plans.models.upkeep import Attestation, CopyForm, PlanCopy, PlanTest, TestKind

__all__ = [
    "Attestation",
    "CopyForm",
    "Phase",
    "Plan",
    "PlanCopy",
    "PlanKind",
    "PlanProcess",
    "PlanRole",
    "PlanSection",
    "PlanTask",
    "PlanTest",
    "TaskAfter",
    "TaskClaim",
    "TestKind",
    "key_in",
]
