"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "holdfast.governance"
    label = "governance"
    verbose_name = _("Governance")

    def ready(self) -> None:
        """Makes known the room's jobs, and what it asks of the steps."""
        from holdfast.governance.agreement import telling as agreements  # noqa: F401
        from holdfast.governance.improvement import telling as actions  # noqa: F401
        from holdfast.governance.notices import digest  # noqa: F401
        from holdfast.governance.policy import gates  # noqa: F401
