"""What the bodies decide, on what picture; and the plans that are activated and stood down."""
