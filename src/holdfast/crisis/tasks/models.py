"""Plans under way, their tasks, and what was given out of pools.

Times are by the clock of the incident; durations are hours. What a task took over from the plan (durations, order,
words) is copied at activation: the day goes by the version that was activated, whatever becomes of the plan.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.decisions.models import Activation
from holdfast.crisis.incidents.models import Incident, PartOfIncident
from holdfast.crisis.rights import VIEW
from holdfast.crisis.tasks.rights import TASK
from holdfast.governance.agreement.models import held_posts
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Keyed, KeyedQuerySet, recorded
from holdfast.organization.structure.models import Node, Person, Pool, Post
from holdfast.readiness.plans.graph import Work
from holdfast.readiness.plans.models import Plan, PlanTask


class RunState(models.TextChoices):
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    STOOD_DOWN = "stood_down", _("stood down")


class PlanRun(PartOfIncident, Keyed):
    """A plan under way in an incident. `within`: the plan along with which it began."""

    NAMES_ITSELF: ClassVar[bool] = True

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="plan_runs", verbose_name=_("incident"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="runs", verbose_name=_("plan"))
    activation = models.ForeignKey(
        Activation, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("activation"),
        help_text=_("Empty where the plan was set under way by itself."),
    )  # fmt: skip
    within = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("began along with")
    )
    began_at = models.DateTimeField(_("began at"))
    state = models.CharField(_("state"), max_length=12, choices=RunState, default=RunState.RUNNING)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan under way")
        verbose_name_plural = _("plans under way")
        ordering: ClassVar[list[str]] = ["incident", "began_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="crisis_planrun_state"),
            models.UniqueConstraint(
                fields=["incident", "plan"], condition=Q(state=RunState.RUNNING), name="crisis_planrun_once"
            ),
        ]

    def __str__(self) -> str:
        return self.plan.title

    def hours(self, at: datetime) -> float:
        """Hours from its activation."""
        return (at - self.began_at).total_seconds() / 3600

    def at(self, hours: float) -> datetime:
        return self.began_at + timedelta(hours=hours)


class TaskState(models.TextChoices):
    WAITING = "waiting", _("waiting for others")
    READY = "ready", _("ready, nobody has it")
    ASSIGNED = "assigned", _("assigned")
    ACCEPTED = "accepted", _("accepted")
    DOING = "doing", _("being done")
    BLOCKED = "blocked", _("blocked")
    DONE = "done", _("done")
    NOT_NEEDED = "not_needed", _("not needed")
    STOOD_DOWN = "stood_down", _("stood down")


ENDED = (TaskState.DONE, TaskState.NOT_NEEDED, TaskState.STOOD_DOWN)


class ActiveTaskQuerySet(KeyedQuerySet):
    def open(self) -> ActiveTaskQuerySet:
        return self.exclude(state__in=ENDED)

    def of_user(self, user: User, on: date) -> ActiveTaskQuerySet:
        """The tasks that are for this account to do, and the steps that it may let begin."""
        return self.filter(_own(user, on))


class ActiveTask(PartOfIncident, Keyed):
    """A task of a plan under way, or one beside the plans (`run` empty). Its owner is a person; `post` and `alternate`
    are those of the role, whose holders may act too. A step with an `approver` begins only when that one has agreed."""

    NAMES_ITSELF: ClassVar[bool] = True

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="tasks", verbose_name=_("incident"))
    run = models.ForeignKey(
        PlanRun, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("plan under way")
    )
    task = models.ForeignKey(
        PlanTask, models.PROTECT, null=True, blank=True, related_name="active", verbose_name=_("task of the plan")
    )
    code = models.CharField(_("code"), max_length=40)
    position = models.PositiveIntegerField(_("position"), default=0)
    title = models.CharField(_("task"), max_length=300)
    details = models.TextField(_("how"), blank=True, default="", max_length=8000)
    role = models.CharField(_("role"), max_length=200, blank=True, default="")
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post"))
    alternate = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("alternate")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="active_tasks", verbose_name=_("done by")
    )
    cannot = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("could not do it")
    )
    low = models.FloatField(_("takes at least (h)"), default=0.0, validators=[MinValueValidator(0)])
    likely = models.FloatField(_("takes most often (h)"), default=0.0, validators=[MinValueValidator(0)])
    high = models.FloatField(_("takes at most (h)"), default=0.0, validators=[MinValueValidator(0)])
    after = models.JSONField(_("comes after"), default=list, blank=True)
    planned_start = models.FloatField(_("planned to begin (h from activation)"), null=True, blank=True)
    planned_finish = models.FloatField(_("planned to end (h from activation)"), null=True, blank=True)
    due = models.DateTimeField(_("due"))
    process = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brings back")
    )
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    approver = models.CharField(_("approved by (role)"), max_length=200, blank=True, default="")
    approver_post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approver_alternate = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("alternate of the approver")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approval entered by")
    )
    verification = models.TextField(_("how success is verified"), blank=True, default="", max_length=4000)
    verified = models.TextField(_("what the verification found"), blank=True, default="", max_length=4000)
    way_back = models.TextField(_("the way back if it fails"), blank=True, default="", max_length=4000)
    failures = models.PositiveIntegerField(_("failed so often"), default=0)

    state = models.CharField(_("state"), max_length=12, choices=TaskState, default=TaskState.WAITING)
    why = models.TextField(_("why it is so"), blank=True, default="", max_length=4000)
    helps = models.TextField(_("what would help"), blank=True, default="", max_length=4000)
    blocked_at = models.DateTimeField(_("blocked since"), null=True, blank=True)
    ready_at = models.DateTimeField(_("could begin at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    first_at = models.DateTimeField(_("first begun at"), null=True, blank=True)
    started_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    done_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    history = recorded()
    objects = ActiveTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task under way")
        verbose_name_plural = _("tasks under way")
        ordering: ClassVar[list[str]] = ["incident", "run", "position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="crisis_activetask_state"),
            models.UniqueConstraint(fields=["run", "code"], name="crisis_activetask_code_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["incident", "state"], name="crisis_activetask_state_idx"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """One's own tasks, whatever the roles: to see, and to do."""
        if permission not in (VIEW, TASK) or within is EVERY:
            return within
        return within | _own(user, clock.today())

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def awaits_approval(self) -> bool:
        return bool(self.approver) and self.approved_at is None and self.is_open

    @property
    def work(self) -> Work:
        return Work(self.code, self.low, self.likely, self.high, tuple(self.after))

    @property
    def measured_hours(self) -> float | None:
        """From the first beginning to the end, failures and waits in between included; None where nobody said when it
        was begun."""
        begun = self.first_at or self.started_at
        if self.state != TaskState.DONE or begun is None or self.done_at is None:
            return None
        return (self.done_at - begun).total_seconds() / 3600

    def is_late(self, now: datetime) -> bool:
        return self.is_open and self.due < now

    def clean(self) -> None:
        super().clean()
        if not self.low <= self.likely <= self.high:
            raise ValidationError({"likely": gettext("Wanted: at least ≤ most often ≤ at most.")})


def _own(user: User, on: date) -> Q:
    held = held_posts(user, on)
    posts = Q(post__in=held) | Q(alternate__in=held) | Q(approver_post__in=held) | Q(approver_alternate__in=held)
    return Q(owner__user=user) | Q(cannot__user=user) | posts


class Given(PartOfIncident):
    """So many places of a pool that are really given out: to a process, a unit, a task or a person, from when until
    when. `until` is what was agreed, `ended_at` when they came back. `reason` says why more was given than there is."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="given", verbose_name=_("incident"))
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="given", verbose_name=_("pool"))
    amount = models.FloatField(_("how many"), validators=[MinValueValidator(0.001)])
    process = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for the process")
    )
    task = models.ForeignKey(
        ActiveTask, models.PROTECT, null=True, blank=True, related_name="given", verbose_name=_("for the task")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for the unit")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for the person")
    )
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("given back at"), null=True, blank=True)
    reason = models.TextField(_("why more than there is"), blank=True, default="", max_length=4000)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("places given out")
        verbose_name_plural = _("places given out")
        ordering: ClassVar[list[str]] = ["incident", "pool", "since", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(process__isnull=False)
                | Q(task__isnull=False)
                | Q(unit__isnull=False)
                | Q(person__isnull=False),
                name="crisis_given_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:g} × {self.pool} → {self.to}"

    @property
    def to(self) -> Any:
        return self.task or self.process or self.unit or self.person

    @property
    def ends(self) -> datetime | None:
        return self.ended_at or self.until

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.to is None:
            problems["process"] = gettext("Say for whom: a process, a task, a unit or a person.")
        if self.until is not None and self.since is not None and self.until <= self.since:
            problems["until"] = gettext("The end has to be later than the start.")
        if problems:
            raise ValidationError(problems)


__all__ = ["ENDED", "ActiveTask", "Given", "PlanRun", "RunState", "TaskState"]
