"""Dependencies that the side that is drawn on knows of, and the process does not name."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.rights import VIEW
from holdfast.organization.rows import Keyed, KeyedQuerySet, Scope, recorded
from holdfast.organization.structure.models import Node


class ClaimState(models.TextChoices):
    OPEN = "open", _("open")
    TAKEN = "taken", _("taken over")
    DECLINED = "declined", _("declined")


class Claim(Keyed):
    """The side that is drawn on says: this process depends on us. The process takes it over as a requirement, or
    declines with a reason."""

    SCOPE: ClassVar[Scope] = Scope(
        VIEW, unit=("process__unit", "provider__unit"), site=("process__site", "provider__site")
    )

    provider = models.ForeignKey(Node, models.PROTECT, related_name="claims_made", verbose_name=_("draws on"))
    process = models.ForeignKey(Node, models.PROTECT, related_name="claims", verbose_name=_("process"))
    needs = models.FloatField(_("needs"), default=1.0, validators=[MinValueValidator(0.001)])
    said = models.TextField(_("what it is used for"))
    state = models.CharField(_("state"), max_length=10, choices=ClaimState, default=ClaimState.OPEN)
    answer = models.TextField(_("answer"), blank=True, default="")
    answered_on = models.DateField(_("answered on"), null=True, blank=True)

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("dependency named by the other side")
        verbose_name_plural = _("dependencies named by the other side")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="analysis_claim_state"),
            models.UniqueConstraint(
                fields=["provider", "process"], condition=Q(state="open"), name="analysis_claim_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process} ← {self.provider}"

    def clean(self) -> None:
        super().clean()
        if self.process_id and self.process_id == self.provider_id:
            raise ValidationError({"process": gettext("Nothing depends on itself in this way.")})
        if self.process_id and self.process.kind != "process":
            raise ValidationError({"process": gettext("Only a process is named here.")})
