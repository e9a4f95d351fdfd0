"""Requisitions merged into purchase orders by supplier and warehouse."""
