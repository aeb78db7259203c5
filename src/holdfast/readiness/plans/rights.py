"""What seeing and changing plans takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

VIEW = declare("plan.view", _("See plans"), "AMFPHCSU").name
EDIT = declare("plan.edit", _("Write plans, record their tests"), "AMFP....").name
ATTEST = declare("plan.attest", _("Say of a plan that it is true as it stands"), "AMFPH...").name
