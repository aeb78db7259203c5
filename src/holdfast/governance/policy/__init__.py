"""The policy statement: what business continuity is for here, adopted by a body, acknowledged by staff."""
