"""The nouns of vital records."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .vital import VITAL

NOUNS: tuple[Noun, ...] = (VITAL,)
