"""What seeing, making and observing exercises takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

VIEW = declare("exercise.view", _("See exercises"), "AMFPHCSU").name
EDIT = declare("exercise.edit", _("Make exercises, see their injects, run them"), "AMF.....").name
OBSERVE = declare("exercise.observe", _("Observe exercises: write notes, and read them"), "AMFPHC.U").name
