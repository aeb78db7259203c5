"""The nouns of what could be bought."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .candidates import CANDIDATES

NOUNS: tuple[Noun, ...] = (CANDIDATES,)
