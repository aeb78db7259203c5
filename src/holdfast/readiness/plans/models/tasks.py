"""Who acts in a plan, and the tasks as a graph."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.organization.places.models import Site
from holdfast.organization.rows import Keyed, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Node, Pool, Post
from holdfast.readiness.plans.models.plans import PartOfPlan, Plan
from holdfast.readiness.plans.rights import VIEW

MOST_HOURS = 8760
check_code = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    _("A code starts with a letter or digit and goes on with letters, digits and . _ -."),
)


class Phase(models.TextChoices):
    """The phases in the order of the report (A/63/359, 29 and figure)."""

    INCIDENT = "incident", _("incident")
    RESPONSE = "response", _("crisis decisions and response")
    INSTRUCTIONS = "instructions", _("communication and instructions to staff")
    ACTIVATION = "activation", _("activation")
    CONTINUITY = "continuity", _("continuity of critical processes")
    RECONSTITUTION = "reconstitution", _("business continuity and reconstitution")
    STAND_DOWN = "stand_down", _("stand-down")


class PlanRole(PartOfPlan, Keyed):
    """Who does something in a plan: a post and the one that stands in, and who calls them. The person is whoever holds
    the post on the day."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="roles", verbose_name=_("plan"))
    code = models.CharField(_("code"), max_length=40, validators=[check_code])
    position = models.PositiveIntegerField(_("position"), default=0)
    name = models.CharField(_("role"), max_length=200)
    does = models.TextField(_("what the role does"), blank=True, default="", max_length=4000)
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="plan_roles", verbose_name=_("post")
    )
    alternate = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="plan_alternates", verbose_name=_("alternate")
    )
    called_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_("called by"),
        help_text=_("The call tree: who telephones this role."),
    )  # fmt: skip

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("role in a plan")
        verbose_name_plural = _("roles in plans")
        ordering: ClassVar[list[str]] = ["plan", "position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "code"], name="readiness_role_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def agreed(self) -> dict[str, Any]:
        return {
            "key": self.code,
            "name": self.name,
            "does": self.does,
            "post": self.post.title if self.post else None,
            "alternate": self.alternate.title if self.alternate else None,
            "called by": self.called_by.name if self.called_by else None,
        }

    def clean(self) -> None:
        super().clean()
        problems = {}
        if self.post_id is not None and self.post_id == self.alternate_id:
            problems["alternate"] = gettext("Nobody stands in for themselves: name another post.")
        if self.called_by is not None and self.called_by.plan_id != self.plan_id:
            problems["called_by"] = gettext("This role is another plan's.")
        if self.pk is not None and self.called_by_id == self.pk:
            problems["called_by"] = gettext("Nobody calls themselves.")
        if problems:
            raise ValidationError(problems)


def key_in(plan: Plan, code: str) -> str:
    """The key of a part of a plan: its code behind the plan's key."""
    return f"{plan.key}.{code}"


def hours(label: Any, **more: Any) -> models.FloatField[Any, Any]:
    return models.FloatField(label, validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)], **more)


class PlanTask(PartOfPlan, Keyed):
    """One thing to be done. It begins when all that it comes after are done, and takes between `low` and `high` hours,
    `likely` most often. With `process` its end is what brings that process back. Steps of a recovery plan name who
    approves them, how their success is verified, and the way back if it fails."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tasks", verbose_name=_("plan"))
    code = models.CharField(_("code"), max_length=40, validators=[check_code])
    position = models.PositiveIntegerField(_("position"), default=0)
    phase = models.CharField(_("phase"), max_length=20, choices=Phase, default=Phase.RESPONSE)
    title = models.CharField(_("task"), max_length=300)
    details = models.TextField(_("how"), blank=True, default="", max_length=8000)
    role = models.ForeignKey(
        PlanRole, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("responsible")
    )
    low = hours(_("takes at least (h)"))
    likely = hours(_("takes most often (h)"))
    high = hours(_("takes at most (h)"))
    basis = models.CharField(_("basis of the duration"), max_length=10, choices=BASIS_NAMES, default="assumed")
    source = models.CharField(_("source of the duration"), max_length=300, blank=True, default="")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    process = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brings back"),
        help_text=_("The process or application that works again once this is done."),
    )  # fmt: skip
    approval = models.ForeignKey(
        PlanRole, models.PROTECT, null=True, blank=True, related_name="approves", verbose_name=_("approved by"),
        help_text=_("Who has to agree before it begins."),
    )  # fmt: skip
    verification = models.TextField(_("how success is verified"), blank=True, default="", max_length=4000)
    way_back = models.TextField(_("the way back if it fails"), blank=True, default="", max_length=4000)

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("task of a plan")
        verbose_name_plural = _("tasks of plans")
        ordering: ClassVar[list[str]] = ["plan", "position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "code"], name="readiness_task_once"),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="readiness_task_phase"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def after(self) -> list[str]:
        """The codes of what it comes after."""
        return sorted(row.after.code for row in self.afters.all())

    def agreed(self) -> dict[str, Any]:
        return {
            "key": self.code,
            "name": f"{self.code} {self.title}",
            "phase": self.phase,
            "how": self.details,
            "responsible": self.role.name if self.role else None,
            "hours": f"{self.low:g} / {self.likely:g} / {self.high:g}",
            "basis": " ".join(filter(None, (self.basis, self.source))),
            "after": ", ".join(self.after),
            "place": self.site.name if self.site else None,
            "brings back": self.process.name if self.process else None,
            "claims": ", ".join(sorted(str(claim) for claim in self.claims.all())),
            "approved by": self.approval.name if self.approval else None,
            "verification": self.verification,
            "way back": self.way_back,
        }

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        figures = (self.low, self.likely, self.high)
        if None not in figures and not self.low <= self.likely <= self.high:
            problems["likely"] = gettext("Wanted: at least ≤ most often ≤ at most.")
        for name in ("role", "approval"):
            role = getattr(self, name)
            if role is not None and role.plan_id != self.plan_id:
                problems[name] = gettext("This role is another plan's.")
        if self.basis == "stated" and not self.source.strip():
            problems["source"] = gettext("A stated figure needs its source.")
        if problems:
            raise ValidationError(problems)


class TaskAfter(Row):
    """A task begins only when another is done."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("task__plan__unit",), site=("task__plan__site",))

    task = models.ForeignKey(PlanTask, models.PROTECT, related_name="afters", verbose_name=_("task"))
    after = models.ForeignKey(PlanTask, models.PROTECT, related_name="befores", verbose_name=_("comes after"))

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("order of tasks")
        verbose_name_plural = _("orders of tasks")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["task", "after"], name="readiness_after_once")
        ]

    def __str__(self) -> str:
        return f"{self.after.code} → {self.task.code}"

    @property
    def stable_key(self) -> str:
        return f"{self.task.stable_key} {self.after.code}"

    def clean(self) -> None:
        super().clean()
        if self.task.plan_id != self.after.plan_id:
            raise ValidationError({"after": gettext("This task is another plan's.")})


class TaskClaim(Row):
    """Places of a pool, or so much of a resource, that a task takes while it goes on."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("task__plan__unit",), site=("task__plan__site",))

    task = models.ForeignKey(PlanTask, models.PROTECT, related_name="claims", verbose_name=_("task"))
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pool"))
    node = models.ForeignKey(Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resource"))
    amount = models.FloatField(_("amount"), default=1.0, validators=[MinValueValidator(0.001)])

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("claim of a task")
        verbose_name_plural = _("claims of tasks")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(pool__isnull=True, node__isnull=False) | Q(pool__isnull=False, node__isnull=True),
                name="readiness_claim_pool_or_node",
            ),
            models.UniqueConstraint(fields=["task", "pool"], name="readiness_claim_pool_once"),
            models.UniqueConstraint(fields=["task", "node"], name="readiness_claim_node_once"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:g} × {self.pool or self.node}"

    @property
    def stable_key(self) -> str:
        claimed = self.pool or self.node
        return f"{self.task.stable_key} {claimed.key if claimed else ''}"

    def clean(self) -> None:
        super().clean()
        if (self.pool is None) == (self.node is None):
            raise ValidationError({"pool": gettext("A task claims places of a pool or a resource, one of the two.")})


__all__ = ["Phase", "PlanRole", "PlanTask", "TaskAfter", "TaskClaim", "key_in"]
