"""What is kept ready: vital records, plans; later measures, exercises, training and the budget."""
