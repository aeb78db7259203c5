"""What doing one's tasks in an incident takes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import declare

# Everybody may, on tasks that are theirs: `ActiveTask.narrowed` says which these are.
TASK = declare("incident.task", _("Do one's own tasks in an incident"), "AM...C.. own").name
