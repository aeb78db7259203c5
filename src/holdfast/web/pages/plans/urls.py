"""Addresses of plans, made from their noun, and pages of their own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import views
from .registry import NOUNS

urlpatterns = [
    path("plans/functions/", views.cover, name="plan-cover"),
    path("plans/reviews/", views.reviews, name="plan-reviews"),
    path("plans/reviews/<str:token>.ics", views.feed, name="plan-reviews-feed"),
    path("plans/<str:key>/write/<str:section>/", views.write, name="plan-write"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
