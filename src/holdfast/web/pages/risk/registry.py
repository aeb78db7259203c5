"""The nouns of the room, in the order in which its menu names them."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .hazards import HAZARDS
from .threats import THREATS

NOUNS: tuple[Noun, ...] = (HAZARDS, THREATS)
