"""Saved scenarios: what has failed, from when and for how long, kept under a name to be asked again."""
