"""Every table of the room."""

from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun

__all__ = ["ActiveTask", "Given", "Incident", "Log", "LogEntry", "PhaseEntry", "PlanRun"]
