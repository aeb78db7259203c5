"""Incidents: declared, led, merged, split, closed; and the phase they are in."""
