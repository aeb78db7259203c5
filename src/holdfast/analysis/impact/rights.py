"""What seeing and changing impact analyses takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

VIEW = declare("impact.view", _("See impact analyses"), "AMFPHC.U").name
EDIT = declare("impact.edit", _("Fill in impact analyses"), "AMFP....").name
MANAGE = declare("impact.manage", _("Plan, send and close campaigns of impact analysis"), "AM......").name
