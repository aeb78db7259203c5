"""What seeing and changing vital records takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

VIEW = declare("vital.view", _("See vital records and where their copies lie"), "AMFPHC.U").name
EDIT = declare("vital.edit", _("Write down vital records and their copies"), "AMFP....").name
