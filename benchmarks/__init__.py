"""Measurements of the engine beside its peers, in one run and on the same twins. See docs/reference/benchmarks.md."""
