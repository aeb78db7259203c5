"""Treatments: what is done about a risk, what it costs, what it protects, and what money it was given."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models.assessments import Risk
from holdfast.analysis.risk.models.threats import Protected, check_list
from holdfast.analysis.risk.rights import VIEW
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Described, Keyed, KeyedQuerySet, Scope, recorded
from holdfast.organization.structure.models import Post


class TreatmentState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    UNDER_WAY = "under_way", _("under way")
    DONE = "done", _("done")
    DROPPED = "dropped", _("dropped")


OPEN = frozenset({TreatmentState.PROPOSED, TreatmentState.UNDER_WAY})


class Treatment(Described, Keyed):
    """A measure against a risk, planned and taken before the event (A/63/359, 17). `cost` is what it takes and `given`
    the money that it has, both with their currency as the unit."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("risk__unit",), site=("risk__site",))

    title = models.CharField(_("treatment"), max_length=300)
    risk = models.ForeignKey(Risk, models.PROTECT, related_name="treatments", verbose_name=_("risk"))
    description = models.TextField(_("description"), blank=True, default="")
    cost = FactField(verbose_name=_("cost"), least=0, null=False, blank=False)
    given = FactField(verbose_name=_("money given"), least=0)
    begins = models.DateField(_("begins"), null=True, blank=True)
    due = models.DateField(_("due"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="treatments", verbose_name=_("owner (post)")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="treatments", verbose_name=_("carried out by")
    )
    protects = models.JSONField(_("protects"), default=list, blank=True)
    mandate = models.TextField(_("mandate"), blank=True, default="", help_text=_("By which decision it may be done."))
    state = models.CharField(_("state"), max_length=10, choices=TreatmentState, default=TreatmentState.PROPOSED)

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=TreatmentState.values), name="analysis_treatment_state")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_late(self, on: date) -> bool:
        return self.is_open and self.due is not None and self.due < on

    @property
    def money_given(self) -> float:
        return (self.given.value or 0.0) if self.given is not None else 0.0

    @property
    def lacks(self) -> float:
        """The money that it still needs, in the currency of its cost."""
        return max(0.0, (self.cost.value or 0.0) - self.money_given)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        try:
            check_list(self.protects, Protected, "protects")
        except ValidationError as error:
            problems.update(error.message_dict)
        if not self.protects and not problems:
            problems["protects"] = gettext("Say what it protects.")
        if self.cost is not None and self.cost.value is None:
            problems["cost"] = gettext("A treatment has a cost, if only an assumed one.")
        for name in ("cost", "given"):
            fact = getattr(self, name)
            if fact is not None and not re.fullmatch("[A-Z]{3}", fact.unit):
                problems.setdefault(name, gettext("Wanted a currency of three capital letters (ISO 4217) as the unit."))
        if not problems and self.given is not None and self.given.unit != self.cost.unit:
            problems["given"] = gettext("Cost and money given are in one currency.")
        if self.begins and self.due and self.due < self.begins:
            problems["due"] = gettext("It is due before it begins.")
        if self.state == TreatmentState.DONE and self.done_on is None:
            problems["done_on"] = gettext("Say when it was done.")
        if self.begins and self.done_on and self.done_on < self.begins:
            problems["done_on"] = gettext("It was done before it began.")
        if problems:
            raise ValidationError(problems)
