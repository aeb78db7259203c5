"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalysisConfig(AppConfig):
    name = "holdfast.analysis"
    label = "analysis"
    verbose_name = _("Analysis")

    def ready(self) -> None:
        """Makes known what the room asks of the steps, and its jobs."""
        from holdfast.analysis.impact import gates as _impact  # noqa: F401
        from holdfast.analysis.impact import telling as _told  # noqa: F401
        from holdfast.analysis.risk import gates as _risk  # noqa: F401
        from holdfast.analysis.risk import telling  # noqa: F401
        from holdfast.analysis.selection import gates as _selection  # noqa: F401
        from holdfast.analysis.studies import answering  # noqa: F401
