"""How the programme is steered: settings, notices, how things are agreed, corrective actions, policy."""
