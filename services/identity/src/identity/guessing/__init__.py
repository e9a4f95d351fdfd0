"""Wrong passwords, counted over all processes."""
