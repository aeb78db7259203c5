"""API v1: the rows for programs, under /api/v1/: tokens, one error shape, the acts of the rooms and nothing else."""
