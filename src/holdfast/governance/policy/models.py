"""Versions of policy statements, and who has acknowledged which."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.approvable import Approvable
from holdfast.governance.agreement.models import DECIDED
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Described, KeyedQuerySet, Row, Scope, recorded

VIEW = declare("policy.view", _("See the policy"), "AMFPHCSU all").name
EDIT = declare("policy.edit", _("Write the policy and enter its adoption"), "AM......").name
ACKNOWLEDGE = declare("policy.acknowledge", _("Acknowledge the policy"), "........ all").name
FOLLOW = declare("policy.follow", _("See who has acknowledged the policy"), "AMF.H..U own").name

PARTS = ("scope", "purpose", "objectives", "activities")
"""What a policy statement holds, by paragraph 22 of the report."""


class PolicyQuerySet(KeyedQuerySet):
    def in_force(self, on: date) -> Self:
        """The versions in force on this day, those of the whole organisation first."""
        rows = self.filter(agreement__state__in=DECIDED, agreement__in_force_from__lte=on)
        open_or_later = Q(agreement__in_force_until=None) | Q(agreement__in_force_until__gt=on)
        return rows.filter(open_or_later).order_by("unit__path", "-agreement__in_force_from")

    def of_unit(self, unit: Unit) -> Self:
        """Those that hold for a unit: of the whole organisation, of the unit and of those above it."""
        above = [key for key in unit.path.split("/") if key]
        return self.filter(Q(unit=None) | Q(unit__key__in=above))


class Policy(Described, Approvable):
    """One version of a policy statement, for a unit and all under it, or for the whole organisation."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",))
    KIND: ClassVar[str] = "policy"
    AGREED: ClassVar[tuple[str, ...]] = (
        "title", "unit", "scope", "purpose", "objectives", "activities", "basis", "reason", "paragraphs",
    )  # fmt: skip

    title = models.CharField(_("title"), max_length=300)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("holds for"),
        help_text=_("A unit and all under it; left empty: the whole organisation."),
    )
    scope = models.TextField(_("scope"), blank=True, default="")
    purpose = models.TextField(_("purpose"), blank=True, default="")
    objectives = models.JSONField(_("objectives"), default=list, blank=True)
    activities = models.JSONField(
        _("activities"), default=list, blank=True, help_text=_("What is done so that the objectives are met.")
    )

    history = recorded()
    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.title

    def agreement_address(self) -> str:
        return f"/governance/policies/{self.key}/"

    @property
    def missing_parts(self) -> list[str]:
        """The names of the parts that a policy statement needs and this one does not have yet."""
        return [name for name in PARTS if not getattr(self, name)]

    def clean(self) -> None:
        super().clean()
        for name in ("objectives", "activities"):
            value = getattr(self, name)
            if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
                raise ValidationError({name: gettext("Wanted a list of texts.")})


class Acknowledgement(Row):
    """A user has read this version and says so."""

    SCOPE: ClassVar[Scope] = Scope(FOLLOW, unit=("user__person__unit",), site=("user__person__site",), owner="user")

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="acknowledgements", verbose_name=_("policy"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("account"))
    at = models.DateTimeField(_("acknowledged"))

    history = recorded()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["policy", "user"], name="governance_acknowledgement_once")
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.user}"


__all__ = ["Acknowledgement", "Policy"]
