"""Who did what, collected from all services."""
