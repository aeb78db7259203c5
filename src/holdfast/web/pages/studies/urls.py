"""Addresses of questions to the model."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.studies, name="studies"),
    path("compare/", views.compare, name="studies-compare"),
    path("ask/<str:kind>/", views.new, name="study-new"),
    path("<str:key>/", views.study, name="study"),
    path("<str:key>/rename/", views.rename, name="study-rename"),
    path("<str:key>/put-aside/", views.retire, name="study-retire"),
]
