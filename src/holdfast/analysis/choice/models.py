"""Candidates for the best buy."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.choice.effects import read_effects
from holdfast.analysis.risk.models import Cause
from holdfast.analysis.risk.models.threats import check_list
from holdfast.analysis.strategy.models import CURRENCY, MOST_COST, READY, FallbackState, Strategy
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Described, Keyed, Scope, Valid, ValidQuerySet, recorded


class CandidateState(models.TextChoices):
    IDEA = "idea", _("idea")
    CHOSEN = "chosen", _("chosen")
    IN_PLACE = "in_place", _("in place")
    REJECTED = "rejected", _("rejected")


OPEN = (CandidateState.IDEA, CandidateState.CHOSEN)
"""What is still to be bought: what is in place is in the model, and what was rejected is not asked about again."""
WITH_REASON = (CandidateState.CHOSEN, CandidateState.REJECTED)


class CandidateQuerySet(ValidQuerySet):
    def to_buy(self) -> CandidateQuerySet:
        """What became a strategy that is in place is in the model; what became one that is retired was dropped."""
        done = [*READY, FallbackState.RETIRED]
        return self.filter(state__in=OPEN).exclude(strategy__state__in=done)


class Candidate(Described, Valid, Keyed):
    """A strategy or measure that could be bought: `cost` once and `yearly`, and its `effects` on the model. Without a
    unit it is the whole organisation's."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("unit__site",))

    name = models.CharField(_("name"), max_length=300)
    does = models.TextField(_("what it does"), blank=True, default="")
    causes = models.JSONField(
        _("helps against"), default=list, blank=True, help_text=_("Which of the five causes of disruption.")
    )
    cost = FactField(verbose_name=_("cost"), unit=CURRENCY, least=0, most=MOST_COST, null=False, blank=False)
    yearly = FactField(verbose_name=_("cost a year"), unit=CURRENCY, least=0, most=MOST_COST)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="candidates", verbose_name=_("unit")
    )
    state = models.CharField(_("state"), max_length=20, choices=CandidateState, default=CandidateState.IDEA)
    why = models.TextField(_("why it was decided so"), blank=True, default="")
    effects = models.JSONField(_("what it changes"), default=dict, blank=True)
    strategy = models.ForeignKey(
        Strategy,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="candidates",
        verbose_name=_("became the strategy"),
    )

    history = recorded()
    objects = CandidateQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(state__in=CandidateState.values), name="analysis_candidate_state"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        for check in (self._check_causes, self._check_effects, self._check_money, self._check_why):
            try:
                check()
            except ValidationError as error:
                problems = error.update_error_dict(problems)
        if problems:
            raise ValidationError(problems)

    def _check_causes(self) -> None:
        check_list(self.causes, Cause, "causes")

    def _check_effects(self) -> None:
        read_effects(self.effects)

    def _check_money(self) -> None:
        """A cost that is not known cannot be weighed against others: an estimate with its basis can."""
        lacks = gettext("Wanted an amount, if only an assumed one.")
        wrong = {
            name: lacks
            for name in ("cost", "yearly")
            if (fact := getattr(self, name)) is not None and fact.value is None
        }
        if wrong:
            raise ValidationError(wrong)

    def _check_why(self) -> None:
        if self.state in WITH_REASON and not self.why.strip():
            raise ValidationError({"why": gettext("Say why: what is chosen or rejected has a reason.")})

    def as_option(self) -> dict[str, Any]:
        """The candidate as an option of the engine, with its words."""
        return {
            "id": self.key,
            "name": self.name,
            "causes": self.causes,
            "cost": self.cost.value,
            "yearly": self.yearly.value if self.yearly is not None else 0.0,
            "basis": self.cost.basis.value,
            "does": self.does,
            **self.effects,
        }
