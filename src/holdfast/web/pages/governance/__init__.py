"""Pages of the room governance: the inbox, corrective actions."""
