"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrisisConfig(AppConfig):
    name = "holdfast.crisis"
    label = "crisis"
    verbose_name = _("The day")

    def ready(self) -> None:
        """Makes known the jobs of the room, what stands open when an incident is to be closed, and what activation
        sets under way."""
        from holdfast.crisis.decisions import joining as _joining  # noqa: F401
        from holdfast.crisis.decisions import open as _decisions  # noqa: F401
        from holdfast.crisis.drills import actions as _drills  # noqa: F401
        from holdfast.crisis.drills import injects as _injects  # noqa: F401
        from holdfast.crisis.picture import actions as _picture  # noqa: F401
        from holdfast.crisis.reports import heads as _heads  # noqa: F401
        from holdfast.crisis.reviews import actions as _reviews  # noqa: F401
        from holdfast.crisis.reviews import telling as _telling  # noqa: F401
        from holdfast.crisis.tasks import hooks as _tasks  # noqa: F401
        from holdfast.crisis.teams import open as _teams  # noqa: F401
