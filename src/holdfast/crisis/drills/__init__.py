"""Exercises held: started, their clock, their injects, stopped at once, ended with what they showed."""
