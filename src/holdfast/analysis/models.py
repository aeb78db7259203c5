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
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy.models import Covers, Fallback, Strategy
from holdfast.analysis.studies.models import Study

__all__ = [
    "Analysis",
    "Assessment",
    "Campaign",
    "Candidate",
    "Claim",
    "Consultation",
    "Covers",
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
    "Selected",
    "Selection",
    "Strategy",
    "Study",
    "SupplierRecord",
    "Threat",
    "Treatment",
]
