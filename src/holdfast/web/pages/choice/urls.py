"""Addresses of what could be bought, made from its nouns."""

from __future__ import annotations

from holdfast.web.pages.organization.routes import pages_of

from .registry import NOUNS

urlpatterns = [pattern for noun in NOUNS for pattern in pages_of(noun)]
