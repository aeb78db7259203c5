"""Every table of the room."""

from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.log.models import Log, LogEntry

__all__ = ["Incident", "Log", "LogEntry", "PhaseEntry"]
