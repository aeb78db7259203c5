"""What is known of a file; its bytes lie in the data folder (`store`)."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NONE
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Keyed, KeyedQuerySet, Scope, recorded


class Attachment(Keyed):
    """A file as evidence. `unit` and `site` are those of the thing that it was first attached to; whoever sees these
    may read it, and so may who brought it in. `about` says what it proves, in words of that day."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("site",))

    name = models.CharField(_("file name"), max_length=200)
    about = models.CharField(_("proves"), max_length=400, blank=True, default="")
    sha256 = models.CharField(
        _("SHA-256"), max_length=64, db_index=True, validators=[RegexValidator(r"\A[0-9a-f]{64}\Z")]
    )
    size = models.PositiveBigIntegerField(_("size in bytes"))
    media_type = models.CharField(_("media type"), max_length=100)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, verbose_name=_("site"))
    entered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(size__gt=0), name="organization_attachment_size"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Whoever brought a file in may read it."""
        if permission != cls.SCOPE.view:
            return within
        own = Q(entered_by=user.pk)
        return own if within is NONE else within | own
