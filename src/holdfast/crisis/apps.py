"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrisisConfig(AppConfig):
    name = "holdfast.crisis"
    label = "crisis"
    verbose_name = _("The day")

    def ready(self) -> None:
        """Makes known what stands open when an incident is to be closed, and the room's jobs."""
        from holdfast.crisis.decisions import open as _decisions  # noqa: F401
        from holdfast.crisis.picture import actions as _picture  # noqa: F401
        from holdfast.crisis.reports import heads as _heads  # noqa: F401
        from holdfast.crisis.teams import open as _teams  # noqa: F401
