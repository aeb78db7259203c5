"""Questions to the model that take time: asked, followed while they are answered, shown, compared, taken out."""
