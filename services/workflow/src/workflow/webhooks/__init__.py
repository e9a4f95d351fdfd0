"""Subscriptions of other systems to events."""
