"""Addresses of exercises, made from their noun."""

from __future__ import annotations

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from .registry import NOUNS

urlpatterns = [*(pattern for noun in NOUNS for pattern in pages_of(noun)), *steps_on_parts(NOUNS)]
