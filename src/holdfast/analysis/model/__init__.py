"""From rows to the twin that the engine reads."""
