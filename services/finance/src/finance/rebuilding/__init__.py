"""Rebuilding: the books made again from finance's own events and the facts that it has booked."""
