"""Accounting periods: which are open, and the seal of those that are closed."""
