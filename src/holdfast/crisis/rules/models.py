"""Versions of the rules: drafts, those in force, and those that were."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.rules.content import BadRules, Rules
from holdfast.governance.settings.versions import Version, VersionQuerySet
from holdfast.organization.accounts.roles import declare
from holdfast.organization.rows import Scope, recorded

RULES_VIEW = declare("rules.view", _("See the rules of the day"), "AMFPHCSU all").name
RULES_EDIT = declare("rules.edit", _("Change and approve the rules of the day"), "AM......").name


class RulesVersion(Version):
    """One version of the rules. What was convened or asked for by it names its number."""

    SCOPE: ClassVar[Scope] = Scope(RULES_VIEW)

    content = models.JSONField(_("rules"))

    history = recorded()
    objects = VersionQuerySet.as_manager()

    class Meta(Version.Meta):
        verbose_name = _("version of the rules of the day")
        verbose_name_plural = _("versions of the rules of the day")

    @property
    def rules(self) -> Rules:
        """The rules of this version. Raises BadRules."""
        return Rules.read({**self.content, "number": self.number})

    def clean(self) -> None:
        super().clean()
        try:
            self.content = Rules.read(self.content).as_json()
        except BadRules as error:
            raise ValidationError({"content": str(error)}) from None


__all__ = ["RULES_EDIT", "RULES_VIEW", "RulesVersion"]
