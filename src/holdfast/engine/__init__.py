"""The engine: the twin and what an outage does to it. Pure: no Django, no database, no clock, no environment.

Floor 0. May import the standard library, numpy and msgspec, and nothing else of Holdfast.
"""
