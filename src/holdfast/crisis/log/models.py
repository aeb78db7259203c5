"""A log and its entries."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.log.canonical import moment as stamp
from holdfast.crisis.rights import VIEW
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Keyed, Scope


class Log(Keyed):
    """The log of one incident: how long it is and the hash of its newest entry. It carries the incident's key, and unit
    and site with it, so that whoever sees the incident sees its log."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))

    title = models.CharField(_("title"), max_length=300)
    real = models.BooleanField(_("real"), editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site"))
    length = models.PositiveIntegerField(_("entries"), default=0, editable=False)
    head = models.CharField(_("hash of the newest entry"), max_length=64, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("log")
        verbose_name_plural = _("logs")

    def __str__(self) -> str:
        return self.title


class EntriesAreKept(TypeError):
    """An entry is neither changed nor deleted: a correction is a new entry."""


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def update(self, **kwargs: Any) -> int:
        raise EntriesAreKept

    def delete(self) -> tuple[int, dict[str, int]]:
        raise EntriesAreKept


class LogEntry(models.Model):
    """One event. `at` is the server's time, `device_at` what the device said, `moment` the time by the incident's own
    clock, which runs ahead of the server's in exercises only. The order is that of `number`, whatever the clocks said.

    `account` and `author` are what the user was called then. `files` are the attachments as they were then: key, name,
    sha256, size and media_type. `hash` is taken over all of it and the hash before (canonical.py); `signature` is that
    of the installation over the hash (keys.py). The database refuses changes and deletions (guard.py)."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("log__unit",), site=("log__site",))

    log = models.ForeignKey(Log, models.PROTECT, related_name="entries", verbose_name=_("log"))
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    device_at = models.DateTimeField(_("at, by the device"), null=True, blank=True)
    moment = models.DateTimeField(_("at, by the clock of the incident"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    account = models.CharField(_("account"), max_length=150, blank=True, default="")
    author = models.CharField(_("author"), max_length=300, help_text=_("As the author was called at the time."))
    kind = models.CharField(_("kind"), max_length=60)
    text = models.TextField(_("text"))
    body = models.JSONField(_("details"), default=dict, blank=True)
    files = models.JSONField(_("files"), default=list, blank=True)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects")
    )
    previous = models.CharField(_("hash before"), max_length=64, blank=True, default="")
    hash = models.CharField(_("hash"), max_length=64)
    signature = models.CharField(_("signature"), max_length=200, blank=True, default="")

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a log")
        verbose_name_plural = _("entries of logs")
        ordering: ClassVar[list[str]] = ["log", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["log", "number"], name="crisis_logentry_number_once")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["log", "kind"], name="crisis_logentry_kind")]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"

    @property
    def record(self) -> dict[str, Any]:
        """The entry as it is hashed and exported, with its hash and signature."""
        return {
            "log": self.log.key,
            "number": self.number,
            "at": stamp(self.at),
            "device_at": stamp(self.device_at) if self.device_at else None,
            "moment": stamp(self.moment),
            "account": self.account,
            "author": self.author,
            "kind": self.kind,
            "text": self.text,
            "body": self.body,
            "files": self.files,
            "corrects": self.corrects.number if self.corrects else None,
            "previous": self.previous,
            "hash": self.hash,
            "signature": self.signature,
        }

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise EntriesAreKept
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise EntriesAreKept


__all__ = ["EntriesAreKept", "Log", "LogEntry"]
