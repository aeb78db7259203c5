"""What writing reviews takes. They are read by whoever sees the incident."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

WRITE = declare("review.write", _("Review incidents and exercises, write down what was found"), "AMF.HC..").name
AGREE = declare("review.agree", _("Agree to the review of an incident or an exercise"), "AM..HC..").name
ACCEPT = "process.edit"
"""A measurement is accepted by whoever may change the process."""
