"""Plans under way: their tasks with clocks, what the facts make of the plan, and what was given out of pools."""
