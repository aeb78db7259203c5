"""Every table of the room."""

from holdfast.analysis.strategy.models import Fallback

__all__ = ["Fallback"]
