"""Addresses of risk, made from its nouns, and pages of its own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import footprints, judgement, views
from .registry import NOUNS
from .treatments import priorities

urlpatterns = [
    path("", views.heat_map, name="heat-map"),
    path("sites/", views.compare_sites, name="sites-compared"),
    path("enterprise/", views.enterprise, name="enterprise"),
    path("enterprise.csv", views.enterprise_csv, name="enterprise-csv"),
    path("enterprise.xlsx", views.enterprise_xlsx, name="enterprise-xlsx"),
    path("priorities/", priorities, name="priorities"),
    path("judgement/", judgement.judgement, name="judgement"),
    path("hazards/<str:key>/add-footprint/", footprints.add, name="hazard-add-footprint"),
    path("footprint/<int:part>/edit/", footprints.change, name="footprint-edit"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
