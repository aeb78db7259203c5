"""Corrective actions: one register of what is to be put right, whatever found it."""
