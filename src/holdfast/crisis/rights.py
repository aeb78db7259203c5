"""What seeing and running an incident takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

VIEW = declare("incident.view", _("See incidents"), "AMFPHC.U own").name
"""By these roles where they hold; and whoever was called to a meeting, the incident that it is about."""
DECLARE = declare("incident.declare", _("Declare an incident"), "AMF.HC..").name
LOG = declare("incident.log", _("Write into the log of an incident"), "AMF.HC..").name
RUN = declare("incident.run", _("Run an incident: convene, record, decide, close"), "AM...C..").name
SIT = declare("incident.sit", _("Answer, attend and vote in the meetings of an incident"), "AM...C.. own").name
"""By these roles where they hold; and whoever was called to a meeting, in the incident that it is about."""
