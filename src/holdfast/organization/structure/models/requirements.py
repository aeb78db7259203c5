"""What a node needs, and which nodes supply it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.rows import Keyed, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models.nodes import Node

LEAST_WEIGHT = 0.001
"""Weights and needs are reckoned in whole thousandths."""


class Requirement(Keyed):
    """One need of a node: `needs` units from its supplies, none at all below `quorum`; it does without for
    `tolerance`."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("node__unit",), site=("node__site",))

    node = models.ForeignKey(Node, models.PROTECT, related_name="requirements", verbose_name=_("of"))
    position = models.PositiveIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=300, blank=True, default="")
    needs = models.FloatField(_("needs"), validators=[MinValueValidator(LEAST_WEIGHT)])
    quorum = models.FloatField(_("quorum"), default=0.0, validators=[MinValueValidator(0)])
    tolerance = FactField(verbose_name=_("tolerance"), unit="h", least=0)
    basis = models.CharField(_("basis"), max_length=10, choices=BASIS_NAMES, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering: ClassVar[list[str]] = ["node", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(needs__gte=LEAST_WEIGHT), name="organization_requirement_needs"),
            models.CheckConstraint(
                condition=Q(quorum__gte=0) & Q(quorum__lte=F("needs")), name="organization_requirement_quorum"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node}: {self.name}" if self.name else str(self.node)

    @property
    def tolerates(self) -> bool:
        """Whether it does without for any time at all."""
        return self.tolerance is not None and bool(self.tolerance.value)

    def clean(self) -> None:
        super().clean()
        if self.needs is not None and self.quorum is not None and self.quorum > self.needs:
            raise ValidationError({"quorum": gettext("A quorum is at most what is needed.")})


class SupplyQuerySet(models.QuerySet["Supply"]):
    def of(self, node: Node) -> Self:
        """What `node` draws on, requirement by requirement."""
        return (
            self.filter(requirement__node=node)
            .select_related("requirement", "provider", "provider__unit", "provider__site")
            .order_by("requirement__position", "requirement_id", "position", "pk")
        )

    def drawing_on(self, node: Node) -> Self:
        """Where `node` is drawn on."""
        return (
            self.filter(provider=node)
            .select_related("requirement", "requirement__node", "requirement__node__unit", "requirement__node__site")
            .order_by("requirement__node__key", "requirement__position", "pk")
        )


class Supply(Row):
    """A node that a requirement draws on. The side that is drawn on confirms it (`confirmed_on`), or contests it: with
    what it can give in its place (`contested_weight`), or altogether."""

    SCOPE: ClassVar[Scope] = Scope(
        "structure.view",
        unit=("requirement__node__unit", "provider__unit"),
        site=("requirement__node__site", "provider__site"),
    )

    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="supply", verbose_name=_("requirement"))
    provider = models.ForeignKey(Node, models.PROTECT, related_name="supplies", verbose_name=_("draws on"))
    position = models.PositiveIntegerField(_("position"), default=0)
    weight = models.FloatField(_("weight"), validators=[MinValueValidator(LEAST_WEIGHT)])
    basis = models.CharField(_("basis"), max_length=10, choices=BASIS_NAMES, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    confirmed_on = models.DateField(_("confirmed by the provider on"), null=True, blank=True)
    contested_on = models.DateField(_("contested by the provider on"), null=True, blank=True)
    contested_weight = models.FloatField(
        _("what it can give instead"), null=True, blank=True, validators=[MinValueValidator(LEAST_WEIGHT)]
    )
    contested_reason = models.TextField(_("why it is contested"), blank=True, default="")

    history = recorded()
    objects = SupplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("supply")
        verbose_name_plural = _("supplies")
        ordering: ClassVar[list[str]] = ["requirement", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(weight__gte=LEAST_WEIGHT), name="organization_supply_weight"),
            models.CheckConstraint(
                condition=Q(confirmed_on=None) | Q(contested_on=None), name="organization_supply_one_answer"
            ),
            models.UniqueConstraint(fields=["requirement", "provider"], name="organization_supply_once"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} ← {self.provider}"

    @property
    def stable_key(self) -> str:
        return f"{self.requirement.key} {self.provider.key}"

    def clean(self) -> None:
        super().clean()
        if self.provider_id == self.requirement.node_id and not self.requirement.tolerates:
            raise ValidationError(
                {
                    "provider": gettext("%(node)s would need itself without a tolerance, and could never start.")
                    % {"node": self.provider}
                }
            )
