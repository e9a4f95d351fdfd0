"""Delivery notes: what is to leave to whom from where."""
