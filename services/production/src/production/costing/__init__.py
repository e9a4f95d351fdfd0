"""Cost sheets: what each order has cost so far, by element."""
