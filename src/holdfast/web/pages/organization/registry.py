"""Every noun, in the order in which the pages name them."""

from .groups import GROUPS
from .nodes import FUNCTIONS, PROCESSES, RESOURCES
from .nouns import Noun
from .people import PERSONS, POSTS
from .pools import FALLBACKS, POOLS
from .scenarios import SCENARIOS
from .sites import SITES
from .units import UNITS

NOUNS: tuple[Noun, ...] = (
    UNITS,
    SITES,
    GROUPS,
    PERSONS,
    POSTS,
    FUNCTIONS,
    PROCESSES,
    RESOURCES,
    POOLS,
    FALLBACKS,
    SCENARIOS,
)
