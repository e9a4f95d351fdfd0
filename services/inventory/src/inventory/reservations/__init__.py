"""Stock held for orders, and what the rest waits for."""
