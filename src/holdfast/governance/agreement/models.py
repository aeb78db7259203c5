"""What is being agreed, or was: one row for each version of each thing, with its reviews and what was said.

The thing (a policy, an assessment, a plan) holds the key to its agreement, so that inbox, scope and due list are one
question each, whatever is agreed.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Row, Scope, recorded
from holdfast.organization.structure.models import Group, Holding, Post, SeatHolding

VIEW = declare("agreement.view", _("See what is being agreed"), "AMFPHC.U own").name
TAKE_PART = declare("agreement.take_part", _("Comment, review and decide where one is named"), "........ all").name
RECORD = declare("agreement.record", _("Enter the decision of a body or a post"), "AM......").name


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    APPROVED = "approved", _("approved")
    SUPERSEDED = "superseded", _("superseded")


OPEN = frozenset({State.DRAFT, State.IN_REVIEW})
"""The states of what is still being worked on."""
DECIDED = frozenset({State.APPROVED, State.SUPERSEDED})
CHAIRS = ("chair", "alternate_chair")
"""The seats whose holders decide for a body."""


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def awaited(self) -> Self:
        """What waits for anybody: in review, or returned and not submitted again. Whose turn it is: turns.py."""
        rows = self.filter(Q(state=State.IN_REVIEW) | Q(state=State.DRAFT, returned_at__isnull=False))
        return rows.select_related("author", "submitted_by", "approver")

    def concerning(self, user: User, on: date) -> Self:
        """Those in which the user is named: as author, reviewer or approver."""
        reviewed = Review.objects.filter(reviewer=user).values("agreement")
        named = Q(approver=user) | Q(approver_post__in=held_posts(user, on)) | Q(approver_body__in=bodies_of(user, on))
        return self.filter(_written_by(user) | named | Q(pk__in=reviewed))

    def in_line(self, agreement: Agreement) -> Self:
        """All versions of the same thing, the last first."""
        return self.filter(kind=agreement.kind, line=agreement.line).order_by("-number")

    def overdue(self, on: date) -> Self:
        """What should have been decided before this day."""
        return self.filter(state=State.IN_REVIEW, due__lt=on)


class Agreement(Row):
    """How one version of a thing is agreed.

    `kind` and `key` name the thing, `title`, `number` and `address` show it without asking it. `line` is the key of its
    first version, the same for all. From the submission on, `record` holds the thing as JSON and `digest` the SHA-256
    of it: what was read is what is approved. The approver is one user, a post or a body.
    """

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site", "unit__site"), owner="author")

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("key of the thing"), max_length=120)
    line = models.CharField(_("line of versions"), max_length=120)
    number = models.PositiveIntegerField(_("number"), default=1)
    title = models.CharField(_("title"), max_length=300)
    address = models.CharField(_("address"), max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author"))
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next", verbose_name=_("version before")
    )
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    due = models.DateField(_("wanted by"), null=True, blank=True)
    approver = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approver")
    )
    approver_post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approving post")
    )
    approver_body = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approving body")
    )
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decision entered by")
    )
    decided_at = models.DateTimeField(_("decision entered"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_until = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("The first day without it.")
    )
    reason = models.TextField(_("reason"), blank=True, default="")
    record = models.JSONField(_("as submitted"), null=True, blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    writers = models.JSONField(_("written by"), default=list, blank=True, editable=False)
    """The ids of the accounts that made, changed or submitted this version, from its submission on."""

    history = recorded("record", "writers")
    objects = AgreementQuerySet.as_manager()
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"record", "writers"})

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due"], name="governance_agreement_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="governance_agreement_state"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN)
                | Q(decided_on__isnull=False, decided_at__isnull=False, in_force_from__isnull=False),
                name="governance_agreement_decided",
            ),
            models.CheckConstraint(
                condition=Q(in_force_until=None) | Q(in_force_from__lte=F("in_force_until")),
                name="governance_agreement_dates_in_order",
            ),
            models.UniqueConstraint(fields=["kind", "key"], name="governance_agreement_key"),
            models.UniqueConstraint(fields=["kind", "line", "number"], name="governance_agreement_number"),
            models.UniqueConstraint(
                fields=["kind", "line"], condition=Q(state__in=OPEN), name="governance_agreement_one_open"
            ),
            models.UniqueConstraint(
                fields=["kind", "line"], condition=Q(state=State.APPROVED), name="governance_agreement_one_approved"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stable_key(self) -> str:
        return f"{self.kind}:{self.key}"

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def in_review(self) -> bool:
        return self.state == State.IN_REVIEW

    @property
    def is_decided(self) -> bool:
        return self.state in DECIDED

    @property
    def approves(self) -> User | Post | Group | None:
        """Whose decision it is."""
        return self.approver_body or self.approver_post or self.approver

    def in_force_on(self, on: date) -> bool:
        """Whether this version was, or is, in force on this day."""
        return (
            self.state in DECIDED
            and self.in_force_from is not None
            and self.in_force_from <= on
            and (self.in_force_until is None or on < self.in_force_until)
        )

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Who is named in it sees it, whatever the roles."""
        if permission != VIEW or within is EVERY:
            return within
        return within | Q(pk__in=named_in(user))

    def clean(self) -> None:
        super().clean()
        named = [one for one in (self.approver_id, self.approver_post_id, self.approver_body_id) if one is not None]
        if len(named) > 1:
            raise ValidationError({"approver": gettext("The approver is one user, one post or one body.")})


class Verdict(models.TextChoices):
    AGREES = "agrees", _("agrees")
    WANTS_CHANGES = "wants_changes", _("wants changes")


class Review(Row):
    """A review asked of somebody, and the answer."""

    SCOPE: ClassVar[Scope] = Scope(
        VIEW, unit=("agreement__unit",), site=("agreement__site", "agreement__unit__site"), owner="reviewer"
    )

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="reviews", verbose_name=_("agreement"))
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("reviewer"))
    asked_at = models.DateTimeField(_("asked"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    verdict = models.CharField(_("answer"), max_length=15, choices=Verdict, blank=True, default="")

    history = recorded()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(answered_at=None, verdict="") | Q(answered_at__isnull=False, verdict__in=Verdict.values),
                name="governance_review_answered",
            ),
            models.UniqueConstraint(fields=["agreement", "reviewer"], name="governance_review_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.reviewer}"


class RemarkKind(models.TextChoices):
    COMMENT = "comment", _("comment")
    SUBMITTED = "submitted", _("submitted")
    REVIEWED = "reviewed", _("reviewed")
    RETURNED = "returned", _("returned")
    DECIDED = "decided", _("decided")
    SUPERSEDED = "superseded", _("superseded")


class Remark(Row):
    """What was said about an agreement, and when; nothing is taken back."""

    SCOPE: ClassVar[Scope] = Scope(
        VIEW, unit=("agreement__unit",), site=("agreement__site", "agreement__unit__site"), owner="by"
    )

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="remarks", verbose_name=_("agreement"))
    kind = models.CharField(_("kind"), max_length=12, choices=RemarkKind, default=RemarkKind.COMMENT)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    system = models.CharField(_("by the system"), max_length=100, blank=True, default="")
    at = models.DateTimeField(_("at"))
    text = models.TextField(_("text"), blank=True, default="")

    history = recorded()

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return self.text[:80] or str(self.get_kind_display())


def held_posts(user: User, on: date) -> models.QuerySet[Holding, Any]:
    """The ids of the posts that the user holds on this day."""
    return Holding.objects.as_of(on).filter(person__user=user).values("post")


def bodies_of(user: User, on: date, **seat: object) -> models.QuerySet[SeatHolding, Any]:
    """The ids of the bodies in which the user sits, or stands in, on this day, by person or by post."""
    sits = Q(person__user=user) | Q(post__in=held_posts(user, on))
    return SeatHolding.objects.as_of(on).filter(sits, **seat).values("seat__group")


def named_in(user: User) -> models.QuerySet[Agreement, Any]:
    """The ids of the agreements in which the user is named today."""
    return Agreement.objects.concerning(user, clock.today()).values("pk")


def _written_by(user: User) -> Q:
    return Q(author=user) | Q(submitted_by=user)


__all__ = ["Agreement", "Remark", "Review"]
