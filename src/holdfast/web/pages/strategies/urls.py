"""Addresses of strategies, made from its nouns, and pages of its own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import overview, proposing, side_by_side
from .registry import NOUNS

urlpatterns = [
    path("", overview.overview, name="strategies-lacking"),
    path("propose/", proposing.propose, name="strategies-proposed"),
    path("processes/<str:key>/", side_by_side.compare_page, name="strategies-compared"),
    path("processes/<str:key>/choose/", side_by_side.choose_page, name="strategies-choose"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
