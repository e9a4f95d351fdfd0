"""Goods that move between warehouses."""
