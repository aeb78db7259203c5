"""Questions to the model that take time: asked as a job, answered from the organisation of a day, kept with seed,
version and the hash of what they were answered from."""
