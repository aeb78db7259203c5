"""The register of corrective actions."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.notices.models import is_own_address
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, KeyedQuerySet, Scope, recorded
from holdfast.organization.structure.models import Person, Post

VIEW = declare("action.view", _("See corrective actions"), "AMFPHC.U own").name
EDIT = declare("action.edit", _("Raise, change and postpone corrective actions"), "AMF.H...").name
DO = declare("action.do", _("Begin corrective actions and report them done"), "AMFPH... own").name
VERIFY = declare("action.verify", _("Verify, cancel and reopen corrective actions"), "AM..H...").name


class OriginKind(models.TextChoices):
    EXERCISE = "exercise", _("exercise")
    INCIDENT = "incident", _("incident")
    AUDIT = "audit", _("audit")
    MANAGEMENT_REVIEW = "management_review", _("management review")
    RISK_ASSESSMENT = "risk_assessment", _("risk assessment")
    IMPACT_ANALYSIS = "impact_analysis", _("impact analysis")
    STRATEGY = "strategy", _("strategy")
    PLAN = "plan", _("plan")
    TRAINING = "training", _("training")
    MEETING = "meeting", _("meeting")
    REPORT = "report", _("report")
    OBSERVATION = "observation", _("observation")


class Grade(models.TextChoices):
    MAJOR = "major", _("major nonconformity")
    MINOR = "minor", _("minor nonconformity")
    IMPROVEMENT = "improvement", _("improvement")


class ActionState(models.TextChoices):
    OPEN = "open", _("open")
    IN_PROGRESS = "in_progress", _("in progress")
    DONE = "done", _("done, to be verified")
    CLOSED = "closed", _("verified and closed")
    CANCELLED = "cancelled", _("cancelled")


TO_DO = frozenset({ActionState.OPEN, ActionState.IN_PROGRESS})
"""Somebody has to do it."""
UNDER_WAY = TO_DO | {ActionState.DONE}
"""Not over yet: also what is done has to be verified."""


class ActionQuerySet(KeyedQuerySet):
    def to_do(self) -> Self:
        return self.filter(state__in=TO_DO)

    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def late(self, on: date) -> Self:
        """What should have been done before this day."""
        return self.to_do().filter(due__lt=on)

    def late_first(self, on: date) -> Self:
        """With `rank`: 0 late, 1 to do, 2 to be verified, 3 over."""
        return self.annotate(
            rank=models.Case(
                models.When(state__in=TO_DO, due__lt=on, then=0),
                models.When(state__in=TO_DO, then=1),
                models.When(state=ActionState.DONE, then=2),
                default=3,
                output_field=models.SmallIntegerField(),
            )
        )


class CorrectiveAction(Described, Keyed):
    """What is to be put right: found by what, done by whom until when, how it was proved.

    What found it (an exercise, an audit) is named as text, and holds the key of the action itself. `owner_person` or
    `owner_post` does it; `doer` is the account of that person, or of who holds that post today.
    """

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",), owner="doer")

    title = models.CharField(_("what is to be done"), max_length=300)
    finding = models.TextField(_("what was found"), blank=True, default="")
    cause = models.TextField(_("why it came to be"), blank=True, default="")
    grade = models.CharField(_("grade"), max_length=20, choices=Grade, default=Grade.IMPROVEMENT)
    origin_kind = models.CharField(_("found by"), max_length=20, choices=OriginKind, default=OriginKind.OBSERVATION)
    origin_title = models.CharField(
        _("found by which"), max_length=300, blank=True, default="", help_text=_("The exercise, audit or meeting.")
    )
    origin_address = models.CharField(
        _("page of what found it"), max_length=300, blank=True, default="", help_text=_("Begins with /.")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("unit")
    )
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("site")
    )
    owner_person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("owner (person)")
    )
    owner_post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("owner (post)")
    )
    doer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("account")
    )
    found_on = models.DateField(_("found on"), default=clock.today)
    due = models.DateField(_("due"))
    first_due = models.DateField(_("first due"), null=True, blank=True, help_text=_("Before it was postponed."))
    state = models.CharField(_("state"), max_length=20, choices=ActionState, default=ActionState.OPEN)
    proof = models.TextField(_("proof that it is done"), blank=True, default="")
    proof_files = models.JSONField(_("files that prove it"), default=list, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("reported by")
    )
    effect = models.TextField(_("how it was verified"), blank=True, default="")
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("closed by")
    )
    cancel_reason = models.TextField(_("why it was cancelled"), blank=True, default="")

    history = recorded()
    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=ActionState.values), name="governance_action_state"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="governance_action_grade"),
            models.CheckConstraint(condition=Q(origin_kind__in=OriginKind.values), name="governance_action_origin"),
            models.CheckConstraint(
                condition=Q(owner_person__isnull=False, owner_post__isnull=True)
                | Q(owner_person__isnull=True, owner_post__isnull=False),
                name="governance_action_one_owner",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "closed"]) | (~Q(proof="") & Q(done_on__isnull=False)),
                name="governance_action_proved",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "due"], name="governance_action_due")]

    def __str__(self) -> str:
        return self.title

    @property
    def owner(self) -> Person | Post | None:
        return self.owner_person or self.owner_post

    @property
    def source(self) -> str:
        """What its notices are raised by."""
        return f"action:{self.key}"

    @property
    def files(self) -> tuple[str, ...]:
        """The keys of the evidence files that prove it."""
        return tuple(self.proof_files)

    @property
    def address(self) -> str:
        """The path of its page, for notices."""
        return f"/governance/actions/{self.key}/"

    def is_late(self, on: date) -> bool:
        return self.state in TO_DO and self.due < on

    def days_late(self, on: date) -> int:
        """Whole days since it was due, for what is still to be done; else 0."""
        return (on - self.due).days if self.is_late(on) else 0

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if (self.owner_person is None) == (self.owner_post is None):
            problems["owner_post"] = gettext("Wanted a person or a post, and not both.")
        if self.unit is None and self.site is None:
            problems["unit"] = gettext("Wanted the unit or the site where it is to be put right.")
        if self.found_on and self.due and self.due < self.found_on:
            problems["due"] = gettext("It cannot be due before it was found.")
        if self.origin_address and not is_own_address(self.origin_address):
            problems["origin_address"] = gettext("Wanted the address of a page of this installation.")
        if not isinstance(self.proof_files, list) or not all(isinstance(key, str) and key for key in self.proof_files):
            problems["proof_files"] = gettext("Wanted a list of keys.")
        if self.state in (ActionState.DONE, ActionState.CLOSED):
            if not self.proof.strip():
                problems["proof"] = gettext("Say what proves that it is done.")
            if self.done_on is None:
                problems["done_on"] = gettext("Say when it was done.")
        if self.done_on and self.found_on and self.done_on < self.found_on:
            problems["done_on"] = gettext("It cannot be done before it was found.")
        if self.state == ActionState.CLOSED:
            if not self.effect.strip():
                problems["effect"] = gettext("Say how it was verified.")
            if self.closed_on is None or (self.done_on is not None and self.closed_on < self.done_on):
                problems["closed_on"] = gettext("Wanted a day on or after the day on which it was done.")
        if self.state == ActionState.CANCELLED and not self.cancel_reason.strip():
            problems["cancel_reason"] = gettext("Say why it is cancelled.")
        if problems:
            raise ValidationError(problems)


__all__ = ["CorrectiveAction"]
