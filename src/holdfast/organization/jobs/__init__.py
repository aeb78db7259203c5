"""Work in the background: rows with a lease, what workers do with them, and what is done at set times."""
