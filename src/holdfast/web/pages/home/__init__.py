"""The first page of each reader, and the search over all that he may see."""
