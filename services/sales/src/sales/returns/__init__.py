"""Returns of customers (RMA)."""
