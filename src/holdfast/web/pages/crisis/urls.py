"""Addresses of the day: each domain lists its own."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import decisions, drills, home, incidents, log, meetings, picture, reports, reviews, rules, tasks

urlpatterns: list[URLPattern] = [
    path("crisis/", home.home, name="crisis"),
    path("crisis/declare/", home.declare, name="declare"),
    path("crisis/log-heads/", reports.heads, name="log-heads"),
    path("crisis/log-heads/<int:number>/remove/", reports.heads_remove, name="log-heads-remove"),
    *rules.urlpatterns,
    *incidents.urlpatterns,
    *log.urlpatterns,
    *meetings.urlpatterns,
    *decisions.urlpatterns,
    *picture.urlpatterns,
    *reviews.urlpatterns,
    *drills.urlpatterns,
    *tasks.urlpatterns,
    *reports.urlpatterns,
]
