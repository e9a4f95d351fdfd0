"""Inventory: what is where, what it is worth, and whom it is set aside for."""
