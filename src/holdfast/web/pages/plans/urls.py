"""Addresses of plans, made from their noun, and pages of their own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import library, papers, prints, views
from .registry import NOUNS

urlpatterns = [
    path("plans/functions/", views.cover, name="covered"),
    path("plans/reviews/", views.reviews, name="reviews-due"),
    path("plans/reviews/<str:token>.ics", views.feed, name="reviews-feed"),
    path("plans/prints/", prints.prints, name="prints"),
    path("plans/prints/<str:printed>.zip", prints.download, name="prints-file"),
    path("plans/library/", library.bring, name="library"),
    path("plans/library/<str:key>/<str:file>/", library.proposal, name="library-file"),
    path("plans/<str:key>/write/<str:section>/", views.write, name="plan-write"),
    path("plans/<str:key>/plan.pdf", papers.pdf, name="plan-pdf"),
    path("plans/<str:key>/plan.docx", papers.word, name="plan-docx"),
    path("plans/<str:key>/card.pdf", papers.card, name="plan-card"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
