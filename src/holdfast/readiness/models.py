"""Every table of the room."""

from holdfast.readiness.exercises.models import (
    Exercise,
    ExercisePlan,
    Inject,
    Objective,
    ObserverNote,
    TakesPart,
)
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
    "Exercise",
    "ExercisePlan",
    "Inject",
    "Objective",
    "ObserverNote",
    "Plan",
    "PlanCopy",
    "PlanPrint",
    "PlanProcess",
    "PlanRole",
    "PlanSection",
    "PlanTask",
    "PlanTest",
    "RecordCopy",
    "TakesPart",
    "TaskAfter",
    "TaskClaim",
    "VitalRecord",
]
