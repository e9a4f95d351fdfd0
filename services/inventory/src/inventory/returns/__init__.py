"""Goods that come back from customers or go back to suppliers."""
