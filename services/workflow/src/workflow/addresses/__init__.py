"""Where we may send to."""
