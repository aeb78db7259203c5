"""Addresses of the day: each domain lists its own."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import drills, home, incidents, picture, reviews, tasks

urlpatterns: list[URLPattern] = [
    path("crisis/", home.home, name="crisis"),
    path("crisis/declare/", home.declare, name="declare"),
    *incidents.urlpatterns,
    *tasks.urlpatterns,
    *picture.urlpatterns,
    *reviews.urlpatterns,
    *drills.urlpatterns,
]
