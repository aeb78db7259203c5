"""Holdfast: business continuity management that computes whether an organisation would hold."""

__version__ = "0.1.0"
