"""Pages of plans: the list, a plan with its check, its tasks in time, its text, its documents; cover; reviews."""
