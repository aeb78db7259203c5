"""The nouns of the room, in the order in which its menu names them."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .analyses import ANALYSES
from .campaigns import CAMPAIGNS

NOUNS: tuple[Noun, ...] = (CAMPAIGNS, ANALYSES)
