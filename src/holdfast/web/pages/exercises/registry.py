"""The nouns of exercises."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .exercises import EXERCISES

NOUNS: tuple[Noun, ...] = (EXERCISES,)
