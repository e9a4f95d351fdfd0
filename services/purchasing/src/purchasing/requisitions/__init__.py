"""Wishes to buy: by hand, or because an order cannot be filled."""
