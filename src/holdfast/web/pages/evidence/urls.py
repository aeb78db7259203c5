"""Addresses of evidence."""

from django.urls import path

from . import ageing, files

urlpatterns = [
    path("", ageing.ageing, name="evidence"),
    path("files/<str:key>/", files.read_file, name="evidence-file"),
    path("attach/<str:slug>/<str:key>/<str:figure>/", files.attach_file, name="evidence-attach"),
]
