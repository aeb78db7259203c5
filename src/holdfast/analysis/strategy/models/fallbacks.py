"""Fallbacks: what a requirement turns to when its supply is short."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.models.states import READY, FallbackKind, FallbackState
from holdfast.analysis.strategy.models.strategies import Strategy
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.rows import Described, Keyed, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models import Node, Pool, Requirement


class FallbackQuerySet(ValidQuerySet):
    def ready(self, on: date, states: frozenset[FallbackState] = READY) -> Self:
        """What would serve on this date. What was ready and has been retired since then counts until its last day."""
        retired_since = Q(state=FallbackState.RETIRED, valid_until__isnull=False)
        return self.as_of(on).filter(Q(state__in=states) | retired_since)

    def of(self, node: Node) -> Self:
        """What `node` could turn to."""
        return (
            self.filter(requirement__node=node)
            .select_related("requirement", "provider", "pool")
            .order_by("requirement__position", "requirement_id", "position", "key")
        )

    def drawing_on(self, node: Node) -> Self:
        """Who would turn to `node`."""
        return (
            self.filter(provider=node)
            .select_related("requirement", "requirement__node", "pool")
            .order_by("requirement__node__key", "key")
        )


class Fallback(Described, Valid, Keyed):
    """The provider serves a requirement in place of its supply: `activation` hours after the shortage began, for
    `endurance` hours (None, or a figure without a value: no end), with `weight` in the unit of the requirement's
    needs."""

    SCOPE: ClassVar[Scope] = Scope(
        "structure.view", unit=("requirement__node__unit",), site=("requirement__node__site",)
    )

    name = models.CharField(_("name"), max_length=300, blank=True, default="")
    requirement = models.ForeignKey(
        Requirement, models.PROTECT, related_name="fallbacks", verbose_name=_("requirement")
    )
    provider = models.ForeignKey(Node, models.PROTECT, related_name="serves_as_fallback", verbose_name=_("draws on"))
    position = models.PositiveIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=20, choices=FallbackKind)
    weight = FactField(verbose_name=_("weight"), above=0, null=False, blank=False)
    activation = FactField(verbose_name=_("activation"), unit="h", least=0)
    endurance = FactField(verbose_name=_("endurance"), unit="h", above=0)
    pool = models.ForeignKey(
        Pool, models.PROTECT, null=True, blank=True, related_name="fallbacks", verbose_name=_("pool")
    )
    state = models.CharField(_("state"), max_length=20, choices=FallbackState, default=FallbackState.IDEA)
    strategy = models.ForeignKey(
        Strategy, models.PROTECT, null=True, blank=True, related_name="fallbacks", verbose_name=_("strategy")
    )

    history = recorded()
    objects = FallbackQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("fallback")
        verbose_name_plural = _("fallbacks")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=FallbackKind.values), name="analysis_fallback_kind"),
            models.CheckConstraint(condition=Q(state__in=FallbackState.values), name="analysis_fallback_state"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.requirement} ← {self.provider}"

    def clean(self) -> None:
        super().clean()
        if self.weight is not None and (self.weight.value is None or self.weight.value < 0.001):
            raise ValidationError({"weight": gettext("Wanted a weight of 0.001 or more.")})
        if self.strategy is not None and self.strategy.kind != self.kind:
            said = gettext("“%(strategy)s” is of another kind: %(kind)s.")
            about = {"strategy": self.strategy, "kind": self.strategy.get_kind_display()}
            raise ValidationError({"strategy": said % about})
