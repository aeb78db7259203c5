"""An exercise, who takes part, which plans it tries, its objectives, its injects and the notes of observers.

Injects are a secret of those who make the exercise until they are delivered, and notes one of the observers until the
exercise is over: both have a permission of their own.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Threat
from holdfast.analysis.scenarios.models import Scenario
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Group, Post
from holdfast.readiness.exercises.rights import EDIT, OBSERVE, VIEW
from holdfast.readiness.plans.models import Plan, PlanTask, PlanTest, TestKind

MOST_HOURS = 2160
MOST_PACE = 1440
"""A day of the story in a minute; what the clock of an incident takes."""
STOP_WORDS = "NO DUFF"
"""What is said in exercises of the military and of civil protection when something is not part of the play."""


class ExerciseState(models.TextChoices):
    PLANNED = "planned", _("planned")
    UNDER_WAY = "under_way", _("under way")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class ExerciseQuerySet(KeyedQuerySet):
    def under_way(self) -> Self:
        return self.filter(state=ExerciseState.UNDER_WAY)


class Exercise(Described, Keyed):
    """Something is tried out, so that it is found wanting before the day itself (A/63/359, 26). The story is a scenario
    of the model, or told in words, or both. Its clock may run `pace` times as fast as the world's; `story_starts` is
    what that clock shows when it begins. Times are hours."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))

    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("type"), max_length=12, choices=TestKind, default=TestKind.TABLETOP)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="exercises", verbose_name=_("unit"))
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="exercises", verbose_name=_("place")
    )
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="exercises", verbose_name=_("owner (post)")
    )
    scenario = models.ForeignKey(
        Scenario, models.PROTECT, null=True, blank=True, related_name="exercises", verbose_name=_("scenario")
    )
    threat = models.ForeignKey(
        Threat, models.PROTECT, null=True, blank=True, related_name="exercises", verbose_name=_("threat")
    )
    story = models.TextField(
        _("the story"), blank=True, default="", max_length=8000, help_text=_("What everybody is told at the start.")
    )
    planned_start = models.DateTimeField(_("planned for"), null=True, blank=True)
    hours = models.FloatField(
        _("lasts (h of the story)"), default=3.0, validators=[MinValueValidator(0.1), MaxValueValidator(MOST_HOURS)]
    )
    pace = models.FloatField(
        _("pace of the clock"),
        default=1.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(MOST_PACE)],
        help_text=_("1: as the world's; 60: an hour of the story passes in a minute."),
    )
    story_starts = models.DateTimeField(
        _("the story begins at"), null=True, blank=True,
        help_text=_("What the clock of the exercise shows at the start, in UTC; left empty, the hour of the start."),
    )  # fmt: skip
    stop_words = models.CharField(
        _("words that stop it"), max_length=60, default=STOP_WORDS,
        help_text=_("Said, or pressed, whenever something is not part of the exercise: all stops at once."),
    )  # fmt: skip
    safety = models.TextField(
        _("safety"), blank=True, default="", max_length=4000, help_text=_("What must not be touched, whom to call.")
    )
    state = models.CharField(
        _("state"), max_length=12, choices=ExerciseState, default=ExerciseState.PLANNED, editable=False
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_because = models.TextField(_("why it ended"), blank=True, default="", max_length=4000, editable=False)

    history = recorded()
    objects = ExerciseQuerySet.as_manager()

    class Meta:
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=TestKind.values), name="readiness_exercise_kind"),
            models.CheckConstraint(condition=Q(state__in=ExerciseState.values), name="readiness_exercise_state"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"]) | Q(started_at__isnull=False),
                name="readiness_exercise_started",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"/exercises/{self.key}/"

    @property
    def is_planned(self) -> bool:
        return self.state == ExerciseState.PLANNED

    @property
    def is_under_way(self) -> bool:
        return self.state == ExerciseState.UNDER_WAY

    @property
    def is_over(self) -> bool:
        return self.state in (ExerciseState.DONE, ExerciseState.CANCELLED)

    def due_at(self, inject: Inject) -> datetime | None:
        """When an inject is due by the clock of the exercise; None before the start."""
        if self.started_at is None or self.story_starts is None:
            return None
        return self.story_starts + timedelta(hours=inject.at_hours)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.key in ("new", "list.csv"):
            problems["key"] = gettext("This word is the address of a page: take another.")
        if not self.title.strip():
            problems["title"] = gettext("Say what the exercise is called.")
        problems |= {
            name: gettext("Wanted a number.")
            for name in ("pace", "hours")
            if not isinstance(getattr(self, name), int | float) or not math.isfinite(getattr(self, name))
        }
        if not self.stop_words.strip():
            problems["stop_words"] = gettext("Everybody has to know the words that stop it.")
        if problems:
            raise ValidationError(problems)


class PartOfExercise(Row):
    """Something of an exercise, seen and changed as the exercise is."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("exercise__unit",), site=("exercise__site",))

    class Meta:
        abstract = True


class TakesPartAs(models.TextChoices):
    PLAYER = "player", _("takes part")
    OBSERVER = "observer", _("observes")
    CONTROLLER = "controller", _("runs it")


class TakesPart(PartOfExercise):
    """A post or a group takes part, observes, or runs the exercise."""

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="participants", verbose_name=_("exercise"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post"))
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group"))
    role = models.CharField(_("as"), max_length=12, choices=TakesPartAs, default=TakesPartAs.PLAYER)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("participant of an exercise")
        verbose_name_plural = _("participants of exercises")
        ordering: ClassVar[list[str]] = ["exercise", "role", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(post__isnull=True, group__isnull=False) | Q(post__isnull=False, group__isnull=True),
                name="readiness_takespart_post_or_group",
            ),
            models.UniqueConstraint(fields=["exercise", "post"], name="readiness_takespart_post_once"),
            models.UniqueConstraint(fields=["exercise", "group"], name="readiness_takespart_group_once"),
            models.CheckConstraint(condition=Q(role__in=TakesPartAs.values), name="readiness_takespart_role"),
        ]

    def __str__(self) -> str:
        return f"{self.who} ({self.get_role_display()})"

    @property
    def who(self) -> Post | Group | None:
        return self.post or self.group

    @property
    def stable_key(self) -> str:
        return f"{self.exercise.key} {self.who.key if self.who else ''}"

    def clean(self) -> None:
        super().clean()
        if (self.post_id is None) == (self.group_id is None):
            raise ValidationError({"post": gettext("Wanted a post or a group, one of the two.")})


class ExercisePlan(PartOfExercise):
    """A plan that the exercise tries. When it is over, `test` is the record of it among the tests of the plan."""

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="plans", verbose_name=_("exercise"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="exercises", verbose_name=_("plan"))
    held = models.BooleanField(_("the plan held"), null=True, blank=True)
    found = models.TextField(_("what was found"), blank=True, default="", max_length=4000)
    test = models.OneToOneField(
        PlanTest, models.PROTECT, null=True, blank=True, related_name="exercise", verbose_name=_("recorded as"),
        editable=False,
    )  # fmt: skip

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("plan of an exercise")
        verbose_name_plural = _("plans of exercises")
        ordering: ClassVar[list[str]] = ["exercise", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["exercise", "plan"], name="readiness_exerciseplan_once")
        ]

    def __str__(self) -> str:
        return f"{self.exercise}: {self.plan}"

    @property
    def stable_key(self) -> str:
        return f"{self.exercise.key} {self.plan.key}"


class Met(models.TextChoices):
    UNJUDGED = "", _("not judged yet")
    MET = "met", _("met")
    PARTLY = "partly", _("partly met")
    MISSED = "missed", _("not met")


class Objective(PartOfExercise):
    """What the exercise is to show, how that is measured, and whether it was met."""

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="objectives", verbose_name=_("exercise"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    text = models.TextField(_("objective"), max_length=2000)
    measure = models.TextField(_("how it is measured"), blank=True, default="", max_length=2000)
    met = models.CharField(_("met"), max_length=8, choices=Met, blank=True, default="")
    evidence = models.TextField(_("what shows it"), blank=True, default="", max_length=4000)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("objective of an exercise")
        verbose_name_plural = _("objectives of exercises")
        ordering: ClassVar[list[str]] = ["exercise", "number", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(met__in=Met.values), name="readiness_objective_met"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"

    def clean(self) -> None:
        super().clean()
        problems = {}
        if not self.text.strip():
            problems["text"] = gettext("Say what is to be shown.")
        if self.met and not self.evidence.strip():
            problems["evidence"] = gettext("Say what shows it.")
        if problems:
            raise ValidationError(problems)


class Channel(models.TextChoices):
    TELEPHONE = "telephone", _("telephone")
    RADIO = "radio", _("radio")
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    MESSENGER = "messenger", _("in person")
    MEDIA = "media", _("media")
    SYSTEM = "system", _("monitoring")


class InjectState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    SKIPPED = "skipped", _("skipped")


class Inject(PartOfExercise):
    """A piece of news that is played in `at_hours` after the start of the story. `delivered_at` is by the clock of the
    exercise. Only those who make the exercise read it before."""

    SCOPE: ClassVar[Scope] = Scope(EDIT, unit=("exercise__unit",), site=("exercise__site",))

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="injects", verbose_name=_("exercise"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    at_hours = models.FloatField(
        _("after (h)"), validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)],
        help_text=_("Hours after the start, by the clock of the exercise."),
    )  # fmt: skip
    channel = models.CharField(_("by"), max_length=12, choices=Channel, default=Channel.TELEPHONE)
    to = models.CharField(_("to whom"), max_length=300, blank=True, default="", help_text=_("A post or a body."))
    text = models.TextField(_("what is said"), max_length=4000)
    expected = models.TextField(_("expected response"), blank=True, default="", max_length=4000)
    state = models.CharField(
        _("state"), max_length=10, choices=InjectState, default=InjectState.WAITING, editable=False
    )
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True, editable=False)
    delivered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("delivered by"), editable=False
    )
    skipped_because = models.TextField(_("why it was skipped"), blank=True, default="", max_length=2000)
    response = models.TextField(_("response"), blank=True, default="", max_length=4000)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("inject")
        verbose_name_plural = _("injects")
        ordering: ClassVar[list[str]] = ["exercise", "at_hours", "number", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="readiness_inject_channel"),
            models.CheckConstraint(condition=Q(state__in=InjectState.values), name="readiness_inject_state"),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False), name="readiness_inject_delivered"
            ),
            models.CheckConstraint(
                condition=~Q(state="skipped") | ~Q(skipped_because=""), name="readiness_inject_skipped"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:80]}"

    @property
    def is_waiting(self) -> bool:
        return self.state == InjectState.WAITING

    def clean(self) -> None:
        super().clean()
        if not self.text.strip():
            raise ValidationError({"text": gettext("Say what is told.")})


class NoteKind(models.TextChoices):
    STRENGTH = "strength", _("strength")
    WEAKNESS = "weakness", _("weakness")
    OBSERVATION = "observation", _("observation")


class ObserverNote(PartOfExercise):
    """What an observer saw, when by the clock of the exercise, and what it is about."""

    SCOPE: ClassVar[Scope] = Scope(OBSERVE, unit=("exercise__unit",), site=("exercise__site",))

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="notes", verbose_name=_("exercise"))
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    kind = models.CharField(_("kind"), max_length=12, choices=NoteKind, default=NoteKind.OBSERVATION)
    text = models.TextField(_("what was seen"), max_length=4000)
    objective = models.ForeignKey(
        Objective, models.PROTECT, null=True, blank=True, related_name="notes", verbose_name=_("about the objective")
    )
    inject = models.ForeignKey(
        Inject, models.PROTECT, null=True, blank=True, related_name="notes", verbose_name=_("about the inject")
    )
    task = models.ForeignKey(
        PlanTask, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about the task")
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("note of an observer")
        verbose_name_plural = _("notes of observers")
        ordering: ClassVar[list[str]] = ["exercise", "at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="readiness_observernote_kind"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def clean(self) -> None:
        super().clean()
        problems = {}
        if not self.text.strip():
            problems["text"] = gettext("Write what you saw.")
        for name in ("objective", "inject"):
            about = getattr(self, name)
            if about is not None and about.exercise_id != self.exercise_id:
                problems[name] = gettext("This is another exercise's.")
        if problems:
            raise ValidationError(problems)


__all__ = [
    "Channel",
    "Exercise",
    "ExercisePlan",
    "ExerciseState",
    "Inject",
    "InjectState",
    "Met",
    "NoteKind",
    "Objective",
    "ObserverNote",
    "TakesPart",
    "TakesPartAs",
]
