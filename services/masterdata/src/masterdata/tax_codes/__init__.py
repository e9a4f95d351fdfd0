"""Tax codes: tax rates by name."""
