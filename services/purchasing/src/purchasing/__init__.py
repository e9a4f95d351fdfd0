"""Purchasing: what is bought, from whom, at what price, and what goes back."""
