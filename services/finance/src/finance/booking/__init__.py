"""Booking: the facts of other services come in here, all of a batch at once."""
