"""Addresses of the impact analysis."""

from __future__ import annotations

from .results import RESULTS_PATTERNS

urlpatterns = [*RESULTS_PATTERNS]
