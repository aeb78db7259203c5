"""The pages of strategies: which process lacks one, each strategy, side by side for a process, choices, proposals."""
