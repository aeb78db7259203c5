"""Addresses of vital records, made from their nouns, and pages of their own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import views
from .registry import NOUNS

urlpatterns = [
    path("", views.lost, name="records-lost"),
    path("scenarios/", views.played, name="records-played"),
    path("order/", views.order, name="records-order"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
