"""The rows of the domain."""

from holdfast.analysis.risk.models.assessments import (
    Assessment,
    AssessmentKind,
    Consultation,
    Finding,
    Outside,
    Quantified,
    Rating,
    Risk,
)
from holdfast.analysis.risk.models.hazards import Footprint, Hazard
from holdfast.analysis.risk.models.threats import Cause, Environment, Origin, Protected, Threat
from holdfast.analysis.risk.models.treatments import Treatment, TreatmentState

__all__ = [
    "Assessment",
    "AssessmentKind",
    "Cause",
    "Consultation",
    "Environment",
    "Finding",
    "Footprint",
    "Hazard",
    "Origin",
    "Outside",
    "Protected",
    "Quantified",
    "Rating",
    "Risk",
    "Threat",
    "Treatment",
    "TreatmentState",
]
