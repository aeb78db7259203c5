"""The log of an incident: every event once, in order, never changed, chained by hashes."""
