"""What is written after an incident or an exercise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident, PartOfIncident
from holdfast.crisis.rights import VIEW
from holdfast.governance.improvement.models import CorrectiveAction, Grade
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site
from holdfast.organization.rows import Scope, recorded
from holdfast.organization.structure.models import Group, Node, Post
from holdfast.readiness.plans.models import Plan

HOT_WITHIN = timedelta(days=3)
"""How long after its end a hot review is due, while people remember. Assumed: the report gives no number (26, 56)."""
FULL_WITHIN = timedelta(days=30)
"""How long after its end the full review is due. Assumed: the report gives no number."""


class HotReview(PartOfIncident):
    """What those who were there say within hours of the end. There may be several: one of each body, each shift."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="hot_reviews", verbose_name=_("incident"))
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    present = models.TextField(_("who was present"), max_length=4000, help_text=_("Posts and bodies, one a line."))
    went_well = models.TextField(_("what went well"), blank=True, default="", max_length=8000)
    went_badly = models.TextField(_("what did not"), blank=True, default="", max_length=8000)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("hot review")
        verbose_name_plural = _("hot reviews")
        ordering: ClassVar[list[str]] = ["incident", "at", "pk"]

    def __str__(self) -> str:
        return gettext("Hot review: %(incident)s") % {"incident": self.incident}

    def clean(self) -> None:
        super().clean()
        problems = {}
        if not self.present.strip():
            problems["present"] = gettext("Say who was present.")
        if not self.went_well.strip() and not self.went_badly.strip():
            problems["went_well"] = gettext("Say what went well, or what did not.")
        if problems:
            raise ValidationError(problems)


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("draft")
    AGREED = "agreed", _("agreed")


SECTIONS = ("summary", "response", "plans", "communication", "root_causes", "lessons")
"""The texts of a review, in their order."""


class IncidentReview(PartOfIncident):
    """The full review of an incident, one to each. Once it is agreed it stays."""

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="review", verbose_name=_("incident"))
    state = models.CharField(_("state"), max_length=8, choices=ReviewState, default=ReviewState.DRAFT, editable=False)
    participants = models.TextField(
        _("who took part"), blank=True, default="", max_length=4000, help_text=_("Posts and bodies, one a line.")
    )
    summary = models.TextField(_("summary"), blank=True, default="", max_length=20_000)
    response = models.TextField(_("how it was met"), blank=True, default="", max_length=20_000)
    plans = models.TextField(_("how the plans served"), blank=True, default="", max_length=20_000)
    communication = models.TextField(_("communication"), blank=True, default="", max_length=20_000)
    root_causes = models.TextField(_("root causes"), blank=True, default="", max_length=20_000)
    lessons = models.TextField(_("what is learnt"), blank=True, default="", max_length=20_000)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True, editable=False)
    agreed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreed by"), editable=False
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="crisis_review_state"),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(agreed_at__isnull=False), name="crisis_review_agreed"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Review: %(incident)s") % {"incident": self.incident}

    @property
    def is_draft(self) -> bool:
        return self.state == ReviewState.DRAFT


class About(models.TextChoices):
    PLAN = "plan", _("a plan")
    PROCESS = "process", _("a process or resource")
    TEAM = "team", _("a team")
    SITE = "site", _("a place")
    OTHER = "other", _("something else")


class IncidentFinding(PartOfIncident):
    """Something that has to be put right, or is worth keeping. `action` is what was raised from it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="findings", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    text = models.TextField(_("what was found"), max_length=4000)
    cause = models.TextField(_("why it came to be"), blank=True, default="", max_length=4000)
    severity = models.CharField(_("severity"), max_length=20, choices=Grade, default=Grade.IMPROVEMENT)
    about = models.CharField(_("about"), max_length=8, choices=About, default=About.OTHER)
    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_("plan")
    )
    node = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("process or resource")
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who puts it right (post)")
    )
    due = models.DateField(_("until"), null=True, blank=True)
    action = models.OneToOneField(
        CorrectiveAction, models.PROTECT, null=True, blank=True, related_name="found_in",
        verbose_name=_("corrective action"), editable=False,
    )  # fmt: skip

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering: ClassVar[list[str]] = ["incident", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_finding_number_once"),
            models.CheckConstraint(condition=Q(severity__in=Grade.values), name="crisis_finding_severity"),
            models.CheckConstraint(condition=Q(about__in=About.values), name="crisis_finding_about"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:80]}"

    @property
    def thing(self) -> Plan | Node | Group | Site | None:
        """What it is about."""
        return {About.PLAN: self.plan, About.PROCESS: self.node, About.TEAM: self.group, About.SITE: self.site}.get(
            About(self.about)
        )

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if not self.text.strip():
            problems["text"] = gettext("Say what was found.")
        columns = {About.PLAN: "plan", About.PROCESS: "node", About.TEAM: "group", About.SITE: "site"}
        for about, name in columns.items():
            given = getattr(self, f"{name}_id") is not None
            if given and self.about != about:
                problems[name] = gettext("The finding is about something else: leave this empty.")
            if not given and self.about == about:
                problems[name] = gettext("Say which.")
        if problems:
            raise ValidationError(problems)


class MeasurementState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class Measurement(PartOfIncident):
    """How long something really took to come back: proposed to the model. It counts there once somebody who may change
    the process has accepted it; `before` is the measurement that it took the place of. Hours. `origin` says which part
    of the room has measured it ("tasks", "picture"), or "person"; each proposes one for a node."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("incident__unit", "node__unit"), site=("incident__site", "node__site"))

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="measurements", verbose_name=_("incident"))
    node = models.ForeignKey(Node, models.PROTECT, related_name="measurements", verbose_name=_("process or resource"))
    hours = models.FloatField(_("came back after (h)"), validators=[MinValueValidator(0), MaxValueValidator(87_600)])
    said = models.TextField(_("how it was measured"), max_length=2000)
    origin = models.CharField(_("measured by"), max_length=20, default="person", editable=False)
    proposed_at = models.DateTimeField(_("proposed at"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=MeasurementState, default=MeasurementState.PROPOSED, editable=False
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by"), editable=False
    )
    reason = models.TextField(_("reason"), blank=True, default="", max_length=2000, editable=False)
    before = models.JSONField(_("measured before"), null=True, blank=True, editable=False)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering: ClassVar[list[str]] = ["incident", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["incident", "node", "origin"], name="crisis_measurement_once"),
            models.CheckConstraint(condition=Q(state__in=MeasurementState.values), name="crisis_measurement_state"),
        ]

    def __str__(self) -> str:
        return f"{self.node}: {self.hours:g} h"

    @property
    def is_proposed(self) -> bool:
        return self.state == MeasurementState.PROPOSED

    def clean(self) -> None:
        super().clean()
        if not self.said.strip():
            raise ValidationError({"said": gettext("Say how it was measured.")})


__all__ = [
    "FULL_WITHIN",
    "HOT_WITHIN",
    "SECTIONS",
    "About",
    "HotReview",
    "IncidentFinding",
    "IncidentReview",
    "Measurement",
    "MeasurementState",
    "ReviewState",
]
