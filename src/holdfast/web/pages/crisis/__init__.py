"""Pages of the day. They carry `crisis.css` alone, work without a script, and refresh what has changed by asking."""
