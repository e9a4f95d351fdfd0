"""Sales orders, from placement to closing."""
