"""What is known to be out, what was seen to work, and the pictures: computed answers, each frozen as it was taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident, PartOfIncident
from holdfast.crisis.rights import VIEW
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.organization.rows import Scope, recorded
from holdfast.organization.structure.models import Node

LEAST_LOSS = 1e-6
"""The engine reckons in whole millionths."""
FARTHEST = timedelta(days=366)
"""How long before the incident something may have gone out."""


class Certain(models.TextChoices):
    """How sure we are that it is out."""

    SURE = "sure", _("sure")
    LIKELY = "likely", _("likely")
    UNKNOWN = "unknown", _("not known")


class OutageQuerySet(models.QuerySet["Outage"]):
    def standing(self) -> OutageQuerySet:
        """Those that have not been ended."""
        return self.filter(ended_at=None)

    def true(self) -> OutageQuerySet:
        """Without those entered by mistake."""
        return self.filter(mistaken=False)


class Outage(PartOfIncident):
    """A node that is out, wholly or by the share `loss`, since a moment of the incident's own clock.

    Until when is an estimate: at the earliest, most likely, at the latest. All three empty: open, nobody can say. The
    earliest alone: not before then, and nobody can say when. Things reported together (`report`) share one estimate:
    what makes one of them last longer makes all of them. `mistaken`: it was never out, and no picture counts it.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="outages", verbose_name=_("incident"))
    number = models.PositiveIntegerField(_("number"), editable=False)
    report = models.PositiveIntegerField(_("reported with"), editable=False)
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_("what is out"))
    loss = models.FloatField(
        _("share lost"), default=1.0, validators=[MinValueValidator(LEAST_LOSS), MaxValueValidator(1)]
    )
    certainty = models.CharField(_("how sure"), max_length=10, choices=Certain, default=Certain.SURE)
    since = models.DateTimeField(_("out since"))
    until_low = models.DateTimeField(_("until, at the earliest"), null=True, blank=True)
    until_likely = models.DateTimeField(_("until, most likely"), null=True, blank=True)
    until_high = models.DateTimeField(_("until, at the latest"), null=True, blank=True)
    basis = models.CharField(_("basis of the estimate"), max_length=10, choices=BASIS_NAMES, default="stated")
    source = models.CharField(_("who said it"), max_length=300, blank=True, default="")
    ended_at = models.DateTimeField(_("works again since"), null=True, blank=True)
    mistaken = models.BooleanField(_("was never out"), default=False)

    history = recorded()
    objects = OutageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        ordering: ClassVar[list[str]] = ["incident", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_outage_number_once"),
            models.CheckConstraint(condition=Q(loss__gt=0, loss__lte=1), name="crisis_outage_loss"),
            models.CheckConstraint(condition=Q(certainty__in=Certain.values), name="crisis_outage_certainty"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(mistaken=True) | Q(ended_at__gte=F("since")),
                name="crisis_outage_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return str(self.node)

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key}-{self.number}"

    @property
    def stands(self) -> bool:
        return self.ended_at is None and not self.mistaken

    def is_overdue(self, at: datetime) -> bool:
        """Whether its last estimate has passed and nobody has said that it works again."""
        last = self.until_high or self.until_likely
        return self.stands and last is not None and last < at

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.until_likely is None and self.until_high is not None:
            problems["until_likely"] = gettext("Say the likeliest end too, or leave the latest open.")
        ends = [("until_low", self.until_low), ("until_likely", self.until_likely), ("until_high", self.until_high)]
        said = [(name, end) for name, end in ends if end is not None]
        for (_one, before), (name, after) in pairwise(said):
            if after < before:
                problems[name] = gettext("The earliest, the likeliest and the latest end have to follow each other.")
        for name, end in said:
            if self.since is not None and end <= self.since:
                problems[name] = gettext("It would end before it began.")
        if self.ended_at is not None and not self.mistaken and self.since is not None and self.ended_at < self.since:
            problems["ended_at"] = gettext("It would end before it began.")
        if self.since is not None and self.incident_id is not None:
            began = self.incident.began
            if not began - FARTHEST <= self.since <= began + 2 * FARTHEST:
                problems["since"] = gettext("This is more than a year from the beginning of the incident.")
        if problems:
            raise ValidationError(problems)


class Observation(PartOfIncident):
    """What was seen: a node works at a share of its level at a moment. Measured, whatever the forecast says."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="observations", verbose_name=_("incident"))
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_("what was seen"))
    level = models.FloatField(_("works at"), validators=[MinValueValidator(0), MaxValueValidator(1)])
    at = models.DateTimeField(_("seen at"))
    source = models.CharField(_("who saw it"), max_length=300, blank=True, default="")
    mistaken = models.BooleanField(_("was wrong"), default=False)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering: ClassVar[list[str]] = ["incident", "at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(level__gte=0, level__lte=1), name="crisis_observation_level")
        ]

    def __str__(self) -> str:
        return str(self.node)

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key}-seen-{self.pk or ''}"


class PicturesAreKept(TypeError):
    """A picture is neither changed nor deleted: another one is taken."""


class PictureQuerySet(models.QuerySet["Picture"]):
    def update(self, **kwargs: Any) -> int:
        raise PicturesAreKept

    def delete(self) -> tuple[int, dict[str, int]]:
        raise PicturesAreKept


class Picture(PartOfIncident):
    """A forecast as it was computed at a moment (`at`, by the incident's clock), and all that it takes to compute it
    again: the `hits` of the likely course, the seed, the version of the engine and the hash of the whole input.

    `answer` has the shape that docs/methods/forecast.md gives. What was decided on it stays what it was.
    """

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("incident__unit",), site=("incident__site",))
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"answer", "hits"})

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="pictures", verbose_name=_("incident"))
    number = models.PositiveIntegerField(_("number"), editable=False)
    at = models.DateTimeField(_("as of"), editable=False)
    taken_at = models.DateTimeField(_("taken at"), editable=False)
    taken_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("taken by")
    )
    because = models.CharField(_("taken because"), max_length=300, blank=True, default="", editable=False)
    hits = models.JSONField(_("what is out"), default=dict, editable=False)
    answer = models.JSONField(_("answer"), default=dict, editable=False)
    input_hash = models.CharField(_("hash of the input"), max_length=64, editable=False)
    engine = models.CharField(_("version of the engine"), max_length=40, editable=False)
    seed = models.CharField(_("seed"), max_length=20, editable=False)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering: ClassVar[list[str]] = ["incident", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_picture_number_once")
        ]

    def __str__(self) -> str:
        return gettext("Picture %(number)d of %(incident)s") % {"number": self.number, "incident": self.incident}

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key}-{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise PicturesAreKept
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise PicturesAreKept


__all__ = ["Certain", "Observation", "Outage", "Picture", "PicturesAreKept"]
