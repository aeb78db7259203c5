"""What seeing and changing risks takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

VIEW = declare("risk.view", _("See risks, hazards and treatments"), "AMFPHC.U").name
EDIT = declare("risk.edit", _("Change risks, hazards and treatments"), "AMF.....").name
