"""Every table of the room."""

from holdfast.readiness.plans.models import (
    Attestation,
    Plan,
    PlanCopy,
    PlanProcess,
    PlanRole,
    PlanSection,
    PlanTask,
    PlanTest,
    TaskAfter,
    TaskClaim,
)

__all__ = [
    "Attestation",
    "Plan",
    "PlanCopy",
    "PlanProcess",
    "PlanRole",
    "PlanSection",
    "PlanTask",
    "PlanTest",
    "TaskAfter",
    "TaskClaim",
]
