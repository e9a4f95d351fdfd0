"""Goods that arrive from suppliers."""
