"""Pages of vital records."""
