"""Pages of exercises: the list, and one with its objectives, injects, participants and plans."""
