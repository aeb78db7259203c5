"""Step 3, business impact analysis: campaigns, the analyses of units and of their processes, dependencies from both
ends, suppliers. What a process needs lies in `organization.structure`; here lies what its standing still does."""
