"""The rows of the domain."""

from holdfast.analysis.risk.models.hazards import Footprint, Hazard
from holdfast.analysis.risk.models.threats import Cause, Environment, Origin, Protected, Threat

__all__ = ["Cause", "Environment", "Footprint", "Hazard", "Origin", "Protected", "Threat"]
