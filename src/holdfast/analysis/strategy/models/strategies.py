"""Strategies: the ways in which processes go on, or come back, when something is lost."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Cause
from holdfast.analysis.risk.models.threats import check_list
from holdfast.analysis.strategy.models.states import READY, FallbackKind, FallbackState
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, Row, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models import Node, Pool, Post

CURRENCY = "USD"
MOST_COST = 1e15
"""As in the engine, so that sums of costs are exact to a cent or nearly so."""
WITH_REASON = (FallbackState.CHOSEN, FallbackState.RETIRED)


class StrategyQuerySet(ValidQuerySet):
    def standing(self) -> Self:
        """All but what is retired."""
        return self.exclude(state=FallbackState.RETIRED)

    def covering(self, process: Node) -> Self:
        """Those for this process."""
        return self.filter(covers__process=process).distinct()


class Strategy(Described, Valid, Keyed):
    """One way in which some processes go on when something is lost: another means, another office, telework or another
    site (A/63/359, 25), against which of the five causes. `activation` hours after the loss it serves, for `endurance`
    hours (None, or a figure without a value: no end), with `share` of the normal work or a `capacity` of its own, at
    `cost` once and `yearly`. What it does in the model is said by its fallbacks, which follow its state. A transfer
    names the site that takes over (46, 48), or in `receiver` who does outside of the organisation."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("unit__site",))

    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=FallbackKind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="strategies", verbose_name=_("unit"))
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="strategies", verbose_name=_("owner (post)")
    )
    causes = models.JSONField(
        _("helps against"), default=list, blank=True, help_text=_("Which of the five causes of disruption.")
    )
    does = models.TextField(_("how it works"), blank=True, default="")
    activation = FactField(verbose_name=_("activation"), unit="h", least=0)
    endurance = FactField(verbose_name=_("endurance"), unit="h", above=0)
    share = FactField(verbose_name=_("share of normal work"), unit="share", above=0, most=1)
    capacity = FactField(verbose_name=_("capacity"), above=0)
    pool = models.ForeignKey(
        Pool, models.PROTECT, null=True, blank=True, related_name="strategies", verbose_name=_("pool")
    )
    cost = FactField(verbose_name=_("cost"), unit=CURRENCY, least=0, most=MOST_COST)
    yearly = FactField(verbose_name=_("cost a year"), unit=CURRENCY, least=0, most=MOST_COST)
    receiving_site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="receives", verbose_name=_("receiving site"),
        help_text=_("Of a transfer: where the same processes are run."),
    )  # fmt: skip
    receiver = models.CharField(
        _("taken over by"), max_length=300, blank=True, default="",
        help_text=_("Of a transfer to nobody in the organisation: who takes over."),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=20, choices=FallbackState, default=FallbackState.IDEA)
    why = models.TextField(_("why it was decided so"), blank=True, default="")

    history = recorded()
    objects = StrategyQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=FallbackKind.values), name="analysis_strategy_kind"),
            models.CheckConstraint(condition=Q(state__in=FallbackState.values), name="analysis_strategy_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_transfer(self) -> bool:
        return self.kind == FallbackKind.TRANSFER

    @property
    def is_ready(self) -> bool:
        return self.state in READY

    @property
    def facts(self) -> dict[str, Fact | None]:
        """Its figures by their names."""
        return {name: getattr(self, name) for name in FIGURES}

    def cost_over(self, years: float) -> float | None:
        """What it costs once, and yearly for so many years; None where neither is known."""
        known = [(fact.value, times) for fact, times in ((self.cost, 1.0), (self.yearly, years))
                 if fact is not None and fact.value is not None]  # fmt: skip
        return sum(value * times for value, times in known) if known else None

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        try:
            check_list(self.causes, Cause, "causes")
        except ValidationError as error:
            problems = error.update_error_dict(problems)
        if self.is_transfer:
            if self.receiving_site_id is None and not self.receiver.strip():
                problems["receiving_site"] = gettext("Name the site that takes over, or say who else does.")
        else:
            for name, given in (("receiving_site", self.receiving_site_id), ("receiver", self.receiver.strip())):
                if given:
                    problems[name] = gettext("Only a transfer has this.")
        if self.state in WITH_REASON and not self.why.strip():
            problems["why"] = gettext("Say why: what is chosen or retired has a reason.")
        if problems:
            raise ValidationError(problems)


FIGURES = ("activation", "endurance", "share", "capacity", "cost", "yearly")


class Covers(Row):
    """A strategy is for this process. Of a transfer, `receiving_process` is the same process where it is taken over: of
    the same sort, or with the `reason` why it does; none where nobody in the organisation takes over."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("strategy__unit",), site=("strategy__unit__site",))

    strategy = models.ForeignKey(Strategy, models.PROTECT, related_name="covers", verbose_name=_("strategy"))
    process = models.ForeignKey(Node, models.PROTECT, related_name="strategies", verbose_name=_("process"))
    receiving_process = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="takes_over", verbose_name=_("receiving process")
    )
    reason = models.TextField(_("reason"), blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("process of a strategy")
        verbose_name_plural = _("processes of strategies")
        ordering: ClassVar[list[str]] = ["strategy", "process"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["strategy", "process"], name="analysis_covers_once")
        ]

    def __str__(self) -> str:
        return f"{self.strategy}: {self.process}"

    @property
    def stable_key(self) -> str:
        return f"{self.strategy.key} {self.process.key}"

    def clean(self) -> None:
        super().clean()
        if not self.strategy_id or not self.process_id:
            return
        problems: dict[str, Any] = {}
        if self.process.kind != "process" or self.process.is_function:
            problems["process"] = gettext("A strategy is for processes.")
        if wrong := self._receiving_problem():
            problems["receiving_process"] = wrong
        if problems:
            raise ValidationError(problems)

    def _receiving_problem(self) -> str:
        taken = self.receiving_process
        if not self.strategy.is_transfer:
            return gettext("Only a transfer has this.") if taken is not None else ""
        if taken is None:
            inside = self.strategy.receiving_site_id is not None
            said = gettext("Name the process at %(site)s that takes over from “%(process)s”.")
            return said % {"site": self.strategy.receiving_site, "process": self.process} if inside else ""
        if taken.pk == self.process_id or taken.kind != "process" or taken.is_function:
            return gettext("Another process takes over.")
        if self.reason.strip():
            return ""
        if self.strategy.receiving_site_id is not None and taken.site_id != self.strategy.receiving_site_id:
            said = gettext("“%(taken)s” is not run at %(site)s: name one that is, or say why it can take over.")
            return said % {"taken": taken, "site": self.strategy.receiving_site}
        if taken.sort != self.process.sort or not taken.sort:
            said = gettext("“%(taken)s” is not of the same sort as “%(process)s”: say why it can take over.")
            return said % {"taken": taken, "process": self.process}
        return ""
