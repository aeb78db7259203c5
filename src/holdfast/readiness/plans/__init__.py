"""Plans: their text by one template, their tasks as a graph, what they lack, and whether they still are true."""
