"""Situation reports; who is sent the heads of the logs, and what was sent."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident, PartOfIncident
from holdfast.crisis.log.models import Log
from holdfast.crisis.rights import VIEW
from holdfast.organization.accounts.models import User
from holdfast.organization.rows import Row, Scope, recorded
from holdfast.organization.structure.models import Post

WORDS = ("situation", "decisions", "actions", "needs", "following")
"""The sections that the chair writes, in their order."""


class ReportState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ISSUED = "issued", _("issued")


class SituationReport(PartOfIncident):
    """How an incident stood at a moment of its own clock: `data` by part as it was gathered then, with the words of the
    chair. While it is a draft, data are gathered anew and words changed; once issued it is frozen, with the length and
    the head of the log as they were, and the log holds the hash of its content (`digest`)."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="situation_reports", verbose_name=_("incident"))
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.DRAFT)
    moment = models.DateTimeField(_("as of, by the clock of the incident"))
    made_at = models.DateTimeField(_("data gathered at"))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("drafted by")
    )
    picture = models.PositiveIntegerField(_("number of the picture"), null=True, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    situation = models.TextField(_("situation"), blank=True, default="", max_length=8000)
    decisions = models.TextField(_("decisions"), blank=True, default="", max_length=8000)
    actions = models.TextField(_("actions"), blank=True, default="", max_length=8000)
    needs = models.TextField(_("needs"), blank=True, default="", max_length=8000)
    following = models.TextField(_("what comes next"), blank=True, default="", max_length=8000)
    next_at = models.DateTimeField(_("next report at"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("issued by")
    )
    log_length = models.PositiveIntegerField(_("entries of the log"), default=0)
    log_head = models.CharField(_("head of the log"), max_length=64, blank=True, default="")
    digest = models.CharField(_("hash of its content"), max_length=64, blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("situation report")
        verbose_name_plural = _("situation reports")
        ordering: ClassVar[list[str]] = ["incident", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_report_number_once"),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state=ReportState.DRAFT), name="crisis_report_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.DRAFT, issued_at=None)
                | Q(state=ReportState.ISSUED, issued_at__isnull=False),
                name="crisis_report_issued_at",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Situation report %(n)s") % {"n": self.number}

    @property
    def is_issued(self) -> bool:
        return self.state == ReportState.ISSUED

    @property
    def words(self) -> list[tuple[str, str, str]]:
        """Name, label and text of each section that the chair wrote."""
        found = []
        for name in WORDS:
            label = str(self._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found.append((name, label[:1].upper() + label[1:], str(getattr(self, name))))
        return found

    def before(self) -> SituationReport | None:
        """The issued report before this one."""
        rows = SituationReport.objects.filter(incident=self.incident_id, state=ReportState.ISSUED)
        return rows.filter(number__lt=self.number).order_by("-number").first()


class HeadReader(Row):
    """Who is sent the heads of the logs, so that they are kept elsewhere: whoever holds a post, or an address."""

    SCOPE: ClassVar[Scope] = Scope(VIEW)

    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post"))
    address = models.EmailField(_("e-mail address"), blank=True, default="")
    note = models.CharField(_("why"), max_length=300, blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("reader of the heads of logs")
        verbose_name_plural = _("readers of the heads of logs")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(post__isnull=False, address="") | (Q(post=None) & ~Q(address="")),
                name="crisis_headreader_post_or_address",
            ),
            models.UniqueConstraint(
                fields=["post"], condition=Q(post__isnull=False), name="crisis_headreader_post_once"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=~Q(address=""), name="crisis_headreader_address_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.post) if self.post is not None else self.address

    def clean(self) -> None:
        super().clean()
        if (self.post_id is None) == (not self.address):
            raise ValidationError({"address": gettext("Wanted a post or an address, one of the two.")})


class HeadSent(models.Model):
    """A head that was sent to an address: so that it is not sent twice, and one knows where to look."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="heads_sent", verbose_name=_("log"))
    address = models.EmailField(_("e-mail address"))
    length = models.PositiveIntegerField(_("entries"))
    head = models.CharField(_("head"), max_length=64)
    sent_at = models.DateTimeField(_("sent at"))
    final = models.BooleanField(_("at closing"), default=False)

    class Meta:
        verbose_name = _("head that was sent")
        verbose_name_plural = _("heads that were sent")
        ordering: ClassVar[list[str]] = ["-sent_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.log_id}: {self.length} {self.head}"


__all__ = ["HeadReader", "HeadSent", "ReportState", "SituationReport"]
