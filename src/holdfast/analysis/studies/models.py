"""Studies: a question to the model, and its answer once there is one."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY, may_somewhere
from holdfast.organization.jobs.leased import LeaseState
from holdfast.organization.jobs.models import Job
from holdfast.organization.rows import Keyed, Scope, Valid, ValidQuerySet, recorded


class Kind(models.TextChoices):
    WEAK_POINTS = "weak-points", _("weak points")
    MINIMAL_SETS = "minimal-sets", _("minimal sets")
    FEASIBILITY = "feasibility", _("feasibility")
    YEAR = "year", _("the year")
    CONTENTION = "contention", _("contention")
    ABSENCE = "absence", _("absence")
    RESTORATION = "restoration", _("what to restore first")
    BEST_BUY = "best-buy", _("the best buy")


class StudyQuerySet(ValidQuerySet):
    def answered(self) -> Self:
        return self.filter(answered_at__isnull=False)

    def lists(self) -> Self:
        """Without the answers, which can be long."""
        return self.select_related("author", "job").defer("answer")


class Study(Valid, Keyed):
    """A question of one kind put to the organisation as of a day.

    Everybody who may see the model sees it: what it names outside the reader's scope has no name there. The answer is
    what the command of the same name gives (docs/reference/command-line.md), and is written once.
    """

    SCOPE: ClassVar[Scope] = Scope("structure.view", owner="author")
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"answer"})

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, editable=False)
    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    question = models.JSONField(_("question"), default=dict, editable=False)
    as_of = models.DateField(_("as of"), editable=False)
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    answer = models.JSONField(_("answer"), null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)
    engine = models.CharField(_("version of the engine"), max_length=40, blank=True, default="", editable=False)
    input_hash = models.CharField(_("hash of the input"), max_length=64, blank=True, default="", editable=False)
    seconds = models.FloatField(_("seconds of computing"), null=True, blank=True, editable=False)

    history = recorded("answer")
    objects = StudyQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("study")
        verbose_name_plural = _("studies")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "-id"], name="analysis_study_newest")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="analysis_study_kind"),
        ]

    def __str__(self) -> str:
        kind = str(self.get_kind_display())
        return self.title or kind[:1].upper() + kind[1:]

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Whoever has the right to see the model somewhere sees all of them; changing one is for whoever asked."""
        if within is EVERY or not may_somewhere(user, permission):
            return within
        return EVERY if permission == cls.SCOPE.view else Q(author=user.pk)

    @property
    def is_open(self) -> bool:
        """Whether an answer may still come."""
        return self.answered_at is None and self.job is not None and not self.job.is_over

    @property
    def problem(self) -> str:
        """Why there will be no answer; empty where there is one, or one may come."""
        if self.answered_at is not None or self.is_open:
            return ""
        if self.job is None:
            return str(_("Nobody is at work on it any more."))
        if self.job.state == LeaseState.CANCELLED:
            return str(_("It was cancelled."))
        return self.job.error

    def as_question(self) -> dict[str, Any]:
        return {"kind": self.kind, "as_of": self.as_of.isoformat(), **self.question}


__all__ = ["Kind", "Study"]
