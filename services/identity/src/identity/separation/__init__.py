"""Separation of duties: pairs of rights that one person should not have together, and who has them."""
