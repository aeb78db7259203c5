"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationConfig(AppConfig):
    name = "holdfast.organization"
    label = "organization"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        """Makes the room's jobs known."""
        from holdfast.organization.jobs import periodic  # noqa: F401
