"""Addresses of the first page, the search, the keyboard's page and the tutorial."""

from django.urls import path

from . import page, search, tutorial

urlpatterns = [
    path("", page.home, name="home"),
    path("search/", search.search, name="search"),
    path("tutorial/", tutorial.tutorial, name="tutorial"),
    path("help/", tutorial.keys, name="help"),
]
