"""Signing keys: made, published, rotated."""
