"""Every table of the room."""

from holdfast.readiness.plans.models import (
    Attestation,
    Plan,
    PlanCopy,
    PlanPrint,
    PlanProcess,
    PlanRole,
    PlanSection,
    PlanTask,
    PlanTest,
    TaskAfter,
    TaskClaim,
)
from holdfast.readiness.records.models import RecordCopy, VitalRecord

__all__ = [
    "Attestation",
    "Plan",
    "PlanCopy",
    "PlanPrint",
    "PlanProcess",
    "PlanRole",
    "PlanSection",
    "PlanTask",
    "PlanTest",
    "RecordCopy",
    "TaskAfter",
    "TaskClaim",
    "VitalRecord",
]
