"""Reorder rules: what is to be asked for when an item runs low in a warehouse."""
