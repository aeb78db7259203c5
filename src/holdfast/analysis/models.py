"""Every table of the room."""

from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.impact.models import (
    Analysis,
    Campaign,
    Claim,
    Peak,
    ProcessImpact,
    Questionnaire,
    SupplierRecord,
)
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
from holdfast.analysis.strategy.models import Fallback
from holdfast.analysis.studies.models import Study

__all__ = [
    "Analysis",
    "Assessment",
    "Campaign",
    "Candidate",
    "Claim",
    "Consultation",
    "Fallback",
    "Finding",
    "Footprint",
    "Hazard",
    "Hit",
    "Outside",
    "Peak",
    "ProcessImpact",
    "Quantified",
    "Questionnaire",
    "Rating",
    "Risk",
    "Scenario",
    "Study",
    "SupplierRecord",
    "Threat",
    "Treatment",
]
