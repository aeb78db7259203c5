"""What is known of a supplier, and what it was asked."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.rights import VIEW
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.rows import Keyed, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Node


class SupplierRecord(Row):
    """Contract, own plan and last test of a supplier. What it promises to recover in stands on the supplier itself."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("supplier__unit",), site=("supplier__site",))

    supplier = models.OneToOneField(Node, models.PROTECT, related_name="supplier_record", verbose_name=_("supplier"))
    contract = models.CharField(_("contract"), max_length=300, blank=True, default="")
    contract_until = models.DateField(_("contract until"), null=True, blank=True)
    promise = models.TextField(
        _("what the contract promises"), blank=True, default="", help_text=_("Service level, penalties.")
    )
    has_plan = models.BooleanField(_("has a continuity plan"), null=True, blank=True)
    tested_on = models.DateField(_("plan last tested on"), null=True, blank=True)
    tested = FactField(verbose_name=_("recovered in, when tested"), unit="h", least=0)
    substitutes = models.TextField(_("who could supply instead"), blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("record of a supplier")
        verbose_name_plural = _("records of suppliers")

    def __str__(self) -> str:
        return str(self.supplier)

    @property
    def stable_key(self) -> str:
        return self.supplier.key

    def clean(self) -> None:
        super().clean()
        if self.supplier_id and self.supplier.kind != "supplier":
            raise ValidationError({"supplier": gettext("“%(node)s” is no supplier.") % {"node": self.supplier}})
        if self.tested_on is not None and self.has_plan is False:
            raise ValidationError({"has_plan": gettext("What has been tested is there.")})


class Questionnaire(Keyed):
    """Questions to a supplier, answered once by a link without an account. The link's secret is kept as its SHA-256
    alone. What was answered is taken over by a person."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("supplier__unit",), site=("supplier__site",))
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"digest"})

    supplier = models.ForeignKey(Node, models.PROTECT, related_name="questionnaires", verbose_name=_("supplier"))
    digest = models.CharField(_("digest of the link"), max_length=64, editable=False, db_index=True)
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_on = models.DateField(_("sent on"))
    expires = models.DateField(_("can be answered until"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.CharField(_("answered by"), max_length=300, blank=True, default="")
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    taken_over_on = models.DateField(_("taken over on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    history = recorded("digest")
    objects = KeyedQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire to a supplier")
        verbose_name_plural = _("questionnaires to suppliers")

    def __str__(self) -> str:
        return gettext("Questionnaire to %(supplier)s of %(day)s") % {"supplier": self.supplier, "day": self.sent_on}

    def clean(self) -> None:
        super().clean()
        if self.supplier_id and self.supplier.kind != "supplier":
            raise ValidationError({"supplier": gettext("“%(node)s” is no supplier.") % {"node": self.supplier}})
        if self.expires and self.sent_on and self.expires <= self.sent_on:
            raise ValidationError({"expires": gettext("This lies before the day on which it is sent.")})
