"""The five steps as gates: where each unit stands, what is missing for the next step, who let it pass all the same."""
