"""What keeps a plan true: tests, attestations, and who was given a copy of which version."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.models import held_posts
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.rows import recorded
from holdfast.organization.structure.models import Post
from holdfast.readiness.plans.models.plans import PartOfPlan, Plan


class TestKind(models.TextChoices):
    DISCUSSION = "discussion", _("discussion")
    TABLETOP = "tabletop", _("tabletop")
    CALL_TREE = "call_tree", _("call tree")
    FUNCTIONAL = "functional", _("functional")
    FULL = "full", _("full")


class PlanTest(PartOfPlan):
    """A plan was tried out: what of it, on which day, and whether it held (A/63/359, 26). It counts until `until`, for
    this version and for later ones whose tasks are the same."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tests", verbose_name=_("plan"))
    on = models.DateField(_("on"))
    kind = models.CharField(_("kind"), max_length=12, choices=TestKind, default=TestKind.TABLETOP)
    held = models.BooleanField(_("the plan held"), default=False)
    what = models.TextField(_("what was tested, by whom"), max_length=4000)
    found = models.TextField(_("what was found"), blank=True, default="", max_length=4000)
    until = models.DateField(_("counts until"), help_text=_("The first day on which it counts no more."))

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("test of a plan")
        verbose_name_plural = _("tests of plans")
        ordering: ClassVar[list[str]] = ["plan", "on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=TestKind.values), name="readiness_test_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.get_kind_display()}, {self.on}"

    def counts_on(self, on: date) -> bool:
        return self.held and self.on <= on < self.until

    def clean(self) -> None:
        super().clean()
        problems = {}
        if self.on and self.on > clock.today():
            problems["on"] = gettext("This day lies ahead.")
        if self.on and self.until and self.until <= self.on:
            problems["until"] = gettext("The end has to be later than the start.")
        if not self.what.strip():
            problems["what"] = gettext("Say what was tested.")
        if problems:
            raise ValidationError(problems)


class Attestation(PartOfPlan):
    """The owner says that the plan is true as it stands: the next review is due from this day on."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="attestations", verbose_name=_("plan"))
    on = models.DateField(_("on"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("as"))
    said = models.TextField(_("what was looked at"), blank=True, default="", max_length=4000)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("attestation of a plan")
        verbose_name_plural = _("attestations of plans")
        ordering: ClassVar[list[str]] = ["plan", "on", "pk"]

    def __str__(self) -> str:
        return f"{self.plan}, {self.on}"


class CopyForm(models.TextChoices):
    PAGE = "page", _("on its page")
    PAPER = "paper", _("on paper")
    CARD = "card", _("as a wallet card")
    FILE = "file", _("as a file")


class PlanCopy(PartOfPlan):
    """A post was given a copy of this version, and whoever held it said that it came."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="copies", verbose_name=_("plan"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="plan_copies", verbose_name=_("post"))
    form = models.CharField(_("form"), max_length=10, choices=CopyForm, default=CopyForm.PAGE)
    given_on = models.DateField(_("given on"))
    received_on = models.DateField(_("received on"), null=True, blank=True)
    received_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("received by")
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("copy of a plan")
        verbose_name_plural = _("copies of plans")
        ordering: ClassVar[list[str]] = ["plan", "post", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(form__in=CopyForm.values), name="readiness_copy_form"),
            models.UniqueConstraint(fields=["plan", "post", "form"], name="readiness_copy_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.post}"

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Whoever holds the post sees the copies that went to it, whatever the roles."""
        if permission != cls.SCOPE.view or within is EVERY:
            return within
        return within | Q(post__in=held_posts(user, clock.today()))


__all__ = ["Attestation", "CopyForm", "PlanCopy", "PlanTest", "TestKind"]
