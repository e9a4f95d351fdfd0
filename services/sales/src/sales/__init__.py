"""Sales: prices, credit, sales orders, customers' returns."""
