"""The picture: what is known to be out, and what it does: which limit breaches when, why, and what to restore first."""
