"""Goods put away, or moved from one bin to another: nothing enters or leaves, no value changes."""
