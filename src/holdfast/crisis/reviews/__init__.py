"""Afterwards: the hot review and the full one, what happened against what was planned, findings and what is put right,
times that were measured for the model."""
