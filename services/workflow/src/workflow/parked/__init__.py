"""Messages that no service could apply, of all services."""
