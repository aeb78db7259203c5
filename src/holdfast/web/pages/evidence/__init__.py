"""Evidence: which figures are ageing, and the files that prove them."""
