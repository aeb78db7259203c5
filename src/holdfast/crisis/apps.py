"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrisisConfig(AppConfig):
    name = "holdfast.crisis"
    label = "crisis"
    verbose_name = _("The day")

    def ready(self) -> None:
        """Makes known the room's jobs."""
        from holdfast.crisis.reports import heads  # noqa: F401
