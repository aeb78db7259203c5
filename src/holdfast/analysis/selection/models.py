"""The choice among strategies: which serve which process, why, and what was known when it was made."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.models import Strategy
from holdfast.governance.agreement.approvable import Approvable, wrote
from holdfast.governance.agreement.models import DECIDED
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Described, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Node


class SelectionQuerySet(KeyedQuerySet):
    def in_force(self, on: date) -> Self:
        """Those that were approved and count on this day."""
        return self.filter(counts_on(on))


def counts_on(on: date, prefix: str = "") -> Q:
    """The condition that a selection, or the one at the lookup `prefix`, is approved and in force on this day."""
    agreement = f"{prefix}agreement__"
    ends = Q(**{f"{agreement}in_force_until": None}) | Q(**{f"{agreement}in_force_until__gt": on})
    return Q(**{f"{agreement}state__in": DECIDED, f"{agreement}in_force_from__lte": on}) & ends


class Selection(Described, Approvable):
    """One version of the choice of strategies for some processes of a unit. `why` is the reason of the choice,
    `why_late` that of choosing what comes later than a process can wait. Only an approved one counts; with it, the
    ideas that it chooses are chosen."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("unit__site",))
    KIND: ClassVar[str] = "strategy-selection"
    AGREED: ClassVar[tuple[str, ...]] = ("title", "unit", "why", "why_late", "basis", "reason", "paragraphs")

    title = models.CharField(_("title"), max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="selections", verbose_name=_("unit"))
    why = models.TextField(
        _("why these"), blank=True, default="", help_text=_("By time, by cost, and by what else was weighed.")
    )
    why_late = models.TextField(
        _("why later than the MTPD"), blank=True, default="",
        help_text=_("Wanted where activation and restart take longer than a process can wait."),
    )  # fmt: skip

    history = recorded()
    objects = SelectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of strategies")
        verbose_name_plural = _("choices of strategies")

    def __str__(self) -> str:
        return self.title

    def agreement_address(self) -> str:
        return f"/strategies/selections/{self.key}/"

    def writers(self) -> set[int]:
        return super().writers() | wrote(Selected, selection=self.pk)

    def agreed_record(self) -> dict[str, Any]:
        rows = self.selected.select_related("process", "strategy").order_by("process__key", "strategy__key", "pk")
        return super().agreed_record() | {"selected": [row.agreed() for row in rows]}


class Selected(Row):
    """A strategy chosen for a process, or none of all: then `why` says why the process does without. `known` is what
    was known of it when the choice was submitted: its figures, and what the engine said."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("selection__unit",), site=("selection__unit__site",))

    selection = models.ForeignKey(
        Selection, models.PROTECT, related_name="selected", verbose_name=_("choice of strategies")
    )
    process = models.ForeignKey(Node, models.PROTECT, related_name="selected", verbose_name=_("process"))
    strategy = models.ForeignKey(
        Strategy, models.PROTECT, null=True, blank=True, related_name="selected", verbose_name=_("strategy")
    )
    why = models.TextField(_("reason"), blank=True, default="")
    known = models.JSONField(_("what was known"), default=dict, blank=True, editable=False)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("chosen strategy")
        verbose_name_plural = _("chosen strategies")
        ordering: ClassVar[list[str]] = ["selection", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["selection", "process", "strategy"], name="analysis_selected_once"),
            models.UniqueConstraint(
                fields=["selection", "process"], condition=Q(strategy=None), name="analysis_selected_none_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process}: {self.strategy or gettext('no strategy')}"

    @property
    def stable_key(self) -> str:
        return f"{self.selection.key} {self.process.key} {self.strategy.key if self.strategy else '-'}"

    def agreed(self) -> dict[str, Any]:
        strategy = {"key": self.strategy.key, "name": self.strategy.name} if self.strategy else None
        return {
            "key": f"{self.process.key} {self.strategy.key if self.strategy else '-'}",
            "name": str(self),
            "process": {"key": self.process.key, "name": self.process.name},
            "strategy": strategy,
            "why": self.why,
            "known": self.known,
        }

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.process_id and (self.process.kind != "process" or self.process.is_function):
            problems["process"] = gettext("A strategy is chosen for a process.")
        if self.strategy_id is None and not self.why.strip():
            problems["why"] = gettext("Say why no strategy is wanted.")
        if problems:
            raise ValidationError(problems)


__all__ = ["Selected", "Selection", "counts_on"]
