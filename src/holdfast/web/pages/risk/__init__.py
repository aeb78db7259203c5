"""The pages of risk: threats, hazards in numbers, what experts say drawn as curves."""
