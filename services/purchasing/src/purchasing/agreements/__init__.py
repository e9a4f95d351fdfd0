"""Blanket orders (框架协议): what is agreed with a supplier, and what orders have drawn from it."""
