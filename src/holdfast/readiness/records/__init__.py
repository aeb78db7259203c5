"""Vital records: what they are, where their copies lie, and how each is had when a place is lost (A/63/359, 12, 47)."""
