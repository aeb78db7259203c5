"""The four kinds of what serves instead (A/63/359, 25), and how far each one has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FallbackKind(models.TextChoices):
    ALTERNATE_MEANS = "alternate_means", _("alternate means")
    TRANSFER = "transfer", _("transfer to another office")
    TELEWORK = "telework", _("telework")
    ALTERNATE_SITE = "alternate_site", _("alternate site")


class FallbackState(models.TextChoices):
    IDEA = "idea", _("idea")
    CHOSEN = "chosen", _("chosen")
    IN_PLACE = "in_place", _("in place")
    TESTED = "tested", _("tested")
    RETIRED = "retired", _("retired")


READY = frozenset({FallbackState.IN_PLACE, FallbackState.TESTED})
"""The states of what would serve today."""
DECIDED = READY | {FallbackState.CHOSEN}
"""The states of what is decided on, in place or not yet."""
