"""Hazards in numbers: how often an event comes, what it reaches, how much is lost and for how long.

They are the hazards of docs/methods/cascade.md; docs/methods/hazards.md says how figures are found.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models.threats import Threat
from holdfast.analysis.risk.rights import VIEW
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, Row, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models.nodes import NodeKind

PER_YEAR = "1/year"
"""The unit of rates: events per year."""
SHARE, HOURS = "share", "h"


class HazardQuerySet(ValidQuerySet):
    def reaching(self, site: Site) -> Self:
        """The hazards of a site and of what is in it, and those of elsewhere with a footprint there or around it."""
        inside = Site.objects.within(site.path).values("pk")
        around = Q(site__in=inside) | Q(site__key__in=[key for key in site.path.split("/") if key])
        return self.filter(Q(site__in=inside) | Q(pk__in=Footprint.objects.filter(around).values("hazard")))


class Hazard(Described, Valid, Keyed):
    """An event that comes `rate` times a year, one independent of the other (Poisson). What it does is said by its
    footprints. Without a site it belongs to the organisation as a whole, or to its unit."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("site",))

    name = models.CharField(_("name"), max_length=300)
    threat = models.ForeignKey(Threat, models.PROTECT, related_name="hazards", verbose_name=_("threat"))
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="hazards", verbose_name=_("site")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="hazards", verbose_name=_("responsible unit")
    )
    description = models.TextField(_("what happens"), blank=True, default="")
    rate = FactField(verbose_name=_("events per year"), unit=PER_YEAR, least=0, most=1000, null=False, blank=False)

    history = recorded()
    objects = HazardQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("hazard")
        verbose_name_plural = _("hazards")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.rate is not None and self.rate.value is None:
            raise ValidationError({"rate": gettext("A hazard needs a rate, if only an assumed one.")})
        if self.rate is not None and self.rate.p90 is not None:
            raise ValidationError({"rate": gettext("The range of a rate is given as low and high.")})


class Footprint(Row):
    """What one event of a hazard does to some nodes: each named node is hit with `chance`, loses `loss` of itself for
    `duration`. The draws are one per event for all of them (`shared`), or one for each.

    Nodes are named by their keys, or selected by kind, site (with all that is in it) and tag, never both.
    """

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("hazard__unit",), site=("hazard__site",))

    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="footprints", verbose_name=_("hazard"))
    position = models.PositiveIntegerField(_("position"), default=0)
    nodes = models.JSONField(
        _("processes and resources"), default=list, blank=True, help_text=_("Their keys, with commas between.")
    )
    kind = models.CharField(_("of this kind"), max_length=20, choices=NodeKind, blank=True, default="")
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="footprints", verbose_name=_("at this site or in it")
    )
    tag = models.CharField(_("with this tag"), max_length=200, blank=True, default="")
    chance = FactField(verbose_name=_("chance to be hit"), unit=SHARE, above=0, most=1, null=False, blank=False)
    loss = FactField(verbose_name=_("share lost"), unit=SHARE, least=0, most=1, null=False, blank=False)
    duration = FactField(verbose_name=_("duration"), unit=HOURS, least=0, most=1_000_000, null=False, blank=False)
    shared = models.BooleanField(
        _("one draw for all"),
        default=True,
        help_text=_("Loss and duration are drawn once for an event, not once for each node."),
    )
    note = models.TextField(_("note"), blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("footprint")
        verbose_name_plural = _("footprints")
        ordering: ClassVar[list[str]] = ["hazard", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["hazard", "position"], name="analysis_footprint_once"),
            models.CheckConstraint(condition=Q(kind__in=["", *NodeKind.values]), name="analysis_footprint_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.hazard}, {self.position + 1}"

    @property
    def stable_key(self) -> str:
        return f"{self.hazard.key} {self.position}"

    @property
    def selects(self) -> bool:
        """Whether nodes are selected, not named."""
        return bool(self.kind or self.site_id or self.tag)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if not isinstance(self.nodes, list) or not all(isinstance(key, str) and key.strip() for key in self.nodes):
            problems["nodes"] = gettext("Wanted a list of keys.")
        elif len(set(self.nodes)) < len(self.nodes):
            twice = sorted({key for key in self.nodes if self.nodes.count(key) > 1})
            problems["nodes"] = gettext("%(keys)s is named twice.") % {"keys": ", ".join(twice)}
        elif self.nodes and self.selects:
            problems["nodes"] = gettext("Name what is hit, or select it by kind, site and tag: not both.")
        elif not self.nodes and not self.selects:
            problems["nodes"] = gettext("This names nothing: name what is hit, or select it by kind, site or tag.")
        for name in ("chance", "loss", "duration"):
            if (fact := getattr(self, name)) is not None and (wrong := _not_drawn(name, fact)):
                problems[name] = wrong
        if problems:
            raise ValidationError(problems)


def _not_drawn(name: str, fact: Any) -> str:
    """Why the engine could not draw this figure; empty where it can."""
    if fact.value is None:
        return gettext("This figure is needed, if only as an assumed one.")
    if fact.value <= 0:
        return gettext("Wanted more than %(above)g, got %(got)g.") % {"above": 0, "got": fact.value}
    if name == "chance" and fact.spread != fact.value:
        return gettext("A chance is one figure, without a range.")
    if name == "loss" and fact.p90 is not None:
        return gettext("The range of a loss is given as low and high.")
    return ""
