"""The room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "holdfast.exchange"
    label = "exchange"
    verbose_name = _("In and out")

    def ready(self) -> None:
        # Jobs are known by having been declared.
        from holdfast.exchange.impact import background  # noqa: F401
