"""Risks of a site, the assessments that rate them, who was consulted, and assessments made elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models.hazards import Hazard
from holdfast.analysis.risk.models.threats import Cause, Environment, Threat, check_list
from holdfast.analysis.risk.rights import VIEW
from holdfast.governance.agreement.approvable import Approvable, wrote
from holdfast.governance.agreement.models import DECIDED
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import (
    Described,
    Keyed,
    KeyedQuerySet,
    Row,
    Scope,
    Valid,
    ValidQuerySet,
    recorded,
)
from holdfast.organization.structure.models import Group, Post


class Risk(Described, Valid, Keyed):
    """What a threat could do at a site. It stays the same from assessment to assessment; each gives it a rating."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))

    title = models.CharField(_("risk"), max_length=300)
    site = models.ForeignKey(Site, models.PROTECT, related_name="risks", verbose_name=_("site"))
    threat = models.ForeignKey(Threat, models.PROTECT, related_name="risks", verbose_name=_("threat"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="risks", verbose_name=_("responsible unit")
    )
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="risks", verbose_name=_("owner (post)")
    )
    description = models.TextField(_("what could happen"), blank=True, default="")
    causes = models.JSONField(
        _("interrupts through"), default=list, blank=True, help_text=_("Which of the five causes of disruption.")
    )

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("risk")
        verbose_name_plural = _("risks")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        check_list(self.causes, Cause, "causes")


class Quantified(Row):
    """A hazard puts a risk into numbers."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("risk__unit",), site=("risk__site",))

    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="quantifies", verbose_name=_("hazard"))
    risk = models.ForeignKey(Risk, models.PROTECT, related_name="quantified_by", verbose_name=_("risk"))
    note = models.TextField(_("note"), blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("risk in numbers")
        verbose_name_plural = _("risks in numbers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["hazard", "risk"], name="analysis_quantified_once")
        ]

    def __str__(self) -> str:
        return f"{self.risk} ← {self.hazard}"

    @property
    def stable_key(self) -> str:
        return f"{self.hazard.key} {self.risk.key}"


class AssessmentKind(models.TextChoices):
    REGULAR = "regular", _("regular")
    EXTRA = "extra", _("extra")


class AssessmentQuerySet(KeyedQuerySet):
    def in_force(self, on: date) -> Self:
        """Those that were approved and count on this day."""
        return self.filter(counts_on(on))


def counts_on(on: date, prefix: str = "") -> Q:
    """The condition that an assessment, or the one at the lookup `prefix`, is approved and in force on this day."""
    agreement = f"{prefix}agreement__"
    ends = Q(**{f"{agreement}in_force_until": None}) | Q(**{f"{agreement}in_force_until__gt": on})
    return Q(**{f"{agreement}state__in": DECIDED, f"{agreement}in_force_from__lte": on}) & ends


class Assessment(Described, Approvable):
    """One version of the risk assessment of a site over the four environments. An extra one fills a gap of scope or
    detail beside it, at any time (A/63/359, 23). Only an approved one counts."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))
    KIND: ClassVar[str] = "risk-assessment"
    AGREED: ClassVar[tuple[str, ...]] = (
        "title", "site", "unit", "kind", "as_of", "scope", *Environment.values, "scales", "basis", "reason",
        "paragraphs",
    )  # fmt: skip

    title = models.CharField(_("title"), max_length=300)
    site = models.ForeignKey(Site, models.PROTECT, related_name="assessments", verbose_name=_("site"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="assessments", verbose_name=_("responsible unit")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AssessmentKind, default=AssessmentKind.REGULAR)
    as_of = models.DateField(_("as of"), help_text=_("The day whose state it describes."))
    scope = models.TextField(_("scope"), blank=True, default="", help_text=_("What is looked at, and what is not."))
    natural = models.TextField(_("natural environment"), blank=True, default="")
    political = models.TextField(_("political environment"), blank=True, default="")
    social = models.TextField(_("social environment"), blank=True, default="")
    technological = models.TextField(_("technological environment"), blank=True, default="")
    scales = models.PositiveIntegerField(
        _("version of the scales"), default=0, help_text=_("0 for those that Holdfast begins with.")
    )

    history = recorded()
    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("risk assessment")
        verbose_name_plural = _("risk assessments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=AssessmentKind.values), name="analysis_assessment_kind")
        ]

    def __str__(self) -> str:
        return self.title

    def agreement_address(self) -> str:
        return f"/risk/assessments/{self.key}/"

    def writers(self) -> set[int]:
        parts = (wrote(model, assessment=self.pk) for model in (Rating, Consultation))
        return super().writers().union(*parts)

    def agreed_record(self) -> dict[str, Any]:
        ratings = self.ratings.select_related("risk__threat").order_by("risk__key")
        consulted = self.consultations.order_by("on", "pk")
        return super().agreed_record() | {
            "ratings": [rating.agreed() for rating in ratings],
            "consultations": [one.as_record(("who", "on", "said")) for one in consulted],
        }


LEVELS = (
    "inherent_likelihood", "inherent_impact", "current_likelihood", "current_impact", "target_likelihood",
    "target_impact",
)  # fmt: skip


class Rating(Row):
    """How likely and how bad a risk is by one assessment: without any measure (inherent), as things are (current), and
    as it is wanted (target). Levels are those of the scales, from 1."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("assessment__unit",), site=("assessment__site",))

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="ratings", verbose_name=_("risk assessment")
    )
    risk = models.ForeignKey(Risk, models.PROTECT, related_name="ratings", verbose_name=_("risk"))
    inherent_likelihood = models.PositiveSmallIntegerField(_("likelihood without any measure"))
    inherent_impact = models.PositiveSmallIntegerField(_("impact without any measure"))
    current_likelihood = models.PositiveSmallIntegerField(_("likelihood now"))
    current_impact = models.PositiveSmallIntegerField(_("impact now"))
    target_likelihood = models.PositiveSmallIntegerField(_("likelihood wanted"))
    target_impact = models.PositiveSmallIntegerField(_("impact wanted"))
    rationale = models.TextField(_("rationale"), help_text=_("Why these levels."))
    evidence = models.TextField(
        _("evidence"), blank=True, default="", help_text=_("Documents, events, figures that it rests on.")
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["assessment", "risk"], name="analysis_rating_once")
        ]

    def __str__(self) -> str:
        return f"{self.assessment}: {self.risk}"

    @property
    def stable_key(self) -> str:
        return f"{self.assessment.key} {self.risk.key}"

    def level(self, state: str) -> tuple[int, int]:
        """Likelihood and impact in the state `inherent`, `current` or `target`."""
        return getattr(self, f"{state}_likelihood"), getattr(self, f"{state}_impact")

    def agreed(self) -> dict[str, Any]:
        return {
            "name": self.risk.title,
            "key": self.risk.key,
            "threat": self.risk.threat.name,
            "environment": self.risk.threat.environment,
            "causes": self.risk.causes,
            **{name: getattr(self, name) for name in (*LEVELS, "rationale", "evidence")},
        }

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if not self.rationale.strip():
            problems["rationale"] = gettext("Say why.")
        if None not in self.level("target") + self.level("current") and _above(
            self.level("target"), self.level("current")
        ):
            problems["target_likelihood"] = target_worse()
        if problems:
            raise ValidationError(problems)


def target_worse() -> str:
    return gettext("What is wanted cannot be worse than what is.")


def _above(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one is worse in likelihood or impact and better in neither."""
    return one != other and one[0] >= other[0] and one[1] >= other[1]


class Consultation(Row):
    """Somebody was asked about an assessment, and what they said."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("assessment__unit",), site=("assessment__site",))

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="consultations", verbose_name=_("risk assessment")
    )
    who = models.CharField(_("who was consulted"), max_length=300, help_text=_("A post, a unit or a body."))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group"))
    on = models.DateField(_("on"))
    said = models.TextField(_("what they said"))

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["assessment", "who", "on"], name="analysis_consultation_once")
        ]

    def __str__(self) -> str:
        return f"{self.who}, {self.on}"

    @property
    def stable_key(self) -> str:
        return f"{self.assessment.key} {self.who} {self.on}"


class Outside(Described, Keyed):
    """A risk assessment that others made (security, ICT): taken in with its source, in its own words and on its own
    scale, and never overwritten; a newer one is another row."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))

    title = models.CharField(_("title"), max_length=300)
    made_by = models.CharField(_("made by"), max_length=300)
    document = models.CharField(_("document"), max_length=300, help_text=_("Where it is found: symbol, file, system."))
    as_of = models.DateField(_("as of"))
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="outside_assessments", verbose_name=_("site")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="outside_assessments", verbose_name=_("unit")
    )
    scale = models.TextField(_("their scale"), blank=True, default="")

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment made elsewhere")
        verbose_name_plural = _("assessments made elsewhere")

    def __str__(self) -> str:
        return self.title


class Finding(Row):
    """One risk of an assessment made elsewhere, in its words. `risk` is ours that it was taken into: that alone may be
    said later."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("outside__unit",), site=("outside__site",))

    outside = models.ForeignKey(
        Outside, models.PROTECT, related_name="findings", verbose_name=_("assessment made elsewhere")
    )
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"), blank=True, default="")
    likelihood_said = models.CharField(_("likelihood, in their words"), max_length=100, blank=True, default="")
    impact_said = models.CharField(_("impact, in their words"), max_length=100, blank=True, default="")
    level = models.CharField(_("risk, in their words"), max_length=100, blank=True, default="")
    threat = models.ForeignKey(
        Threat, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_("threat")
    )
    risk = models.ForeignKey(
        Risk, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_("taken into the risk")
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("finding made elsewhere")
        verbose_name_plural = _("findings made elsewhere")
        ordering: ClassVar[list[str]] = ["outside", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["outside", "number"], name="analysis_finding_once")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stable_key(self) -> str:
        return f"{self.outside.key} {self.number}"
