"""A campaign: units are asked for their impact analyses by a day."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.rights import VIEW
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Described, Keyed, KeyedQuerySet, Scope, recorded


class CampaignState(models.TextChoices):
    PLANNED = "planned", _("planned")
    SENT = "sent", _("sent")
    ARCHIVED = "archived", _("archived")


class Campaign(Described, Keyed):
    """A round of business impact analysis. Units join it while it is planned or sent; each gets an analysis of its own
    (`Analysis`). An archived one stays as it is. `previous` is the campaign that it was begun from."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("unit__site",))

    title = models.CharField(_("title"), max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("led by"))
    state = models.CharField(_("state"), max_length=10, choices=CampaignState, default=CampaignState.PLANNED)
    due = models.DateField(_("due"), help_text=_("The day by which every analysis is submitted."))
    as_of = models.DateField(_("as of"), help_text=_("The day whose state is described."))
    instructions = models.TextField(
        _("what is asked"), blank=True, default="", help_text=_("Shown at the head of every form and workbook.")
    )
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    archived_on = models.DateField(_("archived on"), null=True, blank=True)
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="following", verbose_name=_("begun from")
    )

    history = recorded()
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=CampaignState.values), name="analysis_campaign_state")
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def narrowed(cls, user: object, permission: str, within: Q) -> Q:
        """Who may see any analysis of it sees the campaign: it says what is asked of her unit, and by when."""
        from holdfast.analysis.impact.models.analyses import Analysis
        from holdfast.organization.accounts.scope import EVERY
        from holdfast.organization.accounts.scope import within as in_scope

        if permission != VIEW or within is EVERY:
            return within
        hers = Analysis.objects.filter(in_scope(Analysis, user, VIEW))  # type: ignore[arg-type]
        return within | Q(pk__in=hers.values("campaign"))

    def refuse_if_archived(self) -> None:
        """Raises ValidationError."""
        if self.state == CampaignState.ARCHIVED:
            said = gettext("“%(campaign)s” is archived and stays as it is: begin a new one from it.")
            raise ValidationError(said % {"campaign": self})

    def clean(self) -> None:
        super().clean()
        if self.previous is not None and self.previous.pk == self.pk and self.pk:
            raise ValidationError({"previous": gettext("A campaign cannot be begun from itself.")})
