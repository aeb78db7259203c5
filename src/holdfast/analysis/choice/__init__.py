"""What could be bought: candidates for the best buy, with what they cost and what they change in the model."""
