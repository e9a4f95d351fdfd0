"""Partners: customers, suppliers, or both."""
