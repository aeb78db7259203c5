"""Plans that were printed together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY, NONE
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Keyed, KeyedQuerySet, Scope, recorded
from holdfast.readiness.plans.rights import VIEW
from holdfast.readiness.plans.template import LANGUAGES

KEPT = timedelta(days=30)
"""How long the file is kept: it can be made anew at any time, and is true on its day only."""


class PlanPrint(Keyed):
    """The plans in force of a unit and all below it, as they were on a day, each as a PDF, in one file (.zip) in the
    data folder. Whoever asked for it had the right to see every plan in it, and so has who sees the plans of the
    unit."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",))

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    on = models.DateField(_("as of"))
    plans = models.PositiveIntegerField(_("plans"), default=0)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by"))
    made_at = models.DateTimeField(_("made at"))

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("printed set of plans")
        verbose_name_plural = _("printed sets of plans")

    def __str__(self) -> str:
        return f"{self.unit}, {self.on}"

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Whoever asked for it may have it."""
        if within is EVERY:
            return within
        own = Q(user=user.pk)
        return own if within is NONE else within | own

    @property
    def path(self) -> Path:
        """Where its file lies, for as long as it is kept."""
        return prints_folder() / f"{self.key}.zip"


def prints_folder() -> Path:
    return Path(settings.DATA_DIR) / "prints"


__all__ = ["PlanPrint"]
