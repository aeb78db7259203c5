"""What serves instead when something fails."""
