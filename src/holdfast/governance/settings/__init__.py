"""The organisation's own scales: how likely, how bad, what follows, how often things are looked at again."""
