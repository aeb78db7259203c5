"""Notices, and what each reader has done with them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.notices.kinds import KINDS
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import PERMISSIONS, declare
from holdfast.organization.accounts.scope import EVERY, NONE, within
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Row, Scope, recorded

VIEW = declare("notice.view", _("See what waits for whom"), "AM.....U own").name
OWN = declare("notice.own", _("Read and put away one's own notices, choose one's digest"), "........ own").name


class NoticeState(models.TextChoices):
    OPEN = "open", _("open")
    SETTLED = "settled", _("settled")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def open(self) -> Self:
        return self.filter(state=NoticeState.OPEN)

    def of_source(self, source: str) -> Self:
        """What one thing has raised."""
        return self.filter(source=source)

    def for_reader(self, user: User) -> Self:
        """What is addressed to this user: by name, or by a right that the user has on the notice's unit or site."""
        return self.filter(addressed_to(user))

    def inbox(self, user: User, on: date) -> Self:
        """What waits for this user on this day: one query, whichever rooms raised it. The most urgent first."""
        away = NoticeMark.objects.filter(notice=OuterRef("pk"), user=user, put_away_at__isnull=False)
        read = NoticeMark.objects.filter(notice=OuterRef("pk"), user=user)
        shown = Q(shown_from__isnull=True) | Q(shown_from__lte=on)
        return (
            self.open()
            .for_reader(user)
            .filter(shown)
            .exclude(Exists(away))
            .annotate(is_read=Exists(read))
            .order_by(models.F("due").asc(nulls_last=True), "-pk")
        )


class Notice(Row):
    """One thing that is due or wanted, of a person or of all who have a right there.

    The thing itself is named by `source` ("action:KEY"), `title` and `address`, all as text: whatever raises notices
    stands in a higher room, and holds what it needs to settle them.
    """

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",), owner="user")

    kind = models.CharField(_("what is wanted"), max_length=60)
    title = models.CharField(_("title"), max_length=300)
    address = models.CharField(_("address"), max_length=300, help_text=_("The page where it is done: /inbox/."))
    words = models.TextField(_("more about it"), blank=True, default="")
    source = models.CharField(_("raised by"), max_length=200)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("for the account")
    )
    permission = models.CharField(_("for all with this right there"), max_length=60, blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site"))
    due = models.DateField(_("due"), null=True, blank=True)
    shown_from = models.DateField(_("shown from"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=NoticeState, default=NoticeState.OPEN)
    raised_at = models.DateTimeField(_("raised"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    history = recorded()
    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="governance_notice_state"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, permission="") | (Q(user__isnull=True) & ~Q(permission="")),
                name="governance_notice_one_reader",
            ),
            models.UniqueConstraint(
                fields=["source", "kind", "user"],
                condition=Q(state="open", user__isnull=False),
                name="governance_notice_user_once",
            ),
            models.UniqueConstraint(
                fields=["source", "kind", "permission"],
                condition=Q(state="open", user__isnull=True),
                name="governance_notice_right_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due"], name="governance_notice_due"),
            models.Index(fields=["source"], name="governance_notice_source"),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """One's own are those addressed to one by name or by right."""
        if within is EVERY or permission not in (VIEW, OWN):
            return within
        return addressed_to(user) if within is NONE else within | addressed_to(user)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.kind not in KINDS:
            problems["kind"] = gettext("There is no kind of notice “%(kind)s”.") % {"kind": self.kind}
        if not is_own_address(self.address):
            problems["address"] = gettext("Wanted the address of a page of this installation: /inbox/.")
        if (self.user_id is None and self.user is None) == (not self.permission):
            problems["user"] = gettext("Wanted an account or a right, and not both.")
        if self.permission and self.permission not in PERMISSIONS:
            problems["permission"] = gettext("There is no right “%(name)s”.") % {"name": self.permission}
        if problems:
            raise ValidationError(problems)

    @property
    def label(self) -> str:
        """What is wanted, in the reader's language."""
        return str(KINDS[self.kind].label) if self.kind in KINDS else self.kind

    @property
    def informs(self) -> bool:
        """Whether it asks for nothing, so that its reader may put it away."""
        return self.kind not in KINDS or KINDS[self.kind].informs

    def is_late(self, on: date) -> bool:
        return self.state == NoticeState.OPEN and self.due is not None and self.due < on


class NoticeMark(Row):
    """That a reader has read a notice, and put it away: each reader of a notice for many has a mark of their own."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("notice__unit",), site=("notice__site",), owner="user")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="marks", verbose_name=_("notice"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("reader"))
    read_at = models.DateTimeField(_("read"))
    put_away_at = models.DateTimeField(_("put away"), null=True, blank=True)

    history = recorded()

    class Meta:
        verbose_name = _("mark of a reader")
        verbose_name_plural = _("marks of readers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "user"], name="governance_noticemark_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice}, {self.user}"


class Digest(models.TextChoices):
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every Monday")
    NEVER = "never", _("never")


class DigestChoice(Row):
    """How often somebody is told by e-mail what waits. Who has chosen nothing is told every day."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, owner="user")

    user = models.OneToOneField(User, models.PROTECT, related_name="digest", verbose_name=_("account"))
    digest = models.CharField(_("e-mail"), max_length=10, choices=Digest, default=Digest.DAILY)

    history = recorded()

    class Meta:
        verbose_name = _("choice of the digest")
        verbose_name_plural = _("choices of the digest")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(digest__in=Digest.values), name="governance_digest_known")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_digest_display()}"


class DigestTold(models.Model):
    """When somebody was last told, so that nobody is told twice. It is no history."""

    user = models.OneToOneField(User, models.CASCADE, related_name="told", primary_key=True)
    on = models.DateField()

    def __str__(self) -> str:
        return f"{self.user}: {self.on}"


def addressed_to(user: User) -> Q:
    """The condition that a notice is for this user. Rights that the same grants give share one condition, so that it
    stays short however many rights there are."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for name, held in PERMISSIONS.items():
        grants = tuple(grant for grant in user.granted if grant.role in held.roles)
        if held.everyone or grants:
            alike.setdefault((held.everyone, *grants), []).append(name)
    found = Q(user=user.pk)
    for names in alike.values():
        found |= Q(permission__in=names) & within(Notice, user, names[0])
    return found


def is_own_address(address: str) -> bool:
    """Whether this is the path of a page here, and leads nowhere else."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isprintable()
        and "\\" not in address
        and not any(sign.isspace() for sign in address)
    )


__all__ = ["DigestChoice", "DigestTold", "Notice", "NoticeMark"]
