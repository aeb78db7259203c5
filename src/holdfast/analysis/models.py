"""Every table of the room."""

from holdfast.analysis.risk.models import Footprint, Hazard, Threat
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.analysis.strategy.models import Fallback

__all__ = ["Fallback", "Footprint", "Hazard", "Hit", "Scenario", "Threat"]
