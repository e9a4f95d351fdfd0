"""Warehouses: places that hold stock, of one company each."""
