"""Every table of the room."""

from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.reports.models import HeadReader, HeadSent, SituationReport

__all__ = ["HeadReader", "HeadSent", "Incident", "Log", "LogEntry", "PhaseEntry", "SituationReport"]
