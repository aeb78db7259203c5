"""Exercises on paper: what is tried out, with which injects, by which objectives, and what observers saw."""
