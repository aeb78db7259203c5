"""Every table of the room."""

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

__all__ = [
    "Assessment",
    "Consultation",
    "Fallback",
    "Finding",
    "Footprint",
    "Hazard",
    "Hit",
    "Outside",
    "Quantified",
    "Rating",
    "Risk",
    "Scenario",
    "Threat",
    "Treatment",
]
