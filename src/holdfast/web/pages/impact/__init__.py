"""Pages of business impact analysis: campaigns, the analyses of units and processes, dependencies from both ends,
suppliers."""
