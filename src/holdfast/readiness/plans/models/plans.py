"""A plan, what people wrote in it, and the processes that it is for."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Threat
from holdfast.governance.agreement.approvable import Approvable, wrote
from holdfast.governance.agreement.models import DECIDED, held_posts
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Node, Post
from holdfast.readiness.plans.rights import VIEW
from holdfast.readiness.plans.template import FREE, LANGUAGES, label_of

MOST_TEXT = 50_000
RESERVED = frozenset({"functions", "library", "new", "prints", "reviews"})
"""Pages beside those of plans."""


class PlanKind(models.TextChoices):
    """Crisis management plans are made per kind of crisis and serve life and property; continuity plans are not based
    on scenarios and serve critical processes (A/63/359, 28). Recovery plans are tied to applications."""

    CRISIS = "crisis", _("crisis management plan")
    CONTINUITY = "continuity", _("continuity plan")
    ICT = "ict", _("ICT recovery plan")


class PlanQuerySet(KeyedQuerySet):
    def in_force(self, on: date) -> Self:
        """Those that were approved and count on this day."""
        ends = Q(agreement__in_force_until=None) | Q(agreement__in_force_until__gt=on)
        return self.filter(ends, agreement__state__in=DECIDED, agreement__in_force_from__lte=on)

    def newest(self) -> Self:
        """Of each line the version that no other follows."""
        return self.filter(agreement__next=None)


class Plan(Described, Approvable):
    """One version of a plan. What the data owns (people, limits, addresses, strategies) is never typed into it: it is
    read when the plan is read, and `frozen` when it is submitted, so that what was signed can be compared with what is
    true today. Times are hours."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))
    KIND: ClassVar[str] = "plan"
    AGREED: ClassVar[tuple[str, ...]] = (
        "title", "kind", "unit", "site", "part_of", "crisis", "threat", "owner", "language", "review_months", "status",
        "basis", "reason", "paragraphs", "frozen",
    )  # fmt: skip

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=12, choices=PlanKind, default=PlanKind.CONTINUITY)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="plans", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("site"))
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of the plan"),
        help_text=_("The plan above: of the office, or of the organisation. Whichever version of it counts is meant."),
    )  # fmt: skip
    crisis = models.CharField(
        _("kind of crisis"), max_length=200, blank=True, default="",
        help_text=_("For crisis management plans: pandemic, fire, attack."),
    )  # fmt: skip
    threat = models.ForeignKey(
        Threat, models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("threat")
    )
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("owner (post)")
    )
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    review_months = models.PositiveSmallIntegerField(
        _("reviewed every (months)"), default=12, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    status = models.CharField(_("status, as the source has it"), max_length=200, blank=True, default="")
    frozen = models.JSONField(_("data"), null=True, blank=True, editable=False)

    history = recorded("frozen")
    objects = PlanQuerySet.as_manager()
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"agreement", "frozen"})

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=PlanKind.values), name="readiness_plan_kind"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Who was given a copy by the post that they hold reads it, whatever the roles."""
        found = super().narrowed(user, permission, within)
        if permission != cls.SCOPE.view or found is EVERY:
            return found
        return found | Q(pk__in=_given(user))

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.key in RESERVED:
            problems["key"] = gettext("This word is the address of a page: take another.")
        if self.kind == PlanKind.CRISIS and not self.crisis.strip():
            problems["crisis"] = gettext("A crisis management plan is made for a kind of crisis: say which.")
        if self.kind != PlanKind.CRISIS and (self.crisis.strip() or self.threat_id):
            problems["crisis"] = gettext("Only a crisis management plan is made for one kind of crisis.")
        if self.part_of_id is not None and self.part_of_id == self.pk:
            problems["part_of"] = gettext("A plan is no part of itself.")
        if problems:
            raise ValidationError(problems)

    def agreement_address(self) -> str:
        return f"/plans/{self.key}/"

    def _agreed(self, name: str) -> Any:
        """A draft holds no data yet: it is what is true today."""
        if name != "frozen":
            return super()._agreed(name)
        from holdfast.readiness.plans.facts import PARTS, facts_of

        data = self.frozen if self.frozen is not None else facts_of(self, clock.today())
        return {part: data.get(part, []) for part in PARTS}

    def writers(self) -> set[int]:
        from holdfast.readiness.plans.models.tasks import PlanRole, PlanTask

        parts = (wrote(model, plan=self.pk) for model in (PlanSection, PlanProcess, PlanRole, PlanTask))
        return super().writers().union(*parts)

    def agreed_record(self) -> dict[str, Any]:
        return super().agreed_record() | {
            "sections": {
                f"{section.label} ({section.get_language_display()})": section.text
                for section in self.sections.order_by("section", "language")
                if section.text.strip()
            },
            "processes": [
                {"key": row.node.key, "name": row.node.name}
                for row in self.processes.select_related("node").order_by("position", "node__key")
            ],
            "roles": [
                row.agreed()
                for row in self.roles.select_related("post", "alternate", "called_by").order_by("position", "code")
            ],
            "tasks": [row.agreed() for row in self.task_rows()],
        }

    def task_rows(self) -> list[Any]:
        """Its tasks in order, with all that is said of each: four queries."""
        rows = self.tasks.select_related("role__post", "role__alternate", "site", "process", "approval")
        found: list[Any] = list(
            rows.prefetch_related("afters__after", "claims__pool", "claims__node").order_by("position", "code")
        )
        return found


def _given(user: User) -> models.QuerySet[Any, Any]:
    from holdfast.readiness.plans.models.upkeep import PlanCopy

    return PlanCopy.objects.filter(post__in=held_posts(user, clock.today())).values("plan")


class PartOfPlan(Row):
    """Something in a plan, seen and changed as the plan is."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("plan__unit",), site=("plan__site",))

    class Meta:
        abstract = True


class PlanSection(PartOfPlan):
    """What people wrote in one section of a plan, in one language, in the marks of Markdown: paragraphs, lists, bold,
    links. A section that the data fills has a text beside it only where the template leaves room for one."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="sections", verbose_name=_("plan"))
    section = models.CharField(_("section"), max_length=40)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    text = models.TextField(_("text"), blank=True, default="", max_length=MOST_TEXT)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("section of a plan")
        verbose_name_plural = _("sections of plans")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "section", "language"], name="readiness_section_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.label}"

    @property
    def label(self) -> str:
        return label_of(self.section, "en")

    @property
    def stable_key(self) -> str:
        return f"{self.plan.key} {self.section} {self.language}"

    def clean(self) -> None:
        super().clean()
        problems = {}
        if self.section not in FREE:
            problems["section"] = gettext("The template has no such section to write in.")
        if len(self.text) > MOST_TEXT:
            problems["text"] = gettext("Wanted at most %(most)d signs.") % {"most": MOST_TEXT}
        if problems:
            raise ValidationError(problems)


class PlanProcess(PartOfPlan):
    """A critical process that a plan keeps going, or an application that a recovery plan brings back."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="processes", verbose_name=_("plan"))
    node = models.ForeignKey(Node, models.PROTECT, related_name="in_plans", verbose_name=_("process or application"))
    position = models.PositiveIntegerField(_("position"), default=0)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("process of a plan")
        verbose_name_plural = _("processes of plans")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "node"], name="readiness_planprocess_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.node}"

    @property
    def stable_key(self) -> str:
        return f"{self.plan.key} {self.node.key}"


__all__ = ["PartOfPlan", "Plan", "PlanKind", "PlanProcess", "PlanSection"]
