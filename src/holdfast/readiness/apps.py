"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadinessConfig(AppConfig):
    name = "holdfast.readiness"
    label = "readiness"
    verbose_name = _("Readiness")

    def ready(self) -> None:
        """Makes known what the room asks of the steps, and its jobs."""
        from holdfast.readiness.plans import gates as _plans  # noqa: F401
        from holdfast.readiness.plans import telling  # noqa: F401
