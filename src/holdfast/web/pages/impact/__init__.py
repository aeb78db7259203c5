"""Pages of the impact analysis."""
