"""An incident, real or an exercise, and the phases it went through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Cause, Threat
from holdfast.crisis.log.models import Log
from holdfast.crisis.rights import SIT, VIEW
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Keyed, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Post
from holdfast.readiness.exercises.models import Exercise
from holdfast.readiness.plans.models import Phase

ORDER: tuple[Phase, ...] = tuple(Phase)
"""The phases in the report's order (A/63/359, 29 and figure; partly inferred)."""
REAL, EXERCISE = "i-", "x-"
"""How the keys of real incidents and of exercises begin: the two never look alike, and a key never changes."""

SEES: list[Callable[[User], Q]] = []
"""What the domains to the right open to a person whatever the roles: conditions on incidents, each for VIEW and SIT."""


def opened_to(user: User, permission: str, within: Q, via: str = "") -> Q:
    """`within`, and the incidents (or, with the lookup `via`, what belongs to them) that SEES opens to this person."""
    if within is EVERY or permission not in (VIEW, SIT) or not SEES:
        return within
    found = Q(pk__in=())
    for opens in SEES:
        found |= opens(user)
    return within | (Q(**{f"{via}__in": Incident.objects.filter(found).values("pk")}) if via else found)


FOR_EVER = ("key", "real", "exercise_id")
"""What is said when an incident is declared or an exercise started, and never changes."""


class Certainty(models.TextChoices):
    """How sure we are of what we were told."""

    CONFIRMED = "confirmed", _("confirmed")
    LIKELY = "likely", _("likely")
    UNCONFIRMED = "unconfirmed", _("not confirmed")


class IncidentState(models.TextChoices):
    OPEN = "open", _("open")
    MERGED = "merged", _("merged into another")
    CLOSED = "closed", _("closed")


class IncidentQuerySet(KeyedQuerySet):
    def open(self) -> IncidentQuerySet:
        return self.filter(state=IncidentState.OPEN)

    def real(self) -> IncidentQuerySet:
        return self.filter(real=True)


class Incident(Keyed):
    """What happened, where, since when, and how sure that is. Three times are kept apart: when it began (`started_at`,
    often found out late), when it was noticed (`discovered_at`), and when we were told (`reported_at`).

    `real` is said once and never changes: the key begins with it, `exercise` says what it plays where it is one, and
    the database refuses what does not fit. An exercise has a clock of its own, which may run `pace` times as fast as
    the world's from `clock_from` on."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))
    NAMES_ITSELF: ClassVar[bool] = True
    _was: Mapping[str, Any] = MappingProxyType({})
    """What it was when it was read, of what never changes."""

    log = models.OneToOneField(Log, models.PROTECT, related_name="incident", verbose_name=_("log"), editable=False)
    real = models.BooleanField(_("real"), editable=False)
    exercise = models.ForeignKey(
        Exercise, models.PROTECT, null=True, blank=True, related_name="incidents", verbose_name=_("exercise"),
        editable=False,
    )  # fmt: skip
    title = models.CharField(_("what happened"), max_length=200)
    details = models.TextField(_("what is known"), blank=True, default="", max_length=8000)
    threat = models.ForeignKey(
        Threat, models.PROTECT, null=True, blank=True, related_name="incidents", verbose_name=_("threat")
    )
    causes = models.JSONField(
        _("interrupts through"), default=list, blank=True, help_text=_("Which of the five causes of disruption.")
    )
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    certainty = models.CharField(_("how sure"), max_length=12, choices=Certainty, default=Certainty.UNCONFIRMED)
    started_at = models.DateTimeField(_("began at"), null=True, blank=True)
    discovered_at = models.DateTimeField(_("noticed at"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported at"), default=clock.now)
    declared_at = models.DateTimeField(_("declared at"), editable=False)
    declared_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("declared by"), editable=False
    )
    state = models.CharField(_("state"), max_length=10, choices=IncidentState, default=IncidentState.OPEN)
    phase = models.CharField(_("phase"), max_length=20, choices=Phase, default=Phase.INCIDENT)
    lead = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("led by"))
    lead_post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("led as")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    split_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="split", verbose_name=_("split from")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_because = models.TextField(_("why it is closed"), blank=True, default="", max_length=4000)
    clock_from = models.DateTimeField(_("its clock runs since"), null=True, blank=True, editable=False)
    clock_shows = models.DateTimeField(_("what its clock showed then"), null=True, blank=True, editable=False)
    pace = models.FloatField(
        _("pace of its clock"), default=1.0, validators=[MinValueValidator(0), MaxValueValidator(1440)]
    )

    history = recorded()
    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering: ClassVar[list[str]] = ["-declared_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(real=True, key__startswith=REAL) | Q(real=False, key__startswith=EXERCISE),
                name="crisis_incident_real_as_its_key",
            ),
            models.CheckConstraint(
                condition=Q(real=True, exercise=None) | Q(real=False, exercise__isnull=False),
                name="crisis_incident_real_or_exercise",
            ),
            models.UniqueConstraint(
                fields=["exercise"], condition=Q(split_from=None), name="crisis_incident_exercise_starts_once"
            ),
            models.CheckConstraint(
                condition=Q(real=False) | Q(pace=1.0, clock_from=None, clock_shows=None),
                name="crisis_incident_real_time",
            ),
            models.CheckConstraint(condition=Q(state__in=IncidentState.values), name="crisis_incident_state"),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="crisis_incident_phase"),
            models.CheckConstraint(condition=Q(certainty__in=Certainty.values), name="crisis_incident_certainty"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Who was called to one of its meetings sees it, whatever the roles."""
        return opened_to(user, permission, within)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Incident:
        found = super().from_db(*args, **kwargs)
        found._was = {name: found.__dict__[name] for name in FOR_EVER if name in found.__dict__}
        return found

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_turning()
        super().save(*args, **kwargs)

    def _refuse_turning(self) -> None:
        """Raises ValidationError where an exercise is to become real, or the reverse, or another's."""
        if any(getattr(self, name) != was for name, was in self._was.items()):
            raise ValidationError({"real": gettext("An exercise never becomes real, and what is real no exercise.")})

    @property
    def address(self) -> str:
        """Where it is run: real incidents and exercises have addresses of their own."""
        return f"/crisis/{self.key}/" if self.real else f"/drill/{self.key}/"

    @property
    def is_open(self) -> bool:
        return self.state == IncidentState.OPEN

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its place; UTC where it has none."""
        return ZoneInfo(self.site.zone_name if self.site is not None else "UTC")

    def moment(self, at: datetime | None = None) -> datetime:
        """The time by its own clock at `at` of the world (now): the same, but for exercises whose clock is set."""
        at = at or clock.now()
        if self.clock_from is None or self.clock_shows is None:
            return at
        return self.clock_shows + timedelta(seconds=(at - self.clock_from).total_seconds() * self.pace)

    @property
    def began(self) -> datetime:
        """From when outages count: when it began, else when it was noticed, else when it was reported."""
        return self.started_at or self.discovered_at or self.reported_at

    def clean(self) -> None:
        super().clean()
        self._refuse_turning()
        problems: dict[str, Any] = {}
        if self.real != (self.exercise_id is None):
            problems["real"] = gettext("An exercise plays an exercise that was planned; what is real plays none.")
        if not isinstance(self.causes, list) or not set(self.causes) <= set(Cause.values):
            problems["causes"] = gettext("Wanted some of the five causes.")
        if self.started_at and self.discovered_at and self.discovered_at < self.started_at:
            problems["discovered_at"] = gettext("It was noticed before it began: one of the two times is wrong.")
        if self.real and self.reported_at and self.reported_at > clock.now() + timedelta(minutes=5):
            problems["reported_at"] = gettext("This time lies ahead.")
        if problems:
            raise ValidationError(problems)


class PartOfIncident(Row):
    """Something of an incident, seen as the incident is. `VIA` is the lookup to the incident."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("incident__unit",), site=("incident__site",))
    VIA: ClassVar[str] = "incident"

    class Meta:
        abstract = True

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        return opened_to(user, permission, within, cls.VIA)


class PhaseEntry(PartOfIncident):
    """The incident entered a phase."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="phases", verbose_name=_("incident"))
    phase = models.CharField(_("phase"), max_length=20, choices=Phase)
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    reason = models.TextField(_("reason"), blank=True, default="", max_length=4000)
    out_of_order = models.BooleanField(_("out of order"), default=False)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("phase of an incident")
        verbose_name_plural = _("phases of incidents")
        ordering: ClassVar[list[str]] = ["incident", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.incident}: {self.get_phase_display()}"


__all__ = ["Certainty", "Incident", "IncidentState", "PartOfIncident", "PhaseEntry"]
