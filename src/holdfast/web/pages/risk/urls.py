"""Addresses of risk, made from its nouns, and pages of its own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import footprints, judgement
from .registry import NOUNS

urlpatterns = [
    path("judgement/", judgement.judgement, name="judgement"),
    path("hazards/<str:key>/add-footprint/", footprints.add, name="hazard-add-footprint"),
    path("footprint/<int:part>/edit/", footprints.change, name="footprint-edit"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
