"""Every table of the room."""

from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.picture.models import Observation, Outage, Picture

__all__ = ["Incident", "Log", "LogEntry", "Observation", "Outage", "PhaseEntry", "Picture"]
