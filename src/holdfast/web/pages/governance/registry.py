"""Every noun of governance, in the order in which the pages name them."""

from holdfast.web.pages.organization.nouns import Noun

from .actions import ACTIONS
from .policies import POLICIES

NOUNS: tuple[Noun, ...] = (POLICIES, ACTIONS)
