"""Production orders: planned, released, supplied with material, cancelled."""
