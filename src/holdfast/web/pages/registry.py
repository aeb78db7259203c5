"""Every noun of every room, for what asks all of them: the search, and the page around a row."""

from holdfast.web.pages.governance.registry import NOUNS as GOVERNANCE
from holdfast.web.pages.organization.nouns import Noun
from holdfast.web.pages.organization.registry import NOUNS as ORGANIZATION

EVERY: tuple[Noun, ...] = (*ORGANIZATION, *GOVERNANCE)
