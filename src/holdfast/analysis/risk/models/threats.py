"""The library of threats: what may interrupt, in which of the four environments, through which of the five causes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.rows import Described, Keyed, Scope, Valid, ValidQuerySet, recorded


class Environment(models.TextChoices):
    """The four environments that an assessment looks at (A/63/359, 23)."""

    NATURAL = "natural", _("natural")
    POLITICAL = "political", _("political")
    SOCIAL = "social", _("social")
    TECHNOLOGICAL = "technological", _("technological")


class Origin(models.TextChoices):
    """The three classes of events (A/63/359, 6)."""

    ACCIDENTAL = "accidental", _("accidental")
    MALICIOUS = "malicious", _("malicious")
    ENVIRONMENTAL = "environmental", _("environmental")


class Cause(models.TextChoices):
    """The five ways in which an event interrupts processes (A/63/359, 12)."""

    STAFF = "staff", _("Loss of staff")
    SYSTEMS = "systems", _("Critical systems interrupted")
    PREMISES = "premises", _("No access to premises")
    RECORDS = "records", _("Loss of vital records")
    SUPPLIERS = "suppliers", _("Loss of a supplier")


class Protected(models.TextChoices):
    """The five things that mitigation protects (A/63/359, 17)."""

    STAFF = "staff", _("staff")
    PREMISES = "premises", _("premises")
    TECHNOLOGY = "technology", _("technology")
    RECORDS = "records", _("vital records")
    REPUTATION = "reputation", _("reputation")


class Threat(Described, Valid, Keyed):
    """A kind of event that may interrupt processes. The library belongs to the whole organisation, which may add to it;
    one that is no longer asked about is ended, and what was said of it stays."""

    SCOPE: ClassVar[Scope] = Scope("directory.view")

    name = models.CharField(_("name"), max_length=200)
    environment = models.CharField(_("environment"), max_length=20, choices=Environment)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin)
    description = models.TextField(_("description"), blank=True, default="")
    causes = models.JSONField(
        _("interrupts through"), default=list, blank=True, help_text=_("Which of the five causes of disruption.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("threat")
        verbose_name_plural = _("threats")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="analysis_threat_environment"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="analysis_threat_origin"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_list(self.causes, Cause, "causes")


def check_list(given: Any, choices: type[models.TextChoices], column: str) -> None:
    """A list of some of these choices, each once. Raises ValidationError at the column."""
    known = set(choices.values)
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ValidationError({column: gettext("Wanted a list of texts.")})
    if unknown := [one for one in given if one not in known]:
        said = gettext("“%(got)s” is none of the choices. Wanted one of: %(known)s.")
        raise ValidationError({column: said % {"got": unknown[0][:60], "known": ", ".join(choices.values)}})
    if len(set(given)) < len(given):
        raise ValidationError({column: gettext("Each stands there once.")})
