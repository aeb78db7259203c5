"""What could happen and what it would do: strategies, saved scenarios, and the model that is computed from the rows."""
