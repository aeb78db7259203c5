"""Pages of what could be bought."""
