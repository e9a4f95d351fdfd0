"""Payments: money from customers and to suppliers, and what it settles."""
