"""The nouns of the room, in the order in which its menu names them."""

from __future__ import annotations

from holdfast.web.pages.organization.nouns import Noun

from .assessments import ASSESSMENTS
from .elsewhere import OUTSIDE
from .hazards import HAZARDS
from .risks import RISKS
from .threats import THREATS
from .treatments import TREATMENTS

NOUNS: tuple[Noun, ...] = (RISKS, ASSESSMENTS, TREATMENTS, OUTSIDE, HAZARDS, THREATS)
