"""Scenarios and their hits."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Cause
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NONE, may_somewhere
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Described, Keyed, Row, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models import Node

DEFAULT_HORIZON = 2160.0
LONGEST = 250_000.0
LEAST_LOSS = 1e-6
LEAST_TIME = 1 / 3600
"""The engine reckons in whole seconds and millionths."""


class ScenarioQuerySet(ValidQuerySet):
    def with_hits(self) -> Self:
        """With their hits in order, as `all_hits`."""
        hits = Hit.objects.select_related("node").order_by("position", "pk")
        return self.prefetch_related(Prefetch("hits", hits, to_attr="all_hits"))


class Scenario(Described, Valid, Keyed):
    """A question kept under a name. Without a unit it is everybody's who may see the model; whoever made it may see and
    change it wherever it lies."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("unit__site",))

    name = models.CharField(_("name"), max_length=300)
    description = models.TextField(_("description"), blank=True, default="")
    cause = models.CharField(_("cause"), max_length=20, choices=Cause, blank=True, default="")
    threat = models.CharField(_("threat"), max_length=100, blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("unit"))
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("made by")
    )
    horizon = models.FloatField(
        _("hours to look ahead"),
        default=DEFAULT_HORIZON,
        validators=[MinValueValidator(LEAST_TIME), MaxValueValidator(LONGEST)],
    )

    history = recorded()
    objects = ScenarioQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(cause__in=["", *Cause.values]), name="analysis_scenario_cause"),
            models.CheckConstraint(condition=Q(horizon__gt=0, horizon__lte=LONGEST), name="analysis_scenario_horizon"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Everybody who has the permission somewhere has it on one's own, and may see those of no unit."""
        return _opened(user, permission, within)

    def is_open_to(self, user: User, permission: str) -> bool:
        """What `narrowed` adds, asked of a row at hand."""
        own = self.author_id is not None and self.author_id == user.pk
        everybodys = permission == self.SCOPE.view and self.unit is None
        return (own or everybodys) and may_somewhere(user, permission)

    def as_scenario(self) -> dict[str, Any]:
        """The scenario as the engine takes it, with its words; `all_hits` have been read."""
        found: dict[str, Any] = {"name": self.name}
        for name in ("description", "cause", "threat", "paragraphs"):
            if value := getattr(self, name):
                found[name] = value
        hits: list[Hit] = self.all_hits  # type: ignore[attr-defined]
        return {**found, "hits": [hit.as_hit() for hit in hits], "horizon": self.horizon}


class Hit(Row):
    """A node that loses the share `loss` from `start` for `duration` hours; without a duration it does not end."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("scenario__unit",), site=("scenario__unit__site",))

    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="hits", verbose_name=_("scenario"))
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_("what fails"))
    position = models.PositiveIntegerField(_("position"), default=0)
    loss = models.FloatField(
        _("loss"), default=1.0, validators=[MinValueValidator(LEAST_LOSS), MaxValueValidator(1)]
    )  # fmt: skip
    start = models.FloatField(
        _("start in hours"), default=0.0, validators=[MinValueValidator(0), MaxValueValidator(LONGEST)]
    )
    duration = models.FloatField(
        _("duration in hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_TIME), MaxValueValidator(LONGEST)],
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("hit")
        verbose_name_plural = _("hits")
        ordering: ClassVar[list[str]] = ["scenario", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(loss__gt=0, loss__lte=1), name="analysis_hit_loss"),
            models.CheckConstraint(condition=Q(start__gte=0, start__lte=LONGEST), name="analysis_hit_start"),
            models.CheckConstraint(
                condition=Q(duration__isnull=True) | Q(duration__gt=0, duration__lte=LONGEST),
                name="analysis_hit_duration",
            ),
            models.UniqueConstraint(fields=["scenario", "node", "start"], name="analysis_hit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scenario}: {self.node}"

    @property
    def stable_key(self) -> str:
        return f"{self.scenario.key} {self.node.key} {self.start:g}"

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """As its scenario."""
        return _opened(user, permission, within, "scenario__")

    def is_open_to(self, user: User, permission: str) -> bool:
        return self.scenario.is_open_to(user, permission)

    def as_hit(self) -> dict[str, Any]:
        return {"node": self.node.key, "loss": self.loss, "start": self.start, "duration": self.duration}

    def clean(self) -> None:
        super().clean()
        if self.duration is not None and self.duration <= 0:
            raise ValidationError({"duration": gettext("Wanted a duration above 0, or none for one without end.")})


def _opened(user: User, permission: str, within: Q, way: str = "") -> Q:
    """What is one's own, and for reading what is of no unit; `way` is the lookup to the scenario."""
    if not may_somewhere(user, permission):
        return within
    more = Q(**{f"{way}author": user.pk})
    if permission == Scenario.SCOPE.view:
        more |= Q(**{f"{way}unit__isnull": True})
    return more if within is NONE else within | more
