"""What could happen and what it would do: strategies now, and the model that is computed from the rows."""
