"""Addresses of governance."""

from django.urls import include, path

from holdfast.web.pages.organization.routes import pages_of

from . import inbox
from .actions import ACTIONS

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/all/", inbox.inbox_of_all, name="inbox-all"),
    path("inbox/digest/", inbox.digest, name="inbox-digest"),
    path("inbox/<int:notice>/read/", inbox.read, name="notice-read"),
    path("inbox/<int:notice>/put-away/", inbox.put_away, name="notice-put-away"),
    path("improvement/", include(list(pages_of(ACTIONS)))),
]
