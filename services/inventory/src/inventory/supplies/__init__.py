"""Goods on order, as purchasing tells it."""
