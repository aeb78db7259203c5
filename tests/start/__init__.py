"""The start: what a person meets between a fresh checkout and an address to open."""
