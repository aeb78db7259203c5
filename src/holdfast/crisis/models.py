"""Every table of the room."""

from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.reviews.models import Finding, HotReview, Measurement, Review

__all__ = ["Finding", "HotReview", "Incident", "Log", "LogEntry", "Measurement", "PhaseEntry", "Review"]
