"""Routings: in which steps an item is made."""
