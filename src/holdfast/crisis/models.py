"""Every table of the room."""

from holdfast.crisis.decisions.models import Activation, Decision, PlanActivation, Voice
from holdfast.crisis.incidents.models import Incident, PhaseEntry
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.picture.models import Observation, Outage, Picture
from holdfast.crisis.reports.models import HeadReader, HeadSent, SituationReport
from holdfast.crisis.reviews.models import HotReview, IncidentFinding, IncidentReview, Measurement
from holdfast.crisis.rules.models import RulesVersion
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun
from holdfast.crisis.teams.models import Attendance, GroupTaskState, Meeting

__all__ = [
    "Activation",
    "ActiveTask",
    "Attendance",
    "Decision",
    "Given",
    "GroupTaskState",
    "HeadReader",
    "HeadSent",
    "HotReview",
    "Incident",
    "IncidentFinding",
    "IncidentReview",
    "Log",
    "LogEntry",
    "Measurement",
    "Meeting",
    "Observation",
    "Outage",
    "PhaseEntry",
    "Picture",
    "PlanActivation",
    "PlanRun",
    "RulesVersion",
    "SituationReport",
    "Voice",
]
