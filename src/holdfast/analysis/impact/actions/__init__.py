"""What can be done, one business act one function."""
