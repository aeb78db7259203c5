"""The nouns of the room, in the order in which its menu names them."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .selections import SELECTIONS
from .strategies import STRATEGIES

NOUNS: tuple[Noun, ...] = (STRATEGIES, SELECTIONS)
