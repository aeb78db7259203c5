"""Versions of the scales: drafts, the one in force, and those that were."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.governance.settings.scales import BadScales, Scales
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.rows import Keyed, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models import Group

VIEW = declare("settings.view", _("See the scales"), "AMFPHCSU all").name
EDIT = declare("settings.edit", _("Change and approve the scales"), "AM......").name


class ScaleState(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")


class ScaleVersionQuerySet(ValidQuerySet):
    def in_force(self, on: date) -> ScaleVersion | None:
        """The approved version of this date."""
        return self.filter(state=ScaleState.APPROVED).as_of(on).order_by("-valid_from").first()


class ScaleVersion(Valid, Keyed):
    """One version of the scales. An approved one is in force from `valid_from` until the next one is, and is never
    changed again."""

    SCOPE: ClassVar[Scope] = Scope(VIEW)

    number = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=300)
    content = models.JSONField(_("scales"))
    state = models.CharField(_("state"), max_length=10, choices=ScaleState, default=ScaleState.DRAFT)
    note = models.TextField(_("note"), blank=True, default="", help_text=_("What is new in this version, and why."))
    author = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    body = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by the body")
    )
    approver = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approval entered by")
    )
    approved_at = models.DateTimeField(_("approval entered"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, default="")

    history = recorded()
    objects = ScaleVersionQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("version of the scales")
        verbose_name_plural = _("versions of the scales")
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(state__in=ScaleState.values), name="governance_scaleversion_state"),
            models.CheckConstraint(
                condition=Q(state=ScaleState.DRAFT, valid_from=None)
                | Q(state=ScaleState.APPROVED, valid_from__isnull=False, approved_at__isnull=False),
                name="governance_scaleversion_approved_since",
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=ScaleState.APPROVED, valid_until=None),
                name="governance_scaleversion_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def scales(self) -> Scales:
        """The scales of this version. Raises BadScales."""
        return Scales.read({**self.content, "version": self.number})

    @property
    def is_approved(self) -> bool:
        return self.state == ScaleState.APPROVED

    def clean(self) -> None:
        super().clean()
        try:
            self.content = Scales.read(self.content).as_json()
        except BadScales as error:
            raise ValidationError({"content": str(error)}) from None


__all__ = ["ScaleVersion"]
