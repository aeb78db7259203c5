"""The nouns of the room."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .plans import PLANS

NOUNS: tuple[Noun, ...] = (PLANS,)
