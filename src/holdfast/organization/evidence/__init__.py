"""Figures that say where they come from."""
