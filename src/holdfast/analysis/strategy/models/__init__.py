"""Strategies, the processes that they are for, and the fallbacks that say in the model what they do."""

from holdfast.analysis.strategy.models.fallbacks import Fallback
from holdfast.analysis.strategy.models.states import DECIDED, READY, FallbackKind, FallbackState
from holdfast.analysis.strategy.models.strategies import CURRENCY, MOST_COST, Covers, Strategy

__all__ = [
    "CURRENCY",
    "DECIDED",
    "MOST_COST",
    "READY",
    "Covers",
    "Fallback",
    "FallbackKind",
    "FallbackState",
    "Strategy",
]
