"""How units and groups relate, and which site or venue stands in for which."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models.groups import Group


class RelationKind(models.TextChoices):
    LINE = "line", _("reports to")
    CHAIRED_BY = "chaired_by", _("is chaired by")
    POLICY_GUIDANCE = "receives_policy_guidance_from", _("receives policy guidance from")
    PASSES_DECISIONS = "passes_decisions_to", _("passes decisions to")
    REPORTS_QUESTIONS = "reports_political_questions_to", _("reports political questions to")
    FUNCTION_OF = "function_of", _("is a function of")
    WORKS_WITH = "works_with", _("works with")
    COORDINATES_WITH = "coordinates_with", _("coordinates with")
    GUIDES = "guides", _("guides")


class RelationBasis(models.TextChoices):
    TEXT = "text", _("stated in the text")
    CHART = "chart", _("read from the chart")


def _one_of(*names: str) -> Q:
    """Exactly one of two columns is set."""
    one, other = names
    return Q(**{f"{one}__isnull": False, f"{other}__isnull": True}) | Q(
        **{f"{one}__isnull": True, f"{other}__isnull": False}
    )


class Relation(Described, Valid):
    """A named relation from a unit or a group to a unit or a group, and what it rests on."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("from_unit", "from_group__unit"))

    from_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="relations_out", verbose_name=_("from unit")
    )
    from_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="relations_out", verbose_name=_("from group")
    )
    to_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="relations_in", verbose_name=_("to unit")
    )
    to_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="relations_in", verbose_name=_("to group")
    )
    kind = models.CharField(_("kind"), max_length=40, choices=RelationKind)
    rests_on = models.CharField(_("rests on"), max_length=10, choices=RelationBasis, default=RelationBasis.TEXT)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=RelationKind.values), name="organization_relation_kind"),
            models.CheckConstraint(condition=_one_of("from_unit", "from_group"), name="organization_relation_from"),
            models.CheckConstraint(condition=_one_of("to_unit", "to_group"), name="organization_relation_to"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.get_kind_display()} {self.target}"

    @property
    def origin(self) -> Unit | Group:
        return self.from_unit or self.from_group  # type: ignore[return-value]

    @property
    def target(self) -> Unit | Group:
        return self.to_unit or self.to_group  # type: ignore[return-value]

    def clean(self) -> None:
        super().clean()
        for end in ("from", "to"):
            if (getattr(self, f"{end}_unit") is None) == (getattr(self, f"{end}_group") is None):
                raise ValidationError({f"{end}_unit": gettext("Wanted a unit or a group, one of the two.")})
        if self.origin == self.target:
            raise ValidationError({"to_unit": gettext("Nothing is related to itself.")})


class SiteAlternate(Described, Valid):
    """A site that stands in for another: for a group, for a unit, or for all who work there."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("site__unit", "unit"), site=("site",))

    site = models.ForeignKey(Site, models.PROTECT, related_name="alternates", verbose_name=_("site"))
    alternate = models.ForeignKey(Site, models.PROTECT, related_name="alternate_for", verbose_name=_("alternate"))
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    purpose = models.CharField(_("purpose"), max_length=300, blank=True, default="")

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("alternate site")
        verbose_name_plural = _("alternate sites")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=~Q(site=F("alternate")), name="organization_sitealternate_other"),
        ]

    def __str__(self) -> str:
        return f"{self.site} → {self.alternate}"

    def clean(self) -> None:
        super().clean()
        if self.site == self.alternate:
            raise ValidationError({"alternate": gettext("A site is no alternate for itself.")})


class VenuePurpose(models.TextChoices):
    MAIN = "main", _("main venue")
    ALTERNATE = "alternate", _("alternate venue")


class VenueUse(Described, Valid):
    """A group or a unit works at a venue in a crisis."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit", "group__unit"), site=("venue",))

    venue = models.ForeignKey(Site, models.PROTECT, related_name="uses", verbose_name=_("venue"))
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="venues", verbose_name=_("group")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="venues", verbose_name=_("unit"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=VenuePurpose, default=VenuePurpose.MAIN)
    condition = models.TextField(_("when"), blank=True, default="")

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("use of a venue")
        verbose_name_plural = _("uses of venues")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=_one_of("group", "unit"), name="organization_venueuse_who"),
        ]

    def __str__(self) -> str:
        return f"{self.group or self.unit}: {self.venue}"

    def clean(self) -> None:
        super().clean()
        if (self.group is None) == (self.unit is None):
            raise ValidationError({"group": gettext("Wanted a group or a unit, one of the two.")})
