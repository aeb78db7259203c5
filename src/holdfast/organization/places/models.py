"""Units and sites: the two trees that rights are granted on."""

from __future__ import annotations

from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization.rows import Described, Scope, Tree, TreeQuerySet, Valid, recorded


class UnitKind(models.TextChoices):
    ORGANIZATION = "organization", _("organisation")
    PRINCIPAL_ORGAN = "principal_organ", _("principal organ")
    HEADQUARTERS = "headquarters", _("headquarters")
    DEPARTMENT = "department", _("department")
    OFFICE = "office", _("office")
    DIVISION = "division", _("division")
    SERVICE = "service", _("service")
    UNIT = "unit", _("unit")
    OFFICE_AWAY = "office_away_from_headquarters", _("office away from headquarters")
    REGIONAL_COMMISSION = "regional_commission", _("regional commission")
    FUND_OR_PROGRAMME = "fund_or_programme", _("fund or programme")
    LOGISTICS_BASE = "logistics_base", _("logistics base")
    PROGRAMME = "programme", _("programme")
    FUNCTION = "function", _("function")
    OFFICER = "officer", _("officer")
    OFFICER_SYSTEM = "officer_system", _("system of officers")
    COORDINATOR = "coordinator", _("coordinator")
    COMMITTEE = "committee", _("committee")
    PANEL = "panel", _("panel")
    NETWORK = "network", _("network")
    PROFESSIONAL_NETWORK = "professional_network", _("professional network")
    GROUP_OF_OFFICES = "group_of_offices", _("group of offices")
    SCHOOL = "school", _("school")
    RELATED_ORGANIZATION = "related_organization", _("related organisation")
    INTERNATIONAL_ORGANIZATIONS = "international_organizations", _("international organisations")
    GOVERNMENT = "government", _("government")
    STAKEHOLDER = "stakeholder", _("stakeholder")
    STANDARDS_BODY = "standards_body", _("standards body")
    PRIVATE_SECTOR = "private_sector", _("private sector")


class AnalysisMode(models.TextChoices):
    FULL = "full", _("full")
    LIGHT = "light", _("light")


class State(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    IN_USE = "in_use", _("in use")
    TO_BE_MOVED = "to_be_moved", _("to be moved")
    CLOSED = "closed", _("closed")


STANDING = frozenset({State.IN_USE, State.TO_BE_MOVED})
"""The states of what serves today."""


class Unit(Described, Valid, Tree):
    """A part of the organisation, or a body that it works with. Rights granted on it hold for all under it."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("",), site=("site",))

    name = models.CharField(_("name"), max_length=300)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True, default="")
    names = models.JSONField(_("names in other languages"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=40, choices=UnitKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("under")
    )
    site = models.ForeignKey(
        "organization.Site", models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("site")
    )
    role = models.TextField(_("role"), blank=True, default="")
    budget_section = models.CharField(_("budget section"), max_length=20, blank=True, default="")
    analysis_mode = models.CharField(
        _("impact analysis"), max_length=10, choices=AnalysisMode, default=AnalysisMode.LIGHT
    )
    in_scope = models.BooleanField(
        _("in scope"), default=True, help_text=_("Takes part in business continuity, so it needs a focal point.")
    )

    history = recorded("path")
    objects = TreeQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="organization_unit_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_names(self.names)


class SiteKind(models.TextChoices):
    DUTY_STATION = "duty_station", _("duty station")
    COMPOUND = "compound", _("compound")
    BUILDING = "building", _("building")
    FACILITY = "facility", _("facility")
    DATA_CENTRE = "data_centre", _("data centre")
    STORE = "store", _("store")
    TEMPORARY_OFFICES = "temporary_offices", _("temporary offices")
    VENUE = "venue", _("venue")
    FIELD_LOCATION = "field_location", _("field location")


class Site(Described, Valid, Tree):
    """A place: a duty station, a building in it, a venue, a field location. Rights granted on it hold for all in it."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit",), site=("",))

    name = models.CharField(_("name"), max_length=300)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True, default="")
    names = models.JSONField(_("names in other languages"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=40, choices=SiteKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("in")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="sites", verbose_name=_("responsible unit")
    )
    address = models.TextField(_("address"), blank=True, default="")
    city = models.CharField(_("city"), max_length=120, blank=True, default="")
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        default="",
        validators=[RegexValidator(r"\A[A-Z]{2}\Z", _("Wanted the two capital letters of ISO 3166."))],
    )
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Such as Africa/Nairobi. Without one, that of the site around it."),
    )
    on_site = models.BooleanField(
        _("on the premises"), null=True, blank=True, help_text=_("Of a venue: inside the site that its bodies work at.")
    )
    role = models.TextField(_("role"), blank=True, default="")
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.IN_USE)

    history = recorded("path")
    objects = TreeQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=SiteKind.values), name="organization_site_kind"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="organization_site_state"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="organization_site_coordinates",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_names(self.names)
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError({"longitude": _("Latitude and longitude come together.")})
        if self.time_zone and self.time_zone not in _zones():
            raise ValidationError({"time_zone": _("Wanted the name of a time zone, such as Africa/Nairobi.")})

    @property
    def zone_name(self) -> str:
        """Its time zone, or that of the nearest site around it that has one; UTC where none has."""
        place: Site | None = self
        while place is not None:
            if place.time_zone:
                return place.time_zone
            place = place.parent
        return "UTC"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_names(names: object) -> None:
    """Names in other languages: language code to text. Raises ValidationError."""
    if not isinstance(names, dict) or not all(isinstance(text, str) and text for text in names.values()):
        raise ValidationError({"names": _("Wanted a text for each language.")})


__all__ = ["Site", "Unit"]
