"""Situation reports, made from the data for a time; and who is sent the heads of the logs."""
