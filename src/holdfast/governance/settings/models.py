"""Versions of the scales: drafts, the one in force, and those that were."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from holdfast.governance.settings.scales import BadScales, Scales
from holdfast.governance.settings.versions import Version, VersionQuerySet, VersionState
from holdfast.organization.accounts.roles import declare
from holdfast.organization.rows import Scope, recorded

VIEW = declare("settings.view", _("See the scales"), "AMFPHCSU all").name
EDIT = declare("settings.edit", _("Change and approve the scales"), "AM......").name
ScaleState = VersionState


class ScaleVersion(Version):
    """One version of the scales. An approved one is in force from `valid_from` until the next one is, and is never
    changed again."""

    SCOPE: ClassVar[Scope] = Scope(VIEW)

    content = models.JSONField(_("scales"))

    history = recorded()
    objects = VersionQuerySet.as_manager()

    class Meta(Version.Meta):
        verbose_name = _("version of the scales")
        verbose_name_plural = _("versions of the scales")

    @property
    def scales(self) -> Scales:
        """The scales of this version. Raises BadScales."""
        return Scales.read({**self.content, "version": self.number})

    def clean(self) -> None:
        super().clean()
        try:
            self.content = Scales.read(self.content).as_json()
        except BadScales as error:
            raise ValidationError({"content": str(error)}) from None


__all__ = ["ScaleState", "ScaleVersion"]
