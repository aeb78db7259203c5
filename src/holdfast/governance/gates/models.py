"""Gates that were opened although something is missing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Scope, Valid, ValidQuerySet, recorded

VIEW = declare("gate.view", _("See where units stand in the five steps"), "AMFPHC.U").name
OVERRIDE = declare("gate.override", _("Let a unit pass a gate with a reason"), "AM......").name


class Step(models.IntegerChoices):
    """The five steps, by paragraph 21 of the report."""

    POLICY = 1, _("policy")
    RISK = 2, _("risk assessment")
    IMPACT = 3, _("impact analysis")
    STRATEGIES = 4, _("strategies")
    PLANS = 5, _("plans, tests, upkeep")


class Override(Valid):
    """A unit, and all under it, counts as past this step from `valid_from` until the day before `valid_until`, although
    something is missing."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("unit__site",))

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    step = models.PositiveSmallIntegerField(_("step"), choices=Step)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("opened gate")
        verbose_name_plural = _("opened gates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(step__in=Step.values), name="governance_override_step"),
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.get_step_display()}"


__all__ = ["Override"]
